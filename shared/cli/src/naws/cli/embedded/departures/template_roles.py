"""The permissions boundary of a role of a template."""
# ruff: noqa: SLF001  # writes MiniStack's private stores, as departures do

from typing import Any

from naws.cli.embedded.departures.patching import departure, service
from naws.cli.embedded.departures.template_encryption import also


@departure(
    source="CloudFormation User Guide, AWS::IAM::Role PermissionsBoundary",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "iam._roles"),
)
def template_role() -> None:
    """A role of a template has its permissions boundary; an update without it takes it away."""
    also("AWS::IAM::Role", _bound, at_update=True)


def _bound(name: str, properties: dict[str, Any]) -> None:
    service("iam")._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
