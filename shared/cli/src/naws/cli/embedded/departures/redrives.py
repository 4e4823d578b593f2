"""Redrive: an execution that did not succeed goes on from the state that did not."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.machines import EXECUTION, existing
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, answer, failed
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.shapes import epoch
from naws.cli.embedded.departures.starts import run_in_background

_PERIOD_SECONDS = timedelta(days=14).total_seconds()
_LONGEST_SECONDS = timedelta(days=365).total_seconds()
_MOST_EVENTS = 24_999
_TOKEN_SECONDS, _TOKENS = 15 * 60, 10
_BY_MAP_RUN = "Execution is redrivable by its map run"


@departure(
    "AWS Step Functions API Reference, 'RedriveExecution', 'DescribeExecution' (redriveStatusReason), "
    "'ListExecutions' (redriveFilter), 'ExecutionRedrivenEventDetails'; AWS Step Functions Developer Guide, "
    "'Restarting state machine executions with redrive'; descriptions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/test_sfn_api_aliasing.snapshot.json (2025-03-03)"
)
def redriven_executions() -> None:
    """RedriveExecution goes on from the state that did not succeed, with its input, variables, definition and role.

    Of a map or a parallel state only what did not succeed runs again, of one that failed by the size of its data all of
    it. Retries and timeouts begin anew, a Fail state fails again. For 14 days; never a running, successful or express
    execution, nor one of 24,999 events. ``ExecutionNotRedrivable`` has the reason that DescribeExecution gives: in
    which words AWS refuses is not known.
    """
    wrap(states, "handle_request", _handled)
    wrap(states, "_describe_execution", _described)
    wrap(states, "_list_executions", _listed)


async def _handled(
    original: Original, method: str, path: str, headers: dict[str, str], body: bytes, *more: Any, **named: Any
) -> Any:
    if headers.get("x-amz-target", "").rpartition(".")[2] != "RedriveExecution":
        return await original(method, path, headers, body, *more, **named)
    request = json.loads(body or b"{}")
    try:
        _check(request)
    except RefusedError as error:
        return answer(states, error)
    return states._finalize_response(_redrive(request))


def not_redrivable(execution: dict[str, Any]) -> str:
    """Why AWS would not redrive an execution; empty when it would."""
    status, now = execution["status"], datetime.now(UTC).timestamp()
    if status in {"RUNNING", "SUCCEEDED"}:
        return f"Execution is {status} and cannot be redriven"
    if execution["machine"].get("type") == "EXPRESS":
        return "This operation is not supported by this type of state machine"
    if execution["stateMachineArn"] not in states._state_machines:
        return "State machine is in DELETING status"
    if len(execution["events"]) >= _MOST_EVENTS:
        return "Execution history event limit exceeded"
    if now - epoch(execution["startDate"]) > _LONGEST_SECONDS:
        return "Execution has exceeded the max execution time"
    return "Execution redrivable period exceeded" if now - epoch(execution["stopDate"]) > _PERIOD_SECONDS else ""


def _check(request: dict[str, Any]) -> None:
    check_model("stepfunctions", "RedriveExecution", request)
    existing("executionArn", EXECUTION, request)
    execution = states._executions[request["executionArn"]]
    if not _repeated(execution, request):
        reason = not_redrivable(execution) or (_BY_MAP_RUN if execution.get("mapRunArn") else "")
        if reason:
            raise RefusedError(reason, "ExecutionNotRedrivable")


def _repeated(execution: dict[str, Any], request: dict[str, Any]) -> bool:
    tokens: dict[str, float] = execution.setdefault("redriveTokens", {})
    since = time.monotonic() - _TOKEN_SECONDS
    return tokens.get(request.get("clientToken", ""), since) > since


def _redrive(request: dict[str, Any]) -> Any:
    execution = states._executions[request["executionArn"]]
    with executions.changing:
        repeated = _repeated(execution, request) or not begin_again(execution)
        if not repeated and "clientToken" in request:
            tokens = execution["redriveTokens"]
            tokens[request["clientToken"]] = time.monotonic()
            execution["redriveTokens"] = dict(list(tokens.items())[-_TOKENS:])
    if not repeated:
        states._emit_execution_status_event(execution)
        run_in_background(execution)
    return states.json_response({"redriveDate": execution["redriveDate"]})


def begin_again(execution: dict[str, Any]) -> bool:
    """Let an execution run again, from where it was; false when it runs already."""
    with executions.changing:
        if execution["status"] == "RUNNING":
            return False
        count = execution["redriveCount"] + 1
        states._add_event(execution, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": count}})
        for name in ("error", "cause"):
            execution.pop(name, None)
        execution.update(status="RUNNING", stopDate=None, output=None, redriveCount=count, redriveDate=states.now_iso())
        if scope := execution.get("scope"):
            scope.resume()
    return True


def redrive_status(execution: dict[str, Any]) -> dict[str, str]:
    """Whether an execution can be redriven, as DescribeExecution shows it."""
    if reason := not_redrivable(execution):
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN" if execution.get("mapRunArn") else "REDRIVABLE"}


def _described(original: Original, request: dict[str, Any]) -> Any:
    response = original(request)
    if failed(response):
        return response
    execution = states._executions[request["executionArn"]]
    shown = {**json.loads(response[2]), **_shown(execution), **redrive_status(execution)}
    return states.json_response({name: value for name, value in shown.items() if value is not None})


def _shown(execution: dict[str, Any]) -> dict[str, Any]:
    names = ("redriveCount", "redriveDate", "stateMachineVersionArn", "stateMachineAliasArn")
    return {name: execution[name] for name in names if name in execution}


def _listed(original: Original, request: dict[str, Any]) -> Any:
    """A filter is applied to a page: fewer than asked for may be on it, as AWS allows itself."""
    response = original(request)
    if failed(response):
        return response
    page, wanted = json.loads(response[2]), request.get("redriveFilter")
    found: list[dict[str, Any]] = []
    for item in page["executions"]:
        shown = _shown(states._executions[item["executionArn"]])
        if wanted is None or (wanted == "REDRIVEN") == bool(shown["redriveCount"]):
            found.append({name: value for name, value in {**item, **shown}.items() if value is not None})
    return states.json_response({**page, "executions": found})
