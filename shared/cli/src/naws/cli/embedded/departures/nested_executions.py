"""Executions that a task of another one starts, and waits for."""

import json
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import executions, judge
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.refusals import failed as refused
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.shapes import operation, to_optimized_result

_POLL_SECONDS = 0.1


@departure(
    "AWS Step Functions Developer Guide, 'Start a new workflow execution from a running execution' (.sync: the error "
    "is States.TaskFailed, the cause describes the execution; .sync:2: Output is JSON; a stopped execution stops those "
    "that it waits for), 'IAM policies for nested workflow executions'; such a cause of AWS, with RedriveStatus and "
    "times in milliseconds, stands in several public repositories (2024-12)"
)
@patch(replace, states, "_invoke_nested_start_execution_sync")
def nested_execution(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """``startExecution.sync`` starts an execution, by a version or an alias, too, and waits for its end.

    It has events and metrics of its own.
    """
    answer = states._start_execution(states._nested_start_execution_request(arguments))
    started = json.loads(answer[2])
    if refused(answer):
        raise failed(started.get("__type", "States.Runtime"), started.get("message", ""))
    execution = states._executions[started["executionArn"]]
    with executions.taking_along(lambda: _stop(execution["executionArn"])):
        _note_submitted(resource, started)
        while execution["status"] == "RUNNING":
            executions.sleep(_POLL_SECONDS)
    shown = _described(execution)
    if execution["status"] != "SUCCEEDED":
        raise failed("States.TaskFailed", json.dumps(dict(sorted(shown.items()))))
    return {**shown, "Output": json.loads(shown["Output"])} if resource.endswith(":2") else shown


def _described(execution: dict[str, Any]) -> dict[str, Any]:
    answer = json.loads(states._describe_execution({"executionArn": execution["executionArn"]})[2])
    ended = execution["status"] == "SUCCEEDED"
    kept = {name: value for name, value in answer.items() if ended or not name.startswith("output")}
    return to_optimized_result(kept, operation("stepfunctions", "DescribeExecution").output_shape)


def _note_submitted(resource: str, started: dict[str, Any]) -> None:
    caller = executions.current()
    if caller is not None:
        shown = to_optimized_result(started, operation("stepfunctions", "StartExecution").output_shape)
        details = {"resource": resource, "output": json.dumps(shown)}
        states._add_event(caller, "TaskSubmitted", {"taskSubmittedEventDetails": details})


def _stop(execution_arn: str) -> None:
    """Stop the execution, if the role may."""
    with suppress(judge.DeniedError):
        judge.ask_caller("states:StopExecution", execution_arn)
        states._stop_execution({"executionArn": execution_arn})
