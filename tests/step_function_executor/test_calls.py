"""Calls into Node are what building costs: the hundredth workflow makes as many as the second."""

from typing import Any

import aws_cdk as cdk
import pytest
from asl_files import FOLDER
from aws_cdk import aws_sns as sns

from naws.core.context import PatternContext
from naws.core.validation import validate
from naws.step_function_executor import (
    Alarms,
    AslFile,
    Conventions,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
)
from naws.step_function_executor.checks import CHECKS
from naws.testing import cdk_app
from naws.testing.calls import calls_of, node_calls

TRIGGERS = [ScheduleTrigger("@daily"), EventTrigger({"source": ["shop.orders"]}), QueueTrigger()]
UNSEEN = {"NAWS-ALARM-010": "its failures are seen"}
WHOLE = {"triggers": TRIGGERS, "alarms": Alarms(detail=True), "acknowledge": UNSEEN}
SCENARIOS: dict[str, tuple[dict[str, Any], int]] = {"minimal": ({}, 40), "production": (WHOLE, 70)}
"""What is given beside the definition, with no object of CDK in it, and the most that a further workflow makes."""


FILE = AslFile(FOLDER / "close.asl.json")
"""A definition that is no object of CDK: what states cost is their user's."""


@pytest.mark.parametrize(("given", "most"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_further_workflow_makes_few_calls_and_never_more(given: dict[str, Any], most: int) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    Conventions(alarm_topic=sns.Topic(stack, "OnCall")).apply(stack)
    props = StepFunctionExecutorProps(definition=FILE, **given)
    first, second, *more = [calls_of(StepFunctionExecutor, stack, f"Job{number}", props) for number in range(6)]
    assert second <= most
    assert set(more) == {second}
    assert second < first


@pytest.mark.parametrize("given", [given for given, _ in SCENARIOS.values()], ids=SCENARIOS)
def test_planning_and_judging_plain_props_ask_nothing_of_node(given: dict[str, Any]) -> None:
    props = StepFunctionExecutorProps(definition=FILE, **given)
    context = PatternContext(path="Month/Close", construct_id="Close", conventions=Conventions())
    with node_calls() as calls:
        plan = StepFunctionExecutor.resolve(props, context)
        validate(context.path, plan, CHECKS, props.acknowledge)
    assert calls.by_kind == {}
