"""The load balancer that a service answers behind. Pure."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk.interfaces import aws_wafv2 as wafv2

from naws.core import Conventions, NewVpc, VpcLookup
from naws.core.authoring import (
    NetworkPlan,
    VpcFromParameters,
    asked,
    fewest_addresses,
    is_text,
    is_whole,
    node_of,
    stands_in,
    subnets_of,
)
from naws.ecs_service.props import (
    BesideStackLoadBalancer,
    EcsServiceProps,
    LoadBalancer,
    NoLoadBalancer,
    StackLoadBalancer,
)


@dataclass(frozen=True, kw_only=True)
class BalancerPlan:
    """What stands before the tasks.

    Attributes:
        kind: "shared" is the stack's, "own" this service's, "given" somebody else's; "none" is none.
        path: the field that says so.
        settings: of one that is made; the defaults of another.
        certificate, hosted_zone, web_acl: of one that is made, from its settings or the conventions.
        listener: one that is given.
        protocol: of the listener that has the routes, "HTTP" or "HTTPS". None: only its owner knows, or there is none.
        balancer: one that is given whose listeners are not known, or has none.
        reason: why there is none.
        beside: whether it is a service's own in a ready stack whose `load_balancer` nobody uses.
    """

    kind: Literal["shared", "own", "given", "none"]
    path: str
    settings: LoadBalancer
    certificate: acm.ICertificate | None = None
    hosted_zone: route53.IHostedZone | None = None
    web_acl: wafv2.IWebACLRef | str | None = None
    listener: elbv2.IApplicationListener | None = None
    protocol: str | None = None
    balancer: elbv2.IApplicationLoadBalancer | None = None
    reason: str | None = None
    beside: bool = False

    @property
    def made(self) -> bool:
        """Whether it is made here."""
        return self.kind in {"shared", "own"}

    @property
    def secure(self) -> bool:
        """Whether one that is made takes HTTPS: it has a name, and a certificate for that."""
        proved = self.certificate is not None or self.hosted_zone is not None
        return self.made and self.settings.domain_name is not None and proved


def plan_balancer(props: EcsServiceProps, conventions: Conventions) -> BalancerPlan:
    """Decide which it is: the service's own, else that of the conventions, else the stack's."""
    given = props.load_balancer
    if isinstance(given, NoLoadBalancer):
        return BalancerPlan(kind="none", path="load_balancer", settings=LoadBalancer(), reason=given.reason)
    if isinstance(given, LoadBalancer):
        of_stack = isinstance(given, StackLoadBalancer)
        path = "EcsServiceStack.load_balancer" if of_stack else "load_balancer"
        made = _made("shared" if of_stack else "own", path, given, conventions)
        return replace(made, beside=isinstance(given, BesideStackLoadBalancer))
    if given is not None:
        return _given("load_balancer", given, None)
    shared = conventions.load_balancer
    if shared is None:
        return _made("shared", "load_balancer", LoadBalancer(), conventions)
    listener = _listener_of(shared)
    return _given("Conventions.load_balancer", listener, shared if listener is None else None)


def _given(path: str, listener: elbv2.IApplicationListener | None, balancer: Any) -> BalancerPlan:
    resource: Any = None if listener is None else asked(node_of(listener), "default_child")
    protocol = getattr(resource, "protocol", None)  # of an imported listener there is no resource
    return BalancerPlan(
        kind="given", path=path, settings=LoadBalancer(), listener=listener, protocol=protocol, balancer=balancer
    )


def _made(kind: Literal["shared", "own"], path: str, given: LoadBalancer, conventions: Conventions) -> BalancerPlan:
    named = given.domain_name is not None
    made = BalancerPlan(
        kind=kind,
        path=path,
        settings=given,
        certificate=given.certificate or (conventions.certificate if named else None),
        hosted_zone=given.hosted_zone or (conventions.hosted_zone if named else None),
        web_acl=conventions.web_acl if given.web_acl is None else given.web_acl,
    )
    return replace(made, protocol="HTTPS" if made.secure else "HTTP")


def _listener_of(given: object) -> elbv2.IApplicationListener | None:
    """The listener that services share, of a listener or of a load balancer of the app: by HTTPS if there is one."""
    if isinstance(given, elbv2.ApplicationLoadBalancer):
        listeners: Sequence[elbv2.ApplicationListener] = given.listeners
        by_https = [each for each in listeners if asked(node_of(each), "default_child").protocol == "HTTPS"]
        return next(iter((*by_https, *listeners)), None)  # pyright: ignore[reportReturnType]  # jsii renames parameters
    return given if hasattr(given, "listener_arn") else None  # pyright: ignore[reportReturnType]  # it is one then


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a load balancer that is made stands.

    Attributes:
        path: the field that gives its network.
        public: whether it needs public subnets.
        zones: over how many its subnets are; 0 when there are none. None: only the deployment knows.
        addresses: how many the smallest of them has. None: nobody knows.
        new: the network, when it is made.
    """

    path: str
    public: bool
    zones: int | None
    addresses: int | None = None
    new: NewVpc | None = None


def placement(plan: BalancerPlan, network: NetworkPlan, found: ec2.IVpc | None = None) -> Iterator[Placement]:
    """Where one stands that is made, as far as it is known.

    Args:
        plan: the load balancer.
        network: of the tasks.
        found: the VPC, when it has been looked up. Omitted: what is planned.
    """
    vpc, public = found or network.vpc or network.of_cluster, plan.settings.public
    if not plan.made or not network.known or network.no_subnets:
        return
    if vpc is None or isinstance(vpc, NewVpc):
        new = vpc or network.context.network or NewVpc()
        path = "vpc" if vpc is None else f"{network.path}.max_azs"
        yield Placement(path=path, public=public, zones=new.max_azs, addresses=_addresses(new), new=new)
    elif isinstance(vpc, VpcFromParameters):
        yield Placement(path=network.path, public=public, zones=0 if public else None)
    elif not isinstance(vpc, VpcLookup):
        zones, unknown = _zones(vpc, network, public=public), stands_in(vpc)
        if unknown and zones != 0:
            return  # CDK has yet to look up its zones; that it has no such subnets is known
        wanted = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC) if public else network.vpc_subnets
        addresses = fewest_addresses(vpc, wanted) if zones else None
        yield Placement(path=network.path, public=public, zones=zones, addresses=addresses)


def _addresses(new: NewVpc) -> int | None:
    """Those of each subnet of a network that is made: CDK divides it by a power of two; None of a wrong range."""
    if not (is_text(new.cidr) and is_whole(new.max_azs) and new.max_azs > 0):
        return None
    try:
        whole = ipaddress.IPv4Network(new.cidr).num_addresses
    except ValueError:
        return None
    return whole >> (2 * new.max_azs - 1).bit_length()


def _zones(vpc: ec2.IVpc, network: NetworkPlan, *, public: bool) -> int | None:
    if public:
        zones = [each.availability_zone for each in asked(vpc, "public_subnets")]
    else:
        found = subnets_of(vpc, network.vpc_subnets)
        zones = [] if any(each.startswith("#{") for each in found.ids) else list(found.zones)
        if not zones:
            return None  # a list that only CloudFormation can count
    return len(set(zones))
