"""Scenarios: one stack each, as a user would write it; those of one trigger use a cluster that exists."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from naws.core.nag import acknowledge_nag
from naws.core.triggers import Trigger
from naws.ecs_task_processor import (
    Alarms,
    BucketBinding,
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    FanOut,
    MemoryGrowth,
    NewVpc,
    ObjectsUnder,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    SecretBinding,
    Sidecar,
)
from naws.testing import Synthesis, scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]


def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")


def existing_cluster(scope: Construct) -> ecs.ICluster:
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )
    return ecs.Cluster.from_cluster_attributes(scope, "Cluster", cluster_name="shared", vpc=vpc)


def minimal(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Reports")
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image(), vpc=NewVpc()))
    return stack


def production_props(scope: Construct) -> EcsTaskProcessorProps:
    bucket = s3.Bucket.from_bucket_name(scope, "Sales", "sales-of-a-company")
    cdk.Annotations.of(scope).acknowledge_warning("NAWS-DATA-014", "its owner has switched it on")
    cdk.Annotations.of(scope).acknowledge_warning("NAWS-DATA-018", "a key of S3 encrypts it")
    secret = secretsmanager.Secret.from_secret_name_v2(scope, "Warehouse", "warehouse/password")
    return EcsTaskProcessorProps(
        image=image(),
        command=["report", "--all"],
        environment={"LOG_LEVEL": "info"},
        cpu=4096,
        memory_limit_mib=16384,
        ephemeral_storage_gib=100,
        cpu_architecture=ecs.CpuArchitecture.ARM64,
        stop_timeout=cdk.Duration.seconds(60),
        attempt_timeout=cdk.Duration.hours(2),
        retry=RetryPolicy(task_attempts=2, interval=cdk.Duration.minutes(1)),
        triggers=[
            ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin", payload={"kind": "daily"}),
            EventTrigger.object_created(bucket, prefix="sales/", suffix=".csv"),
            QueueTrigger(visibility_timeout=cdk.Duration.minutes(2), filter={"body": {"kind": ["report"]}}),
        ],
        bindings=[
            BucketBinding(bucket, access="read-write", prefix="sales/", name="DATA"),
            SecretBinding(secret, field="password", name="WAREHOUSE_PASSWORD"),
        ],
        cluster=existing_cluster(scope),
        log_retention=logs.RetentionDays.ONE_YEAR,
        encryption_key=kms.Key.from_key_arn(
            scope, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
        dashboard=True,
        alarms=Alarms(topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call")),
        sidecars=[Sidecar(name="agent", image=image(), command=["sleep", "3600"])],
        acknowledge={
            "NAWS-DATA-002": "whoever deletes the stack empties its bucket",
            "NAWS-OWNER-008": "the key's policy has the statements",
        },
    )


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Reports")
    Conventions(service="reports", stage="prod", owner="data", name_prefix="reports-prod").apply(stack)
    EcsTaskProcessor(stack, "Nightly", production_props(stack))
    return stack


def hard(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Reports")
    props = EcsTaskProcessorProps(
        image=image(),
        cluster=existing_cluster(stack),
        memory_growth=MemoryGrowth(max_memory_limit_mib=16384),
        capacity="spot-then-on-demand",
        exit_codes={75: "retry", 2: "fail"},
        concurrency=Concurrency(limit=2),
    )
    EcsTaskProcessor(stack, "Nightly", props)
    return stack


def fan_out(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Reports")
    cdk.Annotations.of(stack).acknowledge_warning("NAWS-FAN-006", "the account runs more than this")
    items = ObjectsUnder(s3.Bucket.from_bucket_name(stack, "Inbox", "inbox-of-a-company"), "in/")
    props = EcsTaskProcessorProps(
        image=image(),
        cluster=existing_cluster(stack),
        fan_out=FanOut(items, max_concurrency=200, batch=10, tolerated_failure_percentage=1),
    )
    EcsTaskProcessor(stack, "Nightly", props)
    return stack


def inbox(scope: Construct) -> s3.Bucket:
    """A bucket of the user's, made as the template checkers want it."""
    closed = s3.BlockPublicAccess.BLOCK_ALL
    bucket = s3.Bucket(
        scope, "Inbox", enforce_ssl=True, encryption=s3.BucketEncryption.S3_MANAGED, block_public_access=closed
    )
    acknowledge_nag(bucket, "AwsSolutions-S1", "Objects are there to be read by the processor, and its logs say so.")
    return bucket


def _with(trigger: Callable[[Construct], Trigger]) -> Scenario:
    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Reports")
        props = EcsTaskProcessorProps(
            image=image(),
            cluster=existing_cluster(stack),
            triggers=[trigger(stack)],
        )
        EcsTaskProcessor(stack, "Nightly", props)
        return stack

    return build


SCENARIOS: dict[str, Scenario] = {
    "minimal": minimal,
    "production": production,
    "schedule": _with(lambda _: ScheduleTrigger("@daily")),
    "event": _with(lambda scope: EventTrigger.object_created(inbox(scope), prefix="in/")),
    "hard": hard,
    "fan_out": fan_out,
    "queue": _with(lambda _: QueueTrigger()),
}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)


@pytest.fixture(scope="session")
def template_of(synthesis: Callable[..., Synthesis]) -> Callable[[Scenario], dict[str, Any]]:
    """The template of that synthesis, to be read and not changed."""
    return lambda scenario: synthesis(scenario).template


@pytest.fixture
def props_of_production() -> Callable[[Construct], EcsTaskProcessorProps]:
    return production_props
