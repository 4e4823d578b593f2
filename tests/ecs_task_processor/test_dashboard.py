"""What the dashboard of a stack has of a task processor."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core.build.dashboards import MOST_WIDGETS
from naws.ecs_task_processor import (
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    MemoryGrowth,
    NewVpc,
    PatternValidationError,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import cdk_app, synth_template
from tests.conformance.dashboards import bodies, faults, lines_of, metrics_of, shown

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
HOUR = 3_600_000


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Reports")


def made(stack: cdk.Stack, **given: Any) -> EcsTaskProcessor:
    props = EcsTaskProcessorProps(image=IMAGE, **{"vpc": NewVpc(), "dashboard": True, **given})
    return EcsTaskProcessor(stack, "Nightly", props)


def body_of(stack: cdk.Stack) -> dict[str, Any]:
    (body,) = bodies(synth_template(stack)).values()
    assert faults(body) == []
    assert len(body["widgets"]) <= MOST_WIDGETS + 1
    return body


def labels(graph: dict[str, Any]) -> list[str]:
    return [each[-1]["label"] for each in graph["metrics"] if "label" in each[-1]]


def test_runs_attempts_and_sizes(stack: cdk.Stack) -> None:
    processor = made(stack, attempt_timeout=cdk.Duration.hours(2))
    graphs = shown(body_of(stack), "metric")
    assert {title: lines_of(graph) for title, graph in graphs.items()} == {
        "Runs": {},
        "Duration of runs, ms": {"attempt_timeout, 2 hours": 2 * HOUR},
        "Messages that are kept": {},
        "Attempts that did not succeed": {},
        "Memory of tasks, MiB": {"memory_limit_mib": 2048},
        "CPU of tasks, units": {"cpu": 1024},
    }
    assert labels(graphs["Runs"]) == ["started", "succeeded", "failed", "timed out", "aborted", "throttled"]
    (_, _, dimensions, _), *_ = metrics_of(graphs["Memory of tasks, MiB"])
    assert dimensions["TaskDefinitionFamily"] == processor.task_definition.family


def test_a_task_that_may_grow_stands_against_its_largest_size(stack: cdk.Stack) -> None:
    made(stack, memory_growth=MemoryGrowth(max_memory_limit_mib=16384))
    graphs = shown(body_of(stack), "metric")
    memory = {"memory_limit_mib": 2048, "max_memory_limit_mib": 16384}
    assert lines_of(graphs["Memory of tasks, MiB"]) == memory
    assert lines_of(graphs["CPU of tasks, units"]) == {"cpu": 1024, "cpu at max_memory_limit_mib": 2048}


def test_runs_that_are_skipped_are_shown_by_what_started_them(stack: cdk.Stack) -> None:
    triggers = [ScheduleTrigger("@daily"), QueueTrigger()]
    made(stack, concurrency=Concurrency(when_full="skip"), triggers=triggers)
    assert labels(shown(body_of(stack), "metric")["Runs that were skipped"]) == ["schedule-1", "queue", "manual"]


def test_a_queue_that_is_added_later_is_shown(stack: cdk.Stack) -> None:
    processor = made(stack, triggers=[QueueTrigger()])
    processor.add_trigger(QueueTrigger())
    processor.add_trigger(EventTrigger({"source": ["shop"]}))
    graphs = shown(body_of(stack), "metric")
    assert labels(graphs["Messages that wait"]) == ["queue 1", "queue 2"]
    assert lines_of(graphs["Age of the oldest message, s"]) == {"alarm": 900}
    kept = graphs["Messages that are kept"]
    assert labels(kept) == ["failed", "could not start"]
    assert len([*metrics_of(kept)]) == 1 + 3


def test_a_timeout_that_only_the_deployment_knows_has_no_line(stack: cdk.Stack) -> None:
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    made(stack, attempt_timeout=cdk.Duration.seconds(seconds))
    assert lines_of(shown(body_of(stack), "metric")["Duration of runs, ms"]) == {}


def test_without_container_insights_it_says_what_is_missing(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Net")
    made(stack, vpc=None, cluster=ecs.Cluster(stack, "Own", vpc=vpc))
    body = body_of(stack)
    assert "Memory of tasks, MiB" not in shown(body, "metric")
    assert "**Memory and CPU of tasks**" in body["widgets"][-1]["properties"]["markdown"]


def test_what_could_not_be_built_is_on_no_dashboard(stack: cdk.Stack, tmp_path: Path) -> None:
    missing = ecs.ContainerImage.from_asset(str(tmp_path / "nowhere"))
    with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
        EcsTaskProcessor(stack, "Import", EcsTaskProcessorProps(image=missing, vpc=NewVpc(), dashboard=True))
    assert stack.node.try_find_child("NawsDashboard") is None
    made(stack)
    titles = [each["properties"]["markdown"] for each in body_of(stack)["widgets"] if each["type"] == "text"]
    assert titles[1:] == ["### Nightly · ecs-task-processor"]


def test_a_text_for_it_is_refused_as_every_other_is(stack: cdk.Stack) -> None:
    with pytest.raises(PatternValidationError, match=r"NAWS-TYPE-001[\s\S]*dashboard"):
        made(stack, dashboard="yes")
