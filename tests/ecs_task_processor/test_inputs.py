"""What each trigger and a step send, as it stands in the template: nothing is lost on the way through Node."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_stepfunctions as sfn

from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import synth_template

PAYLOAD: dict[str, Any] = {"since": None, "order": 9007199254740993, "list": [None, {"a": None}, 0.1], "text": 'äöü "'}


def text_of(value: Any) -> str:
    """A text of the template, what it refers to by name."""
    if isinstance(value, str):
        return value
    if "Fn::Sub" in value:
        return value["Fn::Sub"]
    return "".join(part if isinstance(part, str) else f"${{{part.get('Ref', '')}}}" for part in value["Fn::Join"][1])


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Reports")
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    source = events.EventPattern(source=["app"])
    props = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"),
        triggers=[
            ScheduleTrigger("@daily", payload=PAYLOAD),
            EventTrigger(source, payload={**PAYLOAD, "region": cdk.Aws.REGION, "number": number}),
            EventTrigger(source),
            QueueTrigger(filter={"body": {"kind": [None]}}),
        ],
    )
    processor = EcsTaskProcessor(stack, "Nightly", props)
    step = processor.as_step(stack, "Step", payload=PAYLOAD)
    sfn.StateMachine(stack, "Caller", definition_body=sfn.DefinitionBody.from_chainable(step))
    return synth_template(stack)


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_a_schedule_sends_its_payload_as_it_is(template: dict[str, Any]) -> None:
    (schedule,) = of_type(template, "AWS::Scheduler::Schedule")
    sent = json.loads(text_of(schedule["Target"]["Input"]))
    assert json.dumps(sent["payload"]) == json.dumps(PAYLOAD)
    assert sent["id"] == f"schedule-1@{sent['time']}" == "schedule-1@<aws.scheduler.scheduled-time>"


def transformers(template: dict[str, Any]) -> list[dict[str, Any]]:
    targets = [target for rule in of_type(template, "AWS::Events::Rule") for target in rule["Targets"]]
    return [target["InputTransformer"] for target in targets if "InputTransformer" in target]


def test_an_event_sends_the_payload_that_was_given_and_tokens_with_their_type(template: dict[str, Any]) -> None:
    sent = text_of(transformers(template)[0]["InputTemplate"]).replace("<id>", '"i"').replace("<time>", '"t"')
    payload = json.loads(sent.replace("${Number}", "5"))["payload"]
    assert payload.pop("region") == "${AWS::Region}"
    assert payload.pop("number") == 5
    assert json.dumps(payload) == json.dumps(PAYLOAD)


def test_an_event_without_one_sends_the_whole_event(template: dict[str, Any]) -> None:
    assert transformers(template)[1] == {
        "InputPathsMap": {"id": "$.id", "time": "$.time"},
        "InputTemplate": '{"trigger":"event","id":<id>,"time":<time>,"payload":<aws.events.event.json>}',
    }


def test_a_pipe_sends_its_documented_event(template: dict[str, Any]) -> None:
    (pipe,) = of_type(template, "AWS::Pipes::Pipe")
    assert "InputTemplate" not in pipe["TargetParameters"]
    assert pipe["SourceParameters"]["FilterCriteria"]["Filters"] == [{"Pattern": '{"body":{"kind":[null]}}'}]


def test_a_step_sends_its_payload_as_it_is(template: dict[str, Any]) -> None:
    machines = [text_of(each["DefinitionString"]) for each in of_type(template, "AWS::StepFunctions::StateMachine")]
    (caller,) = [json.loads(each) for each in machines if '"Step"' in each]
    sent = caller["States"]["Step"]["Arguments"]["Input"]["payload"]
    assert json.dumps(sent) == json.dumps(PAYLOAD)


def test_the_rule_on_ends_takes_an_absent_error_and_null_alike(template: dict[str, Any]) -> None:
    (rule,) = [
        each for each in of_type(template, "AWS::Events::Rule") if "failure queue" in each.get("Description", "")
    ]
    ends = json.loads(text_of(rule["EventPattern"]))["detail"]["$or"]
    failed = [end["error"] for end in ends if end["status"] == ["FAILED"]]
    assert failed == [[{"anything-but": {"prefix": "Naws."}}], [{"exists": False}], [None]]
