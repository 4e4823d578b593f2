"""Conventions reach everything that a pattern makes, the created network too."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct
from hypothesis import given, settings
from hypothesis import strategies as st

from naws.core import Unset
from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    FanOut,
    NewVpc,
    PatternValidationError,
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


GUIDE = "https://guide.example.com/naws/"
SETTINGS: dict[str, Any] = {
    "service": "reports",
    "stage": "prod",
    "owner": "data",
    "name_prefix": "reports-prod",
    "vpc": lambda stack: ec2.Vpc(stack, "Vpc"),
    "tags": {"cost-centre": "4711"},
    "required_tags": [],
    "alarm_topic": lambda stack: sns.Topic(stack, "OnCall"),
    "log_retention": logs.RetentionDays.ONE_YEAR,
    "encryption_key": lambda stack: kms.Key(stack, "Key"),
    "removal_policy": DESTROY,
    "permissions_boundary": "TeamBoundary",
    "guide_url": GUIDE,
}
"""A value of each convention that a task processor reads; those that are made belong to a stack."""


def ids(names: frozenset[str], scope_of: str = "stack") -> set[str]:
    """The logical ids of a processor under these conventions, applied to its app, its stage or its stack."""
    app = cdk.App()
    stage = cdk.Stage(app, "Prod")
    stack = cdk.Stack(stage, "Reports")
    own = {name: SETTINGS[name] for name in sorted(names)}
    given = {name: each(Construct(stack, f"Given{name}")) if callable(each) else each for name, each in own.items()}
    Conventions(**given).apply({"app": app, "stage": stage, "stack": stack}[scope_of])
    EcsTaskProcessor(stack, "Nightly", everything(fan_out=FanOut("$.items")))
    return {name for name in synth_template(stack)["Resources"] if not name.startswith("Given")}


@cache
def plain_ids() -> set[str]:
    return ids(frozenset())


def added_by(names: frozenset[str], scope_of: str = "stack") -> set[str]:
    """Ids that there are only with these conventions; what a convention replaces is not made at all."""
    return ids(names, scope_of) - plain_ids()


FEW = ("encryption_key", "removal_policy", "name_prefix")


@pytest.mark.parametrize(
    "name", [*FEW, *(pytest.param(each, marks=pytest.mark.exhaustive) for each in SETTINGS if each not in FEW)]
)
def test_no_convention_changes_a_logical_id(name: str) -> None:
    assert added_by(frozenset({name})) == set()


@pytest.mark.exhaustive
@settings(max_examples=20, deadline=None)
@given(st.frozensets(st.sampled_from(sorted(SETTINGS))), st.sampled_from(["app", "stage", "stack"]))
def test_nor_do_several_wherever_they_are_applied(names: frozenset[str], scope_of: str) -> None:
    assert added_by(names, scope_of) == set()


@pytest.mark.parametrize("name", ["encryption_key", "removal_policy", "log_retention"])
def test_a_convention_between_stack_and_processor_changes_the_id_of_the_payload_bucket_alone(name: str) -> None:
    def within(*, part: bool) -> set[str]:
        stack = cdk.Stack(cdk.App(), "Reports")
        inner, value = Construct(stack, "Part"), SETTINGS[name]
        given = value(Construct(stack, "Given")) if callable(value) else value
        Conventions(**({name: given} if part else {})).apply(inner)
        EcsTaskProcessor(inner, "Nightly", everything())
        return set(synth_template(stack)["Resources"])

    changed = within(part=True) ^ within(part=False)
    assert len(changed) == (0 if name == "log_retention" else 4), "the bucket and its policy, once so and once so"
    assert all(each.startswith("NawsPayloads") for each in changed)


def test_what_is_given_to_one_processor_in_place_of_the_convention_has_its_own_bucket() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    Conventions(removal_policy=DESTROY).apply(stack)
    EcsTaskProcessor(stack, "Nightly", props())
    EcsTaskProcessor(stack, "Kept", props(removal_policy=cdk.RemovalPolicy.RETAIN))
    buckets = dict(of_type(synth_template(stack), "AWS::S3::Bucket"))
    assert {name[:18]: part["DeletionPolicy"] for name, part in buckets.items()} == {
        "NawsPayloads9BBF5E": "Delete",
        "NawsPayloadsRetain": "Retain",
    }


def test_what_switches_the_key_off_has_its_own_bucket() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    Conventions(encryption_key=kms.Key(stack, "Key")).apply(stack)
    inner = Construct(stack, "Inner")
    Conventions(encryption_key=Unset).apply(inner)
    EcsTaskProcessor(stack, "Nightly", props())
    EcsTaskProcessor(inner, "Nightly", props())
    buckets = dict(of_type(synth_template(stack), "AWS::S3::Bucket"))
    assert {name[:17]: "Key961B73FD" in str(part["Properties"]) for name, part in buckets.items()} == {
        "NawsPayloads9BBF5": True,
        "NawsPayloadsWitho": False,
    }


def test_errors_and_alarms_lead_to_the_guide_where_it_is_published() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    Conventions(guide_url=GUIDE).apply(stack)
    processor = EcsTaskProcessor(stack, "Nightly", everything())
    alarms = [part["Properties"] for _, part in of_type(synth_template(stack), "AWS::CloudWatch::Alarm")]
    pages = {str(each["AlarmDescription"]).partition(f"{GUIDE}patterns/ecs-task-processor/#")[2] for each in alarms}
    assert len(pages) == len(alarms) > 3
    more = r"more       https://guide\.example\.com/naws/errors/#naws-sched"
    with pytest.raises(PatternValidationError, match=more):
        EcsTaskProcessor(stack, "Never", props(triggers=[ScheduleTrigger("never")]))
    with pytest.raises(PatternValidationError, match=more):
        processor.add_trigger(ScheduleTrigger("never"))
    conventions = Conventions(guide_url=GUIDE)
    never = props(triggers=[ScheduleTrigger("never")])
    with pytest.raises(PatternValidationError, match=more):
        EcsTaskProcessorStack(cdk.App(), "Reports", processors={"Never": never}, conventions=conventions)
