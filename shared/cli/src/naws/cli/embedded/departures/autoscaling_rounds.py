"""What Application Auto Scaling does by itself: it follows metrics, and does what is scheduled."""

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.alarms import read
from naws.cli.embedded.departures.autoscaling import (
    Target,
    bring_inside,
    due_after,
    record,
    scale,
    targets,
)
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import responses

_LOG = logging.getLogger(__name__)
_ROUND_SECONDS = 1.0
PERIOD = 10.0
"""Seconds that a data point of an alarm covers here; a minute on AWS."""
_LOW_PERIODS = 2
_COOLDOWN_SECONDS = 300
_COOLDOWN_FASTER = 30
_LOW = 0.9
_UTILIZATION = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
FOLLOWED = (*_UTILIZATION, "ALBRequestCountPerTarget")
"""The predefined metrics that are followed here."""


@departure(
    "Application Auto Scaling User Guide, 'How target tracking scaling works' (cooldowns, insufficient data, multiple "
    "policies), 'Scheduled scaling'; Amazon ECS Developer Guide, 'Automatically scale your Amazon ECS service' (the "
    "running count is what a scaling activity starts from) and 'Troubleshooting service auto scaling' (no scaling in "
    "while a deployment is in progress); API Reference, 'DescribeScalingActivities'; AWS re:Post, alarms of target "
    "tracking (above the target, below 90 percent of it)"
)
def scaling() -> None:
    """A service's desired count follows the metrics of its policies between minimum and maximum; schedules move those.

    Scaling out needs one policy whose metric is above its target, and goes where the metric would meet it; scaling in
    needs all that may, below 90 percent, and goes one task at a time, which is ours: AWS says "gradually". Without data
    nothing happens. AWS looks at 3 minutes to scale out and at 15 to scale in; here it is 10 and 20 seconds, and a
    cooldown takes a thirtieth of its time (5 minutes unless the policy gives it: 10 seconds), so that a person sees it
    happen. The alarms of policies are not made. Step scaling and resources other than ECS services are recorded only.
    """
    every(_ROUND_SECONDS, _round, "naws-scaling")


def _round() -> None:
    for target in list(targets.values()):
        region, account = target.key[0].split(":")
        with responses.request_scope(account, region):
            try:
                _run_due(target, datetime.now(UTC))
                _follow(target)
            except Exception:  # noqa: BLE001  # of whatever kind: the other targets must still scale
                _LOG.exception("scaling of %s", target.key[2])


def _run_due(target: Target, now: datetime) -> None:
    for name, due in list(target.due.items()):
        if due is None or due > now:
            continue
        action = target.actions.get(name)
        if action is None:
            continue  # deleted at this moment
        target.due[name] = due_after(action, now)
        if not target.suspended("ScheduledScalingSuspended"):
            _set_bounds(target, name, members(action.get("ScalableTargetAction")))


def _set_bounds(target: Target, name: str, bounds: dict[str, int]) -> None:
    text = " and ".join(f"{key[:3].lower()} capacity to {bounds[key]}" for key in sorted(bounds, reverse=True))
    wanted = {**target.info, **bounds}
    good = wanted["MinCapacity"] <= wanted["MaxCapacity"]
    message = f"Successfully set {text}" if good else "Maximum capacity cannot be less than minimum capacity"
    record(target, f"Setting {text}", f"scheduled action name {name} was triggered", message, good=good)
    if good:
        target.info = wanted
        bring_inside(target)


@dataclass(frozen=True)
class _Tracking:
    """A policy that follows a metric of an ECS service."""

    policy: dict[str, Any]
    resource: str

    @property
    def configuration(self) -> dict[str, Any]:
        return self.policy["TargetTrackingScalingPolicyConfiguration"]

    @property
    def aim(self) -> float:
        return float(self.configuration["TargetValue"])

    def cooldown(self, which: str) -> float:
        given = self.configuration.get(f"Scale{which}Cooldown")
        return float(_COOLDOWN_SECONDS if given is None else given) / _COOLDOWN_FASTER

    def metrics(self) -> Iterator[dict[str, Any]]:
        """What is read, the first of it that has data."""
        predefined = members(self.configuration.get("PredefinedMetricSpecification"))
        kind = predefined.get("PredefinedMetricType", "")
        if kind in _UTILIZATION:
            _, cluster, service = self.resource.split("/")
            by = {"ClusterName": cluster, "ServiceName": service}
            yield _metric("AWS/ECS", _UTILIZATION[kind], "Average", by)
        elif kind in FOLLOWED:
            balancer, _, group = str(predefined["ResourceLabel"]).partition("/targetgroup/")
            by = {"TargetGroup": f"targetgroup/{group}"}
            for dimensions in (by, {**by, "LoadBalancer": balancer}):
                yield _metric("AWS/ApplicationELB", "RequestCountPerTarget", "Sum", dimensions)
        elif own := self.configuration.get("CustomizedMetricSpecification"):
            yield own

    def value(self, end: float) -> float | None:
        """The metric in the period that ends then; what is counted is counted by the minute."""
        for metric in self.metrics():
            found = read(metric, end - PERIOD, end)
            if found is not None:
                counted = metric.get("Statistic") in ("Sum", "SampleCount")
                return found * 60 / PERIOD if counted else found
        return None

    def cause(self, which: str) -> str:
        identity = str(self.policy["PolicyARN"]).split(":")[6]
        alarm = f"TargetTracking-{self.resource}-Alarm{which}-{identity}"
        return f"monitor alarm {alarm} in state ALARM triggered policy {self.policy['PolicyName']}"


def _metric(namespace: str, name: str, statistic: str, dimensions: dict[str, str]) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Statistic": statistic, "Dimensions": named}


def _follow(target: Target) -> None:
    service = target.service
    if service is None:
        return
    known = list(target.policies.values())
    policies = [
        _Tracking(policy, target.key[2]) for policy in known if policy.get("TargetTrackingScalingPolicyConfiguration")
    ]
    if policies and not _scale_out(target, service, policies):
        _scale_in(target, service, policies)


def _scale_out(target: Target, service: dict[str, Any], policies: list[_Tracking]) -> bool:
    """Whether some policy wants to scale out, whatever came of it."""
    now = time.time()
    high = [(policy, value) for policy in policies if (value := policy.value(now)) is not None and value > policy.aim]
    if not high:
        return False
    policy, value = max(high, key=lambda item: item[1] / item[0].aim)
    cooling = now - target.scaled.get("Out", 0) < policy.cooldown("Out")
    base = target.base if cooling else max(service["runningCount"], 1)
    wanted = target.within(math.ceil(base * value / policy.aim))
    if wanted > service["desiredCount"] and not target.suspended("DynamicScalingOutSuspended"):
        target.base, target.scaled = base, {"Out": now}
        scale(target, wanted, policy.cause("High"))
    return True


def _scale_in(target: Target, service: dict[str, Any], policies: list[_Tracking]) -> None:
    may = [policy for policy in policies if not policy.configuration.get("DisableScaleIn")]
    now = time.time()
    deploying = any(item.get("rolloutState") == "IN_PROGRESS" for item in service["deployments"])
    if not may or deploying or target.suspended("DynamicScalingInSuspended"):
        return
    if any(now - target.scaled.get("In", 0) < policy.cooldown("In") for policy in may):
        return
    shares = [_low_share(policy, now) for policy in may]
    if None in shares:
        return
    count = min(service["runningCount"], service["desiredCount"])
    least = math.ceil(count * max(share for share in shares if share is not None))
    wanted = target.within(max(count - 1, least))
    if wanted < service["desiredCount"]:
        target.scaled["In"] = now
        scale(target, wanted, may[0].cause("Low"))


def _low_share(policy: _Tracking, now: float) -> float | None:
    """The metric as a share of its target, when it is low in all periods looked at."""
    values = [policy.value(now - PERIOD * number) for number in range(_LOW_PERIODS)]
    shares = [value / policy.aim for value in values if value is not None]
    return max(shares) if len(shares) == _LOW_PERIODS and max(shares) < _LOW else None
