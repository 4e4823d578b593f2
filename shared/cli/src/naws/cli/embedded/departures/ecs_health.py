"""The health of containers and tasks, by the health checks of the task definition."""

import contextvars
import dataclasses
import re
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from naws.cli.embedded.departures.ecs_definitions import definition_of_task
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import ecs
from naws.cli.engine.health import CheckResult, HealthCheck, HealthStatus, follow

_LOOK_SECONDS = 0.2
_LONGEST_COMMAND = 120


@departure(
    "botocore ecs HealthCheck, Task and Container (healthStatus); Dockerfile reference, HEALTHCHECK; moby "
    "daemon/health.go; Amazon ECS Developer Guide, 'Determine Amazon ECS task health using container health checks'"
)
@patch(wrap, ecs, "_attach_started_container")
def container_health(original: Original, task: dict[str, Any], container: Any, index: int, *rest: Any) -> Any:
    """The command of a container's ``healthCheck`` runs in the container, and decides its ``healthStatus``.

    It runs each ``interval``, the first time after one, in real time. The container is ``HEALTHY`` after one success
    and ``UNHEALTHY`` after ``retries`` failures in a row, of which those of the ``startPeriod`` do not count before a
    success. The task is ``UNHEALTHY`` when an essential container is, and ``HEALTHY`` when all of them are. Outside of
    a service nothing else follows. The check of an image is not read. Where ``PORT`` leads to another port than the
    container port, the number of the container port in the command is that of the other one.
    """
    attached = original(task, container, index, *rest)
    definition = definition_of_task(task)["containerDefinitions"][index]
    check = HealthCheck.of(definition)
    if attached and check:
        task["containers"][index]["_checked"] = True
        context = contextvars.copy_context()
        follows = partial(_follow, task, index, container, _at_own_ports(check, task, definition["name"]))
        threading.Thread(target=context.run, args=(follows,), name="naws-ecs-health", daemon=True).start()
    return attached


def _at_own_ports(check: HealthCheck, task: dict[str, Any], name: str) -> HealthCheck:
    ports: dict[tuple[str, int], int] = task.get("_ports") or {}
    words = list(check.command)
    for (container, given), own in ports.items():
        if container == name:
            words = [re.sub(rf"(?<![\w.]){given}(?![\w.])", str(own), word) for word in words]
    return dataclasses.replace(check, command=tuple(words))


def _follow(task: dict[str, Any], index: int, container: Any, check: HealthCheck) -> None:
    own: dict[str, Any] = task["containers"][index]

    def over() -> bool:
        return own["lastStatus"] == "STOPPED" or not ecs._task_is_active(task["taskArn"], task)

    def report(status: HealthStatus, result: CheckResult) -> None:
        with ecs.resource_lock("ecs-task", task["taskArn"]):
            if not over():
                own.update(healthStatus=status, _check=_words(check, result))
                task["healthStatus"] = health_of(task)

    follow(check, container.run_check, partial(_over_after, over), report)


def _over_after(over: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not over() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_SECONDS))
    return over()


def _words(check: HealthCheck, result: CheckResult) -> str:
    lines = [line for line in result.output.splitlines() if line.strip()]
    codes = [] if result.exit_code < 0 else [f"exit code {result.exit_code}"]
    return ": ".join([textwrap.shorten(" ".join(check.command), _LONGEST_COMMAND), *codes, *lines[-1:]])


def _essentials(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    essentials: list[bool] = task["_container_essentials"]
    return (each for each, needed in zip(task["containers"], essentials, strict=False) if needed)


def health_of(task: dict[str, Any]) -> HealthStatus:
    """The health of a task, by that of its essential containers."""
    statuses = {container["healthStatus"] for container in _essentials(task)}
    if "UNHEALTHY" in statuses:
        return "UNHEALTHY"
    return "HEALTHY" if statuses == {"HEALTHY"} else "UNKNOWN"


def is_checked(task: dict[str, Any]) -> bool:
    """Whether an essential container of a task has a health check."""
    return any("_checked" in container for container in _essentials(task))


def passes(task: dict[str, Any]) -> bool:
    """Whether the essential containers of a task that have health checks are healthy.

    Source: botocore ecs DeploymentConfiguration.minimumHealthyPercent. That one without a check, beside one that has
    one, does not count for the scheduler is ours.
    """
    return all(container["healthStatus"] == "HEALTHY" for container in _essentials(task) if "_checked" in container)


def failed_check(task: dict[str, Any]) -> str | None:
    """The command that made an essential container of a task unhealthy, and what came of it; None when none did."""
    return next((each["_check"] for each in _essentials(task) if each["healthStatus"] == "UNHEALTHY"), None)
