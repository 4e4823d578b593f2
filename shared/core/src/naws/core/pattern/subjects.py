"""A pattern and its task as the rules at synthesis judge them, read off the construct tree.

foreseen_issues     the little that CDK knows before anything is built
pattern_subject     what every pattern has, and its neighbours
task_subject        an ECS task and what it works with
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from naws.core.build.task import Task, TaskPlace
from naws.core.checks.synthesis import PatternSubject, TaskSubject
from naws.core.context import PatternContext
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
    role_trusts,
    role_view,
    task_view,
    topic_view,
)
from naws.core.pattern.name_clashes import Named, changed_conventions, clashing_names, clashing_trigger_names
from naws.core.plans.operations import OperationsPlan
from naws.core.plans.pattern import TriggeredTaskPlan
from naws.core.plans.task import TaskPlan
from naws.core.plans.triggers import TriggerPlans, trigger_names
from naws.core.rules.image_platforms import IMAGE_RULES
from naws.core.rules.task_owners import TRUST_RULES
from naws.core.rules.topic_key import TOPIC_RULES
from naws.core.type_checks import check_types
from naws.core.validation import refused

PlanT = TypeVar("PlanT", bound=TriggeredTaskPlan)


@dataclass(frozen=True, kw_only=True)
class BuiltPattern(Generic[PlanT]):
    """A pattern and its parts.

    Attributes:
        scope: the pattern.
        parent: what it is made in.
        stack: its stack.
        task: its task definition.
        place: where its tasks run.
        topic: where its alarms are sent; None without alarms.
        payloads: the bucket of its large payloads.
        plan: its plan, with everything that was added by then.
    """

    scope: Pattern
    parent: Construct
    stack: cdk.Stack
    task: Task
    place: TaskPlace
    topic: sns.ITopic | None
    payloads: s3.Bucket
    plan: Callable[[], PlanT]


def foreseen_issues(task: TaskPlan, operations: OperationsPlan, acknowledge: Container[str]) -> list[Issue]:
    """What can be known of the given images, roles and topic before anything is built.

    CDK has to be asked, which takes its time: it is done for who has something else wrong already, so that one error
    has everything. Whatever has nothing else wrong hears of these when it is synthesised.
    """
    topic = operations.topic
    topics = [] if topic is None else [topic_view(topic[1], topic[0])]
    found = [
        *(issue for each in given_images(task) for rule in IMAGE_RULES for issue in rule.issues(each)),
        *(issue for each in role_trusts(task) for rule in TRUST_RULES for issue in rule.issues(each)),
        *(issue for each in topics for rule in TOPIC_RULES for issue in rule.issues(each)),
    ]
    return refused(found, acknowledge)


def task_subject(
    built: BuiltPattern[PlanT],
    look: Inspection,
    task: Properties,
    role: Sequence[Properties],
    providers: Sequence[str],
) -> TaskSubject:
    """Its task and what that works with.

    Args:
        built: the pattern.
        look: at its stack.
        task: the properties of its task definition.
        role: those of `role_resources` of the program's role.
        providers: the capacity providers by which tasks are started; none when they are by launch type.
    """
    plan, place = built.plan(), built.place
    view = task_view(task, plan.task, {each.name for each in plan.program.variables})
    network = TaskNetwork(stack=built.stack, vpc=place.vpc, subnet_ids=place.subnet_ids, zones=place.zones)
    return TaskSubject(
        task=view,
        images=tuple(image_views(built.scope, view, plan.task)),
        pulled=tuple(pulled_images(view, plan.context.home)),
        trusts=tuple(role_trusts(plan.task)),
        role=role_view(role),
        network=network_view(look, network, view, plan.network, sessions=plan.task.enable_execute_command),
        cluster=cluster_view(place.cluster, providers),
    )


def pattern_subject(built: BuiltPattern[PlanT], look: Inspection, names: Named) -> PatternSubject:
    """Its topic, its bucket, its names and its conventions.

    Args:
        built: the pattern.
        look: at its stack.
        names: of `names_of`.
    """
    plan, parent = built.plan(), built.parent
    given = plan.operations.topic
    topic, bucket = built.topic, built.payloads
    topics = () if topic is None else (look.once("topic", topic, lambda: topic_view(topic, "")),)
    is_given = plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY
    buckets = (look.once("bucket", bucket, lambda: bucket_view(bucket, given=False)),)
    now = look.once("conventions", parent, lambda: check_types(conventions_of(parent), "Conventions")[0])
    return PatternSubject(
        topics=tuple(replace(each, path=given[0] if given else "alarms.topic") for each in topics),
        buckets=tuple(replace(each, given=is_given) for each in buckets),
        names=tuple(clashing_names(built.scope, built.stack, names)),
        trigger_names=tuple(clashing_trigger_names(built.scope, built.stack, names)),
        conventions=tuple(changed_conventions(now, plan.context.conventions)),
    )


def names_of(context: PatternContext, triggers: TriggerPlans, name: str | None) -> Named:
    """The names of a pattern, for its neighbours.

    Args:
        context: where it is put.
        triggers: by their names.
        name: what all of its own names begin with; None without physical names.
    """
    every = tuple(trigger_names(triggers))
    plans = (*triggers.schedules, *triggers.events)
    return Named(
        construct_id=context.construct_id,
        name=name,
        triggers=every,
        given=[named for named, each in zip(every, plans, strict=True) if each.trigger.name],
        home=context.home,
    )
