"""Tasks of services as targets of load balancers: registered, healthy, draining."""

import time
from typing import Any

from naws.cli.embedded.departures import ecs_tasks
from naws.cli.embedded.departures.ecs_health import is_checked, passes
from naws.cli.embedded.departures.ecs_services_records import Record, say, service_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, nothing, replace
from naws.cli.embedded.departures.services import alb, ecs
from naws.cli.embedded.departures.target_health import CHANGING, drain_seconds, health_of, state_of, targets

STEADY_SECONDS = 3.0
"""How long a task that nothing checks runs before it counts: one that fails at its start is gone by then."""
_POLL_SECONDS = 0.1
_MARGIN_SECONDS = 5.0

Place = tuple[str, str, int]
"""A target: its group's ARN, its address and its port."""


@departure(
    "Amazon ECS Developer Guide, 'Amazon ECS task lifecycle' (DEACTIVATING: 'Amazon ECS has to perform additional "
    "steps before the task is stopped. For example, for tasks that are part of a service that's configured to use "
    "Elastic Load Balancing target groups, the target group deregistration occurs during this state'); Elastic Load "
    "Balancing, Application Load Balancers, 'Deregistration delay'"
)
def service_targets() -> None:
    """A running task of a service is a target of its groups, and one that is to stop first leaves them.

    It gets SIGTERM when it has no open requests any more, or at the latest after the deregistration delay. Which task
    is a target is decided by the service's scheduler alone.
    """
    replace(ecs, "_sync_service_targets", nothing)
    ecs_tasks.before_stop.append(_leave)


def places(service: Record, task: Record) -> list[Place]:
    """The targets that a task of a service is."""
    ports: dict[tuple[str, int], int] = task.get("_ports") or {}
    address: Any = ecs._task_ip(task)
    found = [item for item in service.get("loadBalancers") or () if item.get("targetGroupArn")]
    keys = [(item["targetGroupArn"], item.get("containerName", ""), int(item["containerPort"])) for item in found]
    return [(arn, str(address), ports.get((name, port), port)) for arn, name, port in keys if address]


def register(service: Record, task: Record) -> None:
    """Make a running task a target of its service's groups, once."""
    if "_targets" in task:
        return
    task["_targets"] = places(service, task)
    for arn, address, port in task["_targets"]:
        with CHANGING:
            alb._targets.setdefault(arn, []).append({"Id": address, "Port": port})
        say(service, f"registered 1 targets in (target-group {arn})")


def deregister(service: Record | None, task: Record) -> list[Place]:
    """Take a task out of its groups, once; returns where it was a target."""
    with CHANGING:
        left: list[Place] = task.get("_targets") or []
        task["_targets"] = []
        for arn, address, port in left:
            listed: list[Record] = alb._targets.get(arn) or []
            alb._targets[arn] = [item for item in listed if (item["Id"], item.get("Port")) != (address, port)]
    if service and left:
        say(service, "has begun draining connections on 1 tasks.", f", taskSet {task.get('_deployment_id')}")
        for arn, _, _ in left:
            say(service, f"deregistered 1 targets in (target-group {arn})")
    return left


def healthy(task: Record) -> bool:
    """Whether a task runs, its own checks pass, and every group that it is a target of has found it healthy."""
    if task["lastStatus"] != "RUNNING" or task["desiredStatus"] == "STOPPED" or "_targets" not in task:
        return False
    if not passes(task):
        return False
    if not task["_targets"]:
        return is_checked(task) or time.monotonic() - task["_running_since"] >= STEADY_SECONDS
    return all(health_of(*place) in ("healthy", "unavailable") for place in task["_targets"])


def unhealthy(task: Record) -> tuple[Place, str] | None:
    """Where a task is an unhealthy target, and why in the words of a service's event; None when nowhere."""
    for place in task.get("_targets") or ():
        for target in targets(place[0]):
            health, _, why = state_of(target)
            if (target.id, target.port) == place[1:] and health == "unhealthy":
                return place, why
    return None


def silent(task: Record, place: Place) -> str:
    """That nothing listens where a target is asked, in our words; empty when something does."""
    target = next((each for each in targets(place[0]) if (each.id, each.port) == place[1:]), None)
    if target is None or target.refused is None:
        return ""
    own = target.refused in members(task.get("_ports")).values()
    return f", nothing listens on {target.id}:{target.refused}" + (": does the program read PORT?" if own else "")


def asked(group_arn: str) -> str:
    """What the health checks of a group ask for."""
    group: Record = members(alb._tgs.get(group_arn))
    method = "POST" if group.get("ProtocolVersion") == "GRPC" else "GET"
    return f"{method} {group.get('HealthCheckPath') or '/'}"


def _leave(task: Record) -> None:
    left = deregister(service_of(task), task)
    if not left or not _answers(task):
        return
    with ecs.resource_lock("ecs-task", task["taskArn"]):
        task["lastStatus"] = "DEACTIVATING"
    deadline = time.monotonic() + max(drain_seconds(arn) for arn, _, _ in left) + _MARGIN_SECONDS
    while time.monotonic() < deadline and _answers(task) and any(health_of(*place) == "draining" for place in left):
        time.sleep(_POLL_SECONDS)
    with ecs.resource_lock("ecs-task", task["taskArn"]):
        task["lastStatus"] = "STOPPING"


def _answers(task: Record) -> bool:
    """Whether all essential containers of a task run: else there is no open request to wait for."""
    try:
        containers = [ecs._docker.containers.get(identity) for identity in task.get("_docker_ids") or ()]
    except Exception:  # noqa: BLE001  # one that is gone, of whatever engine
        return False
    essentials: list[bool] = task["_container_essentials"]
    return all(item.status == "running" for item, needed in zip(containers, essentials, strict=False) if needed)
