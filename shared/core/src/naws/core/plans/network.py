"""The network that a pattern's compute runs in, decided from its props and the conventions. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core.context import PatternContext
from naws.core.network import Egress, NewVpc, VpcSource
from naws.core.props import Networked
from naws.core.rules.network_access import EgressRule
from naws.core.subnets import no_subnets, vpc_of
from naws.core.type_checks import matches


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """VPC, subnets and security groups: the fields of `Networked`, else those of the conventions.

    Attributes:
        vpc: the network; None: the cluster's, or one that is created.
        path: the field that gives it.
        vpc_subnets: the subnets that are wanted. None: the private ones.
        security_groups: those that are given. None: one is created.
        egress: what the created one lets out, as it was given. None: HTTPS to anywhere.
        egress_rules: the same, as EC2 takes it.
        cluster: the cluster that is given, if there is one.
        of_cluster: the VPC of that cluster, when no other is given.
        known: whether the network is known; that of a cluster that was imported by its ARN is not.
        no_subnets: why the network has none of the wanted subnets; empty when it has some.
        context: the stack, whose VPC has flow logs as the conventions give them.
    """

    vpc: VpcSource | None
    path: str
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup] | None
    egress: Sequence[Egress] | None
    egress_rules: tuple[EgressRule, ...]
    cluster: ecs.ICluster | None
    of_cluster: ec2.IVpc | None
    known: bool
    no_subnets: str
    context: PatternContext

    @property
    def creates(self) -> NewVpc | None:
        """The VPC that will be created for the stack; None when this pattern has another network."""
        if self.vpc is None:
            return NewVpc() if self.cluster is None else None
        return self.vpc if isinstance(self.vpc, NewVpc) else None


def plan_network(props: Networked, context: PatternContext, cluster: ecs.ICluster | None = None) -> NetworkPlan:
    """Decide what `props` leave open.

    Args:
        props: the pattern's.
        context: with the conventions in force.
        cluster: the cluster that is given; its network is used when no other is given. Omitted: none.
    """
    vpc = props.vpc if props.vpc is not None else context.conventions.vpc
    of_cluster = vpc_of(cluster) if vpc is None and cluster is not None else None
    known = vpc is not None or cluster is None or of_cluster is not None
    return NetworkPlan(
        vpc=vpc,
        path="vpc" if props.vpc is not None else "Conventions.vpc",
        vpc_subnets=props.vpc_subnets,
        security_groups=props.security_groups,
        egress=props.egress,
        egress_rules=tuple(_egress_rules(props.egress or ())),
        cluster=cluster,
        of_cluster=of_cluster,
        known=known,
        no_subnets=no_subnets(vpc or of_cluster, props.vpc_subnets) if known else "",
        context=context,
    )


def _egress_rules(egress: Sequence[Egress]) -> Iterator[EgressRule]:
    for index, rule in enumerate(egress):
        if not matches(rule, Egress):
            continue
        port = rule.port.to_rule_json()
        yield EgressRule(
            path=f"egress[{index}]",
            protocol=str(port.get("ipProtocol")),
            first=port.get("fromPort"),
            last=port.get("toPort"),
            anywhere=rule.peer.unique_id in ("0.0.0.0/0", "::/0"),
        )
