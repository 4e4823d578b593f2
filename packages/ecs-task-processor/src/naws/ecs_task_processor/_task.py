"""Where a task runs."""

from dataclasses import dataclass

from aws_cdk import aws_ecs as ecs
from constructs import Construct

from naws.core.build.network import NetworkPlace, build_network
from naws.core.build.task import shared_cluster
from naws.core.plans.network import NetworkPlan
from naws.core.stacks import stack_of


@dataclass(frozen=True, kw_only=True)
class Place(NetworkPlace):
    """Where the task runs.

    Attributes:
        cluster: the cluster.
    """

    cluster: ecs.ICluster


def build_place(scope: Construct, plan: NetworkPlan, construct_id: str) -> Place:
    """Find or make the VPC, the cluster and the security group."""
    network = build_network(scope, plan, construct_id)
    return Place(**vars(network), cluster=plan.cluster or shared_cluster(stack_of(scope), network.vpc))
