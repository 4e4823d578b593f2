"""The parts of a local address, as templates take AWS's apart."""

import os
import re
from typing import Any

from naws.cli.embedded.departures.json_values import is_object
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import cfn_engine, responses

_SPLIT = "Fn::Split"
_LOCAL = re.compile(r"/_aws/(?P<kind>execute-api|lambda-url)/(?P<id>[a-z0-9]+)(?P<path>/.*)?")
_DOMAINS = {"execute-api": "amazonaws.com", "lambda-url": "on.aws"}


@departure(
    "API Gateway Developer Guide, 'Invoke HTTP APIs'; AWS Lambda Developer Guide, 'Invoking Lambda function URLs'; "
    "aws-cdk-lib, aws-cloudfront-origins, FunctionUrlOrigin: the host is what stands behind the second slash"
)
@patch(wrap, cfn_engine, "_resolve_refs")
def hosts_in_addresses(original: Original, value: Any, *rest: Any, **named: Any) -> Any:
    """A template that splits the address of an API or of a function by its slashes finds the host that it has on AWS.

    By itself the address is one on this machine, whose host is everybody's.
    """
    found = original(value, *rest, **named)
    splits = is_object(value) and value.keys() == {_SPLIT} and value[_SPLIT][0] == "/"
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    if not splits or found[:3] != endpoint.split("/"):
        return found
    match = _LOCAL.fullmatch("/".join(["", *found[3:]]))
    if match is None:
        return found
    host = f"{match['id']}.{match['kind']}.{responses.get_region()}.{_DOMAINS[match['kind']]}"
    return ["https:", "", host, *(match["path"] or "").split("/")[1:]]
