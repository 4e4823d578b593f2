"""Wait and Fail states, and what a failed execution shows."""

import re
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures import executions, paths
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.payloads import assign, evaluated
from naws.cli.embedded.departures.services import states
from naws.core.json_paths import NotFoundError

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LONGEST_SECONDS = 2**31 - 1
_RUNTIME, _QUERY = "States.Runtime", "States.QueryEvaluationError"


@departure(
    "Amazon States Language, 'Wait State'; executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: base/test_wait.snapshot.json (2023-12-13, 2024-03-22), "
    "scenarios/test_base_scenarios.snapshot.json (test_wait_timestamp_*, 2024-12-27), logs/test_logs.snapshot.json "
    "(2024-06-10)"
)
@patch(replace, states, "_execute_wait")
def wait_state(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> tuple[Any, str | None]:
    """A wait is for whole seconds or until a timestamp with ``T`` and an offset, at most 24,855 days ahead.

    Anything else fails with ``States.Runtime``, in JSONata with ``States.QueryEvaluationError``.
    """
    following = states._next_or_end(state)
    if states._state_query_language(state, ctx) == "JSONata":
        states._scaled_sleep(_jsonata_delay(state, data, ctx))
        output = states._apply_jsonata_output(state, data, ctx, default=data)
        states._apply_state_assign(state, data, ctx)
        return output, following
    given = states._apply_input_path(state, data, ctx)
    states._scaled_sleep(_delay(state, given, ctx))
    assign(state, given, ctx)
    return states._apply_output_path(state, given, ctx), following


@departure(
    "Amazon States Language, 'Fail State'; AWS Step Functions API Reference, 'DescribeExecution' (output); "
    "executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2: "
    "base/test_base.snapshot.json (test_state_fail_empty, 2024), scenarios/test_base_scenarios.snapshot.json "
    "(test_fail_cause_jsonata 2024-11-13, test_invalid_jsonpath 2025-01-02)"
)
def fail_state() -> None:
    """A Fail state without ``Error`` or ``Cause`` has none; a failed execution has no output."""
    replace(states, "_fail_state_error", _error)
    replace(states, "_fail_execution", _fail)


def moment(text: Any) -> datetime | None:
    """The time of an ISO 8601 timestamp with its offset; None for anything else."""
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _jsonata_delay(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> float:
    if "Seconds" in state:
        return states._jsonata_wait_seconds(state, data, ctx)
    text = states._jsonata_state_field(state, "Timestamp", "string", data, ctx)
    found = moment(text)
    if found is None:
        cause = f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
        raise failed(_QUERY, cause)
    return _until(found)


def _delay(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> float:
    if "Seconds" in state:
        return state["Seconds"]
    if "SecondsPath" in state:
        return _seconds(state["SecondsPath"], data, ctx)
    path = state.get("TimestampPath")
    text = state.get("Timestamp") if path is None else _found("TimestampPath", path, data, ctx)
    found = moment(text)
    if found is None:
        problem = "does not reference a valid ISO-8601 extended offset date-time format string"
        raise failed(_RUNTIME, f"The TimestampPath parameter {problem}: {path} == {text}")
    return _until(found)


def _seconds(path: str, data: Any, ctx: dict[str, Any]) -> int:
    seconds = _found("SecondsPath", path, data, ctx)
    problem = "cannot be parsed as a long value"
    if isinstance(seconds, int) and not isinstance(seconds, bool):
        if seconds >= 0:
            return seconds
        problem = "references a negative value"
    raise failed(_RUNTIME, f"The SecondsPath parameter {problem}: {path} == {seconds}")


def _found(field: str, path: str, data: Any, ctx: dict[str, Any]) -> Any:
    try:
        return paths.find(path, data, ctx)
    except (NotFoundError, ValueError) as error:
        raise failed(_RUNTIME, f"The {field} parameter does not reference an input value: {path}") from error


def _until(when: datetime) -> float:
    seconds = (when - datetime.now(UTC)).total_seconds()
    if seconds > _LONGEST_SECONDS:
        raise failed(_RUNTIME, "Wait state delay is too long.")
    return seconds


def _error(state: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> tuple[str | None, str | None]:
    return _text(state, "Error", data, ctx), _text(state, "Cause", data, ctx)


def _text(state: dict[str, Any], field: str, data: Any, ctx: dict[str, Any] | None) -> str | None:
    if field in state and states._state_query_language(state, ctx) == "JSONata":
        return states._jsonata_state_field(state, field, "string", data, ctx)
    path = f"{field}Path"
    value = evaluated(state[path], data, ctx, path) if path in state else state.get(field)
    if value is not None and not isinstance(value, str):
        raise failed(_RUNTIME, f"The field '{path}' must refer to a string but was: {value}")
    return value


def _fail(execution: dict[str, Any], error: str | None, cause: str | None) -> None:
    named = {name: value for name, value in (("error", error), ("cause", cause)) if value is not None}
    executions.end(execution, "FAILED", "ExecutionFailed", **named)
