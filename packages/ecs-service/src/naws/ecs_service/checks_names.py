"""Rules on where a service is found: its load balancer's names, zone and network, and the rule that leads to it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53

from naws.core.authoring import Check, Field, Finding, advice, asked, bind, is_text, known, limit, practice
from naws.ecs_service.checks_routes import covers, rooted
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
_IMPORTED = (
    'load_balancer=elbv2.ApplicationListener.from_application_listener_attributes(stack, "Listener", listener_arn='
    '"arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/{}/shop/50dc6c495c0c9188/f2f7dc8efc522ab2", '
    'security_group=ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d"))'
)
_OWN = (
    'load_balancer=LoadBalancer(domain_name="orders.example.com", hosted_zone=(stack.node.try_find_child("Zone") or '
    'route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")))'
)
_IN_THREE = (
    'vpc=ec2.Vpc(stack, "Net", availability_zones=["a", "b", "c"]), route=Route(paths=["/orders/*"]), then='
    'lambda made: EcsService(stack, "Stock", EcsServiceProps(image=image, vpc=made.vpc, '
    'route=Route(paths=["/stock/*"]){}))'
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
        first: the subnets of the load balancer, when services share it and it is internal.
        subnets: those of the tasks.
    """

    path: str
    balancer: str
    tasks: str
    first: Sequence[str] = ()
    subnets: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Namesakes:
    """The load balancers of an app whose name is written into one zone.

    Attributes:
        path: the field that gives the name.
        name: as it is given.
        others: the paths of the other load balancers.
    """

    path: str
    name: str
    others: Sequence[str]


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
    if (
        names.balancer.made
        and is_text(host)
        and "*" not in host
        and (own is None or is_text(own))
        and not _alike(host, own)
    ):
        expected = "a record of that name, which nobody makes" if own is None else f"{own}, the load balancer's name"
        give = f'load_balancer=LoadBalancer(domain_name="{str(host).lower()}", …)' if own is None else f'host="{own}"'
        accept = 'acknowledge={"NAWS-LB-020": "…"}  # when its record is made elsewhere'
        yield Field(f"{names.route.path}.host", host).finding(expected, f"{give}\n{accept}\nomit host")


def _alike(host: str, name: str | None) -> bool:
    """Whether a host is a name: their case does not count."""
    return name is not None and host.lower() == name.lower().rstrip(".")


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
    if not (is_text(one) and is_text(each)):
        return False
    one, each = rooted(one), rooted(each)
    if covers(one, each) or covers(each, one):
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


@limit(
    code="NAWS-LB-029",
    title="A listener is an Application Load Balancer's",
    source=_ORDER,
    example=_IMPORTED.format("net") + ', route=Route(host="orders.example.com")',
    fix=_IMPORTED.format("app") + ', route=Route(host="orders.example.com")',
)
def takes_rules(plan: BalancerPlan) -> Iterator[Finding]:
    """Those of Network and Gateway Load Balancers take no rules: the deployment fails."""
    arn: str = "" if plan.listener is None else asked(plan.listener, "listener_arn")
    if known(arn) and re.search(r":listener/(?!app/)\w+/", arn):
        remedy = 'listener_arn="arn:…:listener/app/…"  # of an Application Load Balancer\nload_balancer=LoadBalancer()'
        yield Field(f"{plan.path}.listener_arn", arn).finding("a listener/app/…", remedy)


@advice(
    code="NAWS-ROUTE-021",
    title="A service on a listener that was imported has a route",
    source=_ORDER,
    example=_IMPORTED.format("app"),
    fix=_IMPORTED.format("app") + ', route=Route(host="orders.example.com")',
)
def routed_beside_others(names: Names) -> Iterator[Finding]:
    """Without one it takes all that no other rule has, at the last number: only one service of a listener can.

    What others have on such a listener is not known here.
    """
    if (
        names.route.whole
        and names.balancer.kind == "given"
        and not isinstance(names.balancer.listener, elbv2.ApplicationListener)
    ):
        yield Field("route").finding(
            "a host, or paths of its own", 'route=Route(host="orders.example.com")\nroute=Route()', shown="not given"
        )


@limit(
    code="NAWS-LB-031",
    title="A name leads to one load balancer",
    source=_ALIAS,
    example=f'{_OWN}, then=lambda made: EcsService(stack, "Stock", EcsServiceProps(image=image, {_OWN}))',
    fix=_OWN,
)
def one_of_the_name(view: Namesakes) -> Iterator[Finding]:
    """A zone has a name once: Route 53 refuses the second record while the stack is deployed."""
    if view.others:
        yield Field(view.path, view.name).finding(
            f"a name that {', '.join(view.others)} {'has' if len(view.others) == 1 else 'have'} not",
            'domain_name="…"  # another one\nload_balancer=…  # one for all of them, with routes',
        )


@practice(
    code="NAWS-LB-033",
    title="Services that share a load balancer are in the same subnets",
    source=_TARGETS,
    example=_IN_THREE.format(", vpc_subnets=ec2.SubnetSelection(subnets=made.vpc.private_subnets[:2])"),
    fix=_IN_THREE.format(""),
)
def same_subnets(where: Standing) -> Iterator[Finding]:
    """The first service decides where the load balancer is: another order in the code would move and replace it.

    Accept it where the first one is right: the load balancer reaches tasks in each subnet of its network.
    """
    if where.balancer == where.tasks and where.first and {*where.subnets} != {*where.first}:
        yield Field("vpc_subnets").finding(
            "the subnets of the service that comes first, in which the shared load balancer stands",
            "load_balancer=LoadBalancer()  # one of its own\nvpc_subnets=…  # the same for all that share one",
            shown="other subnets",
        )


NAME_CHECKS: tuple[Check[Plan], ...] = (
    *bind(
        lambda plan: (Names(balancer=plan.balancer, route=plan.route),),
        (host_is_there, host_of_certificate, routed_beside_others),
    ),
    *bind(lambda plan: (plan.balancer,), (public_zone, takes_rules)),
)
