"""Which network a pattern's compute lives in.

VpcLookup                     a VPC that exists
├── by_id, by_name, by_tags   context look-ups at synthesis; the stack needs `env`
└── by_parameter              SSM parameters that CloudFormation resolves; no look-up, works in pipelines
NewVpc                        one VPC per stack, shared by every pattern in it
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from naws.core.build.logs import log_group
from naws.core.hints import Hint, Hints
from naws.core.jsii_reference import reference_of
from naws.core.removal import RETAINED
from naws.core.service_access import trusted_for_this_account
from naws.core.shared import shared
from naws.core.spelling import suggesting
from naws.core.tokens import has_token, is_lookup_dummy

SHARED_VPC_ID, SHARED_CLUSTER_ID = "NawsVpc", "NawsCluster"
PUBLIC_SUBNETS, PRIVATE_SUBNETS = "Public", "Private"
"""Names of the created VPC's groups of subnets."""

# Keyed by jsii's reference to the stack, which survives when Python lets go of its half of it.
_CREATED: dict[str, "NewVpc"] = {}


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcLookup:
    """A way to find a VPC that exists; use the class methods.

    Attributes:
        how: which of the four ways.
        vpc_id: for `by_id`, the id; for `by_parameter`, the name of the SSM parameter that holds it.
        vpc_name: for `by_name`, the value of the VPC's Name tag.
        tags: for `by_tags`, all of which must match.
        private_subnet_ids: for `by_parameter`, the name of the SSM StringList parameter that holds them.
        subnet_count: for `by_parameter`, how many ids that list holds.
    """

    _hints: ClassVar[Hints] = {"tags": Hint(example='{"stage": "prod"}')}
    how: Literal["id", "name", "tags", "parameter"]
    vpc_id: str = ""
    vpc_name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    private_subnet_ids: str = ""
    subnet_count: int = 2

    @classmethod
    def by_id(cls, vpc_id: str) -> "VpcLookup":
        """The VPC with this id, looked up at synthesis; the stack needs `env`."""
        return cls(how="id", vpc_id=vpc_id)

    @classmethod
    def by_name(cls, vpc_name: str) -> "VpcLookup":
        """The VPC whose Name tag is this, looked up at synthesis; the stack needs `env`."""
        return cls(how="name", vpc_name=vpc_name)

    @classmethod
    def by_tags(cls, tags: Mapping[str, str]) -> "VpcLookup":
        """The VPC that carries all of these tags, looked up at synthesis; the stack needs `env`."""
        return cls(how="tags", tags=dict(tags) if isinstance(tags, Mapping) else tags)  # pyright: ignore[reportUnnecessaryIsInstance] - a rule tells what a user wrote

    @classmethod
    def by_parameter(cls, *, vpc_id: str, private_subnet_ids: str, subnet_count: int = 2) -> "VpcLookup":
        """The VPC named by two SSM parameters, resolved by CloudFormation at deployment.

        Args:
            vpc_id: name of the String parameter that holds the VPC id.
            private_subnet_ids: name of the StringList parameter that holds the private subnets' ids.
            subnet_count: how many of them to use; CloudFormation cannot count a list.
        """
        return cls(how="parameter", vpc_id=vpc_id, private_subnet_ids=private_subnet_ids, subnet_count=subnet_count)

    @property
    def needs_environment(self) -> bool:
        """Whether CDK can only answer it on a stack with an explicit account and region."""
        return self.how in ("id", "name", "tags")


@suggesting
@dataclass(frozen=True, kw_only=True)
class NewVpc:
    """One new VPC per stack: private subnets, free gateway endpoints for S3 and DynamoDB, flow logs.

    Its default security group stays as EC2 makes it: its members reach each other, and nothing here is one. To close it
    takes a custom resource; `ec2.Vpc(…, restrict_default_security_group=True)`, given as `vpc`, has one.

    Attributes:
        max_azs: availability zones, 1 to 6. Omitted: 2, which keep a task runnable when one fails.
        nat_gateways: how many; one per zone keeps the others' way out when a zone fails. Omitted: 1, the cheapest.
        cidr: the address range, /16 to /28. Omitted: 10.0.0.0/16.
    """

    max_azs: int = 2
    nat_gateways: int = 1
    cidr: str = "10.0.0.0/16"


@suggesting
@dataclass(frozen=True, kw_only=True)
class Egress:
    """One way out of the security group that is created for a pattern.

    Attributes:
        peer: where to.
        port: which port; not all traffic to every address.
        description: why, in a few words.
    """

    peer: ec2.IPeer
    port: ec2.Port
    description: str


@dataclass(frozen=True, kw_only=True)
class FlowLogs:
    """How a created VPC keeps its flow logs: as the conventions say in force where the first pattern wants it.

    Attributes:
        retention: how long they are kept.
        removal_policy: what happens to them when the stack goes.
        encryption_key: encrypts them. None: encryption by CloudWatch Logs itself.
        permissions_boundary: name of the managed policy that bounds the role that writes them. None: no boundary.
    """

    retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    removal_policy: cdk.RemovalPolicy = RETAINED
    encryption_key: kms.IKey | None = None
    permissions_boundary: str | None = None


def resolve_vpc(scope: Construct, vpc: ec2.IVpc | VpcLookup | NewVpc | None, flow_logs: FlowLogs) -> ec2.IVpc:
    """The VPC that `vpc` names; the stack's shared one when it names none.

    Args:
        scope: the pattern; a look-up becomes its child, a created VPC the stack's.
        vpc: a VPC, a way to find one, what a new one is like, or None.
        flow_logs: how a created VPC keeps its own.
    """
    if vpc is None or isinstance(vpc, NewVpc):
        return _shared_vpc(scope, vpc or NewVpc(), flow_logs)
    if not isinstance(vpc, VpcLookup):
        return vpc
    match vpc.how:
        case "parameter":
            return _parameter_vpc(scope, vpc)
        case "id":
            return ec2.Vpc.from_lookup(scope, "Vpc", vpc_id=vpc.vpc_id)
        case "name":
            return ec2.Vpc.from_lookup(scope, "Vpc", vpc_name=vpc.vpc_name)
        case "tags":
            return ec2.Vpc.from_lookup(scope, "Vpc", tags=vpc.tags)


def created_in(stack: cdk.Stack) -> NewVpc | None:
    """How the stack's shared VPC was made; None when it has none yet."""
    return _CREATED.get(reference_of(stack))


def no_subnets(vpc: ec2.IVpc | VpcLookup | NewVpc | None, wanted: ec2.SubnetSelection | None) -> str:
    """Why a VPC has none of the subnets that are wanted; empty when it has some, or nobody knows yet.

    A VPC that is there is asked; of one that will be made it is known what it will have.
    """
    if chosen(wanted).get("subnets") == []:
        return "one or more of them, not an empty list"
    if isinstance(vpc, VpcLookup | NewVpc) or vpc is None:
        return _will_not_have(vpc or NewVpc(), chosen(wanted))
    try:
        found = vpc.select_subnets(**chosen(wanted or private_subnets(vpc))).subnet_ids
    except RuntimeError as refused:  # of CDK's
        return re.sub(r"^\w+: ", "", str(refused).strip().splitlines()[0])
    return "" if found or stands_in(vpc) else f"it has others, in {_zones(vpc)}"


def stands_in(vpc: ec2.IVpc) -> bool:
    """Whether CDK has yet to look up what the VPC, or its availability zones, really are."""
    return any(map(is_lookup_dummy, [vpc.vpc_id, *vpc.availability_zones]))


def chosen(subnets: ec2.SubnetSelection | None) -> dict[str, Any]:
    """What a selection says; a jsii struct cannot be spread otherwise."""
    values: dict[str, Any] = getattr(subnets, "_values", {})
    return {name: value for name, value in values.items() if value is not None}


def _will_not_have(vpc: VpcLookup | NewVpc, wanted: dict[str, Any]) -> str:
    private = {PRIVATE_SUBNETS: ec2.SubnetType.PRIVATE_WITH_EGRESS}
    if isinstance(vpc, NewVpc):
        groups = {PUBLIC_SUBNETS: ec2.SubnetType.PUBLIC, **private}
    else:
        groups = private if vpc.how == "parameter" else None
    name, kind = wanted.get("subnet_group_name"), wanted.get("subnet_type")
    if name is not None and kind is not None:
        return "by their group's name or by their type, not by both"
    if groups is None or (name in {None, *groups} and kind in {None, *groups.values()}):
        return ""
    return f"it has {' and '.join(f'{group} ({each.value})' for group, each in groups.items())}"


def _zones(vpc: ec2.IVpc) -> str:
    return (
        "zones that only the deployment knows"
        if has_token(vpc.availability_zones)
        else " ".join(vpc.availability_zones)
    )


def private_subnets(vpc: ec2.IVpc) -> ec2.SubnetSelection:
    """Private subnets with a way out; without any, isolated ones."""
    if vpc.private_subnets or not vpc.isolated_subnets:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


def _shared_vpc(scope: Construct, new: NewVpc, flow_logs: FlowLogs) -> ec2.IVpc:
    return shared(cdk.Stack.of(scope), SHARED_VPC_ID, lambda stack: _new_vpc(stack, new, flow_logs))


def _new_vpc(stack: cdk.Stack, new: NewVpc, flow_logs: FlowLogs) -> ec2.IVpc:
    _CREATED[reference_of(stack)] = new
    vpc = ec2.Vpc(
        stack,
        SHARED_VPC_ID,
        ip_addresses=ec2.IpAddresses.cidr(new.cidr),
        max_azs=new.max_azs,
        nat_gateways=new.nat_gateways,
        restrict_default_security_group=False,  # CDK restricts it by a custom resource; nothing here uses that group
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name=PUBLIC_SUBNETS, subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
            ),
            ec2.SubnetConfiguration(name=PRIVATE_SUBNETS, subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        ],
        gateway_endpoints={
            "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
            "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
        },
    )
    _keep_flow_logs(vpc, flow_logs)
    return vpc


def _keep_flow_logs(vpc: ec2.Vpc, said: FlowLogs) -> None:
    group = log_group(
        vpc,
        "FlowLogGroup",
        retention=said.retention,
        key=said.encryption_key,
        removal_policy=said.removal_policy,
    )
    flow_log = vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))
    trusted_for_this_account(flow_log.node.find_child("IAMRole"))
    if said.permissions_boundary is not None:
        policy = iam.ManagedPolicy.from_managed_policy_name(vpc, "PermissionsBoundary", said.permissions_boundary)
        iam.PermissionsBoundary.of(vpc).apply(policy)


def _parameter_vpc(scope: Construct, lookup: VpcLookup) -> ec2.IVpc:
    subnet_ids = ssm.StringListParameter.value_for_typed_list_parameter(scope, lookup.private_subnet_ids)
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id=ssm.StringParameter.value_for_string_parameter(scope, lookup.vpc_id),
        availability_zones=[cdk.Fn.select(i, cdk.Fn.get_azs()) for i in range(lookup.subnet_count)],
        private_subnet_ids=[cdk.Fn.select(i, subnet_ids) for i in range(lookup.subnet_count)],
    )
    # CDK warns that nobody can ask these subnets for their route tables; nothing here does.
    cdk.Annotations.of(vpc).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId")
    return vpc
