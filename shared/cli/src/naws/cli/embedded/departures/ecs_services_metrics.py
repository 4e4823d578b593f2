"""What CloudWatch knows of ECS services."""

import time
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_services_records import Record, tasks_of
from naws.cli.embedded.departures.metrics import evaluate, every
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import cloudwatch, ecs
from naws.cli.engine.usage import Usage, children_of, usage_of

_SECONDS = 5.0
_UNITS = 1024
_MIB = 1024 * 1024
_NAMESPACE, _INSIGHTS = "AWS/ECS", "ECS/ContainerInsights"
_ON = ("enabled", "enhanced")


@departure(
    "Amazon ECS Developer Guide, 'Amazon ECS CloudWatch metrics' (CPUUtilization and MemoryUtilization of services: "
    "percent of what the task definition reserves), 'Amazon ECS Container Insights metrics' (RunningTaskCount, "
    "PendingTaskCount, DesiredTaskCount, DeploymentCount)"
)
def service_metrics() -> None:
    """Processor and memory of each task are data points of its service, and Container Insights counts tasks.

    AWS publishes every minute; here it is every five seconds, so that a person sees an alarm or scaling happen. What
    is used is that of the processes in ``/proc``: without it there are counts only. A task is not limited to its
    processors here, so a percentage above 100 is possible.
    """
    every(_SECONDS, _publish, "naws-ecs-metrics")


def _publish() -> None:
    for (account, region, _), service in list(ecs._services.all_items()):
        if service["status"] == "ACTIVE":
            with ecs.request_scope(account, region):
                _publish_one(service)


def _publish_one(service: Record) -> None:
    cluster = name_of(service["clusterArn"])
    dimensions = {"ClusterName": cluster, "ServiceName": service["serviceName"]}
    for task in tasks_of(service):
        for name, percent in _used(task).items():
            cloudwatch.record_metric(_NAMESPACE, name, percent, "Percent", dimensions)
    evaluate(_NAMESPACE, ("CPUUtilization", "MemoryUtilization"))
    settings: list[dict[str, str]] = ecs._clusters[cluster].get("settings") or []
    if any(item.get("name") == "containerInsights" and item.get("value") in _ON for item in settings):
        counts = {
            "RunningTaskCount": service["runningCount"],
            "PendingTaskCount": service["pendingCount"],
            "DesiredTaskCount": service["desiredCount"],
            "DeploymentCount": len(service["deployments"]),
        }
        for name, number in counts.items():
            cloudwatch.record_metric(_INSIGHTS, name, float(number), "Count", dimensions)
        evaluate(_INSIGHTS, counts)


def _used(task: Record) -> dict[str, float]:
    """Percent of the processor time since the last look, and of the memory, that a task has reserved."""
    if task["lastStatus"] != "RUNNING":
        return {}
    usages = [usage for identity in task.get("_docker_ids") or () for usage in _usages(identity)]
    memory = sum(usage.memory_bytes for usage in usages)
    now = (time.monotonic(), sum(usage.processor_seconds for usage in usages))
    moment, seconds = task.get("_used", now)
    task["_used"] = now
    if not memory or now[0] == moment:
        return {}
    share = max(now[1] - seconds, 0.0) / (now[0] - moment)
    return {
        "CPUUtilization": 100 * share * _UNITS / float(task["cpu"]),
        "MemoryUtilization": 100 * memory / (float(task["memory"]) * _MIB),
    }


def _usages(container_id: str) -> list[Usage]:
    with suppress(Exception):  # a container that has just gone, of whatever engine
        state: dict[str, Any] = ecs._docker.containers.get(container_id).attrs["State"]
        # A process has a supervisor, which is not part of the task.
        roots = children_of(state["SupervisorPid"]) if "SupervisorPid" in state else [int(state.get("Pid") or 0)]
        return [usage_of(root) for root in roots]
    return []
