"""One processor with every option, once for each way to name and to remove it; and a service in two accounts.

With `less` among its arguments: what is left of the former when some options are taken back.
"""

import sys
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    Alarms,
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    FanOut,
    MemoryGrowth,
    QueueTrigger,
    ScheduleTrigger,
)

DESTROY = cdk.RemovalPolicy.DESTROY
REMOVALS = {"default": None, "retain": cdk.RemovalPolicy.RETAIN, "destroy": DESTROY}
ACCOUNTS = {"dev": ("111111111111", "us-east-1"), "prod": ("222222222222", "eu-west-1")}


def options(**more: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("unused:1"),
        dev_command=["true"],
        stop_timeout=cdk.Duration.seconds(2),
        memory_growth=MemoryGrowth(max_memory_limit_mib=8192),
        **more,
    )


def tell(stack: cdk.Stack, processor: EcsTaskProcessor) -> None:
    cdk.CfnOutput(stack, f"{processor.node.id}Machine", value=processor.state_machine.state_machine_arn)


def life(stage: cdk.Stage, *, less: bool) -> None:
    """The processor; `less` is without schedule and concurrency."""
    stack = cdk.Stack(stage, "Life")
    inbox = s3.Bucket(stack, "Inbox", removal_policy=DESTROY)
    others = [
        EventTrigger(events.EventPattern(source=["life"])),
        EventTrigger.object_created(inbox, prefix="in/"),
        QueueTrigger(),
    ]
    version = cdk.CfnParameter(stack, "Version", default="1")
    props = options(
        triggers=others if less else [ScheduleTrigger("@daily", payload={"kind": "daily"}), *others],
        concurrency=None if less else Concurrency(limit=2),
        environment={"VERSION": version.value_as_string},
        encryption_key=kms.Key(stack, "Key", removal_policy=DESTROY),
        alarms=Alarms(),
    )
    processor = EcsTaskProcessor(stack, "Job", props)
    tell(stack, processor)
    # Made when the processor is there: with more than the 43,200 seconds that SQS takes, a deployment fails half-way.
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number", default=30)
    sqs.CfnQueue(stack, "Late", visibility_timeout=seconds.value_as_number).node.add_dependency(processor)


def service(stage: cdk.Stage, name: str) -> None:
    """The same service in the stage's account and region, with everything that can be switched on."""
    Conventions(service="sales", stage=name, owner="sales", name_prefix=f"sales-{name}").apply(stage)
    stack = cdk.Stack(stage, "Service")
    key = kms.Key(stack, "Key", removal_policy=DESTROY)
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "TopicKey"), enforce_ssl=True)
    common: dict[str, Any] = {"encryption_key": key, "capacity": "spot-then-on-demand", "alarms": Alarms(topic=topic)}
    common["concurrency"] = Concurrency(limit=2)
    one = options(triggers=[ScheduleTrigger("@daily"), QueueTrigger()], **common)
    many = options(fan_out=FanOut(over="$.items"), **common)
    for construct_id, props in {"One": one, "Many": many}.items():
        tell(stack, EcsTaskProcessor(stack, construct_id, props))


app = cdk.App()
less = "less" in sys.argv
for naming in ("plain", "named"):
    for removal in ("default",) if less else REMOVALS:
        stage = cdk.Stage(app, f"{naming}-{removal}")
        prefix = removal if naming == "named" else None
        Conventions(name_prefix=prefix, removal_policy=REMOVALS[removal]).apply(stage)
        life(stage, less=less)
if not less:
    for name, (account, region) in ACCOUNTS.items():
        service(cdk.Stage(app, name.title(), env=cdk.Environment(account=account, region=region)), name)
app.synth()
