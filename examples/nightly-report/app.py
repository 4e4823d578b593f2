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
    NewVpc,
    QueueTrigger,
    ScheduleTrigger,
)

app = cdk.App()
stack = cdk.Stack(app, "NightlyReport")
bucket = s3.Bucket(stack, "Sales", enforce_ssl=True)
report = EcsTaskProcessor(
    stack,
    "Report",
    EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset(str(Path(__file__).parent)),
        vpc=NewVpc(),
        triggers=[
            ScheduleTrigger("@daily", payload={"kind": "daily"}),
            EventTrigger.object_created(bucket, prefix="sales/"),
            QueueTrigger(),
        ],
        bindings=[BucketBinding(bucket, access="read-write", name="DATA")],
        dev_command=["python", "-m", "job"],
    ),
)
cdk.CfnOutput(stack, "DataBucket", value=bucket.bucket_name)
cdk.CfnOutput(stack, "QueueUrl", value=report.queues[0].queue_url)
cdk.CfnOutput(stack, "StateMachineArn", value=report.state_machine.state_machine_arn)
app.synth()
