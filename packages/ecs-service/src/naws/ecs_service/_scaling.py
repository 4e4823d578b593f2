"""How many tasks there are, by what they have to do: from data, with a call a resource."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_applicationautoscaling as scaling
from constructs import Construct

from naws.ecs_service._service import Targets
from naws.ecs_service.plan_scaling import CapacityPlan, ScalingPlan

_DIMENSION, _NAMESPACE = "ecs:service:DesiredCount", "ecs"
_OUT, _IN = 60, 300
"""Seconds after a change before the next one, to more tasks and to fewer."""


def build_scaling(scope: Construct, plan: ScalingPlan, *, resource_id: str, targets: Targets | None) -> None:
    """The scalable target and a policy for each metric; nothing for a fixed number.

    Application Auto Scaling works by its service-linked role.

    Args:
        scope: the pattern.
        plan: what was decided.
        resource_id: `service/<cluster>/<service>`.
        targets: what leads requests to the tasks; None: nothing does.
    """
    if plan.fixed is not None:
        return
    target = scaling.CfnScalableTarget(
        scope,
        "Scaling",
        min_capacity=plan.min_capacity,
        max_capacity=plan.max_capacity,
        resource_id=resource_id,
        scalable_dimension=_DIMENSION,
        service_namespace=_NAMESPACE,
        scheduled_actions=[_at(each) for each in plan.schedules] or None,
    )
    wanted: dict[str, tuple[float | None, str, str | None]] = {
        "Cpu": (plan.cpu, "ECSServiceAverageCPUUtilization", None),
        "Memory": (plan.memory, "ECSServiceAverageMemoryUtilization", None),
    }
    if targets is not None:
        label = f"{targets.balancer.full_name}/{targets.group.target_group_full_name}" if plan.requests else None
        wanted["Requests"] = (plan.requests, "ALBRequestCountPerTarget", label)
    for name, (value, metric, label) in wanted.items():
        if value is not None:
            predefined: Mapping[str, Any] = {"predefinedMetricType": metric, "resourceLabel": label}
            scaling.CfnScalingPolicy(
                scope,
                f"ScaleBy{name}",
                policy_name=name.lower(),
                policy_type="TargetTrackingScaling",
                scaling_target_id=target.ref,
                target_tracking_scaling_policy_configuration={
                    "predefinedMetricSpecification": {key: each for key, each in predefined.items() if each},
                    "targetValue": value,
                    "scaleOutCooldown": _OUT,
                    "scaleInCooldown": _IN,
                },
            )


def _at(plan: CapacityPlan) -> Any:
    schedule = plan.schedule
    action = {"minCapacity": plan.min_capacity, "maxCapacity": plan.max_capacity}
    return {
        "scheduledActionName": f"schedule-{schedule.number}",
        "schedule": plan.given.expression if schedule.parsed is None else schedule.parsed.expression,
        "timezone": plan.given.timezone,
        "scalableTargetAction": {key: each for key, each in action.items() if each is not None},
    }
