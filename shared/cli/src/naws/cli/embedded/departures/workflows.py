"""Step Functions executions: how they start, wait, assign, are stopped and time out."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import contextvars
import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.json_values import document, writing
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.task_states import PAYLOAD_LIMIT_BYTES, check_size

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


@departure(
    source="AWS Step Functions API Reference, 'StopExecution'; Amazon States Language, TimeoutSeconds of the machine",
    replaces=("stepfunctions._run_execution", "stepfunctions._scaled_sleep"),
)
def execution_end() -> None:
    """A stopped execution stays ABORTED and waits no longer; a machine's ``TimeoutSeconds`` ends it TIMED_OUT."""
    states = service("stepfunctions")
    replace(states, "_run_execution", _run)
    replace(states, "_scaled_sleep", lambda _: _sleep)


def _sleep(seconds: float) -> None:
    executions.sleep(seconds * service("stepfunctions")._SFN_WAIT_SCALE)


def _run(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(execution_arn: str) -> None:
        execution = service("stepfunctions")._executions.get(execution_arn)
        if execution is None:
            return
        timer = _start_timer(execution)
        try:
            with executions.working_for(execution), suppress(executions.StoppedError):
                original(execution_arn)
        finally:
            if timer is not None:
                timer.cancel()

    return run


def _start_timer(execution: dict[str, Any]) -> threading.Timer | None:
    machine = service("stepfunctions")._state_machines.get(execution["stateMachineArn"])
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if seconds is None:
        return None
    timer = threading.Timer(seconds, contextvars.copy_context().run, args=(_time_out, execution))
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: dict[str, Any]) -> None:
    states = service("stepfunctions")
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=states.now_iso(), error="States.Timeout")
        details = {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
        states._add_event(execution, "ExecutionTimedOut", details)
        states._emit_execution_status_event(execution)


@departure(
    source="AWS Step Functions API Reference, 'StartExecution' (idempotency, InvalidName, InvalidExecutionInput: not "
    "valid JSON; that of half a surrogate pair no answer of AWS is known: it is refused); RFC 8259 (no NaN)",
    replaces=("stepfunctions._start_execution", "stepfunctions.error_response_json"),
)
def start_execution() -> None:
    """A name or input AWS refuses is refused; repeating name and input of a running execution answers the same."""
    replace(service("stepfunctions"), "_start_execution", _checked_start)


def _checked_start(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def start(request: dict[str, Any]) -> Any:
        states = service("stepfunctions")
        refusal = _refusal(request)
        if refusal is not None:
            return states.error_response_json(*refusal, 400)
        return _running_twin(request) or original(request)

    return start


def _refusal(request: dict[str, Any]) -> tuple[str, str] | None:
    name = request.get("name")
    if name is not None and not _NAME.fullmatch(name):
        return "InvalidName", f"Invalid Name: '{name}'"
    text = request.get("input", "{}")
    try:
        if len(text.encode()) > PAYLOAD_LIMIT_BYTES:
            return "InvalidExecutionInput", f"The input exceeds the maximum of {PAYLOAD_LIMIT_BYTES} bytes"
        value = document(text)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no letter
    except UnicodeEncodeError:
        return "InvalidExecutionInput", "Invalid State Machine Execution Input: 'half a surrogate pair is no character'"
    except ValueError as error:
        return "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
    return None


def _running_twin(request: dict[str, Any]) -> Any:
    states = service("stepfunctions")
    machine_arn = states._resolve_state_machine_arn(request.get("stateMachineArn", ""))
    for execution in states._executions.values() if request.get("name") else ():
        same = execution["name"] == request["name"] and execution["stateMachineArn"] == machine_arn
        if same and execution["status"] == "RUNNING" and execution["input"] == request.get("input", "{}"):
            return states.json_response(
                {"executionArn": execution["executionArn"], "startDate": execution["startDate"]}
            )
    return None


@departure(
    source="AWS Step Functions Developer Guide, 'Passing data between states with variables' (evaluation order)",
    replaces=("stepfunctions._apply_state_assign", "stepfunctions._apply_jsonata_template"),
)
def assign_at_once() -> None:
    """All expressions of one ``Assign`` see the values from before it; together they have at most 256 KiB.

    What a call answered has no more either, however little of it the state gives.
    """
    replace(service("stepfunctions"), "_apply_state_assign", lambda _: _assign)


def _assign(
    state: dict[str, Any],
    data: Any,
    ctx: dict[str, Any] | None,
    result: Any = None,
    error_output: Any = None,
) -> None:
    states = service("stepfunctions")
    if result is not None:
        check_size(result, "result")  # before it is reduced to what the state gives
    if ctx is None or "Assign" not in state or states._state_query_language(state, ctx) != "JSONata":
        return
    evaluate = states._apply_jsonata_template
    values = {
        name: evaluate(template, data, ctx, result=result, error_output=error_output)
        for name, template in state["Assign"].items()
    }
    check_size(values, "Assign")
    ctx.setdefault("variables", {}).update(values)


@departure(
    source="Executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_sfn_task_service.snapshot.json (test_start_execution_sync)",
    replaces=("stepfunctions.json",),
)
def compact_text() -> None:
    """Outputs, and inputs in the history, are JSON text without blanks, with letters as they are.

    Half a surrogate pair, which UTF-8 cannot carry, keeps its escape: AWS's answer is unknown.
    """
    replace(service("stepfunctions"), "json", lambda _: writing(_compact))


def _compact(value: Any, **options: Any) -> str:
    settings: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False, **options}
    text = json.dumps(value, **settings)
    return text.encode("utf-8", "backslashreplace").decode()


@departure(
    source="AWS Step Functions Developer Guide, 'Succeed workflow state', field Output",
    replaces=("stepfunctions._apply_output_path",),
)
def succeed_output() -> None:
    """``Output`` of a JSONata Succeed state is the execution's output."""
    replace(service("stepfunctions"), "_apply_output_path", _with_output)


def _with_output(original: Callable[..., Any]) -> Callable[..., Any]:
    def apply(state: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> Any:
        states = service("stepfunctions")
        if state.get("Type") == "Succeed" and states._state_query_language(state, ctx) == "JSONata":
            return states._apply_jsonata_output(state, data, ctx, default=data)
        return original(state, data, ctx)

    return apply
