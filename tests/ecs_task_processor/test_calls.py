"""Calls into Node are what building costs: the hundredth processor makes as many as the second."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns

from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing.calls import node_calls

MOST = 123
"""Of a further processor with a schedule, an event and a queue. This number may only shrink; 90 is what it is to be."""
MOST_AT_SYNTHESIS = 10


def processors(app: cdk.App, name: str, count: int) -> list[int]:
    """The calls that each of so many processors in one stack makes."""
    stack = cdk.Stack(app, name, env=cdk.Environment(account="123456789012", region="eu-central-1"))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    cluster, topic = ecs.Cluster(stack, "Cluster", vpc=vpc), sns.Topic(stack, "OnCall")
    Conventions(alarm_topic=topic).apply(stack)
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    made: list[int] = []
    for number in range(count):
        event = events.EventPattern(source=["app.orders"])
        triggers = [ScheduleTrigger("cron(0 5 * * ? *)"), EventTrigger(event), QueueTrigger()]
        props = EcsTaskProcessorProps(image=image, cluster=cluster, triggers=triggers)
        with node_calls() as calls:
            EcsTaskProcessor(stack, f"Job{number}", props)
        made.append(calls.count)
    return made


@pytest.mark.parametrize("count", [12])
def test_a_further_processor_makes_few_calls_and_never_more(count: int) -> None:
    app = cdk.App()
    first, second, *more = processors(app, "One", count)
    assert second <= MOST
    assert first >= second
    assert set(more) == {second}
    assert processors(app, "Two", 3)[1:] == [second, second]


def test_a_further_processor_makes_few_calls_at_synthesis() -> None:
    synthesis: list[int] = []
    for count in (2, 3, 6):
        app = cdk.App()
        processors(app, "Reports", count)
        with node_calls() as calls:
            app.synth()
        synthesis.append(calls.count)
    two, three, six = synthesis
    assert three - two <= MOST_AT_SYNTHESIS
    assert six - three <= 3 * MOST_AT_SYNTHESIS
