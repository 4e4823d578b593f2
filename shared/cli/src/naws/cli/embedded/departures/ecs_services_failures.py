"""What went wrong with services: tasks and deployments that failed, why, and what the tasks wrote."""

import time
from collections import deque
from collections.abc import Iterator

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_logs import last_lines
from naws.cli.embedded.departures.ecs_services_records import Record, all_tasks_of
from naws.cli.embedded.departures.services import ecs
from naws.cli.embedded.departures.shapes import epoch
from naws.cli.embedded.settings import ServiceEvent, ServiceFailure

_events: deque[ServiceEvent] = deque(maxlen=1000)


def note_task(service: Record, task: Record, what: str, reason: str) -> None:
    """Keep that a task failed."""
    _note(service, task.get("_deployment_id", ""), what, reason, task)


def note_deployment(service: Record, deployment: Record, reason: str) -> None:
    """Keep that a deployment failed."""
    _note(service, deployment["id"], "deployment", reason)


def _note(service: Record, deployment: str, what: str, reason: str, task: Record | None = None) -> None:
    _events.append(
        ServiceEvent(
            service=service["serviceName"],
            deployment=deployment,
            what=what,
            task=name_of(task["taskArn"]) if task else "",
            reason=reason,
            exit_code=_exit_code(task) if task else None,
            lines=last_lines(task["taskArn"]) if task else [],
            at=time.time(),
        )
    )


def events() -> list[ServiceEvent]:
    """The last thousand failures, the oldest first."""
    return list(_events)


def failures() -> list[ServiceFailure]:
    """Deployments that were not completed, of services that are there or were deleted, the oldest first."""
    services: list[Record] = [service for _, service in ecs._services.all_items()]
    return sorted((each for service in services for each in _of(service)), key=lambda each: each.at)


def _of(service: Record) -> Iterator[ServiceFailure]:
    for deployment in service.get("_history") or ():
        tasks = [task for task in all_tasks_of(service) if task.get("_deployment_id") == deployment["id"]]
        tasks = sorted(tasks, key=lambda task: task["createdAt"])
        failed = [task for task in tasks if "_counted" in task] or tasks
        if failed and deployment.get("_outcome") != "SUCCESSFUL":
            yield _failure(service, deployment, failed[-1])


def _failure(service: Record, deployment: Record, task: Record) -> ServiceFailure:
    reason = task.get("_stop_reason") or task.get("stoppedReason") or ""
    check: str = task.get("_failed_checks") or ""
    return ServiceFailure(
        service=service["serviceName"],
        reason=deployment["rolloutStateReason"],
        task=name_of(task["taskArn"]),
        task_reason=f"{reason}: {check}" if check else reason,
        exit_code=None if check else _exit_code(task),
        lines=last_lines(task["taskArn"]),
        at=epoch(deployment["createdAt"]),
    )


def _exit_code(task: Record) -> int | None:
    codes = [container["exitCode"] for container in task["containers"] if container.get("exitCode") is not None]
    return codes[0] if codes else None
