"""What Application Auto Scaling refuses of a target, a policy or a scheduled action, whatever there is already."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.refusals import RefusedError, refuse_first
from naws.cli.embedded.departures.schedule_requests import fires
from naws.cli.embedded.departures.schedule_times import moment

ECS = ("ecs", "ecs:service:DesiredCount")
TRACKING = "TargetTrackingScalingPolicyConfiguration"
_BY_REQUESTS = "ALBRequestCountPerTarget"
_LABEL = re.compile(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+")
_SERVICE = re.compile(r"service/[^/]+/[^/]+")
_NEVER = re.compile(r"rate\(0+ ?(minute|hour|day)s?\)")
_SYNTAX = (
    "Invalid schedule expression. Details: Schedule expressions must have the following syntax: "
    "rate(<number>\\s?(minutes?|hours?|days?)), cron(<cron_expression>) or at(yyyy-MM-dd'T'HH:mm:ss)."
)
_EPOCH = "'1970-01-01T00:00:00.000Z'"
_SPECIFICATIONS = "PredefinedMetricSpecification or CustomizedMetricSpecification"


def check_shape(namespace: str, resource: str, dimension: str) -> None:
    """Refuse a resource that is not of its namespace and dimension.

    Raises:
        RefusedError: It is not.
    """
    fits = namespace == dimension.partition(":")[0]
    if namespace == ECS[0]:
        fits = dimension == ECS[1] and _SERVICE.fullmatch(resource) is not None
    if not fits:
        raise RefusedError("Unsupported service namespace, resource type or scalable dimension")


def check_bounds(bounds: dict[str, Any]) -> None:
    """Refuse a minimum above the maximum, or below zero.

    Raises:
        RefusedError: It is.
    """
    low, high = bounds.get("MinCapacity"), bounds.get("MaxCapacity")
    crossed = low is not None and high is not None and high < low
    refuse_first(
        (
            (low is not None and low < 0, "Minimum capacity cannot be less than 0"),
            (crossed, "Maximum capacity cannot be less than minimum capacity"),
        )
    )


def check_policy(request: dict[str, Any]) -> None:
    """Refuse a policy that lacks its configuration, or whose metric is none or two.

    Raises:
        RefusedError: It does.
    """
    kind = request.get("PolicyType") or ("TargetTrackingScaling" if request.get(TRACKING) else "StepScaling")
    if not request.get(f"{kind}PolicyConfiguration"):
        raise RefusedError(f"{kind} policy configuration must be specified")
    if request.get(TRACKING):
        refuse_first(_wrong_tracking(request[TRACKING]))


def _wrong_tracking(tracking: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    predefined = members(tracking.get("PredefinedMetricSpecification"))
    own, suffix = bool(tracking.get("CustomizedMetricSpecification")), "set for target tracking scaling."
    yield not (predefined or own), f"{_SPECIFICATIONS} must be {suffix}"
    yield bool(predefined) and own, f"Only one of {_SPECIFICATIONS} can be {suffix}"
    kind, label = predefined.get("PredefinedMetricType"), predefined.get("ResourceLabel")
    yield kind == _BY_REQUESTS and not label, f"Resource label should be specified for predefined metric type {kind}"
    unwanted = bool(predefined) and kind != _BY_REQUESTS and bool(label)
    yield unwanted, f"Resource label should not be specified for predefined metric type {kind}"
    wrong = kind == _BY_REQUESTS and _LABEL.fullmatch(str(label)) is None
    yield wrong, f"Invalid resource label '{label}' for predefined metric type {kind}"


def check_action(request: dict[str, Any], *, new: bool) -> None:
    """Refuse a scheduled action that never runs, or that changes nothing; an update has only what it changes.

    Raises:
        RefusedError: It does.
    """
    refuse_first(_wrong_action(request, new=new))
    check_bounds(members(request.get("ScalableTargetAction")))


def _wrong_action(request: dict[str, Any], *, new: bool) -> Iterator[tuple[bool, str]]:
    expression, bounds = request.get("Schedule"), request.get("ScalableTargetAction")
    yield new and not expression, "Schedule must be set"
    never = bool(expression) and _NEVER.fullmatch(str(expression)) is not None
    yield never, f"Invalid schedule frequency. Run for {_EPOCH} and {_EPOCH} are less than 60 seconds apart"
    yield bool(expression) and not fires(str(expression)), _SYNTAX
    zone = request.get("Timezone")
    yield zone not in {None, *available_timezones()}, f"Invalid schedule timezone: {zone}"
    start, end = moment(request.get("StartTime")), moment(request.get("EndTime"))
    yield start is not None and end is not None and start > end, "StartTime must be before EndTime"
    yield new and bounds is None, "ScalableTargetAction must be set"
    given = "At least one of minimum capacity and maximum capacity should be provided"
    yield bounds is not None and not bounds, given
