"""Rules on a VPC that is created for a stack."""

import ipaddress
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

from naws.core.network import NewVpc
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Bounds, Field, is_text, is_whole
from naws.core.tokens import has_token

_CIDR = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
_DEFAULT_CIDR = "10.0.0.0/16"
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_SMALLEST_SUBNET = 28
_HOURS = 730
_GATEWAY = 0.045 + 0.005
"""USD an hour in us-east-1: a NAT gateway, and its public address. Source: https://aws.amazon.com/vpc/pricing/"""
_ZONES = Bounds(low=1, high=6, unit="availability zones")


@dataclass(frozen=True, kw_only=True)
class Created(Field):
    """A `NewVpc` that was given, beside the VPC that the stack may have already.

    Attributes:
        new: what was given.
        created: how the stack's shared VPC was made; None when it has none yet.
    """

    new: NewVpc
    created: NewVpc | None = None


@advice(
    code="NAWS-NET-024",
    title="A network that costs money is chosen",
    source="https://aws.amazon.com/vpc/pricing/",
    example="vpc=None",
    fix="vpc=NewVpc()",
)
def chosen_network(network: Field) -> Iterator[Finding]:
    """Without a given network a VPC is created for the stack, whose NAT gateway costs most of what an idle stack does.

    The price is AWS's of us-east-1, idle; each GB through the gateway is another 0.045 USD, and other regions differ.
    """
    yield network.finding(
        shown="not given",
        expected=f"a network that is chosen: the {NewVpc().nat_gateways} NAT gateway of a new one costs some "
        f"{math.ceil(NewVpc().nat_gateways * _GATEWAY * _HOURS)} USD a month in us-east-1",
        remedy='vpc=VpcLookup.by_name("main")\nvpc=NewVpc()  # as it is, known to cost that',
    )


@limit(
    code="NAWS-NET-022",
    title="A created VPC has 1 to 6 zones",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
    example="vpc=NewVpc(max_azs=0)",
    fix="vpc=NewVpc(max_azs=2)",
)
def zones(vpc: Created) -> Iterator[Finding]:
    """Without any zone there is no subnet, and no region has more than six zones."""
    yield from _ZONES.check(Field(f"{vpc.path}.max_azs", vpc.new.max_azs))


@limit(
    code="NAWS-NET-023",
    title="What a VPC is made by is known at synthesis",
    source="https://docs.aws.amazon.com/cdk/v2/guide/tokens.html",
    example='vpc=NewVpc(cidr=cdk.CfnParameter(stack, "Range").value_as_string)',
    fix='vpc=NewVpc(cidr="10.1.0.0/16")',
)
def made_by_known_values(vpc: Created) -> Iterator[Finding]:
    """CDK counts and divides while it synthesises, when a token has no value yet."""
    for name, default in _written(NewVpc()):
        if has_token(getattr(vpc.new, name)):
            yield Field(f"{vpc.path}.{name}").finding(
                "a value that is known at synthesis", f"{name}={default}", shown="a token"
            )


@practice(
    code="NAWS-NET-006",
    title="A created VPC has a way out",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="vpc=NewVpc(nat_gateways=0)",
    fix="vpc=NewVpc(nat_gateways=1)",
)
def has_nat(vpc: Created) -> Iterator[Finding]:
    """Without a NAT gateway a task in a private subnet cannot pull its image, and never starts."""
    new = vpc.new
    if not is_whole(new.nat_gateways) or new.nat_gateways < 0:
        return
    zones = new.max_azs if is_whole(new.max_azs) else new.nat_gateways
    if new.nat_gateways < 1 or new.nat_gateways > zones >= 1:
        yield Field(f"{vpc.path}.nat_gateways", new.nat_gateways).finding(
            f"1 (cheapest) to {max(zones, 1)} (one per zone)", f"nat_gateways={1 if new.nat_gateways < 1 else zones}"
        )


@limit(
    code="NAWS-NET-007",
    title="A created VPC's address range is a network of /16 to /28 that holds its subnets",
    source=_CIDR,
    example='vpc=NewVpc(cidr="10.0.0.1/16")',
    fix='vpc=NewVpc(cidr="10.0.0.0/16")',
)
def cidr(vpc: Created) -> Iterator[Finding]:
    """Each zone takes two subnets of at least 16 addresses. CDK computes wrong subnets from a range with host bits."""
    given = vpc.new.cidr
    if not is_text(given):
        return
    problem, remedy = _cidr_problem(given, vpc.new.max_azs if is_whole(vpc.new.max_azs) else 1)
    if problem:
        yield Field(f"{vpc.path}.cidr", given).finding(problem, f'cidr="{remedy}"')


@advice(
    code="NAWS-NET-008",
    title="Compute is in two availability zones or more",
    source="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html",
    example="vpc=NewVpc(max_azs=1)",
    fix="vpc=NewVpc(max_azs=2)",
)
def two_zones(zones: Field) -> Iterator[Finding]:
    """When the only zone fails nothing can start, until it is back."""
    if zones.value != 1:
        return
    if zones.name == "max_azs":
        yield zones.finding("2 zones or more", "max_azs=2")
    else:
        yield zones.finding(
            "subnets in two zones or more",
            "max_azs=2  # of the VPC\nvpc_subnets=…  # of several zones",
            shown="one availability zone",
        )


@practice(
    code="NAWS-NET-018",
    title="A created VPC's address range is a private one",
    source=_CIDR,
    example='vpc=NewVpc(cidr="11.0.0.0/16")',
    fix='vpc=NewVpc(cidr="10.0.0.0/16")',
)
def private_range(vpc: Created) -> Iterator[Finding]:
    """AWS recommends the ranges of RFC 1918. Addresses that belong to somebody else cannot be reached from inside."""
    given = vpc.new.cidr
    if not is_text(given) or _cidr_problem(given, 1)[0]:
        return
    if not any(ipaddress.IPv4Network(given).subnet_of(private) for private in _PRIVATE):
        yield Field(f"{vpc.path}.cidr", given).finding(
            f"a range within {', '.join(map(str, _PRIVATE))}", f'cidr="{_DEFAULT_CIDR}"'
        )


@limit(
    code="NAWS-NET-019",
    title="A stack has one created VPC",
    source="docs/concepts/network.md: one VPC is created per stack and shared by its patterns",
    example='created=NewVpc(), vpc=NewVpc(cidr="10.1.0.0/16")',
    fix='created=NewVpc(cidr="10.1.0.0/16"), vpc=NewVpc(cidr="10.1.0.0/16")',
)
def one_created(vpc: Created) -> Iterator[Finding]:
    """The patterns of a stack share the VPC that the first of them made: what is given to another would do nothing.

    In `Conventions` it is given once. A VPC of one's own is made with `ec2.Vpc`.
    """
    if vpc.created is not None and vpc.created != vpc.new:
        made = ", ".join(f"{name}={value}" for name, value in _written(vpc.created))
        yield vpc.finding(
            f"the VPC that the stack, or its stage, has: NewVpc({made})", f"vpc=NewVpc({made})", shown="another VPC"
        )


@limit(
    code="NAWS-NET-020",
    title="A created VPC's NAT gateways are counted from 0",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_ec2/Vpc.html",
    example="vpc=NewVpc(nat_gateways=-1)",
    fix="vpc=NewVpc(nat_gateways=1)",
)
def nat_count(vpc: Created) -> Iterator[Finding]:
    """CDK takes a number below 0 for none."""
    given = vpc.new.nat_gateways
    if is_whole(given) and given < 0:
        expected = "1 (cheapest) to one per zone"
        yield Field(f"{vpc.path}.nat_gateways", given).finding(expected, "nat_gateways=1")


def _written(vpc: NewVpc) -> list[tuple[str, str]]:
    """Its fields as they are written in Python."""
    return [(each.name, json.dumps(getattr(vpc, each.name))) for each in fields(vpc)]


def _cidr_problem(given: str, zones: int) -> tuple[str, str]:
    """The form that an address range must have, and a range that has it; two empty texts when it is right."""
    try:
        network = ipaddress.IPv4Network(given, strict=False)
    except ValueError:
        return "an IPv4 range such as 10.0.0.0/16", _DEFAULT_CIDR
    if "/" not in given or not 16 <= network.prefixlen <= _SMALLEST_SUBNET:  # noqa: PLR2004  # the VPC's largest range
        prefix = min(max(network.prefixlen, 16), 24) if "/" in given else 16
        return "a range of /16 to /28", str(ipaddress.IPv4Network((network.network_address, prefix), strict=False))
    zones = min(max(zones, 1), int(_ZONES.high))
    smallest = _SMALLEST_SUBNET - (2 * zones - 1).bit_length()
    if network.prefixlen > smallest:
        right = ipaddress.IPv4Network((network.network_address, smallest), strict=False)
        return f"a range of /16 to /{smallest}: each of {zones} zones takes two subnets of 16 addresses", str(right)
    if given != str(network):
        return f"the network's own address, {network}: the bits behind the prefix are 0", str(network)
    return "", ""


NEW_VPC_RULES = (zones, has_nat, nat_count, cidr, made_by_known_values, private_range, one_created)
