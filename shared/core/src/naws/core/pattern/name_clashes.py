"""A pattern among the others of its app: names that meet, and conventions that came too late for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.conventions import Conventions
from naws.core.homes import Home
from naws.core.plans.pattern import PatternPlan, TriggeredPlan
from naws.core.plans.triggers import trigger_names
from naws.core.rules.name_clashes import SharedName
from naws.core.rules.values import Field
from naws.core.stacks import kept, reference_of, stack_of
from naws.core.tokens import known

_BECOME_TAGS = {"service", "stage", "owner", "tags"}
"""Fields of conventions that reach a pattern which exists already: CDK adds tags when the app is synthesised."""
_PLANS: dict[str, dict[str, tuple[Construct, Callable[[], PatternPlan]]]] = {}
"""The patterns with their plans, by jsii's references to the app and to the pattern: walking an app would be slow."""


def register_names(scope: Construct, plan: Callable[[], PatternPlan]) -> None:
    """Have the names of a pattern compared with those of the others."""
    _PLANS.setdefault(_app_of(scope), {})[reference_of(scope)] = (scope, plan)


def clashing_names(scope: Construct, ours: PatternPlan) -> Iterator[SharedName]:
    """The name that all names of a pattern begin with, when it has any, and who else in the app has it."""
    name = _name_of(ours)
    if name is not None:
        others = [(other, its) for other, its in _others(scope) if _name_of(its) == name]
        yield SharedName(
            path="Conventions.name_prefix",
            expected="names that no other has",
            remedy='Conventions(name_prefix="…").apply(stack)  # another for each stack\n'
            f'construct_id="{ours.context.construct_id}2"  # of one of them',
            shown=f"names that begin with {name}",
            **_where(scope, ours, others),
        )


def clashing_trigger_names(scope: Construct, ours: TriggeredPlan) -> Iterator[SharedName]:
    """The names that triggers are given, and who else in the app has them; one pattern's own are judged by its plan.

    Names that the conventions make meet only where whole patterns do, which have a rule of their own.
    """
    plans = (*ours.triggers.schedules, *ours.triggers.events)
    for given, plan in zip(trigger_names(ours.triggers), plans, strict=True):
        if plan.trigger.name and known(plan.trigger.name):
            others = [
                (other, its)
                for other, its in _others(scope)
                if isinstance(its, TriggeredPlan)
                and given.taken in {each.taken for each in trigger_names(its.triggers)}
            ]
            yield SharedName(
                path=f"{given.path}.name",
                value=given.name,
                expected=f"a name that no other {given.kind} has",
                remedy=f'name="{plan.trigger.name[:60]}-2"\nomit name',
                **_where(scope, ours, others),
            )


def changed_conventions(now: Conventions, then: Conventions) -> Iterator[Field]:
    """The conventions that are in force by now and were not when the pattern was made."""
    for each in fields(Conventions):
        if each.name not in _BECOME_TAGS and getattr(now, each.name) != getattr(then, each.name):
            yield Field(f"Conventions.{each.name}")


def _name_of(plan: PatternPlan) -> str | None:
    return plan.context.physical_name("", "state-machine")


def _others(scope: Construct) -> Iterator[tuple[Construct, PatternPlan]]:
    own = reference_of(scope)
    return ((other, plan()) for key, (other, plan) in _PLANS[_app_of(scope)].items() if key != own)


def _where(scope: Construct, ours: PatternPlan, others: Sequence[tuple[Construct, PatternPlan]]) -> dict[str, Any]:
    """The paths of those that are in the same account and region, and of those that may be."""
    found: dict[str, list[str]] = {"same_home": [], "same_stage": []}
    for other, its in others:
        if not _attached(other):
            continue
        home, homes = ours.context.home, {ours.context.home, its.context.home}
        if (len(homes) == 1 and None not in (home.account, home.region)) or _same(stack_of(scope), stack_of(other)):
            found["same_home"].append(other.node.path)
        elif homes == {Home()} and _same(cdk.Stage.of(scope), cdk.Stage.of(other)):
            found["same_stage"].append(other.node.path)
    return found


def _same(one: IConstruct | None, other: IConstruct | None) -> bool:
    return ("" if one is None else reference_of(one)) == ("" if other is None else reference_of(other))


def _app_of(scope: Construct) -> str:
    stack = stack_of(scope)
    return kept(stack, "app", lambda: reference_of(stack.node.root))


def _attached(construct: Construct) -> bool:
    """Whether it is still in the tree: what could not be built whole is taken away."""
    for parent, child in pairwise(construct.node.scopes):
        found = parent.node.try_find_child(child.node.id)
        if found is None or reference_of(found) != reference_of(child):
            return False
    return True
