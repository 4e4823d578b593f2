"""What a stack's processors share, and how little each of them has for itself."""

import json
from collections import Counter
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from naws.ecs_task_processor import Alarms, EcsTaskProcessor, EcsTaskProcessorProps, FanOut, ScheduleTrigger
from naws.testing import synth_template, workflow_definitions

DESTROY = cdk.RemovalPolicy.DESTROY
RETAIN = cdk.RemovalPolicy.RETAIN


def props(**more: Any) -> EcsTaskProcessorProps:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    return EcsTaskProcessorProps(image=image, **more)


def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Reports")


def buckets(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in made["Resources"].values() if part["Type"] == "AWS::S3::Bucket"]


def written(made: dict[str, Any]) -> list[tuple[str, str]]:
    """The bucket and the key's beginning of every object that a workflow writes or has written."""
    found: list[tuple[str, str]] = []
    for definition in workflow_definitions(made).values():
        for state in definition["States"].values():
            if "putObject" in str(state.get("Resource")):
                arguments = state.get("Arguments") or state["Parameters"]
                key = arguments.get("Key") or arguments["Key.$"]
                found.append((arguments["Bucket"], key.split("'")[1]))
            if "ResultWriter" in state:
                writer = state["ResultWriter"]["Arguments"]
                found.append((writer["Bucket"], writer["Prefix"].split("'")[1]))
    return found


def test_processors_share_a_bucket_and_each_writes_under_its_own_prefix() -> None:
    scope = stack()
    for parent, name in (("North", "Nightly"), ("South", "Nightly"), ("South", "nightly"), ("East", "日次")):
        owner = scope.node.try_find_child(parent) or Construct(scope, parent)
        EcsTaskProcessor(owner, name, props(fan_out=FanOut("$.items")))  # type: ignore[arg-type]
    made = synth_template(scope)

    assert len(buckets(made)) == 1
    prefixes = {key.split("/")[0] for _, key in written(made)}
    assert len(prefixes) == 4
    assert {prefix.partition("-")[0] for prefix in prefixes if "-" in prefix} == {"Nightly", "nightly"}
    assert all(prefix.replace("-", "").isalnum() and prefix.isascii() for prefix in prefixes)


def test_no_role_reaches_what_another_processor_writes() -> None:
    scope = stack()
    for name in ("Nightly", "Hourly"):
        EcsTaskProcessor(scope, name, props(fan_out=FanOut("$.items")))
    made = synth_template(scope)
    for name, part in made["Resources"].items():
        if part["Type"] == "AWS::IAM::Policy":
            own = "Nightly" if name.startswith("Nightly") else "Hourly"
            objects = [
                json.dumps(statement["Resource"])
                for statement in part["Properties"]["PolicyDocument"]["Statement"]
                if "s3:" in json.dumps(statement["Action"]) and "NawsPayloads" in json.dumps(statement["Resource"])
            ]
            assert all(f"/{own}-" in each for each in objects), name


def test_what_one_bucket_cannot_be_is_another() -> None:
    scope = stack()
    key = kms.Key(scope, "Key", removal_policy=DESTROY)
    different: list[dict[str, Any]] = [
        {},
        {"removal_policy": DESTROY},
        {"encryption_key": key},
        {"encryption_key": key, "removal_policy": DESTROY},
        {"encryption_key": kms.Key(scope, "Other", removal_policy=DESTROY)},
        {"removal_policy": RETAIN},
    ]
    for number, more in enumerate(different):
        for twin in ("A", "B"):
            EcsTaskProcessor(scope, f"{twin}{number}", props(**more))
    found = buckets(synth_template(scope))
    assert len(found) == len(different)
    assert Counter(part["DeletionPolicy"] for part in found) == {"RetainExceptOnCreate": 3, "Delete": 2, "Retain": 1}
    assert len({json.dumps(part["Properties"]["BucketEncryption"]) for part in found}) == 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_processors_does_not_change_their_buckets(order: tuple[int, int]) -> None:
    scope = stack()
    kinds: list[dict[str, Any]] = [{}, {"removal_policy": DESTROY}]
    for number in order:
        EcsTaskProcessor(scope, f"Job{number}", props(**kinds[number]))
    names = {name for name, part in synth_template(scope)["Resources"].items() if part["Type"] == "AWS::S3::Bucket"}
    assert names == {"NawsPayloads9BBF5EF1", "NawsPayloadsDestroy5BDDB58F"}


def test_a_processor_with_a_schedule_has_few_resources_of_its_own() -> None:
    scope = stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        scope, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )
    cluster = ecs.Cluster.from_cluster_attributes(scope, "Cluster", cluster_name="shared", vpc=vpc)
    topic = sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call")
    given = props(cluster=cluster, triggers=[ScheduleTrigger("@daily")], alarms=Alarms(topic=topic))
    EcsTaskProcessor(scope, "Nightly", given)
    found = Counter(part["Type"] for part in synth_template(scope)["Resources"].values())

    alarms = found.pop("AWS::CloudWatch::Alarm")
    assert alarms <= 8
    assert found == {
        # shared by the stack's processors
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
        # the task, its program's role and ECS's, what the workflow does, and what starts it
        "AWS::EC2::SecurityGroup": 1,
        "AWS::ECS::TaskDefinition": 1,
        "AWS::IAM::Role": 4,
        "AWS::IAM::Policy": 5,
        "AWS::Logs::LogGroup": 2,
        "AWS::SQS::Queue": 2,
        "AWS::SQS::QueuePolicy": 2,
        "AWS::StepFunctions::StateMachine": 1,
        "AWS::Events::Rule": 1,
        "AWS::Scheduler::Schedule": 1,
    }


def test_the_revisions_that_runs_go_on_with_are_kept_whatever_is_given_of_the_whole_app() -> None:
    app = cdk.App()
    scope = cdk.Stack(app, "Reports")
    EcsTaskProcessor(scope, "Nightly", props())
    cdk.RemovalPolicies.of(app).destroy()
    made = synth_template(scope)["Resources"]
    (task,) = [part for part in made.values() if part["Type"] == "AWS::ECS::TaskDefinition"]
    assert (task["UpdateReplacePolicy"], task["DeletionPolicy"]) == ("Retain", "Delete")
    (bucket,) = [part for part in made.values() if part["Type"] == "AWS::S3::Bucket"]
    assert bucket["DeletionPolicy"] == "Delete"
