"""What the rules cost that CDK asks when it synthesises: each further processor the same few calls into Node."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sns as sns
from jsii._kernel.providers import process

from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import cdk_app

MOST_AT_SYNTHESIS = 10


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many calls there have been by now."""
    sent = [0]
    send = process._NodeProcess.send

    def counting(self: object, *args: object, **options: object) -> object:
        sent[0] += 1
        return send(self, *args, **options)

    monkeypatch.setattr(process._NodeProcess, "send", counting)
    return lambda: sent[0]


def synthesised(count: int, calls: Callable[[], int]) -> int:
    """Calls of the synthesis of so many processors in one stack."""
    app = cdk_app()
    stack = cdk.Stack(app, "Reports", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    Conventions(alarm_topic=sns.Topic(stack, "Topic"), name_prefix="reports").apply(stack)
    for number in range(count):
        props = EcsTaskProcessorProps(
            image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"),
            cluster=cluster,
            triggers=[ScheduleTrigger("@daily"), QueueTrigger()],
        )
        EcsTaskProcessor(stack, f"P{number}", props)
    before = calls()
    app.synth()
    return calls() - before


def test_a_further_processor_costs_few_calls_at_synthesis(calls: Callable[[], int]) -> None:
    one, two, four = (synthesised(count, calls) for count in (1, 2, 4))

    assert 0 < two - one <= MOST_AT_SYNTHESIS
    assert four - two == 2 * (two - one)
