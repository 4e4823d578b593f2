"""The production scenario as it can be deployed: what it imports is a stack of its own, and each processor has one.

Shared    bucket, secret, key, topic under the key, cluster; a queue that subscribes to the topic
Nightly   the production shape: every trigger, bindings, memory growth, Spot
Leased    concurrency: leases and their reaper
Objects   fan-out over the objects under a prefix
Rows      fan-out over the rows of a file
"""

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

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
    ObjectsUnder,
    QueueTrigger,
    RetryPolicy,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
)

JOB = Path(__file__).parent / "job"
app = cdk.App(context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})


class Shared(cdk.Stack):
    """What the processors are given."""

    def __init__(self) -> None:
        super().__init__(app, "Shared")
        self.key = kms.Key(self, "Key", enable_key_rotation=True)
        # A key of its own: with one key for all, a grant for the payloads would hide that the one for the data is gone.
        data_key = kms.Key(self, "DataKey", enable_key_rotation=True)
        self.bucket = s3.Bucket(self, "Sales", encryption_key=data_key, enforce_ssl=True)
        value = cdk.SecretValue.unsafe_plain_text('{"password": "hunter2"}')
        self.secret = secretsmanager.Secret(self, "Warehouse", secret_string_value=value)
        self.topic = sns.Topic(self, "OnCall", master_key=self.key, enforce_ssl=True)
        told = sqs.Queue(self, "Verbatim", encryption_master_key=self.key)
        self.topic.add_subscription(subscriptions.SqsSubscription(told))
        vpc = ec2.Vpc(self, "Network", max_azs=2, nat_gateways=1)
        self.cluster = ecs.Cluster(self, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)
        for name, text in {
            "Key": self.key.key_arn,
            "Bucket": self.bucket.bucket_name,
            "Topic": self.topic.topic_arn,
            "Verbatim": told.queue_url,
            "Cluster": self.cluster.cluster_arn,
        }.items():
            cdk.CfnOutput(self, f"{name}Is", value=text)


def processor(construct_id: str, **props: Any) -> None:
    stack = cdk.Stack(app, construct_id)
    conventions = Conventions(service="reports", stage="prod", owner="data", name_prefix="reports-prod")
    conventions.apply(stack)
    made = EcsTaskProcessor(
        stack,
        construct_id,
        EcsTaskProcessorProps(
            image=ecs.ContainerImage.from_asset(str(JOB)),
            dev_command=[sys.executable, str(JOB / "job.py")],
            cpu=256,
            memory_limit_mib=512,
            scratch_mib=64,
            stop_timeout=cdk.Duration.seconds(2),
            attempt_timeout=cdk.Duration.seconds(15),
            retry=RetryPolicy(
                infrastructure_attempts=1, interval=cdk.Duration.seconds(1), max_interval=cdk.Duration.seconds(1)
            ),
            cluster=shared.cluster,
            encryption_key=shared.key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            alarms=Alarms(topic=shared.topic, detail=True),
            acknowledge={"NAWS-RETRY-007": "nobody has minutes for an attempt that hangs"},
            **props,
        ),
    )
    outputs = {
        "Machine": made.state_machine.state_machine_arn,
        "Failures": made.failure_queue.queue_url,
        "DeadLetters": made.dead_letter_queue.queue_url,
        "Logs": made.log_group.log_group_name,
        # Nothing in the exercises lets it fire by itself, so that a state which is set stays for a moment.
        "Alarm": next(alarm for alarm in made.alarms if alarm.node.path.endswith("RunsThrottled/Alarm")).alarm_name,
    }
    if made.queues:
        outputs["Queue"] = made.queues[0].queue_url
    for name, value in outputs.items():
        cdk.CfnOutput(stack, f"{name}Is", value=value)


shared = Shared()
processor(
    "Nightly",
    triggers=[
        ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin", payload={"kind": "daily"}),
        EventTrigger.object_created(shared.bucket, prefix="sales/in/", suffix=".csv"),
        EventTrigger(events.EventPattern(source=["statements"])),
        QueueTrigger(visibility_timeout=cdk.Duration.minutes(2), filter={"body": {"kind": ["report"]}}),
    ],
    bindings=[
        BucketBinding(shared.bucket, access="read-write", prefix="sales/", name="DATA"),
        BucketBinding(shared.bucket, prefix="rates/", name="RATES"),
        BucketBinding(shared.bucket, access="append", prefix="audit/", name="AUDIT"),
        SecretBinding(shared.secret, field="password", name="WAREHOUSE_PASSWORD"),
    ],
    memory_growth=MemoryGrowth(max_memory_limit_mib=1024),
    capacity="spot-then-on-demand",
)
processor("Leased", concurrency=Concurrency(limit=1))
processor("Objects", fan_out=FanOut(ObjectsUnder(shared.bucket, "objects/"), batch=10))
processor("Rows", fan_out=FanOut(RowsOf(shared.bucket, "rows.csv")))
app.synth()
