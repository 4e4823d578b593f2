"""Which alarms there are, whom they tell, and what they say at three in the morning."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sns as sns

from naws.core.alarms import LONGEST_DESCRIPTION
from naws.ecs_task_processor import (
    Alarms,
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import cfn_lint
from naws.testing.synth import cdk_app, synth_template

ALARM = "AWS::CloudWatch::Alarm"
LONGEST_ARN = 160  # of a name of 80 characters, the most that a state machine's or a queue's may have


def props(**more: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"), **more
    )


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id, without the hash."""
    return {name[:-8]: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def synthesised(**more: Any) -> dict[str, Any]:
    stack = cdk.Stack(cdk_app(), "Reports")
    EcsTaskProcessor(stack, "P", props(**more))
    return synth_template(stack)


EVERYTHING: dict[str, Any] = {
    "triggers": [ScheduleTrigger("@daily"), ScheduleTrigger("@weekly"), QueueTrigger()],
    "concurrency": Concurrency(),
}


def test_there_are_four_kinds_of_alarms() -> None:
    found = of_type(synthesised(**EVERYTHING), ALARM)
    assert sorted(found) == ["PCouldNotStart", "PDidNotRun1", "PDidNotRun2", "PFailedWork", "POldestMessage1"]
    assert sorted(of_type(synthesised(), ALARM)) == ["PCouldNotStart", "PFailedWork"]
    assert all("OKActions" not in alarm for alarm in found.values())


def test_detail_adds_one_for_each_cause_and_notify_ok_the_end() -> None:
    found = of_type(synthesised(alarms=Alarms(detail=True, notify_ok=True)), ALARM)
    of_causes = ["PAttemptsOutOfMemory", "PAttemptsTimedOut", "PFailureQueueNotEmpty", "PRunsThrottled"]
    assert sorted(found) == sorted([*of_causes, "PCouldNotStart", "PFailedWork"])
    assert all(alarm["OKActions"] == alarm["AlarmActions"] for alarm in found.values())
    assert found["PRunsThrottled"]["MetricName"] == "ExecutionThrottled"


def metrics(alarm: dict[str, Any]) -> list[str]:
    return [query["MetricStat"]["Metric"]["MetricName"] for query in alarm["Metrics"][1:]]


def test_failed_work_is_whatever_ended_otherwise_and_the_lease_reapers_failures() -> None:
    ends = ["ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"]
    assert metrics(of_type(synthesised(), ALARM)["PFailedWork"]) == ends
    kept = of_type(synthesised(concurrency=Concurrency()), ALARM)["PFailedWork"]
    assert metrics(kept) == [*ends, "ExecutionsFailed", "ExecutionsTimedOut"]
    assert "the lease reaper failed" in str(kept["AlarmDescription"])


def test_all_dead_letter_queues_are_one_sum_and_a_second_beyond_ten() -> None:
    """Ten is what CloudWatch takes; the processor's own is the first, and a trigger may be added later."""
    stack = cdk.Stack(cdk_app(), "Reports")
    processor = EcsTaskProcessor(stack, "P", props(triggers=[QueueTrigger()] * 8))
    for _ in range(3):
        processor.add_trigger(QueueTrigger())
    template = synth_template(stack)
    found = of_type(template, ALARM)
    first, second = found["PCouldNotStart"], found["PCouldNotStart2"]
    assert (len(metrics(first)), len(metrics(second))) == (10, 2)
    assert first["Metrics"][0]["Expression"] == " + ".join(f"FILL(m{number}, 0)" for number in range(1, 11))
    measured = [query["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for query in first["Metrics"][1:]]
    measured += [query["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for query in second["Metrics"][1:]]
    names = {each["Fn::GetAtt"][0] for each in measured}
    assert len(names) == 12
    assert all("DeadLetter" in name for name in names)
    assert len(processor.alarms) == len(found)
    assert cfn_lint(template) == []


def subscriptions(template: dict[str, Any]) -> list[tuple[str, str]]:
    found = of_type(template, "AWS::SNS::Subscription").values()
    return sorted((each["Protocol"], each["Endpoint"]) for each in found)


def test_mails_go_to_each_address_once() -> None:
    stack = EcsTaskProcessorStack(
        cdk_app(),
        "Reports",
        processors={
            "Daily": props(alarms=Alarms(email="on-call@example.com")),
            "Hourly": props(alarms=Alarms(email=["on-call@example.com", "data@example.com"])),
        },
    )
    assert subscriptions(synth_template(stack)) == [("email", "data@example.com"), ("email", "on-call@example.com")]


def test_an_address_is_one_however_it_is_capitalised() -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    EcsTaskProcessor(stack, "Daily", props(alarms=Alarms(email=["On-Call@example.com", "on-call@Example.com"])))
    EcsTaskProcessor(stack, "Hourly", props(alarms=Alarms(email="ON-CALL@EXAMPLE.COM")))

    assert subscriptions(synth_template(stack)) == [("email", "On-Call@example.com")]


def test_mails_of_a_given_topic_too() -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    arn = "arn:aws:sns:eu-central-1:123456789012:on-call"
    alarms = Alarms(topic=sns.Topic.from_topic_arn(stack, "OnCall", arn), email="on-call@example.com")
    EcsTaskProcessor(stack, "P", props(alarms=alarms))
    template = synth_template(stack)
    assert subscriptions(template) == [("email", "on-call@example.com")]
    assert of_type(template, "AWS::SNS::Topic") == {}
    assert "NawsAlarmsTopicArn" not in template.get("Outputs", {})


def test_the_topic_of_a_stack_is_its_output_once() -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    for name in ("Daily", "Hourly"):
        EcsTaskProcessor(stack, name, props())
    template = synth_template(stack)
    (topic,) = (name for name, each in template["Resources"].items() if each["Type"] == "AWS::SNS::Topic")
    of_topics = {name: each["Value"] for name, each in template["Outputs"].items() if each["Value"] == {"Ref": topic}}
    assert of_topics == {"NawsAlarmsTopicArn": {"Ref": topic}}


@pytest.fixture(scope="module")
def descriptions() -> dict[str, str]:
    """What each alarm says, with names as long as they can be."""
    found = of_type(synthesised(**EVERYTHING, alarms=Alarms(detail=True)), ALARM)
    return {name: _text(alarm["AlarmDescription"]) for name, alarm in found.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(
        part if isinstance(part, str) else "x" * LONGEST_ARN for part in value["Fn::Join"][1]
    )  # fmt: skip


def test_what_is_written_fits_with_the_longest_names(descriptions: dict[str, str]) -> None:
    assert {name: len(text) for name, text in descriptions.items() if len(text) > LONGEST_DESCRIPTION - 64} == {}
    stack = cdk.Stack(cdk_app(), "Reports")
    EcsTaskProcessor(stack, "P" * 200, props())
    found = [_text(alarm["AlarmDescription"]) for alarm in of_type(synth_template(stack), ALARM).values()]
    assert max(map(len, found)) < LONGEST_DESCRIPTION


def test_what_is_to_be_done_are_commands_that_exist(descriptions: dict[str, str]) -> None:
    """Asked of botocore, which the AWS CLI makes its commands of."""
    found = {command for text in descriptions.values() for command in re.findall(r"`aws ([a-z-]+ [a-z-]+[^`]*)", text)}
    assert len(found) > 6
    for command in found:
        service, operation, *rest = command.split()
        model: Any = boto3.client(service, region_name="eu-central-1").meta
        name = str(model.method_to_api_mapping[operation.replace("-", "_")])
        shape: Any = model.service_model.operation_model(name).input_shape
        members = {str(each).lower() for each in shape.members}
        options = [each.removeprefix("--").replace("-", "") for each in rest if each.startswith("--")]
        assert set(options) <= members, command


def test_failed_work_says_how_a_run_is_put_back(descriptions: dict[str, str]) -> None:
    text = descriptions["PFailedWork"]
    assert "aws stepfunctions start-execution --state-machine-arn xxx" in text
    assert text.endswith("docs/patterns/ecs-task-processor.md#failed-work")


def test_failed_work_names_where_else_the_failure_is(descriptions: dict[str, str]) -> None:
    assert "as_step" in descriptions["PFailedWork"]


def test_did_not_run_ends_with_the_run_that_it_says_to_start(descriptions: dict[str, str]) -> None:
    """Only a run of that schedule counts (test_workflow), so that the input is the envelope that the schedule sends."""
    (given,) = re.findall(r"--input '(\{[^']*\})'", descriptions["PDidNotRun1"])
    assert given == '{"trigger":"schedule","id":"schedule-1@<time>","payload":<payload>}'
    stack = cdk.Stack(cdk_app(), "Reports")
    EcsTaskProcessor(stack, "P", props(triggers=[ScheduleTrigger("@daily", payload={"day": 1})]))
    (schedule,) = of_type(synth_template(stack), "AWS::Scheduler::Schedule").values()
    sent = schedule["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", "<time>")
    assert given.replace("<payload>", '{"day":1}') == sent.replace('"time":"<time>",', "")


def test_every_alarm_names_its_heading_of_the_guide(descriptions: dict[str, str]) -> None:
    guide = (Path(__file__).parents[2] / "docs/patterns/ecs-task-processor.md").read_text()
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in guide.splitlines() if line.startswith("#")}
    anchors = {name: text.rpartition("#")[2] for name, text in descriptions.items()}
    assert {name: anchor for name, anchor in anchors.items() if anchor not in headings} == {}
    assert len(set(anchors.values())) == 8
