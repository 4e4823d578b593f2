"""The network of a pattern: the VPC that is found, or made for the stack, its subnets and a security group."""

import re
from dataclasses import dataclass
from functools import cache, cached_property

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from naws.core.build.logs import log_group
from naws.core.build.roles import apply_permissions_boundary, trusted_for_this_account
from naws.core.context import PatternContext
from naws.core.naming import short_hash
from naws.core.network import (
    PRIVATE_SUBNETS,
    PUBLIC_SUBNETS,
    SHARED_VPC_ID,
    Egress,
    NewVpc,
    VpcFromParameters,
    VpcLookup,
)
from naws.core.plans.network import NetworkPlan
from naws.core.plans.operations import plan_operations
from naws.core.props import Operated
from naws.core.shared import shared
from naws.core.stacks import scopes_of, stack_of
from naws.core.stages import network_stack_of, stage_in
from naws.core.subnets import Subnets, subnets_of

_GROUP_DESCRIPTION = "What {} may reach; nothing reaches it"
_LONGEST_DESCRIPTION = 255


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network of a pattern's compute.

    Attributes:
        vpc: the network.
        subnets: those that it may be put into.
        security_groups: its security groups.
    """

    vpc: ec2.IVpc
    subnets: Subnets
    security_groups: tuple[ec2.ISecurityGroup, ...]

    @cached_property
    def connections(self) -> ec2.Connections:
        """The security groups as CDK opens ways to and from them, made when they are first asked for."""
        return ec2.Connections(security_groups=list(self.security_groups))


def build_network(scope: Construct, plan: NetworkPlan) -> Network:
    """Find or make the VPC and the security group.

    Args:
        scope: the pattern.
        plan: its network.
    """
    vpc = build_vpc(scope, plan)
    subnets = subnets_of(vpc, plan.vpc_subnets)
    groups = plan.security_groups
    if groups is None:
        groups = [_security_group(scope, plan, vpc)]
    return Network(vpc=vpc, subnets=subnets, security_groups=tuple(groups))


def build_vpc(scope: Construct, plan: NetworkPlan) -> ec2.IVpc:
    """The VPC alone, for what takes its subnets and security groups otherwise."""
    return plan.of_cluster or _resolve_vpc(scope, plan)


def _resolve_vpc(scope: Construct, plan: NetworkPlan) -> ec2.IVpc:
    """The VPC that is given; one that is looked up is shared in the stack, one that is made in its stage, too."""
    vpc = plan.vpc
    if vpc is None or isinstance(vpc, NewVpc):
        new = vpc or NewVpc()
        of_stack = network_stack_of(scope)
        # In a stage the VPC is as the data stack's conventions say: it must need nothing of the stacks that use it.
        own = stage_in(scopes_of(scope)) is None
        context = plan.context if own else PatternContext.of(of_stack, SHARED_VPC_ID)
        return shared(of_stack, SHARED_VPC_ID, lambda stack: _new_vpc(stack, new, context), how=new)
    if isinstance(vpc, VpcLookup):
        found_id = SHARED_VPC_ID + short_hash(repr(vpc))
        return shared(stack_of(scope), found_id, lambda stack: _looked_up(stack, found_id, vpc))
    return vpc


def _new_vpc(stack: cdk.Stack, new: NewVpc, context: PatternContext) -> ec2.IVpc:
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
    # Its logs and roles are as the conventions give them, because the VPC is no single pattern's.
    group = log_group(vpc, "FlowLogGroup", plan_operations(Operated(), context, 0))
    flow_log = vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))
    trusted_for_this_account(flow_log.node.find_child("IAMRole"))
    apply_permissions_boundary(vpc, None, context.conventions.permissions_boundary)
    return vpc


def _looked_up(stack: cdk.Stack, construct_id: str, lookup: VpcLookup) -> ec2.IVpc:
    if not isinstance(lookup, VpcFromParameters):
        return ec2.Vpc.from_lookup(stack, construct_id, **vars(lookup))  # its fields have CDK's names
    subnet_ids = ssm.StringListParameter.value_for_typed_list_parameter(stack, lookup.private_subnet_ids)
    vpc_id = ssm.StringParameter.value_for_string_parameter(stack, lookup.vpc_id)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        construct_id,
        vpc_id=vpc_id,
        availability_zones=[cdk.Fn.select(i, cdk.Fn.get_azs()) for i in range(lookup.subnet_count)],
        private_subnet_ids=[cdk.Fn.select(i, subnet_ids) for i in range(lookup.subnet_count)],
    )
    # CDK warns that nobody can ask these subnets for their route tables; nothing here does.
    cdk.Annotations.of(vpc).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId")
    return vpc


def _security_group(scope: Construct, plan: NetworkPlan, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        allow_all_outbound=False,
        description=describable(_GROUP_DESCRIPTION, plan.context.construct_id),
    )
    for way_out in (_https(),) if plan.egress is None else plan.egress:
        group.add_egress_rule(way_out.peer, way_out.port, way_out.description)
    return group


@cache
def _https() -> Egress:
    """The way out that a pattern has when none is given; made once."""
    return Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.HTTPS, description="HTTPS to AWS and elsewhere")


def describable(text: str, construct_id: str) -> str:
    """`text` with `construct_id` as EC2 takes it in a description; most stay, since another text is another group."""
    longest = _LONGEST_DESCRIPTION - len(text.format(""))
    return text.format(re.sub(r"[^A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]", "-", construct_id)[:longest])
