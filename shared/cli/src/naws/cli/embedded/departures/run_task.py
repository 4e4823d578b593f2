"""Step Functions' optimized integration with ECS RunTask."""

import json
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import executions, judge
from naws.cli.embedded.departures.context_objects import failed as execution_failed
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.role_calls import denials
from naws.cli.embedded.departures.services import ecs, states
from naws.cli.embedded.departures.shapes import operation, to_api, to_optimized_result
from naws.cli.embedded.departures.task_permissions import ask_about_task, ask_run_task
from naws.cli.engine.failures import NO_ENGINE

_POLL_SECONDS = 0.2
_RESOURCE = "arn:aws:states:::ecs:runTask"


@departure(
    "AWS Step Functions Developer Guide, 'Run Amazon ECS or Fargate tasks with Step Functions' and "
    "'Integrating services (.sync)'; aws/copilot-cli issue 3160 for the failing exit code"
)
def run_task_integration() -> None:
    """``ecs:runTask`` answers in PascalCase; ``.sync`` waits without a cap and returns the one task.

    A non-zero or missing exit code of an essential container, and a task that does not start, raise
    ``States.TaskFailed`` with the task as JSON in the cause; a non-empty ``Failures`` raises ``AmazonECS.Unknown``.
    The history has what RunTask answered in ``TaskSubmitted``.
    Stopping the execution stops the task (best effort on AWS), and so does another branch or item that fails.
    """
    states._SERVICE_DISPATCH[_RESOURCE] = _run_task


def _run_task(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    request = to_api(arguments, operation("ecs", "RunTask").input_shape)
    request.setdefault("startedBy", "AWS Step Functions")
    with denials():
        ask_run_task(request)
    answer = _call("_run_task", request)
    if not resource.endswith(".sync"):
        return _shown(answer)
    if answer.get("failures"):
        _note_submitted(answer)
        raise execution_failed("AmazonECS.Unknown", json.dumps(_shown(answer)["Failures"]))
    cluster, task = request.get("cluster", "default"), answer["tasks"][0]["taskArn"]
    stop = {"cluster": cluster, "task": task, "reason": "The Step Functions execution was stopped"}
    with executions.taking_along(lambda: _stop(stop)):
        _note_submitted(answer)
        return _outcome(_wait(cluster, task), cluster)


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    return to_optimized_result(answer, operation("ecs", "RunTask").output_shape)


def _note_submitted(answer: dict[str, Any]) -> None:
    """Add RunTask's answer to the history, where a workflow finds the task that a timeout does not name."""
    execution = executions.current()
    if execution is not None:
        details = {"resourceType": "ecs", "resource": "runTask.sync", "output": json.dumps(_shown(answer))}
        states._add_event(execution, "TaskSubmitted", {"taskSubmittedEventDetails": details})


def _wait(cluster: str, task_arn: str) -> dict[str, Any]:
    request = {"cluster": cluster, "tasks": [task_arn]}
    with denials():
        ask_about_task("DescribeTasks", request)
    while True:
        task = _call("_describe_tasks", request)["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            return task
        executions.sleep(_POLL_SECONDS)


def _stop(request: dict[str, Any]) -> None:
    """Stop the task, if the role may."""
    with suppress(judge.DeniedError):
        ask_about_task("StopTask", request)
        _call("_stop_task", request)


def _outcome(task: dict[str, Any], cluster: str) -> dict[str, Any]:
    described = _shown({"tasks": [task]})["Tasks"][0]
    if NO_ENGINE in str(task.get("stoppedReason")):
        # Neither retried nor caught: the same comes of every attempt, and no workflow of AWS's meets it.
        raise execution_failed("States.Runtime", json.dumps(described))
    if task.get("stopCode") == "TaskFailedToStart" or not _essential_succeeded(task, cluster):
        raise execution_failed("States.TaskFailed", json.dumps(described))
    return described


def _essential_succeeded(task: dict[str, Any], cluster: str) -> bool:
    record = members(ecs._resolve_task(task["taskArn"], ecs._resolve_cluster_name(cluster)))
    essentials: list[bool] = record.get("_container_essentials", [True] * len(task["containers"]))
    ended = zip(task["containers"], essentials, strict=True)
    return all(container.get("exitCode") == 0 for container, essential in ended if essential)


def _call(function: str, request: dict[str, Any]) -> dict[str, Any]:
    response = getattr(ecs, function)(request)
    answer: dict[str, Any] = json.loads(response[2])
    if answer.get("__type") == "AccessDeniedException":
        with denials():
            raise judge.DeniedError("AccessDeniedException", str(answer.get("message", "")))
    if failed(response):
        raise execution_failed(f"ECS.{answer.get('__type', 'AmazonECSException')}", str(answer.get("message", "")))
    return answer
