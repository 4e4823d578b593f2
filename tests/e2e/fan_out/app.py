"""Processors that work on many items: from the payload, from rows and from objects."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, FanOut, NoAlarms, ObjectsUnder, RowsOf

app = cdk.App()
stack = cdk.Stack(app, "FanOut")
inbox = s3.Bucket(stack, "Inbox")
fan_outs = {
    "Strict": FanOut("$.items", max_concurrency=8),
    "Lenient": FanOut("$.items", max_concurrency=8, tolerated_failure_percentage=10),
    "Rows": FanOut(RowsOf(inbox, "rows.csv"), batch=2),
    "Objects": FanOut(ObjectsUnder(inbox, "in/")),
}
outputs = {"Inbox": inbox.bucket_name}
for name, fan_out in fan_outs.items():
    processor = EcsTaskProcessor(
        stack,
        name,
        EcsTaskProcessorProps(
            image=ecs.ContainerImage.from_registry("busybox:1.36.1"),
            dev_command=["python", "-S", "item.py"],
            cpu=256,
            memory_limit_mib=512,
            scratch_mib=64,
            stop_timeout=cdk.Duration.seconds(2),
            alarms=NoAlarms(reason="nobody watches a test"),
            fan_out=fan_out,
        ),
    )
    outputs[f"{name}Machine"] = processor.state_machine.state_machine_arn
    outputs[f"{name}Failures"] = processor.failure_queue.queue_url
    outputs[f"{name}Logs"] = processor.log_group.log_group_name
    outputs["Cluster"] = processor.cluster.cluster_arn
for name, value in outputs.items():
    cdk.CfnOutput(stack, f"{name}Is", value=value)
app.synth()
