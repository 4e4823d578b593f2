"""What a step is given is judged before anything is built, like what a trigger is given."""

import enum
import json
from datetime import date
from decimal import Decimal
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_stepfunctions as sfn

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, NewVpc, PatternValidationError
from naws.testing import synth_template

HERE = cdk.Environment(account="123456789012", region="eu-central-1")


class Kind(enum.Enum):
    DAILY = "daily"


@pytest.fixture(scope="module")
def processor() -> EcsTaskProcessor:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    stack = cdk.Stack(cdk.App(), "Reports", env=HERE)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    return EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, vpc=NewVpc()))


def refused(processor: EcsTaskProcessor, scope: cdk.Stack | None = None, **step: Any) -> list[tuple[str, str]]:
    """Code and path of everything that is wrong with a step, of which nothing is left in the tree."""
    scope = scope or cdk.Stack.of(processor)
    with pytest.raises(PatternValidationError) as refused:
        processor.as_step(scope, "Refused", **step)
    assert refused.value.render().encode()
    assert scope.node.try_find_child("Refused") is None
    return [(issue.code, issue.path) for issue in refused.value.issues]


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("-inf"),
        10**25,
        2**63,
        "\ud800",
        date(2027, 1, 1),
        Decimal(1),
        {1},
        b"x",
        Kind.DAILY,
        cdk.Duration.minutes(1),
        events.EventPattern(source=["app"]),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_json_is_refused(value: Any, processor: EcsTaskProcessor) -> None:
    assert refused(processor, payload=value) == [("NAWS-PAYLOAD-001", "payload")]
    assert refused(processor, payload={"a": [value]}) == [("NAWS-PAYLOAD-001", 'payload["a"][0]')]


def test_keys_are_text(processor: EcsTaskProcessor) -> None:
    assert refused(processor, payload={1: "a"}) == [("NAWS-PAYLOAD-001", "payload[1]")]


def test_what_no_state_can_carry_is_refused(processor: EcsTaskProcessor) -> None:
    assert refused(processor, payload={"t": "ü" * 125_000}) == [("NAWS-PAYLOAD-002", "payload")]


@pytest.mark.parametrize(
    "run_id", [3, "", " ", "\ud800", ["a"], cdk.Duration.minutes(1)], ids=str.split("number empty blank half list time")
)
def test_a_runs_id_is_text(run_id: Any, processor: EcsTaskProcessor) -> None:
    assert refused(processor, run_id=run_id) == [("NAWS-PAYLOAD-006", "run_id")]


def test_all_that_is_wrong_is_reported_together(processor: EcsTaskProcessor) -> None:
    other = cdk.Stack(cdk.App(), "Other", env=cdk.Environment(account="210987654321", region="eu-central-1"))  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    found = refused(processor, other, payload=float("nan"), run_id="")
    assert found == [("NAWS-PAYLOAD-001", "payload"), ("NAWS-PAYLOAD-006", "run_id"), ("NAWS-OWNER-002", "scope")]


@pytest.mark.parametrize(
    ("account", "region", "code"),
    [
        ("210987654321", "eu-central-1", "NAWS-OWNER-002"),
        ("123456789012", "eu-west-1", "NAWS-OWNER-001"),
        ("210987654321", "eu-west-1", "NAWS-OWNER-002"),
    ],
)
def test_a_caller_that_lives_elsewhere_is_refused(
    account: str, region: str, code: str, processor: EcsTaskProcessor
) -> None:
    env = cdk.Environment(account=account, region=region)
    other = cdk.Stack(processor.node.root, f"Other{account}{region}", env=env)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    assert refused(processor, other) == [(code, "scope")]


def test_what_is_json_arrives_to_the_letter() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    size = cdk.CfnParameter(stack, "Size", type="Number").value_as_number
    names = cdk.CfnParameter(stack, "Names", type="CommaDelimitedList").value_as_list
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, vpc=NewVpc()))
    exact = {"a": 1.0, "b": -0.0, "c": None, "d": 2**63 - 1, "e": 1e22, "t": 'ä "\\\n', "x": "{% $states.input.x %}"}
    steps = processor.as_step(stack, "Exact", payload=exact).next(
        processor.as_step(stack, "Tokens", payload={"n": size, "l": names, "r": f'{cdk.Aws.REGION}"', "one": 1.0})
    )
    sfn.StateMachine(stack, "Caller", definition_body=sfn.DefinitionBody.from_chainable(steps))
    parts = next(
        each["Properties"]["DefinitionString"]["Fn::Join"][1]
        for name, each in synth_template(stack)["Resources"].items()
        if name.startswith("Caller") and each["Type"] == "AWS::StepFunctions::StateMachine"
    )
    known = {"Size": "5", "AWS::Region": "eu-west-1"}

    def text(part: Any) -> str:
        if isinstance(part, str):
            return part
        return 'a","b' if "Fn::Join" in part else known.get(part.get("Ref"), "arn")

    states = json.loads("".join(map(text, parts)))["States"]
    sent = {name: states[name]["Arguments"]["Input"]["payload"] for name in ("Exact", "Tokens")}
    assert json.dumps(sent["Exact"]) == json.dumps(exact)
    assert json.dumps(sent["Tokens"]) == json.dumps({"n": 5, "l": ["a", "b"], "r": 'eu-west-1"', "one": 1.0})
