"""A processor among the others of its app, for the late rules."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import pairwise

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.conventions import Conventions, conventions_of
from naws.core.plans.triggers import trigger_names
from naws.core.rules.name_clashes import BuiltNames, BuiltTriggerName, ChangedConvention
from naws.core.tokens import has_token
from naws.core.type_checks import check_types
from naws.ecs_task_processor.plan import Plan

_BECOME_TAGS = {"service", "stage", "owner", "tags"}
"""What reaches a pattern that is there already, too: CDK adds tags when the app is synthesised."""

# Who has names, by jsii's reference to the app and to the processor: walking an app for them would be slow.
_NAMED: dict[str, dict[str, tuple[Construct, Callable[[], Plan]]]] = {}


def register_names(scope: Construct, plan: Callable[[], Plan]) -> None:
    """Have the names of a processor compared with those of the others."""
    _NAMED.setdefault(_reference(scope.node.root), {})[_reference(scope)] = (scope, plan)


def clashing_names(scope: Construct, plan: Plan) -> Iterator[BuiltNames]:
    """The names of a processor that has some, and who else in the app has them."""
    name = plan.names.state_machine
    if name is None:
        return
    others = [other for other, its in _others(scope) if its.names.state_machine == name and _attached(other)]
    yield BuiltNames(
        construct_id=plan.context.construct_id,
        name=name,
        same_place=[other.node.path for other in others if _same_place(scope, other)],
        same_stage=[other.node.path for other in others if _same_stage(scope, other)],
    )


def built_trigger_names(scope: Construct, plan: Plan) -> Iterator[BuiltTriggerName]:
    """The names that triggers were given, and who else in the app has them; one pattern's own are told when it is made.

    Names that the conventions make meet only where whole processors do, of which their own rule tells.
    """
    triggers = (*plan.triggers.schedules, *plan.triggers.events)
    given = [named for named, each in zip(trigger_names(plan.triggers), triggers, strict=True) if each.trigger.name]
    taken = [(other, {named.taken for named in trigger_names(its.triggers)}) for other, its in _others(scope) if given]
    for named in given:
        others = [other for other, theirs in taken if named.taken in theirs and _attached(other)]
        yield BuiltTriggerName(
            path=named.path,
            name=str(named.name),
            kind=named.kind,
            same_place=[other.node.path for other in others if _same_place(scope, other)],
            same_stage=[other.node.path for other in others if _same_stage(scope, other)],
        )


def _others(scope: Construct) -> Iterator[tuple[Construct, Plan]]:
    for reference, (other, its_plan) in _NAMED.get(_reference(scope.node.root), {}).items():
        if reference != _reference(scope):
            yield other, its_plan()


def changed_conventions(scope: Construct, plan: Plan) -> Iterator[ChangedConvention]:
    """The conventions that are in force by now and were not when the processor was made."""
    parent = scope.node.scope
    if not isinstance(parent, Construct):
        return
    now, _ = check_types(conventions_of(parent), "Conventions")
    for each in fields(Conventions):
        if each.name not in _BECOME_TAGS and getattr(now, each.name) != getattr(plan.context.conventions, each.name):
            yield ChangedConvention(name=each.name)


def _same_place(one: Construct, other: Construct) -> bool:
    ours, theirs = cdk.Stack.of(one), cdk.Stack.of(other)
    if _reference(ours) == _reference(theirs):
        return True
    known = not has_token([ours.account, ours.region, theirs.account, theirs.region])
    return known and (ours.account, ours.region) == (theirs.account, theirs.region)


def _same_stage(one: Construct, other: Construct) -> bool:
    ours, theirs = cdk.Stack.of(one), cdk.Stack.of(other)
    unknown = all(map(has_token, (ours.account, ours.region, theirs.account, theirs.region)))
    return unknown and not _same_place(one, other) and _stage(ours) == _stage(theirs)


def _stage(stack: cdk.Stack) -> str:
    stage = cdk.Stage.of(stack)
    return "" if stage is None else _reference(stage)


def _attached(construct: Construct) -> bool:
    """Whether it is still in the tree: what could not be built whole is taken away."""
    for parent, child in pairwise(construct.node.scopes):
        found = parent.node.try_find_child(child.node.id)
        if found is None or _reference(found) != _reference(child):
            return False
    return True


def _reference(construct: IConstruct) -> str:
    return str(getattr(construct, "__jsii_ref__").ref)  # noqa: B009  # every jsii object has it, the stubs do not say
