"""Processors whose tasks succeed, fail, run out of memory, hang or cannot start, as their messages say."""

import os
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import (
    Concurrency,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    NoAlarms,
    QueueTrigger,
    RetryPolicy,
)

HERE = Path(__file__).parent
LEDGER = Path(os.environ["CHAOS_LEDGER"])


def processor(limit: int, *, attempts: int, seconds: int, dev_command: list[str] | None) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("unused:1"),
        dev_command=dev_command,
        cpu=256,
        memory_limit_mib=512,
        environment={"LEDGER": str(LEDGER)},
        stop_timeout=cdk.Duration.seconds(2),
        attempt_timeout=cdk.Duration.seconds(seconds),
        retry=RetryPolicy(
            infrastructure_attempts=attempts,
            interval=cdk.Duration.seconds(1),
            max_interval=cdk.Duration.seconds(1),
        ),
        concurrency=Concurrency(limit=limit),
        triggers=[QueueTrigger(visibility_timeout=cdk.Duration.seconds(5), max_receive_count=6)],
        alarms=NoAlarms(reason="the test counts what the alarms would tell"),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


app = cdk.App()
job = ["/bin/sh", str(HERE / "job.sh")]
processors = {
    "Work": processor(8, attempts=20, seconds=90, dev_command=job),
    "Hanging": processor(2, attempts=20, seconds=4, dev_command=job),
    "Unstartable": processor(4, attempts=2, seconds=90, dev_command=[str(LEDGER.with_name("unstartable"))]),
}
EcsTaskProcessorStack(app, "Chaos", processors=processors)
app.synth()
