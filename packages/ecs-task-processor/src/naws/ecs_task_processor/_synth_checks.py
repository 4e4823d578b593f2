"""Rules about the built thing: CDK asks them when the app is synthesised, after everything that a user added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import IValidation

from naws.core.issues import Issue
from naws.core.pattern.base import Pattern
from naws.core.rules.asl_machine import machine_issues
from naws.core.rules.built import LATE_RULES, TASK_RULES
from naws.core.rules.built_bucket import BUCKET_RULES
from naws.core.rules.built_cluster import CLUSTER_RULES
from naws.core.rules.built_images import IMAGE_RULES
from naws.core.rules.built_network import NETWORK_RULES
from naws.core.rules.built_owners import owner_lets_it_be_pulled, trusts_tasks
from naws.core.rules.built_role import ROLE_RULES
from naws.core.rules.built_stack import STACK_RULES
from naws.core.rules.built_steps import STEP_RULES
from naws.core.rules.built_topic import TOPIC_RULES
from naws.core.rules.name_clashes import CONVENTION_RULES, NAME_RULES, TRIGGER_NAME_RULES
from naws.core.rules.new_vpc import two_zones
from naws.core.validation import acknowledgement_issues
from naws.ecs_task_processor._built import (
    built_bucket,
    built_cluster,
    built_network,
    built_role,
    built_spread,
    built_stack,
    built_task,
    built_topic,
    built_trusts,
    pulled_images,
)
from naws.ecs_task_processor._built_images import built_images, given_images
from naws.ecs_task_processor._name_clashes import (
    built_trigger_names,
    changed_conventions,
    clashing_names,
    register_names,
)
from naws.ecs_task_processor._step import repeated_steps
from naws.ecs_task_processor._task import Place
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.plan import Plan

_CODES = {rule.code for rule in LATE_RULES}
_OF_STACKS = {rule.code for rule in STACK_RULES}


@dataclass(frozen=True, kw_only=True)
class Built:
    """What is looked at.

    Attributes:
        scope: the pattern.
        task: its task definition.
        place: where its tasks run.
        topic: where its alarms are sent; None without alarms.
        payloads: the bucket of its large payloads.
        machines: its state machines, by what the issues call each definition.
        plan: its plan, with everything that was added by then.
        steps: the stacks and the ids of those steps of other workflows that do not name their run.
    """

    scope: Pattern
    task: ecs.FargateTaskDefinition
    place: Place
    topic: sns.ITopic | None
    payloads: s3.Bucket
    machines: Mapping[str, sfn.StateMachine]
    plan: Callable[[], Plan]
    steps: Sequence[tuple[cdk.Stack, str]]


def add_synth_checks(built: Built) -> None:
    """Have CDK ask when it synthesises: errors end the synthesis, advice becomes warnings."""
    built.scope.node.add_validation(_Validation(built))
    register_names(built.scope, built.plan)


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, built: Built) -> None:
        self._built = built

    def validate(self) -> list[str]:
        """The errors, as CDK takes them."""
        scope = self._built.scope
        patterns = _patterns(cdk.Stack.of(scope)) or [scope]
        found = [*_found(self._built), *self._found_of_stack(patterns)]
        accepted = {code: reason for code, reason in scope.acknowledged.items() if code in _CODES}
        wrong = acknowledgement_issues(accepted, CHECKS, found, built=True)
        told = [each for each in found if each.code not in _OF_STACKS or patterns[0] is scope]
        for issue in told:
            if issue.level == "advice" and not _accepted(issue, accepted, patterns):
                text = f"{issue.path} = {issue.value}: expected {issue.expected}; {issue.remedy}"
                cdk.Annotations.of(scope).add_warning_v2(issue.code, text)
        refused = [
            each
            for each in told
            if each.level == "limit" or (each.level == "practice" and not _accepted(each, accepted, patterns))
        ]
        return [f"\n{issue.render()}" for issue in (*refused, *wrong)]

    def _found_of_stack(self, patterns: list[Pattern]) -> list[Issue]:
        """Counting a stack is slow: it is done by who tells of it, and by who accepts it."""
        scope = self._built.scope
        if patterns[0] is not scope and _OF_STACKS.isdisjoint(scope.acknowledged):
            return []
        stack = built_stack(cdk.Stack.of(scope), len(patterns))
        return [issue for rule in STACK_RULES for issue in rule.issues(stack)]


def _patterns(stack: cdk.Stack) -> list[Pattern]:
    """Those of a stack; what is true of the stack is told by the first."""
    return [each for each in stack.node.find_all() if isinstance(each, Pattern) and cdk.Stack.of(each) is stack]


def _accepted(issue: Issue, own: Mapping[str, str], patterns: list[Pattern]) -> bool:
    if issue.code in _OF_STACKS:
        return any(issue.code in each.acknowledged for each in patterns)
    return issue.code in own


def _found(built: Built) -> list[Issue]:
    plan = built.plan()
    task = built_task(built.task, plan)
    images = tuple(built_images(built.task, plan))
    network = built_network(built.task, built.place, plan)
    cluster = built_cluster(built.place, plan)
    role = built_role(built.task)
    bucket = built_bucket(built.payloads, plan)
    triggers = list(built_trigger_names(built.scope, plan))
    late = list(changed_conventions(built.scope, plan))
    stacks, names = [stack for stack, _ in built.steps], {name for _, name in built.steps}
    topics = [] if built.topic is None else [built_topic(built.topic, plan)]
    return [
        *(issue for rule in TASK_RULES for issue in rule.issues(task)),
        *(issue for rule in IMAGE_RULES for image in images for issue in rule.issues(image)),
        *(issue for rule in NETWORK_RULES for issue in rule.issues(network)),
        *two_zones.issues(built_spread(built.place, plan)),
        *(issue for rule in CLUSTER_RULES for issue in rule.issues(cluster)),
        *(issue for rule in BUCKET_RULES for issue in rule.issues(bucket)),
        *(issue for rule in ROLE_RULES for issue in rule.issues(role)),
        *(issue for rule in NAME_RULES for names in clashing_names(built.scope, plan) for issue in rule.issues(names)),
        *(issue for rule in TRIGGER_NAME_RULES for trigger in triggers for issue in rule.issues(trigger)),
        *(issue for rule in CONVENTION_RULES for one in late for issue in rule.issues(one)),
        *(issue for rule in STEP_RULES for step in repeated_steps(stacks, names) for issue in rule.issues(step)),
        *(issue for trust in built_trusts(plan) for issue in trusts_tasks.issues(trust)),
        *(issue for image in pulled_images(built.task, plan) for issue in owner_lets_it_be_pulled.issues(image)),
        *(issue for rule in TOPIC_RULES for topic in topics for issue in rule.issues(topic)),
        *(issue for path, machine in built.machines.items() for issue in machine_issues(_resource(machine), path)),
    ]


def known_before(plan: Plan) -> list[Issue]:
    """What can be said of the given images, roles and topic before anything is built.

    CDK has to be asked, which takes its time: it is done for who has to be told of something else already, so that one
    error says everything. Whatever has nothing else is told of these when it is synthesised.
    """
    given = plan.operations.topic
    topics = [] if given is None else [built_topic(given[1], plan)]
    found = [
        *(issue for rule in IMAGE_RULES for image in given_images(plan) for issue in rule.issues(image)),
        *(issue for trust in built_trusts(plan) for issue in trusts_tasks.issues(trust)),
        *(issue for rule in TOPIC_RULES for each in topics for issue in rule.issues(each)),
    ]
    accepted = plan.props.acknowledge
    return [each for each in found if each.level == "limit" or (each.level == "practice" and each.code not in accepted)]


def _resource(machine: sfn.StateMachine) -> sfn.CfnStateMachine:
    return cast("sfn.CfnStateMachine", machine.node.default_child)
