"""Rules on where a service is found: its load balancer's names, zone and network, and the rule that leads to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53

from naws.core.authoring import Check, Field, Finding, advice, bind, is_text, limit, practice
from naws.ecs_service.checks_routes import covers
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_balancer import BalancerPlan
from naws.ecs_service.plan_routes import RoutePlan, RoutesView, band_of

_ALIAS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-elb-load-balancer.html"
_DNS = "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"
_SNI = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"
_TARGETS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
_ORDER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"
_SHIFT = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html"
_SECURE = (
    'load_balancer=elbv2.ApplicationLoadBalancer(stack, "Given", vpc=ec2.Vpc(stack, "Vpc")).add_listener("Listener", '
    'port=443, certificates=[elbv2.ListenerCertificate.from_arn("arn:aws:acm:eu-central-1:123456789012:certificate/1")]'
    ", default_action=elbv2.ListenerAction.fixed_response(404))"
)
_CERTIFICATE = (
    'acm.Certificate.from_certificate_arn(stack, "Certificate", "arn:aws:acm:eu-central-1:123456789012:certificate/1")'
)
_NAMED = 'load_balancer=LoadBalancer(domain_name="orders.example.com", certificate=' + _CERTIFICATE + ")"


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names under which a service may be asked for.

    Attributes:
        balancer: its load balancer.
        route: its route.
    """

    balancer: BalancerPlan
    route: RoutePlan


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a load balancer stands, and where the tasks are that it sends requests to.

    Attributes:
        path: the field of the tasks' network.
        balancer, tasks: the VPCs, by what tells them apart.
    """

    path: str
    balancer: str
    tasks: str


@advice(
    code="NAWS-LB-020",
    title="A route's host is the name of its load balancer",
    source=_ALIAS,
    example='route=Route(host="orders.example.com")',
    fix=f'route=Route(host="orders.example.com"), {_NAMED}',
)
def host_is_there(names: Names) -> Iterator[Finding]:
    """A host in a route makes no record and no certificate: nobody finds the load balancer by it, or TLS fails.

    `domain_name` makes both. Where somebody else does, it is right: the service's URL has the host.
    """
    host, own = names.route.host, names.balancer.settings.domain_name
    if names.balancer.made and is_text(host) and "*" not in host and (own is None or is_text(own)) and host != own:
        expected = "no host" if own is None else f"{own}, which is the load balancer's name"
        give = f'load_balancer=LoadBalancer(domain_name="{host}", …)' if own is None else f'host="{own}"'
        yield Field(f"{names.route.path}.host", host).finding(expected, f"{give}\nomit host")


@limit(
    code="NAWS-LB-021",
    title="A certificate is proved in a public zone",
    source=_DNS,
    example='load_balancer=LoadBalancer(domain_name="orders.corp.example", '
    'hosted_zone=route53.PrivateHostedZone(stack, "Zone", vpc=ec2.Vpc(stack, "Vpc"), zone_name="corp.example"))',
    fix=f'load_balancer=LoadBalancer(domain_name="orders.corp.example", certificate={_CERTIFICATE}, '
    'hosted_zone=route53.PrivateHostedZone(stack, "Zone", vpc=ec2.Vpc(stack, "Vpc"), zone_name="corp.example"))',
)
def public_zone(plan: BalancerPlan) -> Iterator[Finding]:
    """Certificate Manager looks for its record on the internet: in a private zone the stack would wait for ever."""
    if plan.made and plan.certificate is None and isinstance(plan.hosted_zone, route53.PrivateHostedZone):
        expected = "a public zone, or a certificate beside it, of a private authority or imported"
        shown = "a private zone"
        yield Field(f"{plan.path}.hosted_zone").finding(expected, "certificate=…  # for that name", shown=shown)


@practice(
    code="NAWS-LB-022",
    title="A route of an HTTPS listener has a host",
    source=_SNI,
    example=_SECURE,
    fix=f'{_SECURE}, route=Route(host="orders.example.com")',
)
def host_of_certificate(names: Names) -> Iterator[Finding]:
    """No certificate has the name that AWS gives to a load balancer: whoever asks by the service's URL is refused.

    Bindings and websites use that URL.
    """
    given = names.balancer.listener
    by_tls = names.balancer.protocol == "HTTPS" and isinstance(given, elbv2.ApplicationListener)
    if by_tls and names.route.host is None:
        paths = ", ".join(f'"{each}"' for each in names.route.paths)
        remedy = f'route=Route(host="…", paths=[{paths}])  # a name of its certificate'
        yield Field(f"{names.route.path}.host").finding("a name that its certificate has", remedy)


@limit(
    code="NAWS-LB-023",
    title="A load balancer stands in the network of its tasks",
    source=_TARGETS,
    example='vpc=ec2.Vpc(stack, "One"), route=Route(paths=["/orders/*"]), then=lambda made: '
    'EcsService(stack, "Stock", EcsServiceProps(image=image, vpc=ec2.Vpc(stack, "Two"), '
    'route=Route(paths=["/stock/*"])))',
    fix='vpc=ec2.Vpc(stack, "One"), route=Route(paths=["/orders/*"]), then=lambda made: '
    'EcsService(stack, "Stock", EcsServiceProps(image=image, vpc=ec2.Vpc(stack, "Two"), load_balancer=LoadBalancer()))',
)
def same_network(where: Standing) -> Iterator[Finding]:
    """A target group is of one VPC, its load balancer's: another one is refused while the stack is deployed."""
    if where.balancer != where.tasks:
        expected = f"the network of the load balancer, {where.balancer}"
        shown = where.tasks
        yield Field(where.path).finding(expected, "load_balancer=LoadBalancer()  # one of its own", shown=shown)


@limit(
    code="NAWS-DEPLOY-020",
    title="A gradual deployment moves one route",
    source=_SHIFT,
    example='deployment=Deployment.blue_green(), route=Route(paths=["/orders/*"]), '
    'then=lambda made: made.add_route(Route(paths=["/baskets/*"]))',
    fix='deployment=Deployment.blue_green(), route=Route(paths=["/orders/*", "/baskets/*"])',
)
def one_route(view: RoutesView) -> Iterator[Finding]:
    """ECS shifts the requests of one listener rule: those of another would go on to tasks that are gone."""
    if view.gradual and len(view.own) > 1:
        paths = [path for each in view.own for path in each.paths]
        yield Field("route.paths", list(view.own[1].paths)).finding(
            "one route, which has up to five paths", f"route=Route(paths={paths!r})\ndeployment=Deployment.rolling()"
        )


@practice(
    code="NAWS-ROUTE-020",
    title="Of two routes that a request has, the first is chosen",
    source=_ORDER,
    example='route=Route(paths=["/orders/42/*"]), then=lambda made: EcsService(stack, "Invoices", '
    'EcsServiceProps(image=image, route=Route(paths=["/orders/*/invoice/*"])))',
    fix='route=Route(paths=["/orders/42/*"], priority=1), then=lambda made: EcsService(stack, "Invoices", '
    'EcsServiceProps(image=image, route=Route(paths=["/orders/*/invoice/*"])))',
)
def chosen_order(view: RoutesView) -> Iterator[Finding]:
    """Neither is more specific, so that a hash of the two decides who gets `/orders/42/invoice/1`."""
    for own in view.own:
        for path, other in view.others:
            if view.path > path or own.given or other.given or own.whole or other.whole:
                continue  # the other service reports it, or somebody has chosen
            both = next(
                ((one, each) for one in own.paths for each in other.paths if _meet(own, one, other, each)), None
            )
            if both is not None:
                expected = f"a priority beside {both[1]} of {path}: some requests have both paths"
                remedy = f"priority={min(own.priority, other.priority) - 1 or 1}\nhost=…  # another for each"
                yield Field(f"{own.path}.paths", both[0]).finding(expected, remedy)


def _meet(own: RoutePlan, one: str, other: RoutePlan, each: str) -> bool:
    """Whether some requests have two paths of one band, of which neither has all that the other has."""
    if not (is_text(one) and is_text(each)) or covers(one, each) or covers(each, one):
        return False
    hosts = [host.lower() for host in (own.host, other.host) if is_text(host)]
    return band_of(own) == band_of(other) and meet(one, each) and (len(hosts) != 2 or meet(*hosts))  # noqa: PLR2004


@lru_cache(maxsize=4096)
def meet(one: str, other: str) -> bool:
    """Whether some text matches two patterns, in which `*` is anything and `?` one character."""
    if not one or not other:
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        star, rest = (one, other) if one[0] == "*" else (other, one)
        return meet(star[1:], rest) or meet(star, rest[1:])
    return (one[0] == other[0] or "?" in (one[0], other[0])) and meet(one[1:], other[1:])


NAME_CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (Names(balancer=plan.balancer, route=plan.route),), (host_is_there, host_of_certificate)),
    public_zone.on(lambda plan: (plan.balancer,)),
)
