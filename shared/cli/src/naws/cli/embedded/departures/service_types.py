"""CloudFormation types whose service MiniStack has, but not the type or not all of its properties."""

from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import cloudwatch, ecs, iam, provisioners, scheduler
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import BOTH, Made, complete_template, physical_name, provide, wrap_template


def _check(response: Any, kind: str) -> None:
    if failed(response):
        body = response[2]
        raise ValueError(f"AWS::{kind}: {body.decode() if isinstance(body, bytes) else body}")


@departure("CloudFormation User Guide, AWS::ECS::ClusterCapacityProviderAssociations (Ref is the cluster's name)")
def capacity_provider_associations() -> None:
    """A cluster gets its capacity providers and default strategy from a resource of their own."""
    kind = "ECS::ClusterCapacityProviderAssociations"

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
        request = to_api(properties, operation("ecs", "PutClusterCapacityProviders").input_shape)
        _check(ecs._put_cluster_capacity_providers(request), kind)
        return properties["Cluster"], {}

    def update(_physical_id: str, _old: Any, new: dict[str, Any], stack: str) -> Made:
        return create("", new, stack)

    def delete(physical_id: str, _properties: Any) -> None:
        ecs._put_cluster_capacity_providers({"cluster": physical_id})

    provide(kind, create, update, delete)


@departure("CloudFormation User Guide, AWS::CloudWatch::CompositeAlarm (Ref is the name, GetAtt Arn)")
def composite_alarm() -> None:
    """A composite alarm of a template follows its children and runs its actions."""
    kind = "CloudWatch::CompositeAlarm"

    def put(name: str, properties: dict[str, Any]) -> Made:
        request = {**properties, "AlarmName": name}
        _check(cloudwatch._put_composite_alarm({}, request, False, True), kind)  # noqa: FBT003  # MiniStack's positional protocol flags
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        return put(physical_name(properties, "AlarmName", stack, logical_id, 255), properties)

    def update(physical_id: str, _old: Any, new: dict[str, Any], _stack: str) -> Made:
        name = new.get("AlarmName", physical_id)
        if name != physical_id:
            delete(physical_id, None)
        return put(name, new)

    def delete(physical_id: str, _properties: Any) -> None:
        cloudwatch._composite_alarms.pop(physical_id, None)

    provide(kind, create, update, delete)


@departure("CloudFormation User Guide, AWS::Scheduler::Schedule (Ref is the name, GetAtt Arn)")
def template_schedule() -> None:
    """A schedule of a template keeps time zone, start, end and what happens on completion.

    An unknown group or an incomplete target fails the stack.
    """
    kind = "Scheduler::Schedule"

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        name = physical_name(properties, "Name", stack, logical_id, 64)
        _check(scheduler._create_schedule(name, dict(properties)), kind)
        return name, _arn(name, properties)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        identity = ("Name", "GroupName")
        if [old.get(key) for key in identity] != [new.get(key) for key in identity]:
            delete(physical_id, old)
            return create(logical_id, new, stack)
        _check(scheduler._update_schedule(physical_id, dict(new)), kind)
        return physical_id, _arn(physical_id, new)

    delete = provisioners._RESOURCE_HANDLERS[f"AWS::{kind}"]["delete"]
    provide(kind, create, update, delete, update_with_logical_id=True)


def _arn(name: str, properties: dict[str, Any]) -> dict[str, str]:
    return {"Arn": scheduler._schedule_arn(properties.get("GroupName", "default"), name)}


@departure("CloudFormation User Guide, AWS::Logs::LogGroup (LogGroupName: otherwise a unique physical ID is generated)")
def log_group_name() -> None:
    """A log group without a name is called ``<stack>-<logical id>-<suffix>``, as every other resource is."""
    wrap_template("Logs::LogGroup", create=_created_group, update=_updated_group)


def _named(properties: dict[str, Any], stack: str, logical_id: str) -> dict[str, Any]:
    return {**properties, "LogGroupName": physical_name(properties, "LogGroupName", stack, logical_id, 512)}


def _created_group(original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    return original(logical_id, _named(properties, stack, logical_id), stack)


def _updated_group(
    original: Original, name: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str
) -> Made:
    same = {"LogGroupName": name}
    wanted = {**same, **new} if "LogGroupName" not in old else _named(new, stack, logical_id)
    return original(name, {**same, **old}, wanted, stack, logical_id)


@departure("CloudFormation User Guide, AWS::IAM::Role PermissionsBoundary")
@patch(complete_template, "IAM::Role", BOTH)
def template_role(name: str, properties: dict[str, Any]) -> None:
    """A role of a template has its permissions boundary; an update without it takes it away."""
    iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
