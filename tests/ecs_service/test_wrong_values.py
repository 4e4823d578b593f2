"""Whatever is given in whichever field, the answer is an issue of ours: never an error of Python's or Node's."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.core.issues import Issue
from naws.ecs_service import (
    PATTERN,
    CapacitySchedule,
    Deployment,
    EcsServiceProps,
    FixedCount,
    HealthCheck,
    LoadBalancer,
    NoLoadBalancer,
    Route,
    Scaling,
)
from naws.testing import PropsJudge

VALUES: tuple[object, ...] = (
    *(None, "", "text", 3, -1, 0.5, float("nan"), float("inf"), True, b"x", Path("x"), object()),
    *(cdk.Duration, cdk.Duration.seconds(3), cdk.Duration.millis(1)),
    *({"a": 1}, [], ["text"], [None], [3], (Path("x"),)),
)
Given = Callable[[Any], dict[str, Any]]
PLACES: dict[type[Any], tuple[Mapping[str, Any], Given]] = {
    HealthCheck: ({}, lambda check: {"health_check": check}),
    Route: ({}, lambda route: {"route": route}),
    LoadBalancer: ({"public": True}, lambda balancer: {"load_balancer": balancer}),
    NoLoadBalancer: ({"reason": "it has none"}, lambda none: {"load_balancer": none}),
    Scaling: ({}, lambda scaling: {"scaling": scaling}),
    FixedCount: ({"count": 2}, lambda count: {"scaling": count}),
    CapacitySchedule: (
        {"expression": "@daily", "min_capacity": 3},
        lambda schedule: {"scaling": Scaling(schedules=[schedule])},
    ),
    Deployment: ({"strategy": "linear"}, lambda deployment: {"deployment": deployment}),
}
OWN = ("container_port", "protocol", "request_timeout", "start_timeout", "health_check", "route", "load_balancer",
       "scaling", "deployment", "capacity", "stickiness", "stop_timeout")  # fmt: skip


def issues(**given: Any) -> list[Issue]:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/shop/orders:1.0")
    return PropsJudge(PATTERN, {}, {"image": image}).issues(**given)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)
def test_any_value_of_a_field_is_judged(kind: type[Any], value: object) -> None:
    always, put = PLACES[kind]
    for field in (each.name for each in fields(kind) if each.name != "_"):
        for found in issues(**put(kind(**{**always, field: value}))):
            assert found.render()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_any_value_of_the_props_is_judged(value: object) -> None:
    assert {*OWN} <= {each.name for each in fields(EcsServiceProps)}
    for name in OWN:
        for found in issues(**{name: value}):
            assert found.render()


@pytest.mark.parametrize(
    "given",
    [
        {"scaling": FixedCount(2.5)},  # pyright: ignore[reportArgumentType]
        {"scaling": Scaling(target_cpu_percent=60.5)},  # pyright: ignore[reportArgumentType]
        {"health_check": HealthCheck(command=[None])},  # pyright: ignore[reportArgumentType]
        {"load_balancer": NoLoadBalancer(reason="a queue"), "health_check": HealthCheck(command="curl localhost")},
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_told_once(given: dict[str, Any]) -> None:
    assert [each.code for each in issues(**given)] == ["NAWS-TYPE-001"]
