"""Who may assume roles, use keys and redrive into queues: only what is of this account, and only what has to."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import cdk_app, synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
Resources = dict[str, dict[str, Any]]
Scenario = Callable[[cdk.App], cdk.Stack]


def built(conventions: Conventions | None = None, **given: Any) -> Resources:
    stack = cdk.Stack(cdk_app(), "Reports")
    if conventions is not None:
        conventions.apply(stack)
    key = kms.Key(stack, "Key") if given.pop("with_key", False) else None
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE, encryption_key=key, **given))  # pyright: ignore[reportArgumentType]
    return synth_template(stack)["Resources"]


def of_type(resources: Resources, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in resources.items():
        if each["Type"] == kind:
            yield name, each["Properties"]


OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_every_role_is_assumed_for_this_account_only(
    scenario: Scenario, template_of: Callable[[Scenario], dict[str, Any]]
) -> None:
    for name, role in of_type(template_of(scenario)["Resources"], "AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert statement.get("Condition") == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, (
                name
            )


def test_a_role_that_is_given_keeps_its_trust() -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    roles = {name: iam.Role(stack, name, assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")) for name in "TE"}
    EcsTaskProcessor(
        stack,
        "Nightly",
        EcsTaskProcessorProps(image=IMAGE, task_role=roles["T"], execution_role=roles["E"]),  # pyright: ignore[reportArgumentType]
    )
    resources = synth_template(stack)["Resources"]
    for role in roles.values():
        element = role.node.default_child
        assert isinstance(element, cdk.CfnElement)
        trust = resources[stack.get_logical_id(element)]["Properties"]["AssumeRolePolicyDocument"]
        assert "Condition" not in json.dumps(trust)


def test_what_the_lease_reaper_is_not_reported_is_kept() -> None:
    resources = built(concurrency=Concurrency())
    rules = {name: rule for name, rule in of_type(resources, "AWS::Events::Rule") if "LeaseReaper" in name}
    assert len(rules) == 2
    policies = json.dumps([policy for _, policy in of_type(resources, "AWS::SQS::QueuePolicy")])
    for name, rule in rules.items():
        (target,) = rule["Targets"]
        (queue,) = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][:1]
        assert queue.startswith("NightlyDeadLetterQueue")
        assert f'{{"ArnEquals": {{"aws:SourceArn": {{"Fn::GetAtt": ["{name}", "Arn"]}}}}}}' in policies


@pytest.mark.parametrize("queue", ["FailureQueue", "DeadLetterQueue"])
def test_no_queue_redrives_into_one_that_is_no_queues_dead_letter_queue(queue: str) -> None:
    resources = built(triggers=[ScheduleTrigger("@daily")])
    (found,) = [each for name, each in of_type(resources, "AWS::SQS::Queue") if name.startswith(f"Nightly{queue}")]
    assert found["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


def test_only_its_own_queue_redrives_into_a_dead_letter_queue_as_far_as_it_has_a_name() -> None:
    """Without a name each of the two would have to be made before the other."""
    resources = built(Conventions(name_prefix="reports"), triggers=[QueueTrigger()])
    queues = dict(of_type(resources, "AWS::SQS::Queue"))
    (work,) = [each for name, each in queues.items() if name.startswith("NightlyQueue1") and "RedrivePolicy" in each]
    (dead,) = [each for name, each in queues.items() if name.startswith("NightlyQueue1DeadLetters")]
    (source,) = dead["RedriveAllowPolicy"]["sourceQueueArns"]
    assert dead["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    name = work["QueueName"]
    text = name["Fn::Join"][1][0] if isinstance(name, dict) else name
    assert f":{text}" in json.dumps(source)
    unnamed = dict(of_type(built(triggers=[QueueTrigger()]), "AWS::SQS::Queue"))
    (dead,) = [each for name, each in unnamed.items() if name.startswith("NightlyQueue1DeadLetters")]
    assert "RedriveAllowPolicy" not in dead


def test_logs_use_a_key_under_the_name_that_they_have_in_each_partition() -> None:
    """Judge: CDK's region-info, where logs is regional and of the partition: `logs.cn-north-1.amazonaws.com.cn`."""
    keys = [key for _, key in of_type(built(with_key=True), "AWS::KMS::Key")]
    text = json.dumps(keys)
    assert '{"Service": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]]}}' in text
