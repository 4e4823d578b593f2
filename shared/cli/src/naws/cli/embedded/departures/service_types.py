"""CloudFormation types whose service MiniStack has, but not the type or not all of its properties."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from typing import Any

from naws.cli.embedded.departures.patching import departure, service
from naws.cli.embedded.departures.shapes import operation, to_api

_FIRST_ERROR_STATUS = 400


def _checked(response: Any, resource_type: str) -> None:
    status, _, body = response
    if status >= _FIRST_ERROR_STATUS:
        raise ValueError(f"{resource_type}: {body.decode() if isinstance(body, bytes) else body}")


@departure(
    source="CloudFormation User Guide, AWS::ECS::ClusterCapacityProviderAssociations (Ref is the cluster's name)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "ecs._put_cluster_capacity_providers"),
)
def capacity_provider_associations() -> None:
    """A cluster gets its capacity providers and default strategy from a resource of their own."""
    resource_type = "AWS::ECS::ClusterCapacityProviderAssociations"

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        request = to_api(properties, operation("ecs", "PutClusterCapacityProviders").input_shape)
        _checked(service("ecs")._put_cluster_capacity_providers(request), resource_type)
        return properties["Cluster"], {}

    def update(_physical_id: str, _old: Any, new: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        return create("", new, stack)

    def delete(physical_id: str, _properties: Any) -> None:
        service("ecs")._put_cluster_capacity_providers({"cluster": physical_id})

    _register(resource_type, create, update, delete)


@departure(
    source="CloudFormation User Guide, AWS::CloudWatch::CompositeAlarm (Ref is the name, GetAtt Arn)",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "cloudformation.provisioners._physical_name",
        "cloudwatch._put_composite_alarm",
        "cloudwatch._composite_alarms",
    ),
)
def composite_alarm() -> None:
    """A composite alarm of a template follows its children and runs its actions."""
    resource_type = "AWS::CloudWatch::CompositeAlarm"

    def put(name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        request = {**properties, "AlarmName": name}
        _checked(service("cloudwatch")._put_composite_alarm({}, request, False, True), resource_type)  # noqa: FBT003  # MiniStack's positional protocol flags
        return name, {"Arn": service("cloudwatch")._composite_alarms[name]["AlarmArn"]}

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        physical_name = service("cloudformation.provisioners")._physical_name
        return put(properties.get("AlarmName") or physical_name(stack, logical_id, max_len=255), properties)

    def update(physical_id: str, _old: Any, new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        name = new.get("AlarmName", physical_id)
        if name != physical_id:
            delete(physical_id, None)
        return put(name, new)

    def delete(physical_id: str, _properties: Any) -> None:
        service("cloudwatch")._composite_alarms.pop(physical_id, None)

    _register(resource_type, create, update, delete)


@departure(
    source="CloudFormation User Guide, AWS::Scheduler::Schedule (Ref is the name, GetAtt Arn)",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "cloudformation.provisioners._physical_name",
        "scheduler._create_schedule",
        "scheduler._update_schedule",
        "scheduler._schedule_arn",
    ),
)
def template_schedule() -> None:
    """A schedule of a template keeps time zone, start, end and what happens on completion.

    An unknown group or an incomplete target fails the stack.
    """
    resource_type = "AWS::Scheduler::Schedule"

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        physical_name = service("cloudformation.provisioners")._physical_name
        name = properties.get("Name") or physical_name(stack, logical_id, max_len=64)
        _checked(service("scheduler")._create_schedule(name, dict(properties)), resource_type)
        return name, _arn(name, properties)

    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str
    ) -> tuple[str, dict[str, str]]:
        identity = ("Name", "GroupName")
        if [old.get(key) for key in identity] != [new.get(key) for key in identity]:
            delete(physical_id, old)
            return create(logical_id, new, stack)
        _checked(service("scheduler")._update_schedule(physical_id, dict(new)), resource_type)
        return physical_id, _arn(physical_id, new)

    delete = service("cloudformation.provisioners")._RESOURCE_HANDLERS[resource_type]["delete"]
    _register(resource_type, create, update, delete, update_with_logical_id=True)


def _arn(name: str, properties: dict[str, Any]) -> dict[str, str]:
    return {"Arn": service("scheduler")._schedule_arn(properties.get("GroupName", "default"), name)}


def _register(resource_type: str, create: Any, update: Any, delete: Any, **flags: bool) -> None:
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS
    handlers[resource_type] = {"create": create, "update": update, "delete": delete, **flags}


@departure(
    source="CloudFormation User Guide, AWS::Logs::LogGroup (LogGroupName: otherwise a unique physical ID is generated)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "cloudformation.provisioners._physical_name"),
)
def log_group_name() -> None:
    """A log group without a name is called ``<stack>-<logical id>-<suffix>``, as every other resource is."""
    provisioners = service("cloudformation.provisioners")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    original_create, original_update = handlers["create"], handlers["update"]

    def named(properties: dict[str, Any], stack: str, logical_id: str) -> dict[str, Any]:
        return {"LogGroupName": provisioners._physical_name(stack, logical_id, max_len=512), **properties}

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        return original_create(logical_id, named(properties, stack, logical_id), stack)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Any:
        same = {"LogGroupName": physical_id}
        wanted = {**same, **new} if "LogGroupName" not in old else named(new, stack, logical_id)
        return original_update(physical_id, {**same, **old}, wanted, stack, logical_id)

    handlers.update(create=create, update=update)
