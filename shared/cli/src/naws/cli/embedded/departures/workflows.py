"""Step Functions executions: how they wait, assign, are stopped and time out."""

import contextvars
import json
import threading
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.json_values import writing
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.task_states import check_size


@departure("AWS Step Functions API Reference, 'StopExecution'; Amazon States Language, TimeoutSeconds of the machine")
def execution_end() -> None:
    """A stopped execution stays ABORTED and waits no longer; a machine's ``TimeoutSeconds`` ends it TIMED_OUT."""
    wrap(states, "_run_execution", _run)
    wrap(states, "_stop_execution", _stop)
    replace(states, "_scaled_sleep", _sleep)


def _sleep(seconds: float) -> None:
    executions.sleep(seconds * states._SFN_WAIT_SCALE)


def _run(original: Original, execution_arn: str) -> None:
    execution = states._executions.get(execution_arn)
    if execution is None:
        return
    with executions.working_for(execution), suppress(executions.StoppedError):
        timer = _start_timer(execution)
        try:
            original(execution_arn)
        finally:
            if timer is not None:
                timer.cancel()


def _start_timer(execution: dict[str, Any]) -> threading.Timer | None:
    seconds = json.loads(execution["machine"]["definition"]).get("TimeoutSeconds")
    if seconds is None:
        return None
    timer = threading.Timer(seconds, contextvars.copy_context().run, args=(_time_out, execution))
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: dict[str, Any]) -> None:
    executions.end(execution, "TIMED_OUT", "ExecutionTimedOut", error="States.Timeout")


def _stop(original: Original, request: dict[str, Any]) -> Any:
    with executions.changing:
        return original(request)


@departure("AWS Step Functions Developer Guide, 'Passing data between states with variables' (evaluation order)")
@patch(replace, states, "_apply_state_assign")
def assign_at_once(
    state: dict[str, Any], data: Any, ctx: dict[str, Any] | None, result: Any = None, error_output: Any = None
) -> None:
    """All expressions of one ``Assign`` see the values from before it; together they have at most 256 KiB.

    What a call answered has no more either, however little of it the state gives.
    """
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
    "Executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_sfn_task_service.snapshot.json (test_start_execution_sync)"
)
def compact_text() -> None:
    """Outputs, and inputs in the history, are JSON text without blanks, with letters as they are.

    Half a surrogate pair, which UTF-8 cannot carry, keeps its escape: AWS's answer is unknown.
    """
    replace(states, "json", writing(_compact))


def _compact(value: Any, **options: Any) -> str:
    settings: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False, **options}
    text = json.dumps(value, **settings)
    return text.encode("utf-8", "backslashreplace").decode()


@departure("AWS Step Functions Developer Guide, 'Succeed workflow state', field Output")
@patch(wrap, states, "_apply_output_path")
def succeed_output(original: Original, state: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> Any:
    """``Output`` of a JSONata Succeed state is the execution's output."""
    if state.get("Type") == "Succeed" and states._state_query_language(state, ctx) == "JSONata":
        return states._apply_jsonata_output(state, data, ctx, default=data)
    return original(state, data, ctx)
