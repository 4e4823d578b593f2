"""Rules on what will be deployed: routes of several services, load balancers of others, and what CDK code changed."""

import re
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_route53 as route53
from aws_cdk.assertions import Annotations, Match

import naws.ecs_service as ours
from naws.core import Conventions, PatternContext, PatternValidationError, Unset
from naws.core.authoring import Rule
from naws.ecs_service.checks_listener import few_rules, few_services, not_shadowed
from naws.ecs_service.checks_names import meet
from naws.ecs_service.checks_routes import ROUTE_CHECKS, covers
from naws.ecs_service.checks_synth import SYNTH_RULES
from naws.ecs_service.plan_routes import RoutesView, plan_route
from naws.testing import cdk_app, synth_template

Route = ours.Route
IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/shop/orders:1.0")
ENVIRONMENT = cdk.Environment(account="123456789012", region="eu-central-1")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def service(stack: cdk.Stack, name: str = "Orders", **given: Any) -> ours.EcsService:
    always: dict[str, Any] = {"image": IMAGE, "vpc": ours.NewVpc()}
    return ours.EcsService(stack, name, ours.EcsServiceProps(**(always | given)))


def errors(stack: cdk.Stack) -> str:
    with pytest.raises(RuntimeError) as raised:
        synth_template(stack)
    return str(raised.value)


def codes(stack: cdk.Stack) -> list[str]:
    return re.findall(r"(NAWS-[A-Z]+-\d{3}) \(", errors(stack))


MANY = (few_rules, few_services)
OWN = [
    rule
    for rule in SYNTH_RULES
    if rule.level != "advice" and re.match(r"NAWS-(LB|ROUTE|DEPLOY|SVC)-0", rule.code) and rule not in MANY
]
PLANNED = {"NAWS-LB-008", "NAWS-LB-009", "NAWS-LB-024"}


def _of_every_day(rule: Rule[Any], at: int) -> Any:
    return pytest.param(rule, id=rule.code, marks=[pytest.mark.exhaustive] * (at % 4 > 0))


@pytest.mark.parametrize("rule", [_of_every_day(rule, at) for at, rule in enumerate(OWN) if rule.code not in PLANNED])
def test_the_example_of_a_rule_breaks_it_and_its_fix_does_not(rule: Rule[Any]) -> None:
    for text, found in ((rule.fix, False), (rule.example, True)):
        stack = cdk.Stack(cdk_app(), "Shop")
        vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
        names = {name: getattr(ours, name) for name in ours.__all__} | {
            "acm": acm,
            "elbv2": elbv2,
            "ec2": ec2,
            "ecs": ecs,
            "route53": route53,
            "events": events,
            "cdk": cdk,
            "stack": stack,
        }
        given = eval(f"dict({text})", {**names, "vpc": vpc, "image": IMAGE})  # the rules' own
        then = given.pop("then", str)
        then(service(stack, **({"vpc": vpc} if "vpc=vpc" in text else {}), **given))
        if found:
            assert set(codes(stack)) == {rule.code}
        else:
            assert synth_template(stack)["Resources"]


def test_services_without_routes_are_told_both_lines(stack: cdk.Stack) -> None:
    service(stack)
    service(stack, "StockKeeping")
    said = errors(stack)
    assert said.count("NAWS-ROUTE-009 (limit)  route = not given") == 2
    assert (
        'route=Route(paths=["/orders", "/orders/*"])  # and of Shop/StockKeeping '
        'route=Route(paths=["/stock-keeping", "/stock-keeping/*"])'
    ) in said


def test_one_service_takes_what_no_other_has(stack: cdk.Stack) -> None:
    service(stack, route=Route(paths=["/orders", "/orders/*"]))
    service(stack, "Stock", route=Route(paths=["/stock", "/stock/*"]))
    service(stack, "Pages", route=Route(paths=["/*"]))
    assert synth_template(stack)["Resources"]


def test_the_same_route_is_one_services(stack: cdk.Stack) -> None:
    service(stack, route=Route(paths=["/orders", "/orders/*"]))
    service(stack, "Stock", route=Route(paths=["/orders", "/orders/*"]))
    said = errors(stack)
    assert "requests that are not those of Shop/Stock, which has the same route" in said
    assert "requests that are not those of Shop/Orders, which has the same route" in said


def test_a_clash_of_priorities_is_reported_once(stack: cdk.Stack) -> None:
    service(stack, route=Route(paths=["/orders/*"], priority=5))
    service(stack, "Stock", route=Route(paths=["/stock/*"], priority=5))
    assert codes(stack) == ["NAWS-ROUTE-007"]
    assert "priority=6" in errors(stack)


def test_two_routes_of_one_service_have_two_priorities(stack: cdk.Stack) -> None:
    made = service(stack, route=Route(paths=["/orders/*"], priority=5))
    made.add_route(Route(paths=["/stock/*"], priority=5))
    assert codes(stack) == ["NAWS-ROUTE-007"]


def test_a_route_that_is_added_is_held_to_the_rules(stack: cdk.Stack) -> None:
    made = service(stack, route=Route(paths=["/orders/*"]))
    with pytest.raises(ours.PatternValidationError, match=r"NAWS-ROUTE-003 \(limit\)  route.paths\[0\] = 'stock'"):
        made.add_route(Route(paths=["stock"]))


@pytest.mark.parametrize(
    ("pattern", "other", "known"),
    [
        ("/*", "/orders/*", True),
        ("/orders/*", "/orders/1/*", True),
        ("/orders/*", "/orders", False),
        ("/orders/?", "/orders/1", True),
        ("/orders/?", "/orders/*", False),
        ("/o*s", "/orders", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("/a.c", "/abc", False),
        ("/*/x", "/a/*/x", True),
        ("/a/*", "/?/*", False),
    ],
)
def test_a_pattern_covers_another_one(pattern: str, other: str, known: bool) -> None:  # noqa: FBT001  # a table's column
    assert covers(pattern, other) is known


def test_hosts_are_told_apart(stack: cdk.Stack) -> None:
    service(stack, route=Route(host="orders.example.com", paths=["/a/*"], priority=9))
    service(stack, "Stock", route=Route(host="stock.example.com", paths=["/*"], priority=1))
    assert synth_template(stack)["Resources"]


def test_an_earlier_rule_of_every_host_takes_all(stack: cdk.Stack) -> None:
    service(stack, route=Route(host="orders.example.com", paths=["/a/*"], priority=9))
    service(stack, "Stock", route=Route(paths=["/*"], priority=2))
    said = errors(stack)
    assert "NAWS-ROUTE-008 (practice)  route.paths[0] = '/a/*'" in said
    assert "a path that /* of Shop/Stock has not, which is tried before it" in said


def shadowed(own: Route, other: Route) -> str:
    """What a reader is told of a service whose route never gets a request."""
    view = RoutesView(
        path="Shop/Orders",
        own=[plan_route(own, "route")],
        others=[("Shop/Stock", plan_route(other, "route"))],
        ours=True,
    )
    (issue,) = not_shadowed.issues(view)
    return f"{issue.path}: {issue.remedy}"


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ({"priority": 9}, {"priority": 3}, "route.paths[0]: priority=2\nomit priority  # of Shop/Stock"),
        ({}, {"priority": 1}, "route.paths[0]: omit priority  # of Shop/Stock"),
        ({"priority": 50_000}, {}, "route.paths[0]: omit priority\npriority={before}"),
        ({"priority": 49_999}, {"priority": 1}, "route.paths[0]: omit priority  # here, and of Shop/Stock"),
    ],
)
def test_a_line_has_a_route_tried_before_the_one_that_takes_its_requests(
    own: dict[str, int], other: dict[str, int], said: str
) -> None:
    before = plan_route(Route(paths=["/*"]), "route").priority - 1
    text = shadowed(Route(paths=["/a/*"], **own), Route(paths=["/*"], **other))
    assert text == said.format(before=before)


def test_what_one_route_takes_of_another_is_told_once() -> None:
    text = shadowed(Route(paths=["/a", "/a/*"]), Route(paths=["/*"], priority=1))
    assert text == "route.paths: omit priority  # of Shop/Stock"


def test_a_gradual_service_has_two_of_a_load_balancers_target_groups() -> None:
    own = plan_route(Route(paths=["/*"]), "route", gradual=True)
    others = [(f"Shop/S{n}", plan_route(Route(paths=[f"/{n}/*"]), "route", gradual=True)) for n in range(49)]
    more = ("Shop/More", plan_route(Route(paths=["/more/*"]), "route"))
    twice = ("Shop/S1", plan_route(Route(paths=["/again/*"]), "route", gradual=True))
    assert not list(few_services.issues(RoutesView(path="Shop/O", own=[own], others=[*others, twice], ours=True)))
    (issue,) = few_services.issues(RoutesView(path="Shop/O", own=[own], others=[*others, more], ours=True))
    assert "101 target groups of 51 services" in issue.render()


def test_the_target_groups_of_a_service_are_known_of_its_route(stack: cdk.Stack) -> None:
    made = service(stack, route=Route(paths=["/a/*"]), deployment=ours.Deployment.blue_green())
    given = ours.EcsServiceProps(image=IMAGE, deployment=ours.Deployment.blue_green())
    for props, groups in ((given, 2), (ours.EcsServiceProps(image=IMAGE), 1)):
        assert ours.EcsService.resolve(props, PatternContext.of(made, "Orders")).route.groups == groups


def test_a_load_balancer_has_a_hundred_services_and_rules() -> None:
    own = plan_route(Route(paths=["/*"]), "route")
    others = [(f"Shop/S{n}", plan_route(Route(paths=[f"/{n}/*"]), "route")) for n in range(100)]
    view = RoutesView(path="Shop/Orders", own=[own], others=others, ours=True)
    assert [issue.code for rule in MANY for issue in rule.issues(view)] == ["NAWS-ROUTE-010", "NAWS-ROUTE-011"]
    fewer = RoutesView(path="Shop/Orders", own=[own], others=others[:99], ours=True)
    assert [issue for rule in MANY for issue in rule.issues(fewer)] == []


def test_what_the_pattern_makes_keeps_its_rules(stack: cdk.Stack) -> None:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
    )
    public = ours.LoadBalancer(public=True, domain_name="orders.example.com", hosted_zone=zone)
    service(stack, load_balancer=public, deployment=ours.Deployment.canary(), capacity="spot")
    assert synth_template(stack)["Resources"]


def test_a_policy_that_somebody_takes_away_is_missed(stack: cdk.Stack) -> None:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
    )
    made = service(stack, load_balancer=ours.LoadBalancer(domain_name="orders.example.com", hosted_zone=zone))
    assert made.listener is not None
    setattr(made.listener.node.default_child, "ssl_policy", None)  # noqa: B010  # the stub has no such attribute
    assert "ELBSecurityPolicy-2016-08, because none is given" in errors(stack)


@pytest.mark.parametrize(
    ("of", "key", "value", "code"),
    [
        ("load_balancer", "idle_timeout.timeout_seconds", "5000", "NAWS-LB-015"),
        ("load_balancer", "client_keep_alive.seconds", "30", "NAWS-LB-015"),
        ("load_balancer", "idle_timeout.timeout_seconds", "long", "NAWS-LB-015"),
        ("target_group", "slow_start.duration_seconds", "60", "NAWS-LB-015"),
        ("target_group", "stickiness.app_cookie.cookie_name", "AWSALBX", "NAWS-LB-015"),
        ("target_group", "deregistration_delay", "5", "NAWS-LB-014"),
        ("target_group", "idle_timeout.timeout_seconds", "60", "NAWS-LB-014"),
    ],
)
def test_attributes_have_names_and_values(
    stack: cdk.Stack, of: str, key: str, value: str, code: str
) -> None:  # a table's columns
    getattr(service(stack), of).set_attribute(key, value)
    assert codes(stack) == [code]


BREAKS = {"enable": True, "rollback": True}
NONE = {"type": "COUNT", "value": 0}
EARLY = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": "DEFERRED"}
FOR_WEEKS = {"timeoutInMinutes": 30_000}
HOOK = {"targetType": "AWS_LAMBDA", "lifecycleStages": ["POST_SCALE_UP"], "timeoutConfiguration": FOR_WEEKS}
UNKNOWN = cdk.Token.as_number({"Ref": "AWS::NoValue"})
CONFIGURED: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"minimumHealthyPercent": 120, "maximumPercent": 200}, "NAWS-DEPLOY-006"),
    ({"minimumHealthyPercent": 100, "maximumPercent": 90}, "NAWS-DEPLOY-006"),
    ({"minimumHealthyPercent": 100, "maximumPercent": 120}, "NAWS-DEPLOY-006"),
    ({"minimumHealthyPercent": 100, "maximumPercent": 150}, None),
    ({"deploymentCircuitBreaker": {"enable": True, "rollback": False}}, "NAWS-DEPLOY-009"),
    ({"deploymentCircuitBreaker": {**BREAKS, "thresholdConfiguration": NONE}}, "NAWS-DEPLOY-010"),
    ({"earlySuccessCriteria": EARLY, "minimumHealthyPercent": 100}, "NAWS-DEPLOY-011"),
    ({"lifecycleHooks": [HOOK]}, "NAWS-DEPLOY-012"),
    ({"minimumHealthyPercent": UNKNOWN, "maximumPercent": UNKNOWN}, None),
)


@pytest.mark.parametrize(("given", "code"), CONFIGURED)
def test_a_deployment_that_others_configure(stack: cdk.Stack, given: dict[str, Any], code: str | None) -> None:
    configured = {"deploymentCircuitBreaker": BREAKS, **given}
    setattr(service(stack).service.node.default_child, "deployment_configuration", configured)  # noqa: B010  # as above
    if code is None:
        assert synth_template(stack)["Resources"]
    else:
        assert codes(stack) == [code]


def test_service_connect_finds_the_port_by_its_name(stack: cdk.Stack) -> None:
    made = service(stack)
    cast("ecs.Cluster", made.cluster).add_default_cloud_map_namespace(name="shop")
    offered = ecs.ServiceConnectService(port_mapping_name="http", per_request_timeout=cdk.Duration.seconds(30))
    made.service.enable_service_connect(services=[offered])
    assert "ServiceConnectConfiguration" in str(synth_template(stack)["Resources"])


def test_a_check_in_the_container_is_built(stack: cdk.Stack) -> None:
    command = ["CMD-SHELL", "test -f /tmp/ready"]
    service(stack, health_check=ours.HealthCheck(command=command), start_timeout=cdk.Duration.minutes(10))
    (task,) = (
        part["Properties"]
        for part in synth_template(stack)["Resources"].values()
        if part["Type"] == "AWS::ECS::TaskDefinition"
    )
    expected = {"Command": command, "Interval": 10, "Timeout": 5, "Retries": 3, "StartPeriod": 300}
    assert task["ContainerDefinitions"][0]["HealthCheck"] == expected


def test_the_reason_for_no_load_balancer_is_in_the_template(stack: cdk.Stack) -> None:
    reason = "it takes its work from a queue"
    check = ours.HealthCheck(command=["CMD-SHELL", "test -f /tmp/ready"])
    made = service(stack, load_balancer=ours.NoLoadBalancer(reason=reason), health_check=check)
    assert made.acknowledged["NoLoadBalancer"] == reason
    assert f"'naws:acknowledged': {{'NoLoadBalancer': '{reason}'}}" in str(synth_template(stack)["Resources"])


def test_a_listener_of_another_stack_is_judged_too() -> None:
    app = cdk_app()
    network = cdk.Stack(app, "Network", env=ENVIRONMENT)
    vpc = ec2.Vpc(network, "Vpc", availability_zones=["eu-central-1a", "eu-central-1b"])
    balancer = elbv2.ApplicationLoadBalancer(network, "Shared", vpc=vpc, internet_facing=True)
    listener = balancer.add_listener("Http", port=80, default_action=elbv2.ListenerAction.fixed_response(404))
    shop = cdk.Stack(app, "Shop", env=ENVIRONMENT)
    service(shop, vpc=vpc, load_balancer=listener)
    assert codes(shop) == ["NAWS-LB-012"]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("/orders/42/*", "/orders/*/invoice", True),
        ("/a?c", "/ab*", True),
        ("/*/x", "/orders/*", True),
        ("/orders/*", "/prices/*", False),
        ("/a/b", "/a/?/c", False),
        ("", "*", True),
        ("*", "", True),
        ("*a*b*", "*b*a*", True),
        ("/a/" + "b*" * 40, "/a/" + "*b" * 40 + "c", True),
    ],
)
def test_patterns_meet(one: str, other: str, both: bool) -> None:  # noqa: FBT001  # a table's column
    assert meet(one, other) is meet(other, one) is both


ALONE: dict[str, Any] = {
    "load_balancer": ours.NoLoadBalancer(reason="it takes its work from a queue"),
    "health_check": ours.HealthCheck(command=["CMD-SHELL", "test -f /tmp/ready"]),
}


def test_an_alarm_on_running_tasks_needs_container_insights(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    service(stack, vpc=vpc, cluster=ecs.Cluster(stack, "Own", vpc=vpc), **ALONE)
    assert "NAWS-SVC-022 (practice)  cluster = a cluster without Container Insights" in errors(stack)


@pytest.mark.parametrize("given", [ALONE, {"alarms": ours.Alarms(detail=True)}, {}])
def test_of_an_imported_cluster_it_is_advised(stack: cdk.Stack, given: dict[str, Any]) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Theirs", cluster_name="shop", vpc=vpc)
    service(stack, vpc=vpc, cluster=cluster, **given)
    synth_template(stack)
    warned = str(Annotations.from_stack(stack).find_warning("*", Match.any_value()))
    assert ("NAWS-SVC-023" in warned) == bool(given)


def test_programs_count_among_the_rules_of_a_group(stack: cdk.Stack) -> None:
    made = service(stack, route=Route(paths=["/orders/*"]))
    assert made.endpoint is not None
    made.endpoint.for_edge()
    for number in range(5):
        service(stack, f"S{number}", route=Route(paths=[f"/{number}/*"]), bindings=[made])
    assert codes(stack) == ["NAWS-LB-032"]


def test_routes_that_take_the_same_have_no_priority_as_a_way_out(stack: cdk.Stack) -> None:
    service(stack, route=Route(paths=["/orders", "/orders/*"], priority=3))
    service(stack, "Stock", route=Route(paths=["/orders/*", "/orders"], priority=3))
    found = errors(stack)
    assert "NAWS-ROUTE-007" in found
    assert "priority=" not in found.replace("priority=3", "")


def test_a_star_alone_is_every_path(stack: cdk.Stack) -> None:
    service(stack, route=Route(paths=["/*"]))
    service(stack, "Stock", route=Route(paths=["*"]))
    found = errors(stack)
    assert "NAWS-ROUTE-008" in found
    assert "priority=" not in found


@pytest.mark.parametrize("path", ["/" + "a" * 126, "/a b"])
def test_no_path_is_proposed_that_is_none(path: str) -> None:
    context = PatternContext(path="Shop/Orders", construct_id="Orders", conventions=ours.Conventions())
    plan = ours.EcsService.resolve(ours.EcsServiceProps(image=IMAGE, route=Route(paths=[path])), context)
    found = {issue.code for check in ROUTE_CHECKS for issue in check.run(plan)}
    assert found <= {"NAWS-ROUTE-003"}


def test_a_ready_stack_whose_load_balancer_is_nobodys_is_advised() -> None:
    own = ours.EcsServiceProps(image=IMAGE, vpc=ours.NewVpc(), load_balancer=ours.LoadBalancer())
    wide = ours.LoadBalancer(allowed_cidrs=["10.0.0.0/8"])
    stack = ours.EcsServiceStack(cdk_app(), "Shop", services={"A": own}, load_balancer=wide)
    assert "NAWS-LB-030" in str(Annotations.from_stack(stack).find_warning("*", Match.any_value()))
    shared = ours.EcsServiceProps(image=IMAGE, vpc=ours.NewVpc())
    stack = ours.EcsServiceStack(cdk_app(), "Shop", services={"A": own, "B": shared}, load_balancer=wide)
    assert "NAWS-LB-030" not in str(Annotations.from_stack(stack).find_warning("*", Match.any_value()))


ZONES = {"far": "NAWS-OWNER-002 Conventions.hosted_zone", "other": "NAWS-LB-004 load_balancer.domain_name"}


@pytest.mark.parametrize("which", ZONES)
def test_the_zone_of_the_conventions_is_of_this_account_and_of_the_name(which: str) -> None:
    app, env = cdk_app(), cdk.Environment(account="123456789012", region="eu-central-1")
    stack = cdk.Stack(app, "Shop", env=env)
    account = "210987654321" if which == "far" else env.account
    names = cdk.Stack(app, "Names", env=cdk.Environment(account=account, region=env.region))
    zone = route53.HostedZone(names, "Zone", zone_name="example.com" if which == "far" else "example.org")
    certificate = acm.Certificate(stack, "Certificate", domain_name="orders.example.com")
    Conventions(hosted_zone=zone, certificate=certificate).apply(app)
    with pytest.raises(PatternValidationError) as error:
        service(stack, load_balancer=ours.LoadBalancer(domain_name="orders.example.com"))
    assert [f"{each.code} {each.path}" for each in error.value.issues] == [ZONES[which]]
    Conventions(hosted_zone=Unset).apply(stack)
    service(stack, load_balancer=ours.LoadBalancer(domain_name="orders.example.com"))
