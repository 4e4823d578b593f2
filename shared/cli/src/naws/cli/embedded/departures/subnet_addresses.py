"""The addresses of a subnet that are free."""

import ipaddress
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import ec2

_KEPT = 5
"""The first four addresses of a subnet, and its last one, are AWS's."""


@departure("Amazon VPC User Guide, 'Subnet sizing for IPv4'; EC2 API Reference, Subnet (availableIpAddressCount)")
@patch(wrap, ec2, "_subnet_fields_xml")
def free_addresses(original: Original, subnet: dict[str, Any], *more: Any, **named: Any) -> str:
    """Free are the addresses of a subnet's range but for AWS's five, and one for each network interface in it.

    Tasks and load balancers have no interfaces here, and take none.
    """
    whole = ipaddress.ip_network(subnet["CidrBlock"], strict=False).num_addresses
    taken = sum(each["SubnetId"] == subnet["SubnetId"] for each in ec2._network_interfaces.values())
    return original({**subnet, "AvailableIpAddressCount": max(whole - _KEPT - taken, 0)}, *more, **named)
