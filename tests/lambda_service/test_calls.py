"""Calls into Node are what building costs: the hundredth function makes as many as the second."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from naws.core.context import PatternContext
from naws.core.validation import validate
from naws.lambda_service import (
    Alarms,
    Canary,
    Conventions,
    Cors,
    EventTrigger,
    HttpApi,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    PythonCode,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.lambda_service.checks import CHECKS
from naws.testing import cdk_app
from naws.testing.calls import calls_of, node_calls
from naws.testing.synth import template_of

CODE = PythonCode(str(Path(__file__).parent / "code" / "orders"))
MOST_A_RESOURCE = 2.5
MOST_OF_STACK = 26
"""Of what a stack has once, and Node once for all apps: the first function makes it."""
API = HttpApi(
    routes=["GET /orders", "POST /orders", "GET /orders/{id}"],
    authorizer=Jwt(issuer="https://login.example.com", audience=["shop"]),
    cors=Cors(["https://shop.example.com"]),
)
TRIGGERS = [ScheduleTrigger("@daily"), EventTrigger({"source": ["shop.orders"]}), QueueTrigger()]
UNSEEN = {"NAWS-ALARM-010": "its failures are seen"}
BOTH = {**UNSEEN, "NAWS-FN-037": "all that the pattern makes, counted at once"}
WORKS = {"triggers": TRIGGERS, "acknowledge": UNSEEN}
WHOLE = {"endpoint": API, "triggers": TRIGGERS, "rollout": Canary(), "alarms": Alarms(detail=True), "acknowledge": BOTH}
SCENARIOS: dict[str, tuple[dict[str, Any], int]] = {
    "minimal": ({}, 42),
    "http": ({"endpoint": API}, 49),
    "asynchronous": (WORKS, 68),
    "production": (WHOLE, 109),
}
"""What is given beside the code, with no object of CDK in it, and the most that a further function makes."""


def services(app: cdk.App, count: int, **given: Any) -> tuple[cdk.Stack, list[int]]:
    """The stack of so many functions, and the calls that each of them makes."""
    stack = cdk.Stack(app, "Shop")
    Conventions(alarm_topic=sns.Topic(stack, "OnCall")).apply(stack)
    props = LambdaServiceProps(code=CODE, **given)
    return stack, [calls_of(LambdaService, stack, f"Job{number}", props) for number in range(count)]


@pytest.mark.parametrize(("given", "most"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_further_function_makes_few_calls_and_never_more(given: dict[str, Any], most: int) -> None:
    _, (first, second, *more) = services(cdk_app(), 6, **given)
    assert second <= most
    assert set(more) == {second}
    assert second < first <= second + MOST_OF_STACK


def test_of_everything_that_the_pattern_makes_it_is_few_a_resource() -> None:
    app = cdk_app()
    stack, calls = services(app, 3, **WHOLE)
    app.synth()
    made = [name for name in template_of(stack)["Resources"] if name.startswith("Job2")]
    assert calls[2] / len(made) <= MOST_A_RESOURCE


@pytest.mark.parametrize("given", [given for given, _ in SCENARIOS.values()], ids=SCENARIOS)
def test_planning_and_judging_plain_props_ask_nothing_of_node(given: dict[str, Any]) -> None:
    props = LambdaServiceProps(code=CODE, **given)
    context = PatternContext(path="Shop/Orders", construct_id="Orders", conventions=Conventions())
    with node_calls() as calls:
        plan = LambdaService.resolve(props, context)
        validate(context.path, plan, CHECKS, props.acknowledge)
    assert calls.by_kind == {}
