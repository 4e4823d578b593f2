"""What Step Functions reports of executions by itself: status events, and the records of a machine's log group."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.redrives import redrive_status
from naws.cli.embedded.departures.services import events, logs, states
from naws.cli.embedded.departures.shapes import epoch

_MOST_BYTES = 248 * 1024
_FATAL = ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")
_ERRORS = ("Failed", "TimedOut", "Aborted")
_DATA = ("input", "output", "parameters", "inputDetails", "outputDetails")
_streams: dict[str, str] = {}


@departure(
    "AWS Step Functions Developer Guide, 'Automating Step Functions event delivery with EventBridge' (the input is "
    "left out when it and the output, escaped, have more than 248 KB, the output when it alone has; express workflows "
    "emit none), 'DescribeExecution' (redriveStatus)"
)
@patch(replace, states, "_emit_execution_status_event")
def status_events(execution: dict[str, Any]) -> None:
    """``Step Functions Execution Status Change`` says how an execution began, was redriven or ended, and why.

    That the event of one that timed out as a whole has no name of an error is ours: no answer of AWS is known.
    """
    if execution.get("sync") or execution["machine"].get("type") == "EXPRESS":
        return
    given, output = execution["input"], execution["output"]
    sizes = [0 if text is None else len(json.dumps(text).encode()) for text in (given, output)]
    has_input, has_output = sum(sizes) <= _MOST_BYTES, sizes[1] <= _MOST_BYTES
    named = ("executionArn", "stateMachineArn", "name", "status")
    optional = ("stateMachineVersionArn", "stateMachineAliasArn", "error", "cause")
    detail = {
        **{name: execution[name] for name in named},
        **{name: execution.get(name) for name in optional},
        **({"error": None} if execution["status"] == "TIMED_OUT" else {}),
        **{name: _milliseconds(execution.get(name)) for name in ("startDate", "stopDate", "redriveDate")},
        "input": given if has_input else None,
        "inputDetails": {"included": has_input},
        "output": output if has_output else None,
        "outputDetails": None if output is None else {"included": has_output},
        "redriveCount": execution["redriveCount"],
        "redriveStatusReason": None,
        **redrive_status(execution),
    }
    entry = {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [execution["executionArn"]],
    }
    events._put_events({"Entries": [entry]}, allow_aws_source=True)


def _milliseconds(date: str | None) -> int | None:
    return None if date is None else int(epoch(date) * 1000)


@departure(
    "AWS Step Functions Developer Guide, 'Using CloudWatch Logs to log execution history' (log levels); records of AWS "
    "in localstack/localstack, tests/aws/services/stepfunctions/v2/logs/test_logs.snapshot.json (2024-06-06)"
)
@patch(wrap, states, "_add_event")
def execution_logs(original: Original, execution: dict[str, Any], *details: Any) -> dict[str, Any]:
    """Each event of the history that a machine's level asks for is a record in its log group, which may be gone.

    ``ERROR`` has what failed, a Fail state among it, ``FATAL`` the unsuccessful ends of executions. Inputs, outputs and
    parameters are left out unless ``includeExecutionData`` is set.
    """
    event = original(execution, *details)
    settings = members(members(execution.get("machine")).get("loggingConfiguration"))
    if _logged(settings.get("level"), event["type"]):
        _write(settings, execution, event)
    return event


def _logged(level: str | None, kind: str) -> bool:
    if level == "FATAL":
        return kind in _FATAL
    return level == "ALL" or (level == "ERROR" and (kind.endswith(_ERRORS) or kind == "FailStateEntered"))


def _write(settings: dict[str, Any], execution: dict[str, Any], event: dict[str, Any]) -> None:
    destination = settings["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    group = destination.partition(":log-group:")[2].removesuffix(":*")
    if group not in logs._log_groups:
        return
    shown: dict[str, Any] = {}
    for name, given in event.items():
        shown.update(given if name.endswith("EventDetails") else {})
    for name in ("input", "output"):
        if name in shown:
            shown[f"{name}Details"] = {"truncated": False}
    if not settings.get("includeExecutionData"):
        shown = {name: value for name, value in shown.items() if name not in _DATA}
    at = int(epoch(event["timestamp"]) * 1000)
    message = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": shown,
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(at),
        "execution_arn": execution["executionArn"],
        "redrive_count": str(execution["redriveCount"]),
    }
    records = [{"timestamp": at, "message": json.dumps(message)}]
    logs._put_log_events({"logGroupName": group, "logStreamName": _stream(group, execution), "logEvents": records})


def _stream(group: str, execution: dict[str, Any]) -> str:
    """The stream of a machine in its log group; it is made when it is not there."""
    machine = execution["machine"]["name"]
    if (name := _streams.get(execution["stateMachineArn"])) not in logs._log_groups[group]["streams"]:
        name = f"states/{machine}/{datetime.now(UTC):%Y-%m-%d-%H-%M}/{uuid.uuid4().hex[:8]}"
        logs._create_log_stream({"logGroupName": group, "logStreamName": name})
        _streams[execution["stateMachineArn"]] = name
    return str(name)
