"""What change sets say of each changed property."""

from naws.cli.create_only import recreation
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import cfn_stacks, provisioners

_STRICTEST = ("Always", "Conditionally", "Never")


@departure(
    "CloudFormation API Reference, ResourceTargetDefinition (RequiresRecreation); CloudFormation's schemas of resource "
    "types (createOnlyProperties, conditionalCreateOnlyProperties)"
)
@patch(wrap, cfn_stacks, "_property_recreation")
def property_recreation(original: Original, kind: str, name: str) -> str:
    """A change replaces a resource as its schema says.

    MiniStack has lists of some types, some of which know more than the schema, and of all others "Conditionally".
    """
    by_schema = recreation(kind, name)
    if by_schema is None:
        return original(kind, name)
    listed = original(kind, name) if kind in provisioners._REPLACING_PROPERTIES else by_schema
    return min(by_schema, listed, key=_STRICTEST.index)
