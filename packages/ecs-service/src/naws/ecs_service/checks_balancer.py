"""Rules on the load balancer: its name and certificate, who reaches it, where it stands, and what filters requests."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from naws.core.authoring import (
    Check,
    Field,
    Finding,
    advice,
    bind,
    certificate_names,
    certifies,
    is_no_web_acl,
    is_text,
    is_whole,
    limit,
    out_of_zone,
    practice,
    web_acl_scope,
    zone_name,
)
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_balancer import BalancerPlan, Placement, placement

_HTTPS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html"
_CERTIFICATES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"
_RECORDS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-elb-load-balancer.html"
_SUBNETS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html"
_WAF = "https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html"
_CONTROL = "https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-16"
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\.?")
_NAME = 'domain_name="orders.example.com"'
_ZONE = (
    'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")'
)
_MADE = 'acm.Certificate(self, "Certificate", domain_name="{}")'
_LISTENER = (
    'elbv2.ApplicationListener.from_application_listener_attributes(self, "Listener", listener_arn="arn:…", '
    "security_group=…)"
)
_SHARED = (
    'elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(stack, "Shared", load_balancer_arn='
    '"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/0123456789abcdef", '
    'security_group_id="sg-0a1b2c3d")'
)
_ACL_EXAMPLE = (
    'load_balancer=LoadBalancer(web_acl=wafv2.CfnWebACL(stack, "Filter", scope="{}", default_action={{"allow": {{}}}}, '
    'visibility_config={{"cloudWatchMetricsEnabled": True, "metricName": "a", "sampledRequestsEnabled": True}}))'
)
_FEWEST_ZONES = 2
_LEAST_SUBNET, _ROOMY = 16, 32
"""Addresses: of the smallest subnet that there is, and of one in which a load balancer can grow."""


@limit(
    code="NAWS-LB-001",
    title="A public load balancer has a name, and a certificate for it",
    source=_HTTPS,
    example="load_balancer=LoadBalancer(public=True)",
    fix=f"load_balancer=LoadBalancer(public=True, {_NAME}, {_ZONE})",
)
def certified(plan: BalancerPlan) -> Iterator[Finding]:
    """What comes from the internet comes by HTTPS alone, and nobody issues a certificate for the name that AWS gives.

    With a zone of Route 53 the certificate is made and proved here, and the name is written; otherwise it is one of
    Certificate Manager, of this region.
    """
    settings, path = plan.settings, plan.path
    if not settings.public or plan.secure:
        return
    own = 'certificate=acm.Certificate.from_certificate_arn(self, "Certificate", "arn:aws:acm:…")'
    if settings.domain_name is None:
        has = plan.certificate is not None or plan.hosted_zone is not None or settings.certificate is not None
        zone = zone_name(plan.hosted_zone)
        own_name = f'domain_name="orders.{zone}"' if is_text(zone) else _NAME
        yield Field(f"{path}.domain_name", None).finding(
            "a name of your own, and its zone or a certificate for it",
            own_name if has else f"{_NAME}, {_ZONE}\n{_NAME}, {own}\npublic=False",
        )
        return
    yield Field(f"{path}.certificate", None).finding(
        f"a certificate for {settings.domain_name}, or the zone in which one is proved", f"{_ZONE}\n{own}\npublic=False"
    )


@limit(
    code="NAWS-LB-002",
    title="A name is a host in small letters",
    source=_RECORDS,
    example='load_balancer=LoadBalancer(domain_name="https://Orders.example.com/")',
    fix='load_balancer=LoadBalancer(domain_name="orders.example.com")',
)
def host_name(plan: BalancerPlan) -> Iterator[Finding]:
    """It is written into the zone, and URLs are made of it: no scheme, no port, no path and no wildcard."""
    name = plan.settings.domain_name
    if is_text(name) and not _HOST.fullmatch(name):
        host = re.sub(r"^[a-z]+://", "", name.strip().lower()).split("/")[0].split(":")[0].replace("*", "orders")
        better = host if _HOST.fullmatch(host) else "orders.example.com"
        yield Field(f"{plan.path}.domain_name", name).finding("such as orders.example.com", f'domain_name="{better}"')


@limit(
    code="NAWS-LB-003",
    title="A certificate has the name that it is for",
    source=_CERTIFICATES,
    example=f'load_balancer=LoadBalancer({_NAME}, certificate=acm.Certificate(stack, "C", domain_name="example.com"))',
    fix=f'load_balancer=LoadBalancer({_NAME}, certificate=acm.Certificate(stack, "C", domain_name="*.example.com"))',
)
def covers_name(plan: BalancerPlan) -> Iterator[Finding]:
    """A client refuses the connection otherwise.

    `*.example.com` has `a.example.com`, and neither `example.com` nor `b.a.example.com`.
    """
    name, names = plan.settings.domain_name, certificate_names(plan.certificate)
    if not is_text(name) or not names or any(certifies(each, name) for each in names):
        return
    path = f"{plan.path}.certificate" if plan.settings.certificate is not None else "Conventions.certificate"
    near = names[0].replace("*", "orders")
    yield Field(path).finding(
        f"a certificate that has {name}",
        f'certificate={_MADE.format(name)}  # with its validation\ndomain_name="{near}"',
        shown=f"a certificate for {', '.join(names)}",
    )


@limit(
    code="NAWS-LB-004",
    title="A name lies in its zone",
    source=_RECORDS,
    example=f'load_balancer=LoadBalancer(domain_name="orders.example.org", {_ZONE})',
    fix=f"load_balancer=LoadBalancer({_NAME}, {_ZONE})",
)
def in_zone(plan: BalancerPlan) -> Iterator[Finding]:
    """Route 53 refuses to write a name of another zone, while the stack is deployed."""
    name = plan.settings.domain_name
    if is_text(name) and _HOST.fullmatch(name):  # the rule on names reports what is none
        field, shared = Field(f"{plan.path}.domain_name", name), plan.settings.hosted_zone is None
        yield from out_of_zone(field, plan.hosted_zone, shared=shared)


@limit(
    code="NAWS-LB-005",
    title="A certificate and a zone are for a name",
    source=_HTTPS,
    example=f"load_balancer=LoadBalancer({_ZONE})",
    fix=f"load_balancer=LoadBalancer({_NAME}, {_ZONE})",
)
def named(plan: BalancerPlan) -> Iterator[Finding]:
    """Without `domain_name` neither would do anything: requests would come by HTTP."""
    settings = plan.settings
    given = [name for name in ("certificate", "hosted_zone") if getattr(settings, name) is not None]
    if given and settings.domain_name is None and not settings.public:
        names, zone = certificate_names(settings.certificate), zone_name(settings.hosted_zone)
        name = names[0].replace("*", "orders") if names else f"orders.{zone if is_text(zone) else 'example.com'}"
        yield Field(f"{plan.path}.domain_name", None).finding(
            f"the name that {' and '.join(given)} {'is' if len(given) == 1 else 'are'} for",
            f'domain_name="{name}"\nomit {given[0]}',
        )


@limit(
    code="NAWS-LB-007",
    title="A load balancer that is shared has a listener that takes routes",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html",
    example=f"conventions=Conventions(load_balancer={_SHARED})",
    fix="conventions=Conventions()",
)
def has_listener(plan: BalancerPlan) -> Iterator[Finding]:
    """A route is a rule of a listener, and of an imported load balancer nobody knows the listeners."""
    if plan.balancer is not None:
        yield Field(plan.path).finding(
            "its listener, or a load balancer of this app that has one",
            f"load_balancer={_LISTENER}",
            shown="a load balancer without a listener that is known",
        )


@limit(
    code="NAWS-LB-008",
    title="A load balancer stands in two zones or more",
    source=_SUBNETS,
    example="vpc=NewVpc(max_azs=1)",
    fix="vpc=NewVpc(max_azs=2)",
)
def two_zones(where: Placement) -> Iterator[Finding]:
    """Elastic Load Balancing refuses less, and wants eight free addresses in each of their subnets."""
    if is_whole(where.zones) and 0 < where.zones < _FEWEST_ZONES:
        kind = "public" if where.public else "private"
        remedy = "max_azs=2" if where.path.endswith("max_azs") else "vpc=…  # with subnets in two zones\nvpc_subnets=…"
        yield Field(where.path, where.zones).finding(
            f"{kind} subnets in two zones or more", remedy, shown="one availability zone"
        )


@limit(
    code="NAWS-LB-009",
    title="A public load balancer stands in public subnets",
    source=_SUBNETS,
    example=f"load_balancer=LoadBalancer(public=True, {_NAME}, {_ZONE}), "
    'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")',
    fix="load_balancer=LoadBalancer(), "
    'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")',
)
def public_subnets(where: Placement) -> Iterator[Finding]:
    """From others no way leads to the internet. A network by parameters has private subnets alone."""
    if where.public and where.zones == 0:
        yield Field(where.path).finding(
            "a network with public subnets in two zones, for a load balancer that is public",
            'vpc=ec2.Vpc.from_vpc_attributes(self, "Network", vpc_id=…, availability_zones=[…], '
            "public_subnet_ids=[…], private_subnet_ids=[…])\nload_balancer=LoadBalancer()  # internal",
            shown="private subnets alone",
        )


@practice(
    code="NAWS-LB-024",
    title="Each subnet of a load balancer has 32 addresses or more",
    source=_SUBNETS,
    example='vpc=NewVpc(cidr="10.0.0.0/26")',
    fix='vpc=NewVpc(cidr="10.0.0.0/25")',
)
def room_to_grow(where: Placement) -> Iterator[Finding]:
    """It takes more addresses of its subnets as requests become more, and needs eight that are free in each of them.

    Of 16 addresses AWS keeps five, and the tasks of an internal one take theirs from the same subnets. How many are
    free only the account knows: `naws verify` asks it.
    """
    if where.addresses is None or not _LEAST_SUBNET <= where.addresses < _ROOMY:
        return
    own = "" if where.public else "\nvpc_subnets=…"
    path, remedy, shown = where.path, f"vpc=…  # with subnets of /27 or larger{own}", ""
    if where.new is not None:
        path = f"{where.path.removesuffix('.max_azs')}.cidr"
        bits = (_ROOMY - 1).bit_length() + (2 * where.new.max_azs - 1).bit_length()
        remedy = f'cidr="{ipaddress.IPv4Network(where.new.cidr).supernet(new_prefix=32 - bits)}"'
        shown = f"{where.new.cidr}, which gives "
    yield Field(path).finding(
        f"subnets of {_ROOMY} addresses or more, a /27", remedy, shown=f"{shown}a subnet of {where.addresses} addresses"
    )


@limit(
    code="NAWS-LB-010",
    title="A web ACL is of the load balancer's region",
    source=_WAF,
    example=_ACL_EXAMPLE.format("CLOUDFRONT"),
    fix=_ACL_EXAMPLE.format("REGIONAL"),
)
def regional_acl(plan: Plan) -> Iterator[Finding]:
    """One of scope CLOUDFRONT is CloudFront's alone: a load balancer takes one of scope REGIONAL of its own region."""
    balancer = plan.balancer
    acl: Any = balancer.web_acl
    if acl is None:
        return
    scope, region = web_acl_scope(acl)
    own = balancer.settings.web_acl is not None
    field = Field(f"{balancer.path}.web_acl" if own else "Conventions.web_acl")
    here = plan.context.home.region
    if is_no_web_acl(acl):
        remedy = f'web_acl="arn:aws:wafv2:{here or "<region>"}:…:regional/webacl/…"\nomit web_acl'
        yield Field(field.path, acl).finding("a web ACL, or the ARN of one", remedy)
    elif scope is not None and scope != "REGIONAL":
        yield field.finding("one of scope REGIONAL", "omit web_acl\nweb_acl=…  # REGIONAL", shown=f"scope {scope}")
    elif None not in (region, here) and region != here:
        remedy = f"omit web_acl\nweb_acl=…  # of {here}"
        yield field.finding(f"one of {here}", remedy, shown=f"a web ACL of {region}")


@advice(
    code="NAWS-LB-011",
    title="A web ACL filters what comes from the internet",
    source=_CONTROL,
    example=f"load_balancer=LoadBalancer(public=True, {_NAME}, {_ZONE})",
    fix=_ACL_EXAMPLE.format("REGIONAL").replace("web_acl=", f"public=True, {_NAME}, {_ZONE}, web_acl="),
)
def filtered(plan: BalancerPlan) -> Iterator[Finding]:
    """Scanners find a new name within minutes. Security Hub reports it as ELB.16; the rules of AWS stop the usual."""
    if plan.secure and plan.settings.public and plan.web_acl is None and plan.settings.allowed_cidrs is None:
        yield Field(f"{plan.path}.web_acl", None).finding(
            "a web ACL of scope REGIONAL", 'web_acl=wafv2.CfnWebACL(self, "Filter", scope="REGIONAL", …)'
        )


BALANCER_CHECKS: tuple[Check[Plan], ...] = (
    *bind(
        lambda plan: (plan.balancer,),
        (certified, host_name, covers_name, in_zone, named, has_listener, filtered),
    ),
    *bind(lambda plan: placement(plan.balancer, plan.network), (two_zones, public_subnets, room_to_grow)),
    regional_acl.on(lambda plan: (plan,)),
)
