"""Step Functions Task states: retries, timeouts, the size limit, and what an ended execution leaves undone."""

import random
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import size
from naws.cli.embedded.departures.patching import Original, bound, departure, patch, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.state_fields import StateFields

PAYLOAD_LIMIT_BYTES = 262_144
_current_limits: ContextVar[Mapping[str, float]] = ContextVar("naws_task_limits", default=MappingProxyType({}))
_RUNTIME, _TOO_LARGE = "States.Runtime", "States.DataLimitExceeded"


@departure("AWS Step Functions Developer Guide, 'Handling errors in Step Functions workflows'")
def task_state() -> None:
    """``MaxDelaySeconds`` and ``JitterStrategy`` shape retries, which have no other cap.

    ``TimeoutSeconds`` and ``HeartbeatSeconds`` may be JSONata or a path. An output above 256 KiB raises
    ``States.DataLimitExceeded``, and so does a result of a JSONPath state, before ``ResultSelector`` takes of it what
    it wants. A timeout has no cause. Nothing is retried once the execution ended.
    """
    wrap(states, "_apply_result_selector", _limited_result)
    wrap(states, "_execute_task", _task_state)
    replace(states, "_with_retry_and_catch", _with_retries)
    wrap(states, "_invoke_resource_with_timeout", _within_timeout)


@departure(
    "AWS Step Functions Developer Guide, 'Handling errors in Step Functions workflows' (error names); "
    "localstack's recordings of AWS, test_states_errors (2024-03-21) and test_catch_states_runtime (2023-11-23)"
)
@patch(wrap, states, "_error_matches")
def error_names(original: Original, error_equals: list[str], error: str) -> bool:
    """Nothing catches ``States.Runtime``; its name and ``States.ALL`` catch ``States.DataLimitExceeded`` of a result.

    The guide says that ``States.ALL`` does not; AWS was recorded doing so, of a task's result. Of a state's output and
    of ``Assign`` there is no recording, and the guide holds.
    """
    if error == _TOO_LARGE:
        return not {"States.ALL", error}.isdisjoint(error_equals)
    return error != _RUNTIME and original(error_equals, error)


def retry_delay(retrier: dict[str, Any], count: int) -> float:
    """Return the seconds before retry number ``count`` (from 0)."""
    seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311  # spreads load, guards nothing
    return seconds


def _task_state(
    original: Original, state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Any:
    # The original sees one attempt at a time; retrying and catching are done around it.
    once = {name: value for name, value in state.items() if name not in ("Retry", "Catch")}

    def attempt() -> Any:
        found = _limits(state, data, ctx)
        with bound(_current_limits, found):
            output, following = original({**once, **found}, data, execution, ctx)
        check_size(output, "output")
        return output, following

    with executions.working_for(execution):
        return _with_retries(state, data, ctx, attempt)


def _limited_result(original: Original, state: dict[str, Any], data: Any) -> Any:
    check_size(data, "result")
    return original(state, data)


def _with_retries(state: dict[str, Any], data: Any, ctx: dict[str, Any], attempt: Callable[[], Any]) -> Any:
    entered = dict(ctx["State"])
    retriers = state.get("Retry", [])
    counts: dict[int, int] = {}
    while True:
        ctx["State"] = _Counted(entered, sum(counts.values()))
        try:
            return attempt()
        except states._ExecutionError as error:
            if not executions.running():
                raise executions.StoppedError from error
            index = _matching(retriers, error, counts)
            if index is None:
                return _caught(state, data, ctx, error)
            executions.sleep(retry_delay(retriers[index], counts.get(index, 0)) * states._SFN_WAIT_SCALE)
            counts[index] = counts.get(index, 0) + 1


def _within_timeout(original: Original, *call: Any) -> Any:
    try:
        return original(*call)
    except states._ExecutionError as error:
        raise timed_out() if error.cause == f"Task timed out after {call[-1]} seconds" else error from None


def limits() -> Mapping[str, float]:
    """``TimeoutSeconds`` and ``HeartbeatSeconds`` of the task that this thread works on, where they are given."""
    return _current_limits.get()


def timed_out(*, heartbeat: bool = False) -> Any:
    """The error of a task that is late, or was not heard of; AWS gives it no cause."""
    error: Any = failed("States.Timeout", None)
    error.more_names = ("States.HeartbeatTimeout",) if heartbeat else ()
    return error


class _Counted(dict[str, Any]):
    """The context's ``State`` object, whose ``RetryCount`` the original keeps setting to its own."""

    def __init__(self, state: dict[str, Any], retries: int) -> None:
        super().__init__(state)
        super().__setitem__("RetryCount", retries)

    def __setitem__(self, name: str, value: Any) -> None:
        if name != "RetryCount":
            super().__setitem__(name, value)


def _limits(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> dict[str, float]:
    fields = StateFields(state, data, ctx)
    found = {name: fields.number(name) for name in ("TimeoutSeconds", "HeartbeatSeconds")}
    return {name: seconds for name, seconds in found.items() if seconds is not None}


def check_size(value: Any, what: str) -> None:
    """Raise ``States.DataLimitExceeded`` when ``value`` is larger than a state may take or give."""
    if (bytes_of := size(value)) > PAYLOAD_LIMIT_BYTES:
        cause = f"The state's {what} is {bytes_of} bytes and exceeds the maximum of {PAYLOAD_LIMIT_BYTES} bytes"
        error: Any = failed(_TOO_LARGE, cause)
        error.by_name_only = what != "result"
        raise error


def _matches(error_equals: list[str], error: Any) -> bool:
    if any(name in error_equals for name in getattr(error, "more_names", ())):
        return True
    if getattr(error, "by_name_only", False):
        return error.error in error_equals
    return bool(states._error_matches(error_equals, error.error))


def _matching(retriers: list[dict[str, Any]], error: Any, counts: dict[int, int]) -> int | None:
    """Return the first retrier that names the error, unless it has used its attempts."""
    for index, retrier in enumerate(retriers):
        if _matches(retrier["ErrorEquals"], error):
            return index if counts.get(index, 0) < retrier.get("MaxAttempts", 3) else None
    return None


def _caught(state: dict[str, Any], data: Any, ctx: dict[str, Any], error: Any) -> Any:
    for catcher in state.get("Catch", []):
        if _matches(catcher["ErrorEquals"], error):
            language = states._state_query_language(state, ctx)
            error_output = {"Error": error.error, "Cause": error.cause}
            return states._apply_catcher(catcher, data, ctx, language, error_output), catcher["Next"]
    raise error
