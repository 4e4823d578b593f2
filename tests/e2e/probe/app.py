"""Processors whose tasks do what their payload says."""

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from bound import Bound

from naws.ecs_task_processor import (
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    MemoryGrowth,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    SecretBinding,
)

TRICKY = json.loads((Path(__file__).parent / "tricky.json").read_text(encoding="utf-8"))
app = cdk.App(context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})
stack = cdk.Stack(app, "Probe")
inbox = s3.Bucket(stack, "Inbox")
secret = secretsmanager.Secret(stack, "Secret", secret_string_value=cdk.SecretValue.unsafe_plain_text("hunter2"))
image = ecs.ContainerImage.from_asset(str(Path(__file__).parent / "job"))
common = {
    "image": image,
    "dev_command": ["python", "-S", "job/probe.py"],
    "cpu": 256,
    "memory_limit_mib": 512,
    "scratch_mib": 64,
    "stop_timeout": cdk.Duration.seconds(2),
    "retry": RetryPolicy(
        task_attempts=2,
        infrastructure_attempts=2,
        interval=cdk.Duration.seconds(1),
        max_interval=cdk.Duration.seconds(1),
    ),
}
main = EcsTaskProcessor(
    stack,
    "Main",
    EcsTaskProcessorProps(
        **common,
        triggers=[
            ScheduleTrigger("rate(1 minute)", payload={"kind": "minutely", **TRICKY}),
            EventTrigger.object_created(inbox, prefix="in/"),
            EventTrigger(events.EventPattern(source=["probe"])),
            EventTrigger(events.EventPattern(source=["probe with a payload"]), payload=TRICKY),
            QueueTrigger(),
        ],
        bindings=[SecretBinding(secret, name="PASSWORD")],
        attempt_timeout=cdk.Duration.seconds(45),
        memory_growth=MemoryGrowth(max_memory_limit_mib=1024),
        acknowledge={"NAWS-SCHED-006": "its runs share nothing"},
    ),
)
hard = EcsTaskProcessor(
    stack,
    "Hard",
    EcsTaskProcessorProps(
        **common,
        attempt_timeout=cdk.Duration.seconds(8),
        concurrency=Concurrency(limit=1),
    ),
)
skipping = EcsTaskProcessor(
    stack, "Skipping", EcsTaskProcessorProps(**common, concurrency=Concurrency(limit=1, when_full="skip"))
)
bound = Bound(stack, common, skipping)
step = main.as_step(stack, "Step", payload=TRICKY)
caller = sfn.StateMachine(stack, "Caller", definition_body=sfn.DefinitionBody.from_chainable(step))
told = sqs.Queue(stack, "Verbatim")
main.alarm_topic.add_subscription(subscriptions.SqsSubscription(told))
outputs = {
    "Inbox": inbox.bucket_name,
    "Queue": main.queues[0].queue_url,
    "Verbatim": told.queue_url,
    "CallerMachine": caller.state_machine_arn,
    "Cluster": main.cluster.cluster_arn,
    "HardLeases": hard.node.find_child("Leases").table_name,
    "HardKeeper": hard.node.find_child("LeaseReaper").node.find_child("StateMachine").state_machine_arn,
}
for name, processor in {"Main": main, "Hard": hard, "Skipping": skipping, "Bound": bound.processor}.items():
    outputs[f"{name}Machine"] = processor.state_machine.state_machine_arn
    outputs[f"{name}Failures"] = processor.failure_queue.queue_url
    outputs[f"{name}Logs"] = processor.log_group.log_group_name
for name, value in outputs.items():
    cdk.CfnOutput(stack, f"{name}Is", value=value)
app.synth()
