"""Step Functions executions: how they start, wait, assign, are stopped and time out."""

import contextvars
import json
import re
import threading
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.json_values import compact, document, writing
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.task_states import PAYLOAD_LIMIT_BYTES, check_size

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


@departure("AWS Step Functions API Reference, 'StopExecution'; Amazon States Language, TimeoutSeconds of the machine")
def execution_end() -> None:
    """A stopped execution stays ABORTED and waits no longer; a machine's ``TimeoutSeconds`` ends it TIMED_OUT."""
    wrap(states, "_run_execution", _run)
    replace(states, "_scaled_sleep", _sleep)


def _sleep(seconds: float) -> None:
    executions.sleep(seconds * states._SFN_WAIT_SCALE)


def _run(original: Original, execution_arn: str) -> None:
    execution = states._executions.get(execution_arn)
    if execution is None:
        return
    timer = _start_timer(execution)
    try:
        with executions.working_for(execution), suppress(executions.StoppedError):
            original(execution_arn)
    finally:
        if timer is not None:
            timer.cancel()


def _start_timer(execution: dict[str, Any]) -> threading.Timer | None:
    machine = states._state_machines.get(execution["stateMachineArn"])
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if seconds is None:
        return None
    timer = threading.Timer(seconds, contextvars.copy_context().run, args=(_time_out, execution))
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: dict[str, Any]) -> None:
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=states.now_iso(), error="States.Timeout")
        details = {"executionTimedOutEventDetails": {"error": "States.Timeout"}}
        states._add_event(execution, "ExecutionTimedOut", details)
        states._emit_execution_status_event(execution)


@departure(
    "AWS Step Functions API Reference, 'StartExecution' (idempotency, InvalidName, InvalidExecutionInput: not "
    "valid JSON; that of half a surrogate pair no answer of AWS is known: it is refused); RFC 8259 (no NaN)"
)
def start_execution() -> None:
    """A name or input AWS refuses is refused; repeating name and input of a running execution answers the same."""
    wrap(states, "_start_execution", _start)
    check_requests(states, "_start_execution", _check_start)


def _start(original: Original, request: dict[str, Any]) -> Any:
    return _running_twin(request) or original(request)


def _check_start(request: dict[str, Any]) -> None:
    name = request.get("name")
    if name is not None and not _NAME.fullmatch(name):
        raise RefusedError(f"Invalid Name: '{name}'", "InvalidName")
    text, wrong = request.get("input", "{}"), ""
    try:
        if len(text.encode()) > PAYLOAD_LIMIT_BYTES:
            wrong = f"The input exceeds the maximum of {PAYLOAD_LIMIT_BYTES} bytes"
        compact(document(text)).encode()  # half a surrogate pair is no letter
    except UnicodeEncodeError:
        wrong = wrong or "Invalid State Machine Execution Input: 'half a surrogate pair is no character'"
    except ValueError as error:
        wrong = wrong or f"Invalid State Machine Execution Input: '{error}'"
    if wrong:
        raise RefusedError(wrong, "InvalidExecutionInput")


def _running_twin(request: dict[str, Any]) -> Any:
    machine_arn = states._resolve_state_machine_arn(request.get("stateMachineArn", ""))
    for execution in states._executions.values() if request.get("name") else ():
        same = execution["name"] == request["name"] and execution["stateMachineArn"] == machine_arn
        if same and execution["status"] == "RUNNING" and execution["input"] == request.get("input", "{}"):
            return states.json_response(
                {"executionArn": execution["executionArn"], "startDate": execution["startDate"]}
            )
    return None


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
