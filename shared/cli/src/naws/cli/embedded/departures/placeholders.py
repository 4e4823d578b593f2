"""Resource types that deploy but do nothing here, and the record of them."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from typing import Any

from naws.cli.embedded.departures.patching import departure, service
from naws.cli.embedded.settings import ACCOUNT_ID, REGION

# type -> GetAtt attributes besides Id, as templates of formats over the physical id
_TYPES: dict[str, dict[str, str]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": {},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {
        "Arn": "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{id}",
    },
    "AWS::Logs::QueryDefinition": {"QueryDefinitionId": "{id}"},
}
_recorded: dict[str, dict[str, str]] = {}


@departure(
    source="CloudFormation User Guide, template reference of each type (return values)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS",),
)
def placeholder_types() -> None:
    """Autoscaling and saved queries deploy; nothing scales and nothing is saved, which ``not_emulated`` says."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS
    for resource_type, attributes in _TYPES.items():
        handlers[resource_type] = _handlers(resource_type, attributes)


def recorded() -> list[dict[str, str]]:
    """Return stack, logical id and type of every resource that is a placeholder."""
    return [_recorded[physical_id] for physical_id in sorted(_recorded)]


def note(stack: str, logical_id: str, resource_type: str, physical_id: str) -> None:
    """Record that a resource exists only by name."""
    _recorded[physical_id] = {"stack": stack, "logical_id": logical_id, "resource_type": resource_type}


def forget(physical_id: str) -> None:
    """Drop the record of a deleted resource."""
    _recorded.pop(physical_id, None)


def _handlers(resource_type: str, attributes: dict[str, str]) -> dict[str, Any]:
    def attributes_of(physical_id: str) -> dict[str, str]:
        formatted = {
            name: text.format(id=physical_id, region=REGION, account=ACCOUNT_ID) for name, text in attributes.items()
        }
        return {"Id": physical_id, **formatted}

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        physical_id = properties.get("PolicyName") or properties.get("Name") or f"{stack}-{logical_id}"
        note(stack, logical_id, resource_type, physical_id)
        return physical_id, attributes_of(physical_id)

    def update(physical_id: str, _old: Any, _new: Any, _stack: str) -> tuple[str, dict[str, str]]:
        return physical_id, attributes_of(physical_id)

    def delete(physical_id: str, _properties: Any) -> None:
        forget(physical_id)

    return {"create": create, "update": update, "delete": delete}
