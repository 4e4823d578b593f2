"""A nightly sales report: every day, whenever sales arrive, and on request."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)

app = cdk.App()
stack = cdk.Stack(app, "NightlyReport")
bucket = s3.Bucket(stack, "Sales", event_bridge_enabled=True, enforce_ssl=True)

EcsTaskProcessor(
    stack,
    "Report",
    EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset(str(Path(__file__).parent)),
        triggers=[
            ScheduleTrigger("@daily", payload={"kind": "daily"}),
            EventTrigger.object_created(bucket, prefix="sales/"),
            QueueTrigger(),
        ],
        bindings=[BucketBinding(bucket, access="read-write", name="DATA")],
        exit_codes={2: "fail", 3: "fail", 4: "fail", 5: "retry", 143: "retry"},
        dev_command=["python", "-m", "job"],
    ),
)

app.synth()
