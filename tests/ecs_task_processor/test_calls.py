"""Calls into Node are what building costs: the hundredth processor makes as many as the second."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from naws.core.context import PatternContext
from naws.core.issues import PatternValidationError
from naws.core.plans import missed_runs
from naws.core.schedules import pauses
from naws.core.schedules.cron import Cron
from naws.core.validation import validate
from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    NoAlarms,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    VpcLookup,
)
from naws.ecs_task_processor.checks import CHECKS
from naws.testing.calls import calls_of, node_calls

MOST = 89
"""Of a further processor with a schedule, an event and a queue."""
MOST_OF_STACK = 90
"""Of what a stack has once, and Node once for all apps: the first processor makes it."""
MOST_AT_SYNTHESIS = 9
IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"


Making = Callable[[cdk.Stack], dict[str, Any]]


def processors(  # noqa: PLR0913  # what the processors of a stack may share
    app: cdk.App,
    name: str,
    count: int,
    *,
    share_image: bool = True,
    conventions: Mapping[str, Any] | None = None,
    shared: Making = lambda _: {},
) -> list[int]:
    """The calls that each of so many processors in one stack makes."""
    stack = cdk.Stack(app, name, env=cdk.Environment(account="123456789012", region="eu-central-1"))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    cluster, topic = ecs.Cluster(stack, "Cluster", vpc=vpc), sns.Topic(stack, "OnCall")
    Conventions(alarm_topic=topic, **(conventions or {})).apply(stack)
    given = shared(stack)
    image = ecs.ContainerImage.from_registry(IMAGE)
    made: list[int] = []
    for number in range(count):
        own = image if share_image else ecs.ContainerImage.from_registry(IMAGE)
        event = events.EventPattern(source=["app.orders"])
        triggers = [ScheduleTrigger("cron(0 5 * * ? *)"), EventTrigger(event), QueueTrigger()]
        props = EcsTaskProcessorProps(image=own, cluster=cluster, triggers=triggers, **given)
        made.append(calls_of(EcsTaskProcessor, stack, f"Job{number}", props))
    return made


def test_a_further_processor_makes_few_calls_and_never_more() -> None:
    app = cdk.App()
    first, second, *more = processors(app, "One", 12)
    assert second <= MOST
    assert set(more) == {second}
    # The first of a stack makes what its stack costs, too: its payload bucket, a principal for its roles, its names.
    assert second < first <= second + MOST_OF_STACK
    other_first, *others = processors(app, "Two", 3)
    assert set(others) == {second}
    assert other_first <= first


def _secret(stack: cdk.Stack) -> dict[str, Any]:
    secret = secretsmanager.Secret(stack, "Secret")
    return {"secrets": {"TOKEN": ecs.Secret.from_secrets_manager(secret)}}


OPTIONS: dict[str, tuple[dict[str, Any], Making, int]] = {
    "tags": ({"service": "reports", "owner": "team", "tags": {"cost": "7"}}, lambda _: {}, 0),
    "a name prefix": ({"name_prefix": "reports"}, lambda _: {}, 3),
    "a key": ({}, lambda stack: {"encryption_key": kms.Key(stack, "Key")}, 13),
    "a secret": ({}, _secret, 22),
    "concurrency": ({}, lambda _: {"concurrency": Concurrency(limit=2)}, 40),
}
"""Conventions, what the processors are given, and the calls that a further one makes for it."""


@pytest.mark.parametrize(("conventions", "given", "more"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_costs_so_many_calls(conventions: dict[str, Any], given: Making, more: int) -> None:
    first, *others = processors(cdk.App(), "One", 4, conventions=conventions, shared=given)
    assert set(others) == {others[0]}
    assert others[0] <= MOST + more
    assert first <= others[0] + MOST_OF_STACK


def test_nor_does_one_with_an_image_of_its_own() -> None:
    _, *more = processors(cdk.App(), "One", 4, share_image=False)
    assert max(more) <= MOST + 1  # the image
    assert len(set(more)) == 1


@pytest.mark.parametrize(
    "vpc",
    [
        VpcLookup.by_id("vpc-0123456789abcdef0"),
        VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets"),
    ],
    ids=["id", "parameter"],
)
def test_a_vpc_is_looked_up_once_per_stack(vpc: VpcLookup) -> None:
    stack = cdk.Stack(cdk.App(), "One", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    props = EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry(IMAGE), vpc=vpc)
    first, *more = [calls_of(EcsTaskProcessor, stack, f"Job{number}", props) for number in range(4)]
    assert len(set(more)) == 1
    assert first > more[0]


def test_a_further_processor_makes_few_calls_at_synthesis() -> None:
    synthesis: list[int] = []
    for count in (2, 3, 6):
        app = cdk.App()
        processors(app, "Reports", count)
        synthesis.append(calls_of(app.synth))
    two, three, six = synthesis
    assert three - two <= MOST_AT_SYNTHESIS
    assert six - three <= 3 * MOST_AT_SYNTHESIS


PLAIN: dict[str, dict[str, Any]] = {
    "only the image": {},
    "more": {
        "triggers": [ScheduleTrigger("rate(1 day)", payload={"day": "today"}), QueueTrigger()],
        "environment": {"LOG_LEVEL": "info"},
        "retry": RetryPolicy(task_attempts=3),
        "concurrency": Concurrency(limit=2),
        "command": ["run", "--all"],
        "alarms": NoAlarms(reason="it is a trial"),
    },
}
"""What is given beside the image, with no object of CDK in it."""


@pytest.mark.parametrize("given", PLAIN.values(), ids=PLAIN)
def test_planning_and_judging_plain_props_ask_nothing_of_node(given: dict[str, Any]) -> None:
    props = EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry(IMAGE), **given)
    context = PatternContext(path="Reports/Nightly", construct_id="Nightly", conventions=Conventions())
    with node_calls() as calls:
        plan = EcsTaskProcessor.resolve(props, context)
        validate(context.path, plan, CHECKS, {})
    assert calls.by_kind == {}


def test_planning_asks_node_for_each_duration_once_and_judging_for_nothing() -> None:
    minutes = cdk.Duration.minutes
    props = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry(IMAGE),
        attempt_timeout=minutes(10),
        retry=RetryPolicy(interval=minutes(1)),
        triggers=[
            ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin", flexible_window=minutes(15)),
            QueueTrigger(visibility_timeout=minutes(2)),
        ],
    )
    context = PatternContext(path="Reports/Nightly", construct_id="Nightly", conventions=Conventions())
    with node_calls() as planning:
        plan = EcsTaskProcessor.resolve(props, context)
    assert planning.by_kind == {"InvokeRequest": 4}
    with node_calls() as judging:
        validate(context.path, plan, CHECKS, {})
    assert judging.by_kind == {}


def test_the_days_of_a_schedule_are_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []

    def counted(cron: Cron, *others: Any) -> list[int]:
        walked.append(cron.expression)
        return pauses.firings_of(cron, *others)

    monkeypatch.setattr(missed_runs, "firings_of", counted)
    triggers = [ScheduleTrigger(f"{minute} 17 * * 1-5", timezone="Europe/Berlin") for minute in (37, 38)]
    props = EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry(IMAGE), triggers=triggers)
    context = PatternContext(path="Reports/Nightly", construct_id="Nightly", conventions=Conventions())
    for _ in range(3):
        validate(context.path, EcsTaskProcessor.resolve(props, context), CHECKS, {})
    assert walked == ["cron(37 17 ? * 2-6 *)", "cron(38 17 ? * 2-6 *)"]


def test_a_mistake_in_plain_props_asks_nothing_either() -> None:
    image = ecs.ContainerImage.from_registry(IMAGE)
    props = EcsTaskProcessorProps(image=image, triggers=[ScheduleTrigger("rate(1 fortnight)")])
    context = PatternContext(path="Reports/Nightly", construct_id="Nightly", conventions=Conventions())
    with node_calls() as calls:
        plan = EcsTaskProcessor.resolve(props, context)
        with pytest.raises(PatternValidationError):
            validate(context.path, plan, CHECKS, {})
    assert calls.count == 0
