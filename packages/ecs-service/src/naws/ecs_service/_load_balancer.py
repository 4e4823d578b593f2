"""The load balancer before the tasks: the stack's, one of a service's own, or a listener that is given.

Balancer        what a service knows of it
├── listener    HTTP on port 80; with a name of its own HTTPS on 443, and 80 leads there
├── logs        a bucket of the access logs
└── 404         what no service's route has
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from naws.core.authoring import (
    PATTERN_TAG,
    Network,
    Operated,
    acknowledge_nag,
    asked,
    is_lookup_dummy,
    kept,
    node_of,
    plan_operations,
    selection_in,
    shared,
    short_hash,
    stack_of,
    web_acl_arn,
)
from naws.ecs_service._access_logs import log_access
from naws.ecs_service.plan import SHORTEST_IDLE, Plan
from naws.ecs_service.plan_balancer import BalancerPlan

SHARED_ID = "NawsLoadBalancer"
_HTTP, _HTTPS = 80, 443
_TLS = elbv2.SslPolicy.RECOMMENDED_TLS
_NOT_FOUND = '{"message":"Not Found"}'


@dataclass(kw_only=True)
class Balancer:
    """A load balancer as a service knows it.

    Attributes:
        listener: where its routes are.
        made: the load balancer, when it is made in the app; None of a listener that was imported.
        group: its security group, when a pattern made it.
        scheme: "http" or "https".
        port: that of the listener.
        name: the name under which it answers; None: that of AWS.
        vpc: the network that it stands in; None when that is not known.
        subnets: those that it stands in, of an internal one that services share.
        idle_timeout: seconds, of one that a pattern made: the longest that any of its services needs.
    """

    listener: elbv2.IApplicationListener
    made: elbv2.ApplicationLoadBalancer | None
    group: ec2.SecurityGroup | None
    scheme: str
    port: int
    name: str | None
    vpc: ec2.IVpc | None
    subnets: Sequence[str] = ()
    idle_timeout: float = field(default=SHORTEST_IDLE)

    @property
    def ours(self) -> bool:
        """Whether a pattern made it."""
        return self.group is not None

    @property
    def dns_name(self) -> str | None:
        """The name that AWS gave to it; None of a listener that was imported."""
        return None if self.made is None else asked(self.made, "load_balancer_dns_name")

    @property
    def full_name(self) -> str:
        """The last part of its ARN, by which metrics know it: `app/<name>/<id>`."""
        if self.made is not None:
            return asked(self.made, "load_balancer_full_name")
        arn: str = asked(self.listener, "listener_arn")
        if is_lookup_dummy(arn):
            return arn  # it has yet to be looked up, and has no parts
        parts = cdk.Fn.split("/", arn)
        return cdk.Fn.join("/", [cdk.Fn.select(index, parts) for index in (1, 2, 3)])

    def keep_for(self, seconds: float) -> None:
        """Have idle connections kept for so long at least; that of others is their owner's affair."""
        if self.ours and self.made is not None and seconds > self.idle_timeout:
            self.idle_timeout = seconds
            self.made.set_attribute("idle_timeout.timeout_seconds", str(int(seconds)))


def build_balancer(scope: Construct, plan: Plan, network: Network) -> Balancer:
    """Find the load balancer of a service, or make it.

    Args:
        scope: the pattern.
        plan: which it is.
        network: of the tasks.
    """
    given = plan.balancer.listener
    if given is not None:
        return kept(given, "balancer", lambda: _given(given))
    if plan.balancer.kind == "own":
        return _LoadBalancer(scope, "LoadBalancer", plan, network).balancer
    return shared(stack_of(scope), SHARED_ID, lambda stack: _LoadBalancer(stack, SHARED_ID, plan, network)).balancer


class _LoadBalancer(Construct):
    """A load balancer with its listeners, its security group, its logs and its name."""

    def __init__(self, scope: Construct, construct_id: str, whole: Plan, network: Network) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add(PATTERN_TAG, "ecs-service")
        plan = whole.balancer
        removal = whole.operations.removal_policy
        if plan.kind == "shared":  # as the conventions have it: it is no single service's
            removal = plan_operations(Operated(), whole.context, 0).removal_policy
        settings = plan.settings
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            allow_all_outbound=False,
            description="Who may send requests to the load balancer, and to which services it sends them",
        )
        made = self._resource(whole, network, group, removal)
        log_access(self, made, removal)
        listener = self._listeners(made, plan)
        _let_in(group, plan, network)
        if plan.web_acl is not None:
            wafv2.CfnWebACLAssociation(
                self,
                "WebAcl",
                resource_arn=made.load_balancer_arn,
                web_acl_arn=web_acl_arn(plan.web_acl),
            )
        name = settings.domain_name
        if name is not None and plan.hosted_zone is not None:
            _record(self, made, name, plan.hosted_zone)
        scheme = "https" if plan.secure else "http"
        self.balancer = Balancer(
            listener=listener,
            made=made,
            group=group,
            scheme=scheme,
            port=_HTTPS if plan.secure else _HTTP,
            name=name,
            vpc=network.vpc,
            subnets=() if plan.kind == "own" or settings.public else tuple(network.subnets.ids),
        )

    def _resource(
        self, whole: Plan, network: Network, group: ec2.SecurityGroup, removal: cdk.RemovalPolicy
    ) -> elbv2.ApplicationLoadBalancer:
        where: dict[str, Any] = {"subnet_type": ec2.SubnetType.PUBLIC}
        if not whole.balancer.settings.public:
            where = selection_in(network.vpc, whole.network.vpc_subnets)
        return elbv2.ApplicationLoadBalancer(
            self,
            "Resource",
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(**where),
            internet_facing=whole.balancer.settings.public,
            security_group=group,
            idle_timeout=cdk.Duration.seconds(SHORTEST_IDLE),
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elbv2.DesyncMitigationMode.DEFENSIVE,
            # Not by default: CloudFormation could not take away what a first deployment that fails leaves.
            deletion_protection=removal == cdk.RemovalPolicy.RETAIN,
        )

    def _listeners(self, made: elbv2.ApplicationLoadBalancer, plan: BalancerPlan) -> elbv2.IApplicationListener:
        nothing = elbv2.ListenerAction.fixed_response(404, content_type="application/json", message_body=_NOT_FOUND)
        common: Mapping[str, Any] = {"load_balancer": made, "open": False}
        if not plan.secure:
            plain = elbv2.ApplicationListener(
                self, "Http", protocol=elbv2.ApplicationProtocol.HTTP, port=_HTTP, default_action=nothing, **common
            )
            return cast("elbv2.IApplicationListener", plain)
        certificate = plan.certificate or acm.Certificate(
            self,
            "Certificate",
            domain_name=str(plan.settings.domain_name),
            validation=acm.CertificateValidation.from_dns(plan.hosted_zone),
        )
        by_tls = elbv2.ApplicationListener(
            self,
            "Https",
            protocol=elbv2.ApplicationProtocol.HTTPS,
            port=_HTTPS,
            ssl_policy=_TLS,
            certificates=[elbv2.ListenerCertificate.from_arn(certificate.certificate_arn)],
            default_action=nothing,
            **common,
        )
        if plan.settings.public:
            there = elbv2.ListenerAction.redirect(protocol="HTTPS", port=str(_HTTPS), permanent=True)
            elbv2.ApplicationListener(
                self, "Http", protocol=elbv2.ApplicationProtocol.HTTP, port=_HTTP, default_action=there, **common
            )
        return cast("elbv2.IApplicationListener", by_tls)


def _given(listener: Any) -> Balancer:
    """A listener of the app's own load balancer, or an imported one, of which only port and ARN are known."""
    made = listener.load_balancer if isinstance(listener, elbv2.ApplicationListener) else None
    owned = made if isinstance(made, elbv2.ApplicationLoadBalancer) else None
    resource: Any = asked(node_of(listener), "default_child")
    port = getattr(resource, "port", None) or _default_port(listener)
    plain = getattr(resource, "protocol", None) == "HTTP" or (resource is None and port == _HTTP)
    scheme, vpc = "http" if plain else "https", None if owned is None else owned.vpc
    return Balancer(listener=listener, made=owned, group=None, scheme=scheme, port=port, name=None, vpc=vpc)


def _default_port(listener: elbv2.IApplicationListener) -> int:
    """The port that an imported listener was given; without one that of HTTPS."""
    port = listener.connections.default_port
    return _HTTPS if port is None else int(port.to_rule_json()["fromPort"])


def _allowed(plan: BalancerPlan, network: Network) -> Sequence[str]:
    """Who may send requests: to an internal one the VPC, if its addresses are known; else whoever is bound to it."""
    given = plan.settings.allowed_cidrs
    if given is not None:
        return list(given)
    if plan.settings.public:
        return ["0.0.0.0/0"]
    try:
        return [network.vpc.vpc_cidr_block]
    except RuntimeError:  # CDK's, of a VPC that was imported without them
        return []


def _let_in(group: ec2.SecurityGroup, plan: BalancerPlan, network: Network) -> None:
    """Let those in who may send requests."""
    ports = {_HTTPS if plan.secure else _HTTP, *([_HTTP] if plan.settings.public else [])}
    for cidr in _allowed(plan, network):
        for port in sorted(ports, reverse=True):
            group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), "Requests")
    why = "Public is asked for, and takes HTTPS alone; else they are the VPC's own."
    acknowledge_nag(group, "AwsSolutions-EC23", why)


def _record(scope: Construct, made: elbv2.ApplicationLoadBalancer, name: str, zone: route53.IHostedZone) -> None:
    """The name, as an alias of the load balancer.

    Its logical id is by the name alone: a zone has a name once, and CloudFormation makes what has a new id first.
    """
    record = route53.CfnRecordSet(
        scope,
        "Record",
        name=f"{name.rstrip('.')}.",
        type="A",
        hosted_zone_id=zone.hosted_zone_id,
        alias_target={
            "dnsName": f"dualstack.{made.load_balancer_dns_name}",
            "hostedZoneId": made.load_balancer_canonical_hosted_zone_id,
        },
    )
    written = json.dumps(stack_of(scope).resolve([zone.hosted_zone_id, name.lower().rstrip(".")]))
    record.override_logical_id(f"NawsRecord{short_hash(written)}")
