"""Conventions reach everything that a pattern makes, the created network too."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    NewVpc,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import synth_template

DESTROY = cdk.RemovalPolicy.DESTROY


def props(**more: Any) -> EcsTaskProcessorProps:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    return EcsTaskProcessorProps(image=image, **more)


def everything(**more: Any) -> EcsTaskProcessorProps:
    pattern = events.EventPattern(source=["shop"])
    triggers = [ScheduleTrigger("@daily"), EventTrigger(pattern), QueueTrigger()]
    return props(triggers=triggers, concurrency=Concurrency(), **more)


def of_type(template: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, part) for name, part in template["Resources"].items() if part["Type"] == kind)


@pytest.fixture
def template() -> dict[str, Any]:
    """A stack with its own network, under conventions that say everything that a network can hear."""
    stack = cdk.Stack(cdk.App(), "Reports")
    Conventions(
        permissions_boundary="TeamBoundary",
        log_retention=logs.RetentionDays.ONE_YEAR,
        removal_policy=DESTROY,
        encryption_key=kms.Key(stack, "Key", removal_policy=DESTROY),
    ).apply(stack)
    EcsTaskProcessor(stack, "Nightly", everything())
    return synth_template(stack)


def test_every_role_has_the_boundary(template: dict[str, Any]) -> None:
    roles = dict(of_type(template, "AWS::IAM::Role"))
    assert any(name.startswith("NawsVpc") for name in roles)
    boundaries = {name: str(role["Properties"].get("PermissionsBoundary")) for name, role in roles.items()}
    assert {name for name, boundary in boundaries.items() if "policy/TeamBoundary" not in boundary} == set()


def test_every_log_group_is_kept_as_long_under_the_key_and_goes_with_its_stack(template: dict[str, Any]) -> None:
    groups = dict(of_type(template, "AWS::Logs::LogGroup"))
    assert any(name.startswith("NawsVpc") for name in groups)
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == 365, name
        assert group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": ["Key961B73FD", "Arn"]}, name
        assert group["DeletionPolicy"] == "Delete", name


def test_every_queue_bucket_and_table_is_encrypted_with_the_key(template: dict[str, Any]) -> None:
    kinds = ("AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::DynamoDB::Table")
    found = {name: str(part["Properties"]) for kind in kinds for name, part in of_type(template, kind)}
    assert len(found) == 6
    assert {name for name, text in found.items() if "Key961B73FD" not in text} == set()


def test_what_the_props_say_wins_for_the_processor_and_not_for_the_network_that_others_share() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    own = kms.Key(stack, "Own", removal_policy=DESTROY)
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "Other")
    more: dict[str, Any] = {"encryption_key": own, "permissions_boundary": boundary}
    EcsTaskProcessor(stack, "Nightly", everything(vpc=NewVpc(), log_retention=logs.RetentionDays.ONE_DAY, **more))
    made = synth_template(stack)
    (flow,) = [part for name, part in of_type(made, "AWS::Logs::LogGroup") if name.startswith("NawsVpc")]
    assert "KmsKeyId" not in flow["Properties"]
    assert flow["Properties"]["RetentionInDays"] == 30
    (role,) = [part for name, part in of_type(made, "AWS::IAM::Role") if name.startswith("NawsVpc")]
    assert "PermissionsBoundary" not in role["Properties"]
