"""Ways to find or make a VPC."""

import ipaddress
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from naws.core.network import VpcLookup
from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Bounds, Field, Told, is_text, is_whole
from naws.core.tokens import has_token

_RUN_TASK = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html"
_VPC_ID = re.compile(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})")
_ID = re.compile(r"(vpc|subnet)-([0-9a-f]{8}|[0-9a-f]{17})")
_PARAMETER = re.compile(r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+){1,15}")
_LONGEST_PARAMETER = 1011
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_CIDR = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
_DEFAULT_CIDR = "10.0.0.0/16"
_SMALLEST_SUBNET = 28
_ZONES = Bounds(low=1, high=6, unit="availability zones")
_SUBNETS = Bounds(low=1, high=16, unit="subnets")
_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")  # of the stack'
_BY_PARAMETER = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A way to find a VPC, and whether a look-up can be answered.

    Attributes:
        path: the field in the user's spelling.
        lookup: what the user said.
        has_environment: whether the stack has an explicit account and region.
        created: how the stack's shared VPC was made; None when it has none yet.
        unfit: its fields that have the wrong type; the look-up has a default instead.
    """

    path: str
    lookup: VpcLookup
    has_environment: bool
    created: VpcLookup | None = None
    unfit: Collection[str] = ()


@rule(
    code="NAWS-NET-001",
    level="limit",
    title="A VPC is looked up only on a stack with account and region",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_name("main")',
    fix='vpc=VpcLookup.by_name("main"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def lookup_environment(vpc: Vpc) -> Iterator[Finding]:
    """CDK asks that account and region while it synthesises; without them there is nobody to ask.

    `VpcLookup.by_parameter` needs no look-up and works everywhere, in a pipeline too.
    """
    if vpc.lookup.needs_environment and not vpc.has_environment:
        yield Finding(
            path=vpc.path,
            value=Told(f"VpcLookup.by_{vpc.lookup.how}(…)"),
            expected="a stack with an explicit account and region, which the look-up asks",
            remedy=f"{_ENV}\n{_BY_PARAMETER}",
        )


@rule(
    code="NAWS-NET-002",
    level="limit",
    title="A VPC's id is vpc- and 8 or 17 hexadecimal digits",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    example='vpc=VpcLookup.by_id("my-vpc"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix='vpc=VpcLookup.by_id("vpc-0a1b2c3d4e5f60718"), '
    'env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def vpc_id(vpc: Vpc) -> Iterator[Finding]:
    """Anything else finds nothing. A VPC's name is looked up with `by_name`."""
    given = vpc.lookup.vpc_id
    if vpc.lookup.how == "id" and is_text(given) and not _VPC_ID.fullmatch(given):
        yield Finding(
            path=f"{vpc.path}.vpc_id",
            value=given,
            expected="vpc- and 8 or 17 hexadecimal digits",
            remedy="\n".join(
                [*([f"vpc=VpcLookup.by_name({json.dumps(given)})"] if given.strip() else []), 'vpc_id="vpc-…"']
            ),
        )


@rule(
    code="NAWS-NET-003",
    level="limit",
    title="A look-up says what it looks for",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_tags({}), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix='vpc=VpcLookup.by_tags({"stage": "prod"}), env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def lookup_says(vpc: Vpc) -> Iterator[Finding]:
    """A look-up without a condition finds every VPC, and CDK refuses an answer with more than one."""
    lookup = vpc.lookup
    if lookup.how == "name" and is_text(lookup.vpc_name) and not lookup.vpc_name.strip():
        yield Finding(
            path=f"{vpc.path}.vpc_name",
            value=lookup.vpc_name,
            expected="the value of the VPC's Name tag",
            remedy='vpc=VpcLookup.by_name("main")',
        )
    if lookup.how == "tags" and not lookup.tags and "tags" not in vpc.unfit:
        expected = "at least one tag that the VPC carries"
        remedy = 'vpc=VpcLookup.by_tags({"stage": "prod"})'
        yield Finding(path=f"{vpc.path}.tags", value={}, expected=expected, remedy=remedy)


@rule(
    code="NAWS-NET-004",
    level="limit",
    title="A parameter's name is one that Parameter Store has",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="network vpc", private_subnet_ids="/network/subnets")',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets")',
)
def parameter_names(vpc: Vpc) -> Iterator[Finding]:
    """CloudFormation reads the parameters when the stack is deployed, and fails when there is none of that name.

    A name with a path begins with `/` and has at most 15 levels. CDK takes no ARN: a parameter that another account
    shares has to be copied into one of this account.
    """
    for name in ("vpc_id", "private_subnet_ids") if vpc.lookup.how == "parameter" else ():
        given = getattr(vpc.lookup, name)
        if not is_text(given) or (_PARAMETER.fullmatch(given) and len(given) <= _LONGEST_PARAMETER):
            continue
        yield Finding(
            path=f"{vpc.path}.{name}",
            value=given,
            expected=f"a parameter's name of letters, digits and . - _, at most {_LONGEST_PARAMETER} characters; "
            "with a path it begins with / and has at most 15 levels",
            remedy=f'{name}="{_parameter_meant(given, name)}"',
        )


@rule(
    code="NAWS-NET-005",
    level="limit",
    title="A task has 1 to 16 subnets, and a created VPC 1 to 6 zones",
    source=_RUN_TASK,
    example="vpc=VpcLookup.create(max_azs=0)",
    fix="vpc=VpcLookup.create(max_azs=2)",
)
def counts(vpc: Vpc) -> Iterator[Finding]:
    """RunTask takes 16 subnets at most; without any zone there is none. No region has more than six zones."""
    if vpc.lookup.how == "create":
        yield from _ZONES.check(Field(f"{vpc.path}.max_azs", vpc.lookup.max_azs))
    if vpc.lookup.how == "parameter":
        yield from _SUBNETS.check(Field(f"{vpc.path}.subnet_count", vpc.lookup.subnet_count))


@rule(
    code="NAWS-NET-006",
    level="practice",
    title="A created VPC has a way out",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="vpc=VpcLookup.create(nat_gateways=0)",
    fix="vpc=VpcLookup.create(nat_gateways=1)",
)
def has_nat(vpc: Vpc) -> Iterator[Finding]:
    """Without a NAT gateway a task in a private subnet cannot pull its image, and never starts."""
    lookup = vpc.lookup
    if lookup.how != "create" or not is_whole(lookup.nat_gateways) or lookup.nat_gateways < 0:
        return
    zones = lookup.max_azs if is_whole(lookup.max_azs) else lookup.nat_gateways
    if lookup.nat_gateways < 1 or lookup.nat_gateways > zones >= 1:
        yield Finding(
            path=f"{vpc.path}.nat_gateways",
            value=lookup.nat_gateways,
            expected=f"1 (cheapest) to {max(zones, 1)} (one per zone)",
            remedy=f"nat_gateways={1 if lookup.nat_gateways < 1 else zones}",
        )


@rule(
    code="NAWS-NET-007",
    level="limit",
    title="A created VPC's address range is a network of /16 to /28 that holds its subnets",
    source=_CIDR,
    example='vpc=VpcLookup.create(cidr="10.0.0.1/16")',
    fix='vpc=VpcLookup.create(cidr="10.0.0.0/16")',
)
def cidr(vpc: Vpc) -> Iterator[Finding]:
    """Each zone takes two subnets of at least 16 addresses. CDK computes wrong subnets from a range with host bits."""
    given = vpc.lookup.cidr
    if vpc.lookup.how != "create" or not is_text(given):
        return
    problem, remedy = _cidr_problem(given, vpc.lookup.max_azs if is_whole(vpc.lookup.max_azs) else 1)
    if problem:
        yield Finding(path=f"{vpc.path}.cidr", value=given, expected=problem, remedy=f'cidr="{remedy}"')


@rule(
    code="NAWS-NET-008",
    level="advice",
    title="A created VPC has two availability zones or more",
    source="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html",
    example="vpc=VpcLookup.create(max_azs=1)",
    fix="vpc=VpcLookup.create(max_azs=2)",
)
def two_zones(vpc: Vpc) -> Iterator[Finding]:
    """When the only zone fails no task can start, until it is back."""
    if vpc.lookup.how == "create" and vpc.lookup.max_azs == 1:
        remedy = "max_azs=2"
        yield Finding(path=f"{vpc.path}.max_azs", value=1, expected="2 zones or more", remedy=remedy)


@rule(
    code="NAWS-NET-014",
    level="limit",
    title="What a VPC is found or made by is known at synthesis",
    source="https://docs.aws.amazon.com/cdk/v2/guide/tokens.html",
    example='vpc=VpcLookup.create(cidr=cdk.CfnParameter(stack, "Range").value_as_string)',
    fix='vpc=VpcLookup.create(cidr="10.1.0.0/16")',
)
def known_at_synthesis(vpc: Vpc) -> Iterator[Finding]:
    """CDK looks up, counts and divides while it synthesises, when a token has no value yet.

    An id that is known only at the deployment makes a VPC with `ec2.Vpc.from_vpc_attributes`.
    """
    for name in _ASKED.get(vpc.lookup.how, ()):
        if has_token(getattr(vpc.lookup, name)):
            yield Finding(
                path=f"{vpc.path}.{name}",
                value=Told("a token"),
                expected="a value that is known at synthesis",
                remedy=_known_instead(vpc.lookup.how, name),
            )


@rule(
    code="NAWS-NET-018",
    level="practice",
    title="A created VPC's address range is a private one",
    source=_CIDR,
    example='vpc=VpcLookup.create(cidr="11.0.0.0/16")',
    fix='vpc=VpcLookup.create(cidr="10.0.0.0/16")',
)
def private_range(vpc: Vpc) -> Iterator[Finding]:
    """AWS recommends the ranges of RFC 1918. Addresses that belong to somebody else cannot be reached from inside."""
    given = vpc.lookup.cidr
    if vpc.lookup.how != "create" or not is_text(given) or _cidr_problem(given, 1)[0]:
        return
    if not any(ipaddress.IPv4Network(given).subnet_of(private) for private in _PRIVATE):
        yield Finding(
            path=f"{vpc.path}.cidr",
            value=given,
            expected=f"a range within {', '.join(map(str, _PRIVATE))}",
            remedy=f'cidr="{_DEFAULT_CIDR}"',
        )


@rule(
    code="NAWS-NET-019",
    level="limit",
    title="A stack has one created VPC",
    source="docs/concepts/network.md: one VPC is created per stack and shared by its patterns",
    example='created=VpcLookup.create(), vpc=VpcLookup.create(cidr="10.1.0.0/16")',
    fix='created=VpcLookup.create(cidr="10.1.0.0/16"), vpc=VpcLookup.create(cidr="10.1.0.0/16")',
)
def one_created(vpc: Vpc) -> Iterator[Finding]:
    """The patterns of a stack share the VPC that the first of them made: what another one says would do nothing.

    Said in `Conventions`, it is said once. A VPC of one's own is made with `ec2.Vpc`.
    """
    if vpc.lookup.how == "create" and vpc.created is not None and vpc.created != vpc.lookup:
        made = ", ".join(f"{name}={getattr(vpc.created, name)!r}" for name in _ASKED["create"]).replace("'", '"')
        yield Finding(
            path=vpc.path,
            value=Told("another VPC"),
            expected=f"the VPC that the stack has: VpcLookup.create({made})",
            remedy=f"vpc=VpcLookup.create({made})",
        )


@rule(
    code="NAWS-NET-020",
    level="limit",
    title="A created VPC's NAT gateways are counted from 0",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_ec2/Vpc.html",
    example="vpc=VpcLookup.create(nat_gateways=-1)",
    fix="vpc=VpcLookup.create(nat_gateways=1)",
)
def nat_count(vpc: Vpc) -> Iterator[Finding]:
    """CDK would take a number below 0 for none, which is hardly what it was meant to say."""
    given = vpc.lookup.nat_gateways
    if vpc.lookup.how == "create" and is_whole(given) and given < 0:
        expected = "1 (cheapest) to one per zone"
        yield Finding(path=f"{vpc.path}.nat_gateways", value=given, expected=expected, remedy="nat_gateways=1")


@rule(
    code="NAWS-NET-021",
    level="practice",
    title="A VPC by parameter is said by names of parameters, not by ids",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="vpc-0a1b2c3d4e5f60718", private_subnet_ids="/network/subnets")',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")',
)
def named_parameters(vpc: Vpc) -> Iterator[Finding]:
    """CloudFormation would look for a parameter of that name, and the deployment fail when there is none."""
    for name in ("vpc_id", "private_subnet_ids") if vpc.lookup.how == "parameter" else ():
        given = getattr(vpc.lookup, name)
        if is_text(given) and _ID.fullmatch(given):
            yield Finding(
                path=f"{vpc.path}.{name}",
                value=given,
                expected="the name of a parameter that holds it, such as /network/vpc-id",
                remedy=f'{name}="{_parameter_meant("", name)}"\nvpc=ec2.Vpc.from_vpc_attributes(self, "Vpc", …)',
            )


_ASKED: dict[str, tuple[str, ...]] = {
    "id": ("vpc_id",),
    "name": ("vpc_name",),
    "tags": ("tags",),
    "parameter": ("vpc_id", "private_subnet_ids", "subnet_count"),
    "create": ("max_azs", "nat_gateways", "cidr"),
}
"""The fields that each way of finding a VPC looks at."""


def _known_instead(how: str, name: str) -> str:
    defaults = {"subnet_count": 2, "max_azs": 2, "nat_gateways": 1, "cidr": f'"{_DEFAULT_CIDR}"'}
    if name in defaults:
        return f"{name}={defaults[name]}"
    if how == "parameter":
        return f'{name}="{_parameter_meant("", name)}"'
    return 'vpc=ec2.Vpc.from_vpc_attributes(self, "Vpc", vpc_id=…, availability_zones=[…], private_subnet_ids=[…])'


def _parameter_meant(given: str, name: str) -> str:
    """The nearest legal name; a common one when there is none."""
    own = given.rpartition(":parameter")[2] if given.startswith("arn:") else given
    parts = [part for part in re.split(r"[^A-Za-z0-9_.-]+", own) if part]
    meant = "".join(f"/{part}" for part in parts)
    if meant and len(meant) <= _LONGEST_PARAMETER and _PARAMETER.fullmatch(meant):
        return meant
    return {"vpc_id": "/network/vpc-id"}.get(name, "/network/private-subnet-ids")


def _cidr_problem(given: str, zones: int) -> tuple[str, str]:
    """What is wrong with an address range, and a right one; two empty texts when nothing is."""
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
