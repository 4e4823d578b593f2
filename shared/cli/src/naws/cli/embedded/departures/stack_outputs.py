"""Outputs of stacks in other regions, as templates read them."""

from typing import Any

from naws.cli.embedded.departures.json_values import is_object
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import cfn_engine, responses

_OUTPUT = "Fn::GetStackOutput"


@departure("AWS CloudFormation Template Reference, 'Fn::GetStackOutput', Region; aws-cdk-lib, core, Fn.getStackOutput")
@patch(wrap, cfn_engine, "_resolve_refs")
def outputs_of_other_regions(original: Original, value: Any, *rest: Any, **named: Any) -> Any:
    """A template reads the output of a stack in the region that it names.

    By itself the region is passed over, and the stack is looked for where the template is.
    """
    given = value.get(_OUTPUT) if is_object(value) else None
    region = given.get("Region") if is_object(given) else None
    here = responses.get_region()
    if not isinstance(region, str) or region == here:
        return original(value, *rest, **named)
    responses.set_request_region(region)
    try:
        return original(value, *rest, **named)
    finally:
        responses.set_request_region(here)
