"""A processor read off the construct tree when CDK synthesises."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.task import Task
from naws.core.checks.synthesis import PatternSubject, TaskSubject
from naws.core.conventions import conventions_of
from naws.core.issues import Issue
from naws.core.pattern.base import Pattern
from naws.core.pattern.image_inspection import given_images, image_views
from naws.core.pattern.inspection import (
    Inspection,
    Properties,
    TaskNetwork,
    bucket_view,
    cluster_view,
    network_view,
    pulled_images,
    role_resources,
    role_trusts,
    role_view,
    task_view,
    topic_view,
)
from naws.core.pattern.name_clashes import (
    Named,
    changed_conventions,
    clashing_names,
    clashing_trigger_names,
    register_names,
)
from naws.core.pattern.synth_checks import SynthSubject, add_synth_checks
from naws.core.plans.triggers import trigger_names
from naws.core.rules.asl_machine import properties_issues
from naws.core.rules.image_platforms import IMAGE_RULES
from naws.core.rules.repeated_steps import RepeatedStep
from naws.core.rules.task_owners import TRUST_RULES
from naws.core.rules.topic_key import TOPIC_RULES
from naws.core.type_checks import check_types
from naws.core.validation import refused
from naws.ecs_task_processor._step import repeated_steps
from naws.ecs_task_processor._task import Place
from naws.ecs_task_processor.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS, Subject
from naws.ecs_task_processor.plan import Plan

_PROVIDERS = {"spot": ("FARGATE_SPOT",), "spot-then-on-demand": ("FARGATE_SPOT", "FARGATE")}
"""The capacity providers that a run names."""


@dataclass(frozen=True, kw_only=True)
class Processor:
    """A processor and its parts.

    Attributes:
        scope: the pattern.
        parent: what it is made in.
        stack: its stack.
        task: its task definition.
        place: where its tasks run.
        topic: where its alarms are sent; None without alarms.
        payloads: the bucket of its large payloads.
        machines: its state machines, by what the issues call each definition.
        plan: its plan, with everything that was added by then.
        steps: the stacks and the ids of those steps of other workflows that do not name their run.
    """

    scope: Pattern
    parent: Construct
    stack: cdk.Stack
    task: Task
    place: Place
    topic: sns.ITopic | None
    payloads: s3.Bucket
    machines: Mapping[str, sfn.CfnStateMachine]
    plan: Callable[[], Plan]
    steps: Sequence[tuple[cdk.Stack, str]]


def check_at_synthesis(processor: Processor) -> None:
    """Have the rules asked about what will be deployed, and the names compared with the neighbours'."""
    role = processor.task.task_role
    machines = processor.machines
    add_synth_checks(
        SynthSubject(
            scope=processor.scope,
            stack=processor.stack,
            resources=lambda: (processor.task.resource, *machines.values(), *role_resources(role)),
            judge=lambda look, read: _issues(processor, look, read),
            levels=SYNTH_LEVELS,
        )
    )
    register_names(processor.scope, processor.stack, lambda: _names(processor.plan()))


def known_before(plan: Plan) -> list[Issue]:
    """What can be known of the given images, roles and topic before anything is built.

    CDK has to be asked, which takes its time: it is done for who has something else wrong already, so that one error
    has everything. Whatever has nothing else wrong hears of these when it is synthesised.
    """
    topic = plan.operations.topic
    topics = [] if topic is None else [topic_view(topic[1], topic[0])]
    found = [
        *(issue for each in given_images(plan.task) for rule in IMAGE_RULES for issue in rule.issues(each)),
        *(issue for each in role_trusts(plan.task) for rule in TRUST_RULES for issue in rule.issues(each)),
        *(issue for each in topics for rule in TOPIC_RULES for issue in rule.issues(each)),
    ]
    return refused(found, plan.props.acknowledge)


def _issues(processor: Processor, look: Inspection, read: Sequence[Properties]) -> Iterator[Issue]:
    task, *others = read
    machines, role = others[: len(processor.machines)], others[len(processor.machines) :]
    subject = Subject(
        task=_task(processor, look, task, role),
        pattern=_pattern(processor, look),
        steps=tuple(_repeated(processor)),
    )
    for check in SYNTH_CHECKS:
        yield from check.run(subject)
    for path, properties in zip(processor.machines, machines, strict=True):
        yield from properties_issues(properties, path)


def _task(processor: Processor, look: Inspection, task: Properties, role: Sequence[Properties]) -> TaskSubject:
    plan, place = processor.plan(), processor.place
    view = task_view(task, plan.task, {each.name for each in plan.program.variables})
    network = TaskNetwork(stack=processor.stack, vpc=place.vpc, subnet_ids=place.subnet_ids, zones=place.zones)
    return TaskSubject(
        task=view,
        images=tuple(image_views(processor.scope, view, plan.task)),
        pulled=tuple(pulled_images(view, plan.context.home)),
        trusts=tuple(role_trusts(plan.task)),
        role=role_view(role),
        network=network_view(look, network, view, plan.network, sessions=plan.task.enable_execute_command),
        cluster=cluster_view(place.cluster, _PROVIDERS.get(plan.props.capacity, ())),
    )


def _pattern(processor: Processor, look: Inspection) -> PatternSubject:
    plan, scope, parent = processor.plan(), processor.scope, processor.parent
    names = _names(plan)
    given = plan.operations.topic
    topic, bucket = processor.topic, processor.payloads
    topics = () if topic is None else (look.once("topic", topic, lambda: topic_view(topic, "")),)
    is_given = plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY
    buckets = (look.once("bucket", bucket, lambda: bucket_view(bucket, given=False)),)
    now = look.once("conventions", parent, lambda: check_types(conventions_of(parent), "Conventions")[0])
    return PatternSubject(
        topics=tuple(replace(each, path=given[0] if given else "alarms.topic") for each in topics),
        buckets=tuple(replace(each, given=is_given) for each in buckets),
        names=tuple(clashing_names(scope, processor.stack, names)),
        trigger_names=tuple(clashing_trigger_names(scope, processor.stack, names)),
        conventions=tuple(changed_conventions(now, plan.context.conventions)),
    )


def _repeated(processor: Processor) -> Iterator[RepeatedStep]:
    stacks, names = [stack for stack, _ in processor.steps], {name for _, name in processor.steps}
    return repeated_steps(stacks, names)


def _names(plan: Plan) -> Named:
    every = tuple(trigger_names(plan.triggers))
    triggers = (*plan.triggers.schedules, *plan.triggers.events)
    return Named(
        construct_id=plan.context.construct_id,
        name=plan.names.state_machine,
        triggers=every,
        given=[named for named, each in zip(every, triggers, strict=True) if each.trigger.name],
        home=plan.context.home,
    )
