"""Calls into Node are what building costs: the hundredth service makes as many as the second."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sns as sns

from naws.core.context import PatternContext
from naws.core.validation import validate
from naws.ecs_service import (
    Alarms,
    CapacitySchedule,
    Conventions,
    Deployment,
    EcsService,
    EcsServiceProps,
    HealthCheck,
    NoLoadBalancer,
    Route,
    Scaling,
)
from naws.ecs_service.checks import CHECKS
from naws.testing import cdk_app
from naws.testing.calls import calls_of, node_calls
from naws.testing.synth import synth_template
from naws.testing.templates import of_type

MOST_OF_STACK = 130
"""Of what a stack has once, its load balancer among it: the first service makes it."""
IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
WHOLE = {
    "scaling": Scaling(requests_per_task=600, schedules=[CapacitySchedule("@daily", min_capacity=4)]),
    "alarms": Alarms(detail=True),
}
SCENARIOS: dict[str, tuple[dict[str, Any], int]] = {
    "minimal": ({}, 70),
    "whole": (WHOLE, 76),
    "gradual": ({"deployment": Deployment.blue_green()}, 82),
}
"""What is given beside image and route, with no object of CDK in it, and the most that a further service makes."""


def services(app: cdk.App, count: int, **given: Any) -> tuple[cdk.Stack, list[int]]:
    """The stack of so many services, and the calls that each of them makes."""
    stack = cdk.Stack(app, "Shop")
    Conventions(alarm_topic=sns.Topic(stack, "OnCall")).apply(stack)
    every = [EcsServiceProps(image=IMAGE, route=Route(paths=[f"/{n}/*"]), **given) for n in range(count)]
    return stack, [calls_of(EcsService, stack, f"Service{number}", props) for number, props in enumerate(every)]


@pytest.mark.parametrize(("given", "most"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_further_service_makes_few_calls_and_never_more(given: dict[str, Any], most: int) -> None:
    _, (first, second, *more) = services(cdk_app(), 6, **given)
    assert second <= most
    assert set(more) == {second}
    assert second < first <= second + MOST_OF_STACK


def test_a_service_without_load_balancer_makes_fewer() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    none, check = NoLoadBalancer(reason="it asks a partner for work"), HealthCheck(command=["CMD", "/health"])
    props = EcsServiceProps(image=IMAGE, load_balancer=none, health_check=check)
    calls = [calls_of(EcsService, stack, f"Worker{number}", props) for number in range(3)]
    assert calls[1] == calls[2] < SCENARIOS["minimal"][1]


def test_planning_and_judging_plain_props_ask_nothing_of_node() -> None:
    props = EcsServiceProps(image=IMAGE, route=Route(paths=["/orders/*"]), **WHOLE)
    context = PatternContext(path="Shop/Orders", construct_id="Orders", conventions=Conventions())
    validate("Shop/Orders", EcsService.resolve(props, context), CHECKS, {}, {})
    with node_calls() as calls:
        validate("Shop/Orders", EcsService.resolve(props, context), CHECKS, {}, {})
    assert calls.by_kind == {}


def test_synthesis_holds_what_was_built() -> None:
    stack, _ = services(cdk_app(), 3)
    assert len(of_type(synth_template(stack), "AWS::ECS::Service")) == 3
