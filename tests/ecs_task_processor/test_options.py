"""What is given reaches the workflow: each option, synthesised, and its definition executed."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import (
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    FanOut,
    MemoryGrowth,
    NewVpc,
    RetryPolicy,
)
from naws.testing import Returns, Throws, WorkflowRun, run_workflow, synth_template, workflow_definitions

ENVELOPE = {"trigger": "queue", "id": "m", "time": "2026-01-01T00:00:00Z", "payload": {"items": ["a", "b", "c"]}}
DONE = Returns({})
FULL = Throws("DynamoDB.ConditionalCheckFailedException")


def definition(processor: str, **props: Any) -> dict[str, Any]:
    """The workflow as its template has it; the lease reaper's is another."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Reports")
        image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
        EcsTaskProcessor(stack, processor, EcsTaskProcessorProps(image=image, vpc=NewVpc(), **props))
        return stack

    found = workflow_definitions(synth_template(build)).values()
    (workflow,) = [each for each in found if "Run task" in each["States"]]
    return workflow


@pytest.fixture(scope="module")
def run() -> Callable[..., WorkflowRun]:
    def run(outcomes: dict[str, Any], given: Any = ENVELOPE, **props: Any) -> WorkflowRun:
        workflow = definition("Nightly", **props)
        always = dict.fromkeys(_tasks(workflow), lambda _: DONE)
        return run_workflow(workflow, given, always | outcomes, allow_unused=True)

    return run


def _tasks(workflow: dict[str, Any]) -> list[str]:
    own = [name for name, state in workflow["States"].items() if state["Type"] == "Task" and name != "Count items"]
    maps = [state for state in workflow["States"].values() if state["Type"] == "Map"]
    return own + [
        name for each in maps for name, state in each["ItemProcessor"]["States"].items() if state["Type"] == "Task"
    ]


def ended(exit_code: int, **more: Any) -> dict[str, Any]:
    container = {"Name": "main", "ExitCode": exit_code}
    return {"TaskArn": "t", "StopCode": "EssentialContainerExited", "Containers": [container], **more}


def failed(exit_code: int, **more: Any) -> Throws:
    return Throws("States.TaskFailed", json.dumps(ended(exit_code, **more)))


SUCCESS = Returns(ended(0))


@pytest.mark.parametrize(
    ("action", "status", "attempts"), [("succeed", "SUCCEEDED", 1), ("retry", "SUCCEEDED", 2), ("fail", "FAILED", 1)]
)
def test_exit_codes(run: Callable[..., WorkflowRun], action: str, status: str, attempts: int) -> None:
    finished = run({"Run task": [failed(75), SUCCESS]}, exit_codes={75: action})
    assert finished.status == status
    assert len(finished.arguments("Run task")) == attempts


def test_attempts_of_both_kinds(run: Callable[..., WorkflowRun]) -> None:
    policy = RetryPolicy(infrastructure_attempts=2, task_attempts=3)
    lost = Throws("ECS.ThrottlingException")
    finished = run({"Run task": lambda _: lost}, retry=policy)
    assert len(finished.arguments("Run task")) == 2
    finished = run({"Run task": lambda _: failed(1)}, retry=policy)
    assert len(finished.arguments("Run task")) == 3


def test_memory_growth(run: Callable[..., WorkflowRun]) -> None:
    growth = MemoryGrowth(max_memory_limit_mib=4096)
    finished = run({"Run task": lambda _: failed(137)}, cpu=256, memory_limit_mib=2048, memory_growth=growth)
    sent = [arguments["Overrides"] for arguments in finished.arguments("Run task")]
    assert [(each["Cpu"], each["Memory"]) for each in sent] == [("256", "2048"), ("512", "3072"), ("512", "4096")]


@pytest.mark.parametrize(
    ("capacity", "providers"),
    [
        ("on-demand", [None, None]),
        ("spot", ["FARGATE_SPOT", "FARGATE_SPOT"]),
        ("spot-then-on-demand", ["FARGATE_SPOT", "FARGATE"]),
    ],
)
def test_capacity(run: Callable[..., WorkflowRun], capacity: str, providers: list[str | None]) -> None:
    interrupted = failed(143, StopCode="SpotInterruption")
    finished = run({"Run task": [interrupted, SUCCESS]}, capacity=capacity)
    sent = [arguments.get("CapacityProviderStrategy", [{}])[0] for arguments in finished.arguments("Run task")]
    assert [each.get("CapacityProvider") for each in sent] == providers
    assert {"LaunchType" in arguments for arguments in finished.arguments("Run task")} == {capacity == "on-demand"}


def test_with_one_infrastructure_attempt_there_is_none_left_for_spot(run: Callable[..., WorkflowRun]) -> None:
    policy = RetryPolicy(infrastructure_attempts=1)
    finished = run({"Run task": [SUCCESS]}, capacity="spot-then-on-demand", retry=policy)
    (sent,) = finished.arguments("Run task")
    assert sent["CapacityProviderStrategy"] == [{"CapacityProvider": "FARGATE", "Weight": 1}]


def test_concurrency(run: Callable[..., WorkflowRun]) -> None:
    waits = run({"Take lease": [FULL, DONE], "Run task": [SUCCESS]}, concurrency=Concurrency(limit=7))
    assert (waits.status, len(waits.waits)) == ("SUCCEEDED", 1)
    assert waits.arguments("Take lease")[0]["ExpressionAttributeValues"][":limit"] == {"N": "7"}
    skips = run({"Take lease": [FULL]}, concurrency=Concurrency(limit=7, when_full="skip"))
    assert skips.states[-1] == "Skipped"


@pytest.mark.parametrize(("batch", "payloads"), [(1, ["a", "b", "c"]), (2, [["a", "b"], ["c"]])])
def test_fan_out(run: Callable[..., WorkflowRun], batch: int, payloads: list[Any]) -> None:
    finished = run({"Item: Run task": lambda _: SUCCESS}, fan_out=FanOut("$.items", batch=batch, max_concurrency=5))
    sent = [each["Overrides"]["ContainerOverrides"][0] for each in finished.arguments("Item: Run task")]
    environments = [{one["Name"]: one["Value"] for one in each["Environment"]} for each in sent]
    assert [json.loads(each["NAWS_PAYLOAD"]) for each in environments] == payloads


@pytest.mark.parametrize(("percentage", "status"), [(0, "FAILED"), (34, "SUCCEEDED")])
def test_tolerated_failures(run: Callable[..., WorkflowRun], percentage: float, status: str) -> None:
    once = iter([failed(1), SUCCESS, SUCCESS])
    items = FanOut("$.items", tolerated_failure_percentage=percentage)
    assert run({"Item: Run task": lambda _: next(once)}, fan_out=items).status == status


@pytest.mark.parametrize(
    ("construct_id", "counted"),
    [("N\u00e4chtlich", r"Reports/N\xe4chtlich"), (r"N\xe4chtlich", r"Reports/N\\xe4chtlich")],
)
def test_outcomes_are_counted_under_a_name_that_cloud_watch_takes_and_no_other_id_has(
    construct_id: str, counted: str
) -> None:
    states = definition(construct_id)["States"]
    (metric,) = states["Note success"]["Arguments"]["MetricData"]
    assert metric["Dimensions"][0] == {"Name": "Processor", "Value": counted}
