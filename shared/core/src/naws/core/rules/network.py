"""Networks."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from naws.core.network import VpcLookup
from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Bounds, Field, Told, is_text, is_whole

_RUN_TASK = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html"
_VPC_ID = re.compile(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})")
_PARAMETER = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_LONGEST_PARAMETER = 1011
_CIDR = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
_DEFAULT_CIDR = "10.0.0.0/16"
_SMALLEST_SUBNET = 28
_ZONES = Bounds(low=1, high=6, unit="availability zones")
_SUBNETS = Bounds(low=1, high=16, unit="subnets")
_MOST_GROUPS = 5
_DESCRIPTION = re.compile(r"[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")  # of the stack'
_BY_PARAMETER = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A way to find a VPC, and whether a look-up can be answered.

    Attributes:
        path: the field in the user's spelling.
        lookup: what the user said.
        has_environment: whether the stack has an explicit account and region.
    """

    path: str
    lookup: VpcLookup
    has_environment: bool


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a task may reach, as far as the user said.

    Attributes:
        security_groups: given groups; None when one is created.
        egress: ways out of the created group; None for HTTPS.
        subnet_type: the kind of subnets asked for; None when nothing was said.
    """

    security_groups: Sequence[object] | None
    egress: Sequence[Any] | None
    subnet_type: str | None


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
            remedy=f'vpc=VpcLookup.by_name("{given}")\nvpc=VpcLookup.by_id("vpc-…")',
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
    if lookup.how == "tags" and not lookup.tags:
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
    """CloudFormation reads the parameters when the stack is deployed, and fails when there is none of that name."""
    for name in ("vpc_id", "private_subnet_ids") if vpc.lookup.how == "parameter" else ():
        given = getattr(vpc.lookup, name)
        if not is_text(given) or (_PARAMETER.fullmatch(given) and len(given) <= _LONGEST_PARAMETER):
            continue
        legal = re.sub(r"[^A-Za-z0-9_./-]+", "/", given).strip("/") or "network/vpc-id"
        yield Finding(
            path=f"{vpc.path}.{name}",
            value=given,
            expected=f"letters, digits and . - _ /, at most {_LONGEST_PARAMETER} characters; the parameter's name",
            remedy=f'{name}="/{legal}"',
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
    if lookup.how != "create" or not is_whole(lookup.nat_gateways):
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
    code="NAWS-NET-009",
    level="limit",
    title="A task has one to five security groups",
    source=_RUN_TASK,
    example='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, f"G{n}", f"sg-0000000{n}") '
    "for n in range(6)]",
    fix='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
)
def few_groups(reach: Reach) -> Iterator[Finding]:
    """RunTask takes five. With none of them the VPC's default group would be used, which belongs to nobody."""
    groups = reach.security_groups
    if isinstance(groups, Sequence) and not 1 <= len(groups) <= _MOST_GROUPS:
        yield Finding(
            path="security_groups",
            value=Told(f"{len(groups)} security groups"),
            expected=f"1 to {_MOST_GROUPS}",
            remedy="omit security_groups: one is created, without ingress\negress=[Egress(…)]  # what it lets out",
        )


@rule(
    code="NAWS-NET-010",
    level="practice",
    title="Egress is given to the group that is created, not beside groups that exist",
    source="`egress` describes the security group that the pattern creates",
    example='egress=[], security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
    fix='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
)
def egress_applies(reach: Reach) -> Iterator[Finding]:
    """Groups that exist keep their own rules: what `egress` says beside them would do nothing."""
    if reach.security_groups is not None and reach.egress is not None:
        yield Finding(
            path="egress",
            value=Told(f"{len(reach.egress)} ways out"),
            expected="no egress beside security_groups: it belongs to those groups",
            remedy="omit egress, and add the rules to the security groups\nomit security_groups",
        )


@rule(
    code="NAWS-NET-011",
    level="practice",
    title="A task has a way out",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="egress=[]",
    fix='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="HTTPS to AWS")]',
)
def some_egress(reach: Reach) -> Iterator[Finding]:
    """Pulling the image, reading secrets and writing logs leave through the task's own security group."""
    if reach.egress is not None and len(reach.egress) == 0 and reach.security_groups is None:
        yield Finding(
            path="egress",
            value=[],
            expected="at least HTTPS to the registry, the secrets and the logs",
            remedy="omit egress: HTTPS to anywhere\n"
            'egress=[Egress(peer=ec2.Peer.prefix_list("pl-…"), port=ec2.Port.tcp(443), description="S3")]',
        )


@rule(
    code="NAWS-NET-012",
    level="limit",
    title="A security-group rule's description has at most 255 plain characters",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
    example='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="für alles")]',
    fix='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="for everything")]',
)
def egress_description(reach: Reach) -> Iterator[Finding]:
    """EC2 refuses any other character while the stack is deployed."""
    for index, way_out in enumerate(reach.egress or ()):
        given = getattr(way_out, "description", None)
        if is_text(given) and not _DESCRIPTION.fullmatch(given):
            legal = re.sub(r"[^A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]", "", given)[:255]
            yield Finding(
                path=f"egress[{index}].description",
                value=given,
                expected="at most 255 of a-z, A-Z, 0-9, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *",
                remedy=f'description="{legal}"',
            )


@rule(
    code="NAWS-NET-013",
    level="practice",
    title="A task runs in private subnets",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)",
    fix="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
)
def private_subnets(reach: Reach) -> Iterator[Finding]:
    """A task never gets a public address here, and a public subnet has no other way out: it could pull no image."""
    if reach.subnet_type == "PUBLIC":
        yield Finding(
            path="vpc_subnets",
            value=Told("public subnets"),
            expected="private subnets: a task gets no public address",
            remedy="omit vpc_subnets\nvpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
        )


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
