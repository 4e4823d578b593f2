"""CloudFormation's types of Application Auto Scaling."""

from typing import Any

from naws.cli.embedded.departures import autoscaling
from naws.cli.embedded.departures.autoscaling_rounds import FOLLOWED
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.refusals import RefusedError
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import Made, provide

_SERVICE = "application-autoscaling"
_TARGET, _POLICY = "ApplicationAutoScaling::ScalableTarget", "ApplicationAutoScaling::ScalingPolicy"
_IDENTITY = ("ResourceId", "ScalableDimension", "ServiceNamespace")
_OTHERS = "only ECS services scale here"


def _request(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return to_api(properties, operation(_SERVICE, name).input_shape)


def _identity(physical_id: str) -> dict[str, str]:
    return dict(zip(_IDENTITY, physical_id.split("|"), strict=True))


def _same(old: dict[str, Any], new: dict[str, Any], names: tuple[str, ...]) -> bool:
    return all(old.get(name) == new.get(name) for name in names)


@departure(
    "CloudFormation Template Reference, AWS::ApplicationAutoScaling::ScalableTarget (Ref and GetAtt Id are resource, "
    "dimension and namespace; ScheduledActions; what replaces it)"
)
def scalable_target_type() -> None:
    """A scalable target of a template, with its scheduled actions; what it changes is as the API refuses it."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        known = autoscaling.targets.get(autoscaling.key_of(properties))
        physical_id = _put_target(properties, {})
        if known is None and properties["ServiceNamespace"] != "ecs":
            note(stack, logical_id, _TARGET, physical_id, _OTHERS)
        return physical_id, {"Id": physical_id}

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        if not _same(old, new, _IDENTITY):
            return create(logical_id, new, stack)
        _put_target(new, old)
        return physical_id, {"Id": physical_id}

    def delete(physical_id: str, _properties: Any) -> None:
        forget(physical_id)
        if autoscaling.key_of(_identity(physical_id)) in autoscaling.targets:
            autoscaling.deregister(_identity(physical_id))

    provide(_TARGET, create, update, delete, update_with_logical_id=True)


def _put_target(properties: dict[str, Any], old: dict[str, Any]) -> str:
    identity = {name: properties[name] for name in _IDENTITY}
    given: list[dict[str, str]] = properties.get("Tags") or []
    tags = {each["Key"]: each["Value"] for each in given}
    plain = {name: value for name, value in properties.items() if name != "Tags"}
    autoscaling.register({**_request("RegisterScalableTarget", plain), **({} if old else {"Tags": tags})})
    if old:  # the API tags new ones alone; CloudFormation has the others tagged by themselves
        autoscaling.targets[autoscaling.key_of(identity)].tags = tags
    wanted: list[dict[str, Any]] = properties.get("ScheduledActions") or []
    for action in wanted:
        autoscaling.put_action(_request("PutScheduledAction", {**identity, **action}))
    before: list[dict[str, Any]] = old.get("ScheduledActions") or []
    for name in {item["ScheduledActionName"] for item in before} - {item["ScheduledActionName"] for item in wanted}:
        autoscaling.delete_action({**identity, "ScheduledActionName": name})
    return "|".join(identity.values())


@departure(
    "CloudFormation Template Reference, AWS::ApplicationAutoScaling::ScalingPolicy (Ref and GetAtt Arn are the ARN; "
    "what replaces it); aws/aws-cdk issue 1837 (the sentence)"
)
def scaling_policy_type() -> None:
    """A scaling policy of a template, of a target that its id or its three parts name."""

    def put(properties: dict[str, Any]) -> str:
        request = {**properties, **_named(properties)}
        return autoscaling.put_policy(_request("PutScalingPolicy", request))["PolicyARN"]

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        arn = put(properties)
        if reason := _not_followed({**properties, **_named(properties)}):
            note(stack, logical_id, _POLICY, arn, reason)
        return arn, {"Arn": arn}

    def update(arn: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        if _same(old, new, ("PolicyName", "ScalingTargetId", *_IDENTITY)):
            return put(new), {"Arn": arn}
        return create(logical_id, new, stack)

    def delete(arn: str, properties: dict[str, Any]) -> None:
        forget(arn)
        named = {**_named(properties), "PolicyName": properties["PolicyName"]}
        if autoscaling.policy_of(named) is not None:
            autoscaling.delete_policy(named)

    provide(_POLICY, create, update, delete, update_with_logical_id=True)


def _named(properties: dict[str, Any]) -> dict[str, str]:
    """The target of a policy."""
    if properties.get("ScalingTargetId"):
        return _identity(properties["ScalingTargetId"])
    if not all(properties.get(name) for name in _IDENTITY):
        text = (
            "Either ScalingTargetId or all three of [ResourceId, ScalableDimension, ServiceNamespace] must be specified"
        )
        raise RefusedError(text)
    return {name: properties[name] for name in _IDENTITY}


def _not_followed(properties: dict[str, Any]) -> str:
    tracking = members(properties.get("TargetTrackingScalingPolicyConfiguration"))
    predefined = members(tracking.get("PredefinedMetricSpecification")).get("PredefinedMetricType")
    if properties["ServiceNamespace"] != "ecs":
        return _OTHERS
    if not tracking:
        return "only target tracking scales here"
    own = members(tracking.get("CustomizedMetricSpecification"))
    return "" if predefined in FOLLOWED or own.get("MetricName") else "this metric is not followed here"
