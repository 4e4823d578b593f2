"""The targets of load balancers: which are registered, how healthy each is, and how many requests each answers now.

What is registered is MiniStack's (`alb._targets`, written by RegisterTargets, DeregisterTargets and ECS); everything
else of a target is here, kept by its target group, id and port.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import alb

Health = Literal["initial", "healthy", "unhealthy", "draining", "unused", "unavailable"]

SPEED = 20.0
"""How many times sooner than on AWS the next health check comes, and a drained target without requests is unused: what
takes AWS ten seconds takes half a second here. Timeouts and what a request may take are not shortened."""
_DELAY = "deregistration_delay.timeout_seconds"
_DEFAULT_DELAY = "300"

_REGISTERING = "Elb.RegistrationInProgress"
_DRAINING = "Target.DeregistrationInProgress"
_NOT_REGISTERED = "Target.NotRegistered"
_NOT_IN_USE = "Target.NotInUse"
_DISABLED = "Target.HealthCheckDisabled"


@dataclass(eq=False)
class Target:
    """A registered target, or one that is draining.

    Attributes:
        successes: Health checks that succeeded since the last failure.
        failures: Health checks that failed since the last success.
        refused: The port at which nothing took the connection of the last health check; None when something did.
        next_check: When the next health check is due, of the monotonic clock.
        open_requests: How many requests it has not answered yet.
        drained_at: When its deregistration began; None while it is registered.
        closers: What closes each connection to it.
    """

    group_arn: str
    id: str
    port: int
    health: Health = "initial"
    reason: str = _REGISTERING
    detail: str = "Target registration is in progress"
    successes: int = 0
    failures: int = 0
    refused: int | None = None
    next_check: float = field(default_factory=time.monotonic)
    open_requests: int = 0
    drained_at: float | None = None
    closers: set[Callable[[], Any]] = field(default_factory=set[Callable[[], Any]])


_known: dict[tuple[str, str, int], Target] = {}
CHANGING = threading.RLock()
"""Held while registrations are changed or taken in."""


def health_of(group_arn: str, target_id: str, port: int) -> Health:
    """What DescribeTargetHealth answers as the target's state; ``unused`` when it is not registered."""
    target = _target(group_arn, target_id, port)
    return state_of(target)[0] if target else "unused"


def reason_of(group_arn: str, target_id: str, port: int) -> str:
    """The reason code of its state, such as ``Target.Timeout``; empty when it is healthy."""
    target = _target(group_arn, target_id, port)
    return state_of(target)[1] if target else _NOT_REGISTERED


def open_requests(group_arn: str, target_id: str, port: int) -> int:
    """How many requests it has not answered yet, while it drains, too."""
    target = _target(group_arn, target_id, port)
    return target.open_requests if target else 0


def _target(group_arn: str, target_id: str, port: int) -> Target | None:
    return next((item for item in targets(group_arn) if (item.id, item.port) == (target_id, int(port))), None)


def targets(group_arn: str) -> list[Target]:
    """The registered targets of a group, and those that are draining."""
    with CHANGING:
        _follow(group_arn)
        return [item for item in _known.values() if item.group_arn == group_arn]


def registered(group_arn: str) -> list[Target]:
    """The registered targets of a group."""
    return [item for item in targets(group_arn) if item.drained_at is None]


def _follow(group_arn: str) -> None:
    """Take in what was registered or deregistered, and forget who is drained."""
    group: dict[str, Any] = alb._tgs.get(group_arn) or {}
    listed: list[dict[str, Any]] = alb._targets.get(group_arn) or []
    wanted = dict.fromkeys((group_arn, str(item["Id"]), port_of(item, group)) for item in listed)
    now = time.monotonic()
    for key in wanted:
        if key not in _known or _known[key].drained_at is not None:
            _known[key] = Target(*key)
    for key, item in list(_known.items()):
        if key[0] != group_arn or key in wanted:
            continue
        if not group or (item.drained_at is None and not in_use(group_arn)):
            del _known[key]
        elif item.drained_at is None:
            item.drained_at = now
        elif _is_drained(item, now - item.drained_at):
            del _known[key]
            for close in list(item.closers):
                close()


def _is_drained(target: Target, seconds: float) -> bool:
    delay = drain_seconds(target.group_arn)
    return seconds >= (delay if target.open_requests else delay / SPEED)


def drain_seconds(group_arn: str) -> float:
    """How long a group's targets may answer open requests once they are deregistered."""
    return float(attribute(alb._tg_attrs, group_arn, _DELAY, _DEFAULT_DELAY))


def attribute(store: Any, arn: str, key: str, default: str) -> str:
    """An attribute of a load balancer, target group or listener; the default when it was never set."""
    attributes: list[dict[str, str]] = store.get(arn) or []
    return next((item["Value"] for item in attributes if item["Key"] == key), default)


def port_of(target: dict[str, Any], group: dict[str, Any]) -> int:
    """The port on which a target gets requests: its own, or its group's."""
    return int(target.get("Port") or group.get("Port") or 80)


def state_of(target: Target) -> tuple[Health, str, str]:
    """State, reason code and description as DescribeTargetHealth has them."""
    if target.drained_at is not None:
        return "draining", _DRAINING, "Target deregistration is in progress"
    if not in_use(target.group_arn):
        return "unused", _NOT_IN_USE, "Target group is not configured to receive traffic from the load balancer"
    if not alb._tgs[target.group_arn].get("HealthCheckEnabled", True):
        return "unavailable", _DISABLED, "Health checks are not enabled for this target"
    return target.health, target.reason, target.detail


def in_use(group_arn: str) -> bool:
    """Whether a load balancer forwards to the group."""
    return bool(balancers_of(group_arn))


def balancers_of(group_arn: str) -> list[str]:
    """The ARNs of the load balancers whose listeners or rules forward to a group."""
    found = [rule["ListenerArn"] for rule in list(alb._rules.values()) if group_arn in groups_of(rule["Actions"])]
    listeners = (alb._listeners.get(arn) for arn in found)
    return sorted({item["LoadBalancerArn"] for item in listeners if item})


def groups_of(actions: list[dict[str, Any]]) -> dict[str, int]:
    """The target groups that actions forward to, and their weights."""
    return dict(_weighted(actions))


def _weighted(actions: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for action in actions:
        several: list[dict[str, Any]] = members(action.get("ForwardConfig")).get("TargetGroups") or []
        for item in several:
            yield item["TargetGroupArn"], int(item.get("Weight", 1))
        if not several and action.get("TargetGroupArn"):
            yield action["TargetGroupArn"], 1
