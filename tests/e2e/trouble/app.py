"""Processors that cannot work, each for a reason of its own."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    SecretBinding,
)

ACCOUNT = "000000000000"

app = cdk.App()
stack = cdk.Stack(app, "Trouble")
absent = secretsmanager.Secret.from_secret_complete_arn(
    stack, "Absent", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:absent-AbCdEf"
)
common = {
    "image": ecs.ContainerImage.from_registry("localhost/never-built:1"),
    "retry": RetryPolicy(infrastructure_attempts=2, interval=cdk.Duration.seconds(1)),
    "removal_policy": cdk.RemovalPolicy.DESTROY,
}
told = sqs.Queue(stack, "Verbatim")
processors = {
    "NoImage": EcsTaskProcessorProps(
        **common,
        triggers=[
            ScheduleTrigger("@daily", payload={"kind": "daily"}),
            QueueTrigger(visibility_timeout=cdk.Duration.seconds(1), max_receive_count=2),
        ],
    ),
    "NoSecret": EcsTaskProcessorProps(
        **common, dev_command=["true"], bindings=[SecretBinding(absent, name="PASSWORD")]
    ),
}
for name, props in processors.items():
    processor = EcsTaskProcessor(stack, name, props)
    cdk.CfnOutput(stack, f"{name}Machine", value=processor.state_machine.state_machine_arn)
    cdk.CfnOutput(stack, f"{name}Failures", value=processor.failure_queue.queue_url)
    if props.triggers:
        processor.alarm_topic.add_subscription(subscriptions.SqsSubscription(told))
        cdk.CfnOutput(stack, f"{name}Queue", value=processor.queues[0].queue_url)
cdk.CfnOutput(stack, "ToldUrl", value=told.queue_url)
app.synth()
