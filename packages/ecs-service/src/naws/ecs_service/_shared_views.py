"""What rules see of a load balancer that is made here, and of what its services have in common."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from naws.core.authoring import ORIGIN_FACING, Inspection, Network, has_insights, node_of, stack_of
from naws.ecs_service._endpoint import ServiceEndpoint
from naws.ecs_service._routes import comes_first, namesakes
from naws.ecs_service._service import Targets
from naws.ecs_service.checks_access import BehindEdge, EdgeView, group_view
from naws.ecs_service.checks_insights import InsightsView
from naws.ecs_service.checks_names import Standing
from naws.ecs_service.plan import Plan


def insights_views(
    plan: Plan, alarms: Sequence[str], cluster: cdk.CfnResource | None, inspection: Inspection
) -> Iterator[InsightsView]:
    """The cluster that is given, if alarms need its Container Insights."""
    if plan.network.cluster is not None:
        yield InsightsView(alarms=alarms, on=None if cluster is None else has_insights(inspection.properties(cluster)))


def shared_views(  # noqa: PLR0913  # what is read of a service, each by its name
    scope: Construct,
    plan: Plan,
    *,
    targets: Targets | None,
    endpoint: ServiceEndpoint | None,
    group: cdk.CfnResource | None,
    inspection: Inspection,
) -> dict[str, Iterable[Any]]:
    """What the first service reports of a load balancer that is made here, and each of CloudFront before it."""
    region = None if endpoint is None else endpoint.edge_region
    edge = [] if region is None else [EdgeView(region=region, known=list(ORIGIN_FACING))]
    found: dict[str, Iterable[Any]] = {"edge": edge, "namesakes": (), "group": (), "behind edge": ()}
    balancer = None if targets is None else targets.balancer
    if endpoint is not None and endpoint.at_edge and balancer is not None:
        origin = None if plan.balancer.settings.public else balancer.made
        found["behind edge"] = [
            BehindEdge(
                request_timeout=plan.service.request_timeout,
                gateway=_gateway(plan, balancer.vpc),
                stack_tags=() if origin is None else tuple(stack_of(origin).tags.tag_values()),
            )
        ]
    if balancer is None or balancer.group is None or group is None or not comes_first(scope, balancer):
        return found
    path, zone = plan.balancer.path, plan.balancer.hosted_zone
    if balancer.made is not None and balancer.name is not None and zone is not None:
        found["namesakes"] = namesakes(balancer.made, zone, balancer.name, path)
    return {**found, "group": [group_view(path, inspection.properties(group), balancer.group)]}


def _gateway(plan: Plan, vpc: ec2.IVpc | None) -> bool | None:
    """Whether the VPC of an internal load balancer has an internet gateway, as far as CDK made both."""
    if plan.balancer.settings.public or not isinstance(vpc, ec2.Vpc):
        return None
    return vpc.internet_gateway_id is not None


def standing(targets: Targets | None, network: Network) -> Iterator[Standing]:
    """Where the load balancer stands, when that is known, and where the tasks are."""
    theirs = None if targets is None else targets.balancer.vpc
    if targets is not None and theirs is not None:
        yield Standing(
            path="vpc",
            balancer=node_of(theirs).path,
            tasks=node_of(network.vpc).path,
            first=targets.balancer.subnets,
            subnets=tuple(network.subnets.ids),
        )
