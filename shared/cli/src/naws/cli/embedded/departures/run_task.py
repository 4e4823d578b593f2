"""Step Functions' optimized integration with ECS RunTask."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from naws.cli.embedded.departures import executions, judge
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, service
from naws.cli.embedded.departures.role_calls import denied_error
from naws.cli.embedded.departures.shapes import operation, to_api, to_optimized_result
from naws.cli.embedded.departures.task_permissions import ask_about_task, ask_run_task

_POLL_SECONDS = 0.2
_RESOURCE = "arn:aws:states:::ecs:runTask"


@departure(
    source=(
        "AWS Step Functions Developer Guide, 'Run Amazon ECS or Fargate tasks with Step Functions' and "
        "'Integrating services (.sync)'; aws/copilot-cli issue 3160 for the failing exit code"
    ),
    replaces=(
        "stepfunctions._SERVICE_DISPATCH",
        "stepfunctions._add_event",
        "ecs._run_task",
        "ecs._describe_tasks",
        "ecs._stop_task",
    ),
)
def run_task_integration() -> None:
    """``ecs:runTask`` answers in PascalCase; ``.sync`` waits without a cap and returns the one task.

    A non-zero or missing exit code of an essential container, and a task that does not start, raise
    ``States.TaskFailed`` with the task as JSON in the cause; a non-empty ``Failures`` raises ``AmazonECS.Unknown``.
    The history has what RunTask answered in ``TaskSubmitted``.
    Stopping the execution stops the task (best effort on AWS).
    """
    service("stepfunctions")._SERVICE_DISPATCH[_RESOURCE] = _run_task


def _run_task(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    request = to_api(arguments, operation("ecs", "RunTask").input_shape)
    request.setdefault("startedBy", "AWS Step Functions")
    _asked(ask_run_task, request)
    answer = _call("_run_task", request)
    if not resource.endswith(".sync"):
        return to_optimized_result(answer, operation("ecs", "RunTask").output_shape)
    _note_submitted(answer)
    if answer.get("failures"):
        raise _error("AmazonECS.Unknown", json.dumps(_pascal_task_list("failures", answer)))
    cluster = request.get("cluster", "default")
    return _outcome(_wait(cluster, answer["tasks"][0]["taskArn"]), cluster)


def _note_submitted(answer: dict[str, Any]) -> None:
    """What RunTask answered is in the history, where a workflow finds the task that a timeout does not tell."""
    execution = executions.current()
    if execution is not None:
        output = json.dumps(to_optimized_result(answer, operation("ecs", "RunTask").output_shape))
        details = {"resourceType": "ecs", "resource": "runTask.sync", "output": output}
        service("stepfunctions")._add_event(execution, "TaskSubmitted", {"taskSubmittedEventDetails": details})


def _wait(cluster: str, task_arn: str) -> dict[str, Any]:
    _asked(partial(ask_about_task, "DescribeTasks"), {"cluster": cluster, "tasks": [task_arn]})
    while True:
        task = _call("_describe_tasks", {"cluster": cluster, "tasks": [task_arn]})["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            return task
        try:
            executions.sleep(_POLL_SECONDS)
        except executions.StoppedError:
            # After a timeout of the state the execution may go on and end; then the task is nobody's.
            if executions.cut_short():
                _stop({"cluster": cluster, "task": task_arn, "reason": "The Step Functions execution was stopped"})
            raise


def _stop(request: dict[str, Any]) -> None:
    """Stop the task, if the role may."""
    with suppress(judge.DeniedError):
        ask_about_task("StopTask", request)
        _call("_stop_task", request)


def _asked(ask: Callable[[dict[str, Any]], None], request: dict[str, Any]) -> None:
    try:
        ask(request)
    except judge.DeniedError as error:
        raise denied_error(error) from error


def _outcome(task: dict[str, Any], cluster: str) -> dict[str, Any]:
    described = _pascal_task_list("tasks", {"tasks": [task]})[0]
    if task.get("stopCode") == "TaskFailedToStart" or not _essential_succeeded(task, cluster):
        raise _error("States.TaskFailed", json.dumps(described))
    return described


def _essential_succeeded(task: dict[str, Any], cluster: str) -> bool:
    ecs = service("ecs")
    record = members(ecs._resolve_task(task["taskArn"], ecs._resolve_cluster_name(cluster)))
    essentials: list[bool] = record.get("_container_essentials", [True] * len(task["containers"]))
    return all(
        container.get("exitCode") == 0
        for container, essential in zip(task["containers"], essentials, strict=True)
        if essential
    )


def _pascal_task_list(member: str, answer: dict[str, Any]) -> Any:
    shape = operation("ecs", "DescribeTasks").output_shape.members[member]
    return to_optimized_result(answer[member], shape)


def _call(function: str, request: dict[str, Any]) -> dict[str, Any]:
    status, _, body = getattr(service("ecs"), function)(request)
    answer: dict[str, Any] = json.loads(body)
    if answer.get("__type") == "AccessDeniedException":
        raise denied_error(judge.DeniedError("AccessDeniedException", str(answer.get("message", ""))))
    if status >= 400:  # noqa: PLR2004  # HTTP: the first error status
        raise _error(f"ECS.{answer.get('__type', 'AmazonECSException')}", str(answer.get("message", "")))
    return answer


def _error(name: str, cause: str) -> Exception:
    return service("stepfunctions")._ExecutionError(name, cause)
