"""Application Auto Scaling: what is registered to scale, its policies and scheduled actions, and what was done.

`register`, `put_policy` and `put_action` are asked by requests and by templates; `autoscaling_rounds` scales.
"""

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.autoscaling_checks import (
    ECS,
    TRACKING,
    check_action,
    check_bounds,
    check_policy,
    check_shape,
)
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.refusals import RefusedError, failed, refuse_first
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.schedule_times import next_due
from naws.cli.embedded.departures.services import ecs, here

_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_SUSPENDABLE = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_TAGGED = (
    "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the "
    "TagResource API."
)
_ROLE = "role/aws-service-role/{0}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{1}"
_ROLE_NAMES = {"ecs": "ECSService", "dynamodb": "DynamoDBTable", "lambda": "LambdaConcurrency", "rds": "RDSCluster"}

Key = tuple[str, str, str, str]


@dataclass
class Target:
    """What scales between a minimum and a maximum; `info` is what `DescribeScalableTargets` answers.

    Attributes:
        key: `here()`, namespace, resource and dimension.
        policies: By name, as `DescribeScalingPolicies` answers them.
        actions: By name, as `DescribeScheduledActions` answers them.
        activities: As `DescribeScalingActivities` answers them, the oldest first.
        scaled: When the cooldowns began: the last scaling out, and the last scaling in.
        base: The capacity that the last scaling out began with.
        due: When each scheduled action is due next.
    """

    key: Key
    info: dict[str, Any]
    tags: dict[str, str]
    policies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    actions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    activities: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    scaled: dict[str, float] = field(default_factory=dict[str, float])
    base: int = 0
    due: dict[str, datetime | None] = field(default_factory=dict[str, datetime | None])

    @property
    def service(self) -> dict[str, Any] | None:
        """The ECS service, when it is active; None: it is not there, or the target is another resource."""
        found = _service(self.key[2]) if self.key[1:4:2] == ECS else None
        return found if found is not None and found["status"] == "ACTIVE" else None

    def suspended(self, what: str) -> bool:
        """Whether one of the three kinds of scaling is suspended."""
        return bool(self.info["SuspendedState"][what])

    def within(self, capacity: int) -> int:
        """The capacity, brought between minimum and maximum."""
        return max(self.info["MinCapacity"], min(self.info["MaxCapacity"], capacity))


targets: dict[Key, Target] = {}


def _service(resource: str) -> dict[str, Any] | None:
    return ecs._services.get(resource.removeprefix("service/"))


def key_of(request: dict[str, Any]) -> Key:
    """The key of what a request names."""
    namespace, resource, dimension = (str(request.get(name, "")) for name in _IDENTITY)
    return (here(), namespace, resource, dimension)


def _named(request: dict[str, Any], **more: str) -> str:
    _, namespace, resource, dimension = key_of(request)
    parts = {"service namespace": namespace, "resource ID": resource, "scalable dimension": dimension, **more}
    return ", ".join(f"{name}: {value}" for name, value in parts.items())


def target_of(request: dict[str, Any], verb: str = "registered") -> Target:
    """The scalable target that a request names.

    Raises:
        RefusedError: There is none.
    """
    found = targets.get(key_of(request))
    if found is None:
        raise RefusedError(f"No scalable target {verb} for {_named(request)}", "ObjectNotFoundException")
    return found


def register(request: dict[str, Any]) -> Target:
    """Register a scalable target, or change one, and bring the capacity of its resource between its bounds.

    Raises:
        RefusedError: As AWS refuses it.
    """
    check_model("application-autoscaling", "RegisterScalableTarget", request)
    key = key_of(request)
    known = targets.get(key)
    check_shape(*key[1:])
    refuse_first(
        (
            (known is None and request.get("MinCapacity") is None, "Minimum capacity must be specified"),
            (known is None and request.get("MaxCapacity") is None, "Maximum capacity must be specified"),
            (known is not None and bool(request.get("Tags")), _TAGGED),
        )
    )
    bounds = {name: request[name] for name in ("MinCapacity", "MaxCapacity") if request.get(name) is not None}
    info = {**(known.info if known else _new_info(key)), **bounds}
    check_bounds(info)
    if key[1] == ECS[0] and (_service(key[2]) or {}).get("status") != "ACTIVE":
        raise RefusedError(f"ECS service doesn't exist: {key[2]}")
    info["SuspendedState"] |= {
        name: bool(value) for name, value in members(request.get("SuspendedState")).items() if name in _SUSPENDABLE
    }
    if known is None:
        known = targets[key] = Target(key, info, dict(request.get("Tags") or {}))
    known.info = info
    bring_inside(known)
    return known


def _new_info(key: Key) -> dict[str, Any]:
    where, namespace, resource, dimension = key
    role = _ROLE.format(namespace, _ROLE_NAMES.get(namespace, namespace))
    return {
        **dict(zip(_IDENTITY, (namespace, resource, dimension), strict=True)),
        "RoleARN": f"arn:aws:iam::{where.partition(':')[2]}:{role}",
        "CreationTime": time.time(),
        "SuspendedState": dict.fromkeys(_SUSPENDABLE, False),
        "ScalableTargetARN": f"arn:aws:application-autoscaling:{where}:scalable-target/{uuid.uuid4().hex}",
    }


def deregister(request: dict[str, Any]) -> None:
    """Forget a scalable target with its policies and scheduled actions.

    Raises:
        RefusedError: There is none.
    """
    del targets[target_of(request, "found").key]


def put_policy(request: dict[str, Any]) -> dict[str, Any]:
    """Give a scalable target a policy, or change one.

    Raises:
        RefusedError: As AWS refuses it.
    """
    check_model("application-autoscaling", "PutScalingPolicy", request)
    target, name = target_of(request), request["PolicyName"]
    typed = bool(request.get("PolicyType"))  # then it has the configuration of its type, and no other
    known = target.policies.get(name) or {}
    kept = {key: value for key, value in known.items() if not (typed and key.endswith("PolicyConfiguration"))}
    merged = {**kept, **{key: value for key, value in request.items() if value is not None}}
    check_policy(merged)
    tracking: dict[str, Any] = members(request.get(TRACKING))
    others = [members(item.get(TRACKING)) for other, item in target.policies.items() if other != name]
    if tracking and any(_metric_of(other) == _metric_of(tracking) for other in others if other):
        raise RefusedError("Only one TargetTrackingScaling policy for a given metric specification is allowed.")
    first: dict[str, Any] = {
        "PolicyARN": _arn(target, "scalingPolicy", "policyName", name),
        "CreationTime": time.time(),
        "PolicyType": "TargetTrackingScaling" if tracking else "StepScaling",
        "Alarms": [],
    }
    target.policies[name] = {**first, **merged}
    return target.policies[name]


def _metric_of(tracking: dict[str, Any]) -> Any:
    return tracking.get("PredefinedMetricSpecification") or tracking.get("CustomizedMetricSpecification")


def delete_policy(request: dict[str, Any]) -> None:
    """Take a policy from its scalable target.

    Raises:
        RefusedError: There is none.
    """
    name = request["PolicyName"]
    if policy_of(request) is None:
        text = f"No scaling policy found for {_named(request, **{'policy name': name})}"
        raise RefusedError(text, "ObjectNotFoundException")
    del targets[key_of(request)].policies[name]


def policy_of(request: dict[str, Any]) -> dict[str, Any] | None:
    """The policy that a request names by its target and its name."""
    target = targets.get(key_of(request))
    return target.policies.get(request["PolicyName"]) if target is not None else None


def put_action(request: dict[str, Any]) -> None:
    """Give a scalable target a scheduled action, or change one.

    Raises:
        RefusedError: As AWS refuses it.
    """
    check_model("application-autoscaling", "PutScheduledAction", request)
    target, name = target_of(request), request["ScheduledActionName"]
    known = target.actions.get(name)
    check_action(request, new=known is None)
    first = known or {
        "ScheduledActionARN": _arn(target, "scheduledAction", "scheduledActionName", name),
        "CreationTime": time.time(),
    }
    kept = {key: value for key, value in first.items() if key not in ("StartTime", "EndTime")}
    given = {key: value for key, value in request.items() if value is not None}
    target.actions[name] = {**kept, **given}
    target.due[name] = due_after(target.actions[name], datetime.now(UTC))


def due_after(action: dict[str, Any], moment: datetime) -> datetime | None:
    """When a scheduled action is due for the first time after a moment."""
    schedule = {
        "ScheduleExpression": action["Schedule"],
        "ScheduleExpressionTimezone": action.get("Timezone"),
        "StartDate": action.get("StartTime"),
        "EndDate": action.get("EndTime"),
        "CreationDate": action["CreationTime"],
    }
    return next_due(schedule, moment)


def delete_action(request: dict[str, Any]) -> None:
    """Take a scheduled action from its scalable target.

    Raises:
        RefusedError: There is none.
    """
    target, name = targets.get(key_of(request)), request["ScheduledActionName"]
    if target is None or name not in target.actions:
        text = f"No scheduled action found for {_named(request, **{'scheduled action name': name})}"
        raise RefusedError(text, "ObjectNotFoundException")
    del target.actions[name], target.due[name]


def _arn(target: Target, kind: str, field_name: str, name: str) -> str:
    where, namespace, resource, _ = target.key
    return f"arn:aws:autoscaling:{where}:{kind}:{uuid.uuid4()}:resource/{namespace}/{resource}:{field_name}/{name}"


def bring_inside(target: Target) -> None:
    """Bring the capacity of a target's resource between its bounds, when it is active and outside of them."""
    service = target.service
    if service is None:
        return
    wanted = target.within(service["desiredCount"])
    if wanted != service["desiredCount"]:
        bound_name = "minimum" if wanted > service["desiredCount"] else "maximum"
        scale(target, wanted, f"{bound_name} capacity was set to {wanted}")


def scale(target: Target, wanted: int, cause: str) -> None:
    """Set the desired count of a target's service as anybody does, by `UpdateService`, and record it."""
    cluster, name = target.key[2].split("/")[1:]
    refused = failed(ecs._update_service({"cluster": cluster, "service": name, "desiredCount": wanted}))
    text = f"et desired count to {wanted}"
    message = f"Failed to s{text}." if refused else f"Successfully s{text}. Change successfully fulfilled by ecs."
    record(target, f"Setting desired count to {wanted}.", cause, message, good=not refused)


def record(target: Target, description: str, cause: str, message: str, *, good: bool = True) -> None:
    """Record an activity of a target."""
    now = time.time()
    target.activities.append(
        {
            "ActivityId": str(uuid.uuid4()),
            **{name: target.info[name] for name in _IDENTITY},
            "Description": description,
            "Cause": cause,
            "StartTime": now,
            "EndTime": now,
            "StatusCode": "Successful" if good else "Failed",
            "StatusMessage": message,
        }
    )
