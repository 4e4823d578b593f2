"""Rules at synthesis on load balancers, listeners and target groups: those that are given, and what others changed."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from naws.core.authoring import Bounds, Field, Finding, format_duration, is_number, is_text, limit, practice

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"
_POLICIES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"
_TROUBLE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"
_ACTIONS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions"
_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html"
_OLD = re.compile(r"ELBSecurityPolicy-(2015-05|2016-08|FS-2018-06|FS-1-1-.*|TLS-1-[01]-.*|TLS13-1-[01]-.*)")
_DEFAULT = "ELBSecurityPolicy-2016-08"
"""What a listener has that is given none. Source: the page of policies, considerations."""
_USUAL_IDLE = "60"
_IDLE = "idle_timeout.timeout_seconds"
_SLOW, _COOKIE = "slow_start.duration_seconds", "stickiness.app_cookie.cookie_name"
_ALGORITHM = "load_balancing.algorithm.type"
_OF_BALANCER = (
    "access_logs.s3.bucket", "access_logs.s3.enabled", "access_logs.s3.prefix", "client_keep_alive.seconds",
    "connection_logs.s3.bucket", "connection_logs.s3.enabled", "connection_logs.s3.prefix",
    "deletion_protection.enabled", "health_check_logs.s3.bucket", "health_check_logs.s3.enabled",
    "health_check_logs.s3.prefix", _IDLE, "ipv6.deny_all_igw_traffic", "load_balancing.cross_zone.enabled",
    "routing.http.desync_mitigation_mode", "routing.http.drop_invalid_header_fields.enabled",
    "routing.http.preserve_host_header.enabled", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "routing.http.xff_client_port.enabled", "routing.http.xff_header_processing.mode", "routing.http2.enabled",
    "waf.fail_open.enabled", "zonal_shift.config.enabled",
)  # fmt: skip
"""Source: Elastic Load Balancing API, LoadBalancerAttribute."""
_OF_GROUP = (
    "deregistration_delay.timeout_seconds", "load_balancing.algorithm.anomaly_mitigation", _ALGORITHM,
    "load_balancing.cross_zone.enabled", _SLOW, _COOKIE, "stickiness.app_cookie.duration_seconds",
    "stickiness.enabled", "stickiness.lb_cookie.duration_seconds", "stickiness.type",
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
)  # fmt: skip
"""Source: Elastic Load Balancing API, TargetGroupAttribute."""
_SECONDS = {
    _IDLE: Bounds(low=1, high=4_000, unit="seconds"),
    "client_keep_alive.seconds": Bounds(low=60, high=604_800, unit="seconds"),
    "deregistration_delay.timeout_seconds": Bounds(low=0, high=3_600, unit="seconds"),
    "stickiness.app_cookie.duration_seconds": Bounds(low=1, high=604_800, unit="seconds"),
    "stickiness.lb_cookie.duration_seconds": Bounds(low=1, high=604_800, unit="seconds"),
    _SLOW: Bounds(low=30, high=900, unit="seconds, or 0"),
}
_GIVEN = (
    'load_balancer=elbv2.ApplicationLoadBalancer(stack, "Given", vpc=vpc, internet_facing={}, '
    'idle_timeout=cdk.Duration.seconds({})).add_listener("Listener", {}, '
    "default_action=elbv2.ListenerAction.fixed_response(404))"
)
_TLS = (
    'port=443, certificates=[elbv2.ListenerCertificate.from_arn("arn:aws:acm:eu-central-1:123456789012:certificate/1")]'
)
_HOST = ', route=Route(host="orders.example.com")'


def _setting(of: str, key: str, value: str) -> str:
    """An attribute that ordinary CDK code sets, as an example has it."""
    return f'then=lambda made: made.{of}.set_attribute("{key}", "{value}")'


@dataclass(frozen=True, kw_only=True)
class AttributesView:
    """A load balancer or a target group as its template has it.

    Attributes:
        path: how the user calls it.
        attributes: theirs; one that only the deployment knows is no text.
        known: the names that there are.
        gradual: whether it is a target group beside that of another version.
    """

    path: str
    attributes: Mapping[str, object]
    known: Collection[str]
    gradual: bool = False

    def field(self, name: str) -> Field:
        """One of them."""
        return Field(f'{self.path}.attributes["{name}"]', self.attributes.get(name))


@dataclass(frozen=True, kw_only=True)
class GivenView:
    """A load balancer of this app that is given, beside the times of a service.

    Attributes:
        path: the field that gives it.
        attributes: its attributes.
        request_timeout: seconds that a request may take.
        keep_alive: seconds that the program keeps idle connections.
    """

    path: str
    attributes: Mapping[str, object]
    request_timeout: float
    keep_alive: float


@dataclass(frozen=True, kw_only=True)
class ListenerView:
    """The listener that has the routes, when it is of this app.

    Attributes:
        path: the field that gives it.
        protocol: "HTTP" or "HTTPS".
        policy: its security policy; None: none is given.
        public: whether the internet reaches its load balancer.
    """

    path: str
    protocol: object
    policy: object
    public: bool


def attributes_view(properties: Mapping[str, Any], path: str, *, gradual: bool = False) -> AttributesView:
    """The attributes of a load balancer or a target group of a template."""
    given: Any = properties.get("loadBalancerAttributes") or properties.get("targetGroupAttributes") or []
    pairs = cast("list[Mapping[str, Any]]", given if isinstance(given, list) else [])
    attributes = {str(each.get("key")): each.get("value") for each in pairs if is_text(each.get("key"))}
    known = _OF_BALANCER if path == "load_balancer" else _OF_GROUP
    return AttributesView(path=path, attributes=attributes, known=known, gradual=gradual)


@practice(
    code="NAWS-LB-012",
    title="What comes from the internet comes by HTTPS",
    source=f"{_CONTROLS}#elb-1",
    example=_GIVEN.format("True", 60, "port=80"),
    fix=_GIVEN.format("True", 60, f"{_TLS}, ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS") + _HOST,
)
def by_https(view: ListenerView) -> Iterator[Finding]:
    """By HTTP anybody on the way reads and changes it. Security Hub reports it as ELB.1."""
    if view.public and view.protocol == "HTTP":
        remedy = "load_balancer=…  # a listener by HTTPS of the same load balancer"
        yield Field(view.path).finding("a listener by HTTPS", remedy, shown="a public listener by HTTP")


@practice(
    code="NAWS-LB-013",
    title="A listener takes TLS 1.2 or later alone",
    source=_POLICIES,
    example=_GIVEN.format("True", 60, f"{_TLS}, ssl_policy=elbv2.SslPolicy.TLS11") + _HOST,
    fix=_GIVEN.format("True", 60, f"{_TLS}, ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS") + _HOST,
)
def modern_tls(view: ListenerView) -> Iterator[Finding]:
    """TLS 1.0 and 1.1 are broken, and a listener that is given no policy takes both.

    Security Hub reports it as ELB.17.
    """
    policy = _DEFAULT if view.policy is None else view.policy
    if view.protocol == "HTTPS" and is_text(policy) and _OLD.fullmatch(policy):
        shown = f"{policy}, because none is given" if view.policy is None else ""
        yield Field(f"{view.path}.ssl_policy", policy).finding(
            "a policy with TLS 1.2 or later", "ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS", shown=shown
        )


@practice(
    code="NAWS-LB-014",
    title="A load balancer has the attributes that there are",
    source=f"{_API}/API_LoadBalancerAttribute.html",
    example=_setting("load_balancer", "drop_invalid_header_fields.enabled", "true"),
    fix=_setting("load_balancer", "routing.http.drop_invalid_header_fields.enabled", "true"),
)
def known_attributes(view: AttributesView) -> Iterator[Finding]:
    """Nothing checks the name of an attribute before CloudFormation sends it: the deployment fails then.

    One that AWS has added since is accepted here.
    """
    for name in view.attributes:
        if name not in view.known:
            near = next((each for each in view.known if each.endswith(name) or name.endswith(each)), None)
            near = near or next(iter(difflib.get_close_matches(name, list(view.known), 1, 0.5)), None)
            remedy = f'"{near}"' if near else f'remove_attribute("{name}")'
            names = ", ".join(sorted(view.known))
            yield view.field(name).finding(f"one of {names}", remedy, shown=f"the attribute {name}")


@limit(
    code="NAWS-LB-015",
    title="An attribute has a value that it takes",
    source=f"{_API}/API_TargetGroupAttribute.html",
    example=_setting("target_group", "deregistration_delay.timeout_seconds", "7200"),
    fix=_setting("target_group", "deregistration_delay.timeout_seconds", "300"),
)
def attribute_values(view: AttributesView) -> Iterator[Finding]:
    """Elastic Load Balancing refuses others while the stack is deployed.

    Slow start is none of an algorithm that weighs tasks itself, and names that begin with AWSALB are its own cookies.
    """
    for name, bounds in _SECONDS.items():
        field = view.field(name)
        if not is_text(field.value) or (name == _SLOW and field.value == "0"):
            continue
        number = int(field.value) if re.fullmatch(r"-?\d+", field.value) else None
        if number is None or list(bounds.check(Field(name, number))):
            low, high = int(bounds.low), int(bounds.high)
            near = min(max(number or low, low), high)
            expected = f"{low:,} to {high:,} {bounds.unit}"
            yield field.finding(expected, f'set_attribute("{name}", "{near}")')
    weighing = view.attributes.get(_ALGORITHM)
    if view.attributes.get(_SLOW, "0") != "0" and weighing in {"least_outstanding_requests", "weighted_random"}:
        expected = f"0 with {weighing}, or the algorithm round_robin"
        yield view.field(_SLOW).finding(expected, f'set_attribute("{_ALGORITHM}", "round_robin")')
    cookie = view.attributes.get(_COOKIE)
    if is_text(cookie) and cookie.startswith("AWSALB"):
        yield view.field(_COOKIE).finding(
            "a name that does not begin with AWSALB", f'set_attribute("{_COOKIE}", "task")'
        )


@practice(
    code="NAWS-DEPLOY-021",
    title="A target group beside another version's keeps no clients",
    source=_ACTIONS,
    example=f"deployment=Deployment.blue_green(), {_setting('target_group', 'stickiness.enabled', 'true')}",
    fix=_setting("target_group", "stickiness.enabled", "true"),
)
def keeps_no_clients(view: AttributesView) -> Iterator[Finding]:
    """Elastic Load Balancing refuses it unless the rule keeps clients, too: then it no longer shifts them.

    Accept it with such a rule, where clients that get 503 after a deployment ask without their cookie.
    """
    field = view.field("stickiness.enabled")
    if view.gradual and field.value == "true":
        yield field.finding('"false", or a rolling deployment', "deployment=Deployment.rolling()")


@practice(
    code="NAWS-LB-016",
    title="A load balancer that is given waits as long as a request may take, and for less than connections are kept",
    source=f"{_TROUBLE}#http-504-issues",
    example=f"request_timeout=cdk.Duration.seconds(100), {_GIVEN.format('False', 60, 'port=80')}",
    fix=f"request_timeout=cdk.Duration.seconds(100), {_GIVEN.format('False', 110, 'port=80')}",
)
def patient(view: GivenView) -> Iterator[Finding]:
    """A request that takes longer is answered with 504.

    When the program ends a connection that the load balancer still uses, the next request gets 502.
    """
    text = view.attributes.get(_IDLE, _USUAL_IDLE)
    idle = int(text) if is_text(text) and text.isdecimal() else None
    if idle is None or not is_number(view.request_timeout) or view.request_timeout < idle < view.keep_alive:
        return
    least, most = int(view.request_timeout) + 1, int(view.keep_alive) - 1
    yield Field(f"{view.path}.idle_timeout", idle).finding(
        f"{least} to {most} seconds: a request may take {format_duration(view.request_timeout)}, "
        f"and the program keeps connections for {int(view.keep_alive)} seconds",
        f"idle_timeout=cdk.Duration.seconds({most - 4})  # of the load balancer\n"
        f"request_timeout=cdk.Duration.seconds({max(idle - 10, 1)})",
        shown=f"{idle} seconds",
    )
