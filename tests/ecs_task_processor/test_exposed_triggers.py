"""What a processor exposes of its triggers: CDK's interfaces, made when they are asked for."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, EventTrigger, QueueTrigger, ScheduleTrigger
from naws.testing import synth_template

PATTERN = events.EventPattern(source=["shop"])


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Reports")


def processor(stack: cdk.Stack, *triggers: Any) -> EcsTaskProcessor:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    return EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, triggers=triggers))


def only(template: dict[str, Any], kind: str, prefix: str) -> str:
    (name,) = [n for n, part in template["Resources"].items() if part["Type"] == kind and n.startswith(prefix)]
    return name


def test_arns_and_names_are_those_of_the_resources(stack: cdk.Stack) -> None:
    made = processor(stack, ScheduleTrigger("@daily"), EventTrigger(PATTERN))
    (schedule,), (rule,) = made.schedules, made.rules
    cdk.CfnOutput(stack, "ScheduleArn", value=schedule.schedule_arn)
    cdk.CfnOutput(stack, "ScheduleName", value=schedule.schedule_name)
    cdk.CfnOutput(stack, "RuleArn", value=rule.rule_arn)
    cdk.CfnOutput(stack, "RuleName", value=rule.rule_name)

    template = synth_template(stack)
    outputs = {name: each["Value"] for name, each in template["Outputs"].items()}
    scheduled, matching = (
        only(template, kind, f"Nightly{name}")
        for kind, name in (("AWS::Scheduler::Schedule", "Schedule1"), ("AWS::Events::Rule", "Event1"))
    )
    assert outputs["ScheduleArn"] == {"Fn::GetAtt": [scheduled, "Arn"]}
    assert outputs["ScheduleName"] == {"Ref": scheduled}
    assert outputs["RuleArn"] == {"Fn::GetAtt": [matching, "Arn"]}
    assert outputs["RuleName"] == {"Ref": matching}


def test_they_are_made_once_and_only_when_asked_for(stack: cdk.Stack) -> None:
    made = processor(stack, ScheduleTrigger("@daily"), EventTrigger(PATTERN))
    before = len(made.node.children)
    assert made.schedules[0] is made.schedules[0]
    assert made.rules[0] is made.rules[0]
    assert len(made.node.children) == before + 2


def test_what_is_added_is_exposed_in_its_order(stack: cdk.Stack) -> None:
    made = processor(stack, ScheduleTrigger("@daily"), QueueTrigger())
    first = (made.schedules[0], made.queues[0])
    for trigger in (ScheduleTrigger("@hourly"), EventTrigger(PATTERN), QueueTrigger()):
        made.add_trigger(trigger)
    assert (len(made.schedules), len(made.rules), len(made.queues)) == (2, 1, 2)
    assert (made.schedules[0], made.queues[0]) == first


def test_cdk_takes_them_where_it_takes_its_own(stack: cdk.Stack) -> None:
    made = processor(stack, ScheduleTrigger("@daily"), EventTrigger(PATTERN))
    role = iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal())
    iam.Grant.add_to_principal(
        grantee=role, actions=["events:DisableRule"], resource_arns=[each.rule_arn for each in made.rules]
    )
    assert made.rules[0].stack is stack
    assert made.schedules[0].env.account == stack.account
    assert "events:DisableRule" in str(synth_template(stack))


def test_rules_of_further_triggers_may_send_to_the_dead_letter_queue_by_the_same_statement(stack: cdk.Stack) -> None:
    made = processor(stack, *[EventTrigger(PATTERN)] * 20)
    made.add_trigger(EventTrigger(PATTERN))
    template = synth_template(stack)
    policy = template["Resources"][only(template, "AWS::SQS::QueuePolicy", "NightlyDeadLetterQueue")]
    _tls, allowed = policy["Properties"]["PolicyDocument"]["Statement"]
    rules = {name for name, part in template["Resources"].items() if part["Type"] == "AWS::Events::Rule"}
    assert {each["Fn::GetAtt"][0] for each in allowed["Condition"]["ArnEquals"]["aws:SourceArn"]} == rules
    assert len(rules) == 22  # the one that keeps unhandled ends, too
