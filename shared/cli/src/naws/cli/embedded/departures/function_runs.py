"""Runs of functions written in Python: `naws.cli.embedded.functions` in place of MiniStack's own executor."""

import atexit
import json
import logging
import platform
import secrets
import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import lru_cache, partial
from typing import Any

from naws.cli.embedded.departures import sessions
from naws.cli.embedded.departures.function_logs import written
from naws.cli.embedded.departures.json_values import is_array, json_object, members
from naws.cli.embedded.departures.load_balancer_names import reachable
from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.patching import Original, bound, departure, patch, replace, wrap
from naws.cli.embedded.departures.services import functions
from naws.cli.embedded.functions import Environment, Function, Invocation, Outcome, Pool
from naws.cli.embedded.functions.folders import unpacked
from naws.cli.embedded.settings import HOST, FunctionRun

_LOG = logging.getLogger(__name__)
_KEPT_RUNS, _KEPT_LINES = 1000, 20
_REAP_SECONDS = 10.0
_ARN_PARTS = 7
_unpacked = lru_cache(maxsize=64)(unpacked)
_runs: deque[FunctionRun] = deque(maxlen=_KEPT_RUNS)


@dataclass(frozen=True)
class Request:
    """What asks for a run.

    Attributes:
        id: Of the request, the same in all attempts of an asynchronous one.
        kind: ``sync``, ``async``, or ``mapping`` of a queue.
        taken_by: What takes it when it fails now; empty when it is tried again, and when nothing takes it.
    """

    id: str
    kind: str = "sync"
    taken_by: str = ""


_request: ContextVar[Request | None] = ContextVar("naws_function_request", default=None)


def request_at_hand() -> Request | None:
    """What asks for the run at hand; None when it is not known."""
    return _request.get()


def runs() -> list[FunctionRun]:
    """The last thousand runs, the oldest first."""
    return list(_runs)


@contextmanager
def requested(request: Request) -> Generator[None]:
    """Let runs in this thread, and in threads that copy its context, be those of a request."""
    with bound(_request, request):
        yield


def invoked(config: dict[str, Any]) -> tuple[str, str]:
    """The ARN of a function, without qualifier, and the qualifier that it was invoked with."""
    *parts, qualifier = [*str(config["FunctionArn"]).split(":"), ""][: _ARN_PARTS + 1]
    return ":".join(parts), qualifier


@departure(
    "AWS Lambda Developer Guide, 'Building Lambda functions with Python', 'Defined runtime environment variables', "
    "'Understanding the Lambda execution environment lifecycle'; errors as recorded on AWS (2025-11-24) in "
    "localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json (TestLambdaErrors, "
    "test_lambda_invoke_with_timeout, test_lambda_too_large_response)"
)
def python_handlers() -> None:
    """A handler runs in AWS's runtime client, in a process that sees its package, its layers and its variables only.

    It has the keys of a session of the function's role. An error keeps the class name of its exception.
    """
    wrap(functions, "_execute_function_dispatch", _run)
    replace(functions, "invalidate_worker", _retire)
    atexit.register(_pool.close)
    every(_REAP_SECONDS, _pool.end_idle, "naws-function-environments")


@departure("AWS Lambda Developer Guide, 'Lambda SnapStart runtime hooks for Python'")
def snapshots() -> None:
    """The hooks of SnapStart run where the handler does, at its cold start.

    Not as on AWS: there is no snapshot, so an init that fails is seen at the first invocation.
    """
    wrap(functions, "acquire_worker", _no_worker)
    wrap(functions, "ensure_spawned", _if_any)


def _no_worker(original: Original, name: str, config: dict[str, Any], *rest: Any, **named: Any) -> Any:
    python = config.get("Runtime", "").startswith("python")
    return (None, "") if python else original(name, config, *rest, **named)


def _if_any(original: Original, worker: Any) -> None:
    if worker is not None:
        original(worker)


def _run(
    original: Original, func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, started: float
) -> dict[str, Any]:
    runtime = str(config.get("Runtime", ""))
    request = _request.get() or Request(request_id)
    if config.get("PackageType") == "Image" or not runtime.startswith("python") or not func.get("code_zip"):
        result = original(func, config, event, request_id, started)
        _note(config, request, started, event, result)
        return result
    invocation = Invocation(
        request_id=request.id,
        arn=str(config["FunctionArn"]),
        payload=json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        trace=_trace(config),
    )
    environment, outcome = _pool.invoke(_function(func, config), invocation)
    log = written(environment, invocation, outcome, config)
    result = _result(outcome, log)
    _note(config, request, started, event, result)
    return result


def _result(outcome: Outcome, log: str) -> dict[str, Any]:
    try:
        body = json.loads(outcome.payload)
    except ValueError:  # bytes, which the client sends as they are
        body = outcome.payload
    result = {"body": body, "log": log, "milliseconds": outcome.milliseconds, "late_init": outcome.late_init}
    return {**result, "error": True, "function_error": "Unhandled"} if outcome.error_type else result


def _trigger(event: Any) -> str:
    """What brought an event, as far as it shows by itself."""
    found = json_object(event)
    records = found.get("Records")
    if "http" in json_object(found.get("requestContext")):
        return "http"
    if is_array(records) and records and json_object(records[0]).get("eventSource") == "aws:sqs":
        return "queue"
    if isinstance(found.get("trigger"), str):  # the envelope of a pattern
        return found["trigger"]
    return "event" if "detail-type" in found else "invoke"


def _note(config: dict[str, Any], request: Request, started: float, event: Any, result: dict[str, Any]) -> None:
    trigger, body, failed = _trigger(event), json_object(result.get("body")), bool(result.get("error"))
    items = body.get("batchItemFailures") if trigger == "queue" and not failed else ()
    given_back = len(items) if is_array(items) else 0
    _runs.append(
        FunctionRun(
            function=config["FunctionName"],
            qualifier=invoked(config)[1],
            version=config.get("Version", "$LATEST"),
            request_id=request.id,
            kind=request.kind,
            trigger=trigger,
            started=started,
            ended=time.time(),
            outcome="throttled" if result.get("throttle") else "failed" if failed else "succeeded",
            error_type=str(body.get("errorType") or "Error") if failed else "",
            error_message=str(body.get("errorMessage", "")) if failed else "",
            late_init=bool(result.get("late_init")),
            given_back=given_back,
            taken_by=request.taken_by if failed or given_back else "",
            log=str(result.get("log", "")).splitlines()[-_KEPT_LINES:],
        )
    )


def note_throttled(config: dict[str, Any], event: Any, started: float) -> None:
    """Keep a request that was throttled among the runs."""
    result = {"error": True, "throttle": True, "body": {"errorType": "TooManyRequestsException"}}
    request = _request.get() or Request("")
    _note(config, replaced(request, taken_by=""), started, event, result)


def _function(func: dict[str, Any], config: dict[str, Any]) -> Function:
    logs = members(config.get("LoggingConfig"))
    layers = [functions._resolve_layer_zip(each) for each in config.get("Layers") or ()]
    variables: dict[str, str] = members(members(config.get("Environment")).get("Variables"))
    snap_start = members(config.get("SnapStart")).get("OptimizationStatus") == "On"
    return Function(
        arn=invoked(config)[0],
        name=config["FunctionName"],
        version=config.get("Version", "$LATEST"),
        runtime=config["Runtime"],
        handler=config["Handler"],
        role=config["Role"],
        timeout=int(config.get("Timeout") or 3),
        memory_size=int(config.get("MemorySize") or 128),
        package=_unpacked((func["code_zip"],)),
        layer=_unpacked(tuple(layer for layer in layers if layer)) if any(layers) else None,
        variables=tuple(sorted(reachable(variables, HOST).items())),
        log_group=logs.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}",
        log_level=logs.get("ApplicationLogLevel", "INFO") if logs.get("LogFormat") == "JSON" else "",
        initialization="snap-start" if snap_start else "on-demand",
    )


@lru_cache
def _say_interpreter(runtime: str) -> None:
    _LOG.info("Handlers for %s run on Python %s, as all handlers here", runtime, platform.python_version())


def _begin(function: Function) -> Environment:
    _say_interpreter(function.runtime)
    keys: Any = sessions.open_session(function.role, function.name)
    variables = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
    }
    url = f"http://{HOST}:{functions._GATEWAY_PORT}"
    return Environment(function, variables, endpoint_url=url, on_end=partial(sessions.close_session, keys))


_pool = Pool(_begin)


def _retire(name: str, *_: Any, **__: Any) -> None:
    _pool.retire(functions._func_arn(name))


def _trace(config: dict[str, Any]) -> str:
    """The trace header; its lineage counts how often a chain of requests has come to a function."""
    given = functions._xray_trace_id_for_invocation(config)
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    trace = given or f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"
    return f"{trace};Lineage=1:{secrets.token_hex(4)}:{functions._invoke_depth.get()}"


@departure("AWS Lambda Developer Guide, 'Use Lambda recursive loop detection to prevent infinite loops'; botocore")
@patch(wrap, functions, "_inbound_invoke_depth")
def lineage(original: Original, headers: dict[str, str]) -> int:
    """An AWS SDK hands the trace header of its handler on: a chain of invocations is counted in its lineage."""
    counted = headers.get("x-amzn-trace-id", "").partition("Lineage=")[2].split(";")[0].rpartition(":")[2]
    return int(counted) if counted.isdecimal() else original(headers)


@departure("AWS Lambda Developer Guide, 'Using the Lambda context object to retrieve Python function information'")
@patch(wrap, functions, "_get_func_record_for_ref")
def as_invoked(original: Original, reference: Any) -> Any:
    """A service that invokes an alias gives the handler the alias's ARN, and not the version's."""
    record, config, name = original(reference)
    qualifier = functions._resolve_name_and_qualifier(reference)[1] if config else None
    if qualifier:
        config = {**config, "FunctionArn": f"{invoked(config)[0]}:{qualifier}"}
        record = {**record, "config": config}
    return record, config, name
