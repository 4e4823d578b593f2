"""Resource types that deploy but do nothing here, and the record of them."""

from typing import Any

from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.templates import Made, provide
from naws.cli.embedded.settings import ACCOUNT_ID, REGION

# type -> GetAtt attributes besides Id, as templates of formats over the physical id
_TYPES: dict[str, dict[str, str]] = {
    "Logs::QueryDefinition": {"QueryDefinitionId": "{id}"},
}
_recorded: dict[str, dict[str, str]] = {}


@departure("CloudFormation User Guide, template reference of each type (return values)")
def placeholder_types() -> None:
    """Saved queries deploy; nothing is saved, which ``not_emulated`` says."""
    for kind, attributes in _TYPES.items():
        _provide(kind, attributes)


def recorded() -> list[dict[str, str]]:
    """Return stack, logical id and type of every resource that is a placeholder."""
    return [_recorded[physical_id] for physical_id in sorted(_recorded)]


def note(stack: str, logical_id: str, kind: str, physical_id: str, reason: str = "") -> None:
    """Record that a resource, of a type without ``AWS::``, exists only by name; the reason is for people."""
    named = {"stack": stack, "logical_id": logical_id, "resource_type": f"AWS::{kind}"}
    _recorded[physical_id] = {**named, "reason": reason}


def forget(physical_id: str) -> None:
    """Drop the record of a deleted resource."""
    _recorded.pop(physical_id, None)


def _provide(kind: str, attributes: dict[str, str]) -> None:
    def attributes_of(physical_id: str) -> dict[str, str]:
        known = {"id": physical_id, "region": REGION, "account": ACCOUNT_ID}
        return {"Id": physical_id, **{name: text.format(**known) for name, text in attributes.items()}}

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        physical_id = properties.get("PolicyName") or properties.get("Name") or f"{stack}-{logical_id}"
        note(stack, logical_id, kind, physical_id)
        return physical_id, attributes_of(physical_id)

    def update(physical_id: str, _old: Any, _new: Any, _stack: str) -> Made:
        return physical_id, attributes_of(physical_id)

    def delete(physical_id: str, _properties: Any) -> None:
        forget(physical_id)

    provide(kind, create, update, delete)
