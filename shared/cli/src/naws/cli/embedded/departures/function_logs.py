"""What a function's log has of one run: as text, or as JSON with levels."""

import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import compact, json_object, members
from naws.cli.embedded.departures.services import here, logs
from naws.cli.embedded.functions import Environment, Invocation, Outcome
from naws.cli.embedded.functions.environment import EXITED, TIMED_OUT, Init

_LEVELS = {"TRACE": 0, "DEBUG": 1, "INFO": 2, "WARN": 3, "WARNING": 3, "ERROR": 4, "FATAL": 5, "CRITICAL": 5}
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class _Event:
    at: int
    message: str


def written(environment: Environment, invocation: Invocation, outcome: Outcome, config: dict[str, Any]) -> str:
    """Write the log events of a run into the function's log group, as its role, and return their text.

    Sources: AWS Lambda Developer Guide, 'Log and monitor Python Lambda functions', 'Configuring JSON and plain text log
    formats', 'Log-level filtering', 'Lambda Telemetry API Event schema reference'.
    """
    logging = members(config.get("LoggingConfig"))
    run = _Run(environment, invocation, outcome)
    in_json = logging.get("LogFormat") == "JSON"
    events = list(_as_json(run, logging) if in_json else _as_text(run))
    if _may_write(environment, first=bool(outcome.inits)):
        _append(environment, events)
    return "\n".join(event.message for event in events)


@dataclass(frozen=True)
class _Run:
    environment: Environment
    invocation: Invocation
    outcome: Outcome

    @property
    def end(self) -> int:
        return self.outcome.at + round(self.outcome.milliseconds)

    @property
    def init(self) -> float:
        """Milliseconds of the first init; 0 when it failed or there was none."""
        inits = self.outcome.inits
        return inits[0].milliseconds if inits and not inits[0].error_type else 0.0

    @property
    def billed(self) -> int:
        return math.ceil(self.outcome.milliseconds + self.init)

    @property
    def reason(self) -> str:
        return str(json_object(self.outcome.payload).get("errorMessage", ""))


def _status(error_type: str) -> str:
    return "timeout" if error_type == TIMED_OUT else "error" if error_type else "success"


def _as_text(run: _Run) -> Iterator[_Event]:
    outcome, request = run.outcome, run.invocation.request_id
    for init in outcome.inits:
        if init.phase == "init":
            yield _Event(init.at, f"INIT_START Runtime Version: python:{platform.python_version()}")
        yield from (_Event(line.at, line.text) for line in init.lines)
        if init.error_type:
            report = f"INIT_REPORT Init Duration: {init.milliseconds:.2f} ms\tPhase: {init.phase}"
            yield _Event(init.at + round(init.milliseconds), f"{report}\t{_failure(init.error_type)}")
    yield _Event(outcome.at, f"START RequestId: {request} Version: {run.environment.function.version}")
    yield from (_Event(line.at, line.text) for line in outcome.lines)
    if outcome.error_type == EXITED:
        yield _Event(run.end, f"{run.reason}\n{EXITED}")
    yield _Event(run.end, f"END RequestId: {request}")
    parts = [
        f"REPORT RequestId: {request}",
        f"Duration: {outcome.milliseconds:.2f} ms",
        f"Billed Duration: {run.billed} ms",
        f"Memory Size: {run.environment.function.memory_size} MB",
        f"Max Memory Used: {outcome.memory} MB",
        *([f"Init Duration: {run.init:.2f} ms"] if run.init else []),
        *([_failure(outcome.error_type)] if outcome.error_type in {TIMED_OUT, EXITED} else []),
    ]
    yield _Event(run.end, "\t".join(parts))


def _failure(error_type: str) -> str:
    status = _status(error_type)
    return f"Status: {status}" if status == "timeout" else f"Status: {status}\tError Type: {error_type}"


def _as_json(run: _Run, logging: dict[str, Any]) -> Iterator[_Event]:
    application = _LEVELS[logging.get("ApplicationLogLevel", "INFO")]
    system = _LEVELS[logging.get("SystemLogLevel", "INFO")]
    for level, event in _records(run):
        # A line of the program without a level counts as INFO.
        own = str(json_object(event.message).get("level", "")).upper() if level is None else level
        if _LEVELS.get(own, _LEVELS["INFO"]) >= (application if level is None else system):
            yield event


def _records(run: _Run) -> Iterator[tuple[str | None, _Event]]:
    """The events with the level of those of the platform; None for lines of the program."""
    outcome, function = run.outcome, run.environment.function
    request: dict[str, Any] = {"requestId": run.invocation.request_id}
    for init in outcome.inits:
        yield from _init_records(run, init)
    started = {**request, "functionArn": run.invocation.arn, "version": function.version}
    yield "INFO", _platform("start", outcome.at, started)
    yield from ((None, _Event(line.at, line.text)) for line in outcome.lines)
    ended, failed = _ended(outcome.error_type), bool(outcome.error_type)
    done = {"durationMs": round(outcome.milliseconds, 3), "producedBytes": len(outcome.payload)}
    runtime_done = {**request, **ended, "metrics": done}
    yield "WARN" if failed else "DEBUG", _platform("runtimeDone", run.end, runtime_done)
    metrics = {
        "durationMs": round(outcome.milliseconds, 3),
        "billedDurationMs": run.billed,
        "memorySizeMB": function.memory_size,
        "maxMemoryUsedMB": outcome.memory,
        **({"initDurationMs": round(run.init, 3)} if run.init else {}),
    }
    report = {**request, "metrics": metrics, **ended}
    yield "WARN" if failed else "INFO", _platform("report", run.end, report)


def _init_records(run: _Run, init: Init) -> Iterator[tuple[str | None, _Event]]:
    function = run.environment.function
    of = {"initializationType": function.initialization, "phase": init.phase}
    begun = {
        **of,
        "runtimeVersion": f"python:{platform.python_version()}",
        "functionName": function.name,
        "functionVersion": function.version,
        "instanceId": run.environment.log_stream.replace("[", f"{function.name}[", 1),
        "instanceMaxMemory": function.memory_size * _MEBIBYTE,
    }
    yield "INFO", _platform("initStart", init.at, begun)
    yield from ((None, _Event(line.at, line.text)) for line in init.lines)
    end, level = init.at + round(init.milliseconds), "WARN" if init.error_type else "DEBUG"
    ended = {**of, **_ended(init.error_type)}
    yield level, _platform("initRuntimeDone", end, ended)
    yield level, _platform("initReport", end, {**ended, "metrics": {"durationMs": round(init.milliseconds, 3)}})


def _ended(error_type: str) -> dict[str, str]:
    status = _status(error_type)
    return {"status": status, **({"errorType": error_type} if status == "error" else {})}


def _platform(name: str, at: int, record: dict[str, Any]) -> _Event:
    moment = f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"
    return _Event(at, compact({"time": moment, "type": f"platform.{name}", "record": record}))


_silent: set[str] = set()


def _may_write(environment: Environment, *, first: bool) -> bool:
    """Whether the function's role lets its log be written; asked at a cold start. Without, it is lost, as on AWS.

    Source: AWS Lambda Developer Guide, 'Sending Lambda function logs to CloudWatch Logs'.
    """
    stream, function = environment.log_stream, environment.function
    if first:
        group = f"arn:aws:logs:{here()}:log-group:{function.log_group}"
        needed = {} if function.log_group in logs._log_groups else {"logs:CreateLogGroup": f"{group}:*"}
        needed |= dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents"), f"{group}:log-stream:{stream}")
        for action, resource in needed.items():
            if judge.denied(judge.ask_role, function.role, function.name, action, resource):
                _silent.add(stream)
    return stream not in _silent


def _append(environment: Environment, events: list[_Event]) -> None:
    group, stream = environment.function.log_group, environment.log_stream
    if group not in logs._log_groups:
        logs._create_log_group({"logGroupName": group})
    if stream not in logs._log_groups[group]["streams"]:
        logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    # In the order of the run, whatever a clock's rounding says: a stream is sorted by time.
    times = accumulate((event.at for event in events), max)
    given = [{"timestamp": at, "message": event.message} for at, event in zip(times, events, strict=True)]
    logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": given})
