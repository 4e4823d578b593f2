"""What a service answers under, as websites, other services and programs know it."""

from collections.abc import Sequence
from functools import cached_property
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from naws.core import Authorizer, HttpEndpoint, Public
from naws.core.authoring import (
    ORIGIN_FACING,
    asked,
    duration,
    edge_prefix_list,
    id_of,
    is_text,
    kept,
    known,
    path_of,
    stack_of,
)
from naws.ecs_service._load_balancer import Balancer
from naws.ecs_service.checks_access import LONGEST_OF_EDGE
from naws.ecs_service.plan import Plan

_USUAL = {"http": 80, "https": 443}
_LONGEST_UNIQUE = 36
"""Characters: of the 64 of a VPC origin's name the protocol, its port and the region take the rest."""


class ServiceEndpoint(HttpEndpoint):
    """An endpoint of a service; no value that users write, so that nothing looks for wrong types in it.

    Args:
        scope: the pattern.
        plan: what was decided.
        balancer: what it answers behind.
    """

    def __init__(self, scope: Construct, plan: Plan, balancer: Balancer) -> None:
        self.scope, self.plan, self.balancer = scope, plan, balancer
        self.edge_region: str | None = None
        self.at_edge = False

    @property
    def name(self) -> str:
        """The service's construct id."""
        return id_of(self.scope)

    @property
    def url(self) -> str:
        """Its URL: under its route's host, else the load balancer's name, else what AWS calls that.

        Raises:
            RuntimeError: its listener was imported, and the route has no host.
        """
        scheme, port = self.balancer.scheme, self.balancer.port
        return f"{scheme}://{self._host}{'' if port == _USUAL[scheme] else f':{port}'}"

    @property
    def known(self) -> bool:
        """Whether its URL is."""
        return self.balancer.made is not None or self._named is not None

    @property
    def request_timeout(self) -> cdk.Duration:
        """The longest time that a request may take."""
        return duration(self.plan.service.request_timeout)

    @property
    def authorizer(self) -> Authorizer | None:
        """Whoever the network lets through; of a public load balancer anybody."""
        return Public(reason="its load balancer is public") if self.plan.balancer.settings.public else None

    @property
    def connections(self) -> ec2.Connections | None:
        """The security groups of the load balancer, which a sender has to reach; of a public one it needs none.

        To a public one requests come from the addresses of NAT gateways: security groups know nothing of those.
        """
        return None if self.plan.balancer.settings.public else self.balancer.listener.connections

    @property
    def paths(self) -> Sequence[str] | None:
        """Those of its route."""
        paths = self.plan.route.paths
        return paths if all(map(is_text, paths)) else None

    def for_edge(self) -> cloudfront.IOrigin:
        """An origin of CloudFront: an internal load balancer by a VPC origin, which is made in its stack.

        It waits as long as a request may take, at most two minutes: then CloudFront answers with 504.
        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html

        Raises:
            RuntimeError: its listener was imported, so that its load balancer is not known.
        """
        made, waits = self.balancer.made, duration(min(self.plan.service.request_timeout, LONGEST_OF_EDGE))
        if made is None:
            raise RuntimeError(
                f"{path_of(self.scope)} is on a listener that was imported: its load balancer's owner makes the VPC "
                "origin; or use HttpEndpoint.of_domain(…)"
            )
        self.at_edge = True
        if self.plan.balancer.settings.public:
            if self.plan.balancer.settings.allowed_cidrs is not None:
                kept(made, "edge", lambda: self._let_edge_in(made))
            only = cloudfront.OriginProtocolPolicy.HTTPS_ONLY
            return cast("cloudfront.IOrigin", origins.HttpOrigin(self._host, read_timeout=waits, protocol_policy=only))
        origin = kept(made, "edge origin", self._vpc_origin)
        return cast(
            "cloudfront.IOrigin",
            origins.VpcOrigin.with_vpc_origin(origin, domain_name=self._host, read_timeout=waits),
        )

    @property
    def _named(self) -> str | None:
        """The host of its route, if that is one."""
        host = self.plan.route.host
        return host if is_text(host) and "*" not in host and "?" not in host else None

    @cached_property
    def _host(self) -> str:
        found = self._named or self.balancer.name or self.balancer.dns_name
        if found is None:
            raise RuntimeError(
                f"{path_of(self.scope)} is on a listener that was imported, whose name is not known: give its props "
                'route=Route(host="orders.example.com")'
            )
        return found

    def _let_edge_in(self, made: elbv2.ApplicationLoadBalancer) -> None:
        region: str = asked(stack_of(made), "region")
        if known(region) and region not in ORIGIN_FACING:
            self.edge_region = region  # a rule reports it when the app is synthesised
            return
        edge = ec2.Peer.prefix_list(edge_prefix_list(made))
        made.connections.allow_from(edge, ec2.Port.tcp(self.balancer.port), "CloudFront")

    def _vpc_origin(self) -> cloudfront.IVpcOrigin:
        """The VPC origin of the load balancer, and its way in.

        Any change is refused while a distribution uses it, that of a tag, too: it has no tags, and one that asks by
        another protocol or port is another one, which is made first. An account has a name once, whatever the region.
        Source: https://github.com/aws/aws-cdk/issues/34629, https://github.com/aws/aws-cdk/issues/34799
        """
        made, scheme, port = self.balancer.made, self.balancer.scheme, self.balancer.port
        secure = scheme == "https"
        if made is None:
            raise RuntimeError(f"{path_of(self.scope)} has no load balancer")
        self._let_edge_in(made)
        unique = cdk.Names.unique_resource_name(made, max_length=_LONGEST_UNIQUE)
        resource = cloudfront.CfnVpcOrigin(
            made,
            f"EdgeOrigin{scheme.title()}{port}",
            vpc_origin_endpoint_config=cloudfront.CfnVpcOrigin.VpcOriginEndpointConfigProperty(
                arn=made.load_balancer_arn,
                name=f"{unique}-{scheme}-{port}-{asked(stack_of(made), 'region')}",
                http_port=_USUAL["http"] if secure else port,
                https_port=port if secure else _USUAL["https"],
                origin_protocol_policy="https-only" if secure else "http-only",
                origin_ssl_protocols=["TLSv1.2"],
            ),
        )
        resource.add_property_deletion_override("Tags")
        resource.node.add_dependency(self.balancer.listener)
        return cloudfront.VpcOrigin.from_vpc_origin_attributes(made, "ExposedOrigin", vpc_origin_id=resource.attr_id)
