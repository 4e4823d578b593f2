"""What a step gives and remembers: `outputs` and `assign` of every pattern that can be a step."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_stepfunctions as sfn

from naws.core.rules.asl_machine import definition_of
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, NewVpc, PatternValidationError
from naws.lambda_service import LambdaService, LambdaServiceProps, PythonCode
from naws.step_function_executor import StepFunctionExecutor, StepFunctionExecutorProps
from naws.testing import Returns, cdk_app, run_workflow, synth_template, workflow_definitions

IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"


def processor(stack: cdk.Stack, _folder: Path) -> EcsTaskProcessor:
    image = ecs.ContainerImage.from_registry(IMAGE)
    return EcsTaskProcessor(stack, "Part", EcsTaskProcessorProps(image=image, vpc=NewVpc()))


def function(stack: cdk.Stack, folder: Path) -> LambdaService:
    (folder / "app.py").write_text("def handler(event, context):\n    return event\n")
    return LambdaService(stack, "Part", LambdaServiceProps(code=PythonCode(folder)))


def executor(stack: cdk.Stack, _folder: Path) -> StepFunctionExecutor:
    return StepFunctionExecutor(stack, "Part", StepFunctionExecutorProps(definition=sfn.Succeed(stack, "Done")))


PARTS = pytest.mark.parametrize("make", [processor, function, executor])


def state(part: Any, stack: cdk.Stack, **given: Any) -> dict[str, Any]:
    """The state of a step, in a workflow that goes on with what it remembers."""
    after = sfn.Pass.jsonata(stack, "After", outputs={"total": "{% $total %}", "input": "{% $states.input %}"})
    chain = part.as_step(stack, "Step", **given).next(after)
    StepFunctionExecutor(stack, "Close", StepFunctionExecutorProps(definition=chain, timeout=cdk.Duration.days(9)))
    (machine,) = (
        each
        for each in stack.node.find_all()
        if isinstance(each, sfn.CfnStateMachine) and each.node.path.startswith("Month/Close")
    )
    found = definition_of(machine)
    assert found is not None
    return json.loads(json.dumps(found["States"]["Step"], default=str))


@PARTS
def test_a_step_gives_what_is_asked_for_and_assigns_variables(
    make: Callable[[cdk.Stack, Path], Any], tmp_path: Path
) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    given = {"outputs": {"done": True, "none": None}, "assign": {"total": "{% $states.result.Total %}", "gap": None}}
    made = state(make(stack, tmp_path), stack, **given)
    assert made["Output"] == {"done": True, "none": None}
    assert made["Assign"] == {"total": "{% $states.result.Total %}", "gap": None}
    definitions = workflow_definitions(synth_template(stack))
    (definition,) = (each for each in definitions.values() if "After" in each["States"])
    run = run_workflow(definition, {}, {"Step": [Returns({"Total": 7, "Payload": 1})]})
    assert run.output == {"total": 7, "input": {"done": True, "none": None}}


@PARTS
def test_an_output_may_be_an_expression(make: Callable[[cdk.Stack, Path], Any], tmp_path: Path) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    made = state(make(stack, tmp_path), stack, outputs="{% $states.input %}", assign={"total": 1})
    assert (made["Output"], made["Assign"]) == ("{% $states.input %}", {"total": 1})


@PARTS
def test_what_is_no_json_is_refused(make: Callable[[cdk.Stack, Path], Any], tmp_path: Path) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    part = make(stack, tmp_path)
    with pytest.raises(PatternValidationError) as refused:
        part.as_step(stack, "Step", outputs={1}, assign={"total": float("nan")})
    assert [(each.code, each.path) for each in refused.value.issues] == [
        ("NAWS-PAYLOAD-001", "outputs"),
        ("NAWS-PAYLOAD-001", 'assign["total"]'),
    ]
