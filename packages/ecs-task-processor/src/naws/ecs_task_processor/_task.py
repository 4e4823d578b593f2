"""Where a task runs, and what a binding is applied to."""

import re
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.build.task import shared_cluster
from naws.core.network import Egress, private_subnets, resolve_vpc
from naws.core.secret_access import read_by_role
from naws.ecs_task_processor.plan import Plan

_GROUP_DESCRIPTION = "What {} may reach; nothing reaches it"
_LONGEST_DESCRIPTION = 255


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the task runs."""

    cluster: ecs.ICluster
    vpc: ec2.IVpc
    subnet_ids: tuple[str, ...]
    zones: tuple[str, ...]
    connections: ec2.Connections


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a binding works on; the names that it sets have been judged by then."""

    container: ecs.ContainerDefinition
    task_role: iam.IRole
    connections: ec2.Connections

    def add_environment(self, name: str, value: str) -> None:
        """Give the program an environment variable."""
        self.container.add_environment(name, value)

    def add_secret(self, name: str, secret: ecs.Secret) -> None:
        """Give the program an environment variable that ECS fills in when the task starts."""
        self.container.add_secret(name, read_by_role(secret))


def build_place(scope: Construct, plan: Plan) -> Place:
    """Find or make the VPC, the cluster and the security group."""
    props = plan.props
    of_cluster = props.cluster.vpc if plan.network.vpc is None and props.cluster is not None else None
    vpc = of_cluster or resolve_vpc(scope, plan.network.vpc, plan.network.flow_logs)
    subnets = vpc.select_subnets(**_selection(props.vpc_subnets or private_subnets(vpc)))
    groups = list(props.security_groups) if props.security_groups is not None else [_security_group(scope, plan, vpc)]
    return Place(
        cluster=props.cluster or shared_cluster(cdk.Stack.of(scope), vpc),
        vpc=vpc,
        subnet_ids=tuple(subnets.subnet_ids),
        zones=tuple(subnets.availability_zones),
        connections=ec2.Connections(security_groups=groups),
    )


def _selection(selection: ec2.SubnetSelection) -> dict[str, Any]:
    values: dict[str, Any] = vars(selection)["_values"]  # a jsii struct cannot be spread otherwise
    return {name: value for name, value in values.items() if value is not None}


def _security_group(scope: Construct, plan: Plan, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        allow_all_outbound=False,
        description=_GROUP_DESCRIPTION.format(_describable(plan.context.construct_id)),
    )
    https = Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.HTTPS, description="HTTPS to AWS and elsewhere")
    for way_out in plan.props.egress if plan.props.egress is not None else (https,):
        group.add_egress_rule(way_out.peer, way_out.port, way_out.description)
    return group


def _describable(construct_id: str) -> str:
    """`construct_id` as EC2 takes it in a description; most stay as they are, since another text is another group."""
    longest = _LONGEST_DESCRIPTION - len(_GROUP_DESCRIPTION.format(""))
    return re.sub(r"[^A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]", "-", construct_id)[:longest]
