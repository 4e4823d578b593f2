"""What an update changes: no rule of a listener is made whose number another one still has."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53

from naws.ecs_service import EcsService, EcsServiceProps, LoadBalancer, NewVpc, Route
from naws.testing import cdk_app, synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
RULE, RECORD = "AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::Route53::RecordSet"
ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2"
Build = Callable[[cdk.Stack], object]


def service(stack: cdk.Stack, name: str = "Orders", *paths: str, **given: Any) -> EcsService:
    route = {"route": Route(paths=paths)} if paths else {}
    return EcsService(stack, name, EcsServiceProps(**{"image": IMAGE, "vpc": NewVpc(), **route, **given}))


def made(build: Build, kind: str = RULE) -> Mapping[str, Any]:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    build(stack)
    found = synth_template(stack)["Resources"]
    return {name: each["Properties"] for name, each in found.items() if each["Type"] == kind}


def place(rule: Mapping[str, Any]) -> str:
    return f"{rule['ListenerArn']} {rule['Priority']}"


def imported(stack: cdk.Stack) -> elbv2.IApplicationListener:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")
    return elbv2.ApplicationListener.from_application_listener_attributes(
        stack, "Listener", listener_arn=ARN, security_group=group
    )


def with_routes(*more: str, first: str = "/orders/*", **route: Any) -> Build:
    def build(stack: cdk.Stack) -> None:
        made = service(stack, "Orders", first)
        for each in more:
            made.add_route(Route(paths=[each], **route))

    return build


CHANGES: Mapping[str, tuple[Build, Build]] = {
    "another name": (
        lambda stack: service(stack, "Orders", "/orders/*"),
        lambda stack: service(stack, "OrderApi", "/orders/*"),
    ),
    "another name, no route": (service, lambda stack: service(stack, "OrderApi")),
    "another name on a listener that is imported": (
        lambda stack: service(stack, "Orders", "/orders/*", load_balancer=imported(stack)),
        lambda stack: service(stack, "OrderApi", "/orders/*", load_balancer=imported(stack)),
    ),
    "a route less": (with_routes("/a/*", "/b/*"), with_routes("/b/*")),
    "another order": (with_routes("/a/*", "/b/*"), with_routes("/b/*", "/a/*")),
    "a route that was added is the first": (with_routes("/a/*"), with_routes("/orders/*", first="/a/*")),
    "other paths with a priority of one's own": (with_routes("/a/*", priority=5), with_routes("/b/*", priority=5)),
    "a route of another service": (
        lambda stack: (service(stack, "A", "/a/*"), service(stack, "B", "/b/*")),
        lambda stack: (service(stack, "A", "/b/*"), service(stack, "B", "/a/*")),
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_new_rule_never_has_the_number_of_one_that_is_there(before: Build, after: Build) -> None:
    was, now = made(before), made(after)
    taken = {place(each) for each in was.values()}
    assert len(taken) == len(was)
    new = {name: place(each) for name, each in now.items() if name not in was}
    assert [name for name, each in new.items() if each in taken] == []
    for name in set(was) & set(now):
        assert place(was[name]) == place(now[name]), "a number that changes meets the one that another rule still has"


def test_the_same_service_has_the_same_rule_in_every_stage() -> None:
    def ids(stage: str) -> set[str]:
        stack = cdk.Stack(cdk.Stage(cdk_app(), stage), "Shop")
        service(stack, "Orders", "/orders/*")
        resources = synth_template(stack)["Resources"]
        return {name for name, each in resources.items() if each["Type"] == RULE}

    assert ids("Test") == ids("Prod")


def test_two_load_balancers_of_one_stack_have_rules_of_their_own() -> None:
    rules = made(lambda stack: [service(stack, name, load_balancer=LoadBalancer()) for name in ("A", "B")])
    assert len(rules) == 2


def test_a_name_is_written_by_one_resource_whichever_load_balancer_has_it() -> None:
    def named(name: str) -> Build:
        def build(stack: cdk.Stack) -> None:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
            )
            service(stack, name, load_balancer=LoadBalancer(domain_name="orders.example.com", hosted_zone=zone))

        return build

    assert list(made(named("Orders"), RECORD)) == list(made(named("OrderApi"), RECORD))
