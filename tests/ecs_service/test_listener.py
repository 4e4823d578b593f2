"""A listener on which ordinary CDK code has rules of its own."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from naws.ecs_service import EcsService, EcsServiceProps, Route
from naws.testing import cdk_app, synth_template
from tests.ecs_service.conftest import image

NOTHING = elbv2.ListenerAction.fixed_response(404)


def shop(numbers: list[int], *, beside: int = 0, elsewhere: int = 0) -> cdk.Stack:
    """A service whose routes have these numbers, beside a rule of the listener, and one of another listener."""
    stack = cdk.Stack(cdk_app(), "Shop")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    balancer = elbv2.ApplicationLoadBalancer(stack, "Own", vpc=vpc)
    made = [balancer.add_listener(f"L{port}", port=port, open=False, default_action=NOTHING) for port in (80, 8080)]
    for listener, number in zip(made, (beside, elsewhere), strict=True):
        if number:
            on: Any = [elbv2.ListenerCondition.path_patterns(["/health"])]
            listener.add_action("Health", priority=number, conditions=on, action=NOTHING)
    given: dict[str, Any] = {"image": image(), "vpc": vpc, "load_balancer": made[0]}
    first, *more = (Route(paths=[f"/{number}/*"], priority=number) for number in numbers)
    service = EcsService(stack, "Orders", EcsServiceProps(**given, route=first))
    for each in more:
        service.add_route(each)
    return stack


def test_a_rule_of_ones_own_has_another_number_than_a_route() -> None:
    with pytest.raises(RuntimeError) as refused:
        synth_template(shop([5, 6], beside=6))
    found = str(refused.value)
    assert "NAWS-ROUTE-007 (limit)  route.priority = 6" in found
    assert "a priority that Shop/Own/L80/HealthRule has not" in found
    assert "priority=7" in found


def test_rules_with_other_numbers_and_of_other_listeners_are_right() -> None:
    synth_template(shop([5, 6], beside=7, elsewhere=6))
