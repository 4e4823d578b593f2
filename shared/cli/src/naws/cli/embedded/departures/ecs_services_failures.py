"""Why deployments of services failed: their last failed tasks, and what these wrote."""

from collections.abc import Iterator

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_logs import last_lines
from naws.cli.embedded.departures.ecs_services_records import Record, all_tasks_of
from naws.cli.embedded.departures.services import ecs
from naws.cli.embedded.departures.shapes import epoch
from naws.cli.embedded.settings import ServiceFailure


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
    codes = [container["exitCode"] for container in task["containers"] if container.get("exitCode") is not None]
    return ServiceFailure(
        service=service["serviceName"],
        reason=deployment["rolloutStateReason"],
        task=name_of(task["taskArn"]),
        task_reason=task.get("_stop_reason") or task.get("stoppedReason") or "",
        exit_code=codes[0] if codes else None,
        lines=last_lines(task["taskArn"]),
        at=epoch(deployment["createdAt"]),
    )
