"""Rules on what a task may reach: its subnets, its security groups and the ways out of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field, is_text, is_whole

_MOST_GROUPS = 5
_LAST_PORT = 65_535
_DESCRIPTION = re.compile(r"[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


@dataclass(frozen=True, kw_only=True)
class NetworkAccess:
    """The network access of a task, as far as it is given.

    Attributes:
        security_groups: given groups; None when one is created.
        egress: ways out of the created group; None for HTTPS.
        subnet_type: the kind of subnets that are wanted; None when none is given.
    """

    security_groups: Sequence[object] | None
    egress: Sequence[Any] | None
    subnet_type: str | None


@dataclass(frozen=True, kw_only=True)
class EgressRule(Field):
    """A port and whom it reaches, as EC2 takes it.

    Attributes:
        protocol: `tcp`, `udp`, `icmp`, a number, or `-1` for every one.
        first, last: the ports; None when the protocol has none.
        anywhere: whether it leads to every address.
    """

    protocol: str
    first: Any
    last: Any
    anywhere: bool


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """The subnets of a VPC that were asked for, and what is there.

    Attributes:
        asked: the selection in words; empty for the private ones, when none is given.
        problem: why there are none; empty when there are some or it is not known.
    """

    asked: str
    problem: str


@limit(
    code="NAWS-NET-009",
    title="A task has one to five security groups",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    example='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, f"G{n}", f"sg-0000000{n}") '
    "for n in range(6)]",
    fix='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
)
def few_groups(reach: NetworkAccess) -> Iterator[Finding]:
    """RunTask takes five. With none of them the VPC's default group would be used, which belongs to nobody."""
    groups = reach.security_groups
    if isinstance(groups, Sequence) and not 1 <= len(groups) <= _MOST_GROUPS:
        yield Field("security_groups").finding(
            f"1 to {_MOST_GROUPS}",
            "omit security_groups  # one is created, without ingress",
            shown=f"{len(groups)} security groups",
        )


@practice(
    code="NAWS-NET-010",
    title="Egress is given to the group that is created, not beside groups that exist",
    source="`egress` describes the security group that the pattern creates",
    example='egress=[], security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
    fix='security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-00000000")]',
)
def egress_applies(reach: NetworkAccess) -> Iterator[Finding]:
    """Groups that exist keep their own rules: `egress` beside them would do nothing."""
    if reach.security_groups is not None and reach.egress is not None:
        yield Field("egress").finding(
            "no egress beside security_groups: it belongs to those groups",
            "omit egress  # and add the rules to the security groups\nomit security_groups",
            shown=f"{len(reach.egress)} ways out",
        )


@practice(
    code="NAWS-NET-011",
    title="A program has a way out",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="egress=[]",
    fix='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="HTTPS to AWS")]',
)
def some_egress(reach: NetworkAccess) -> Iterator[Finding]:
    """What a task pulls, reads and logs leaves through its own security group, and what a function's program calls."""
    if reach.egress is not None and len(reach.egress) == 0 and reach.security_groups is None:
        yield Field("egress", []).finding(
            "at least HTTPS to what the program uses",
            remedy="omit egress  # HTTPS to anywhere\n"
            'egress=[Egress(peer=ec2.Peer.prefix_list("pl-…"), port=ec2.Port.tcp(443), description="S3")]',
        )


@limit(
    code="NAWS-NET-012",
    title="A security-group rule's description has at most 255 plain characters",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
    example='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="für alles")]',
    fix='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="for everything")]',
)
def egress_description(reach: NetworkAccess) -> Iterator[Finding]:
    """EC2 refuses any other character while the stack is deployed."""
    for index, way_out in enumerate(reach.egress or ()):
        given = getattr(way_out, "description", None)
        if is_text(given) and not _DESCRIPTION.fullmatch(given):
            legal = "".join(filter(_DESCRIPTION.fullmatch, given))[:255]
            yield Field(f"egress[{index}].description", given).finding(
                "at most 255 of a-z, A-Z, 0-9, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *",
                f'description="{legal}"',
            )


@practice(
    code="NAWS-NET-013",
    title="A task runs in private subnets",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    example="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)",
    fix="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
)
def private_subnets(reach: NetworkAccess) -> Iterator[Finding]:
    """A task never gets a public address here, and a public subnet has no other way out: it could pull no image."""
    if reach.subnet_type == "PUBLIC":
        yield Field("vpc_subnets").finding(
            "private subnets: a task gets no public address",
            "omit vpc_subnets\nvpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
            shown="public subnets",
        )


@limit(
    code="NAWS-NET-015",
    title="The VPC has the subnets that are asked for",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_ec2/SubnetSelection.html",
    example="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)",
    fix="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
)
def subnets_exist(subnets: Subnets) -> Iterator[Finding]:
    """CDK finds no subnet to put the task into, and fails deep inside.

    A VPC that is created here has the groups `Public` and `Private`; one by parameter has private subnets only. What a
    look-up finds is known when CDK has looked.
    """
    if subnets.problem:
        other = "vpc=…  # a VPC that has them"
        yield Field("vpc_subnets" if subnets.asked else "vpc").finding(
            f"subnets that the VPC has: {subnets.problem}",
            f"omit vpc_subnets  # the private ones\n{other}" if subnets.asked else other,
            shown=subnets.asked or "a VPC without private subnets",
        )


@limit(
    code="NAWS-NET-016",
    title="The VPC of a cluster that is imported by its ARN is given",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_ecs/Cluster.html",
    example='cluster=ecs.Cluster.from_cluster_arn(stack, "Shared", "arn:aws:ecs:eu-central-1:123456789012:cluster/a")',
    fix='cluster=ecs.Cluster.from_cluster_arn(stack, "Shared", "arn:aws:ecs:eu-central-1:123456789012:cluster/a"), '
    'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")',
)
def vpc_of_cluster(knows: bool) -> Iterator[Finding]:  # noqa: FBT001  # the part that is judged
    """A cluster by its ARN does not know its VPC, and a task needs subnets."""
    if not knows:
        yield Field("vpc", None).finding(
            "the VPC in which the tasks run: a cluster by its ARN does not know one",
            remedy='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")\n'
            'cluster=ecs.Cluster.from_cluster_attributes(self, "Cluster", cluster_name=…, vpc=…)',
        )


@limit(
    code="NAWS-NET-017",
    title="A way out is a range of ports from 0 to 65535, and not every protocol to anywhere",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
    example='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(99999), description="all")]',
    fix='egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description="HTTPS")]',
)
def ports(way: EgressRule) -> Iterator[Finding]:
    """EC2 refuses other ports while the stack is deployed.

    All traffic to anywhere is no rule for CDK but a setting of the whole group, which would do away with the others.
    """
    if way.protocol == "-1" and way.anywhere:
        yield Field(f"{way.path}.port").finding(
            "the ports that the program needs; every protocol only to a narrower peer",
            "port=ec2.Port.HTTPS\nport=ec2.Port.all_tcp()",
            shown="all traffic to anywhere",
        )
    if way.protocol not in ("tcp", "udp") or not (is_whole(way.first) and is_whole(way.last)):
        return
    if not 0 <= way.first <= way.last <= _LAST_PORT:
        low, high = sorted(min(max(port, 0), _LAST_PORT) for port in (way.first, way.last))
        one = way.first == way.last
        yield Field(f"{way.path}.port").finding(
            f"0 to {_LAST_PORT}, the lower first",
            remedy=f"port=ec2.Port.{way.protocol}({low})"
            if one
            else f"port=ec2.Port.{way.protocol}_range({low}, {high})",
            shown=str(way.first) if one else f"{way.first} to {way.last}",
        )


ACCESS_RULES = (few_groups, egress_applies, some_egress, egress_description, private_subnets)
"""The rules for what a task may reach; each gets a `NetworkAccess`."""
