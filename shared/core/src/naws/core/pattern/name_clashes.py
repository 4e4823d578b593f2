"""A pattern among the others of its app: names that meet, and conventions that came too late for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.conventions import Conventions
from naws.core.homes import Home
from naws.core.jsii_reference import reference_of
from naws.core.rules.name_clashes import ChangedConvention, GivenTriggerName, PatternNames
from naws.core.rules.names import TriggerName

_BECOME_TAGS = {"service", "stage", "owner", "tags"}
"""What reaches a pattern that is there already, too: CDK adds tags when the app is synthesised."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """The names of a pattern.

    Attributes:
        construct_id: its own.
        name: what all of its names begin with; None without physical names.
        triggers: the names of its triggers, given or made from its own.
        given: those of them that are given.
        home: where they are taken.
    """

    construct_id: str
    name: str | None
    triggers: Sequence[TriggerName]
    given: Sequence[TriggerName]
    home: Home


# Who has names, by jsii's references to the app and to the pattern: walking an app for them would be slow.
_NAMED: dict[str, dict[str, tuple[Construct, Callable[[], Named]]]] = {}
_APPS: dict[str, str] = {}
"""The app of each stack."""


def register_names(scope: Construct, stack: cdk.Stack, names: Callable[[], Named]) -> None:
    """Have the names of a pattern compared with those of the others."""
    key = reference_of(stack)
    if key not in _APPS:
        _APPS[key] = reference_of(stack.node.root)
    _NAMED.setdefault(_APPS[key], {})[reference_of(scope)] = (scope, names)


def clashing_names(scope: Construct, stack: cdk.Stack, ours: Named) -> Iterator[PatternNames]:
    """The names of a pattern that has some, and who else in the app has them."""
    if ours.name is None:
        return
    others = [(other, its) for other, its in _others(scope, stack) if its.name == ours.name and _attached(other)]
    yield PatternNames(
        construct_id=ours.construct_id,
        name=ours.name,
        same_place=[other.node.path for other, its in others if _same_place(scope, ours, other, its)],
        same_stage=[other.node.path for other, its in others if _same_stage(scope, ours, other, its)],
    )


def clashing_trigger_names(scope: Construct, stack: cdk.Stack, ours: Named) -> Iterator[GivenTriggerName]:
    """The names that triggers are given, and who else in the app has them; one pattern's own are judged by its plan.

    Names that the conventions make meet only where whole patterns do, which have a rule of their own.
    """
    for given in ours.given:
        others = [
            (other, its)
            for other, its in _others(scope, stack)
            if given.taken in {each.taken for each in its.triggers} and _attached(other)
        ]
        yield GivenTriggerName(
            path=given.path,
            name=str(given.name),
            kind=given.kind,
            same_place=[other.node.path for other, its in others if _same_place(scope, ours, other, its)],
            same_stage=[other.node.path for other, its in others if _same_stage(scope, ours, other, its)],
        )


def changed_conventions(now: Conventions, then: Conventions) -> Iterator[ChangedConvention]:
    """The conventions that are in force by now and were not when the pattern was made."""
    for each in fields(Conventions):
        if each.name not in _BECOME_TAGS and getattr(now, each.name) != getattr(then, each.name):
            yield ChangedConvention(name=each.name)


def _others(scope: Construct, stack: cdk.Stack) -> Iterator[tuple[Construct, Named]]:
    own = reference_of(scope)
    for reference, (other, names) in _NAMED.get(_APPS.get(reference_of(stack), ""), {}).items():
        if reference != own:
            yield other, names()


def _same_place(one: Construct, ours: Named, other: Construct, theirs: Named) -> bool:
    known = None not in (ours.home.account, ours.home.region)
    return (known and ours.home == theirs.home) or _same(cdk.Stack.of(one), cdk.Stack.of(other))


def _same_stage(one: Construct, ours: Named, other: Construct, theirs: Named) -> bool:
    if {ours.home, theirs.home} != {Home()} or _same_place(one, ours, other, theirs):
        return False
    return _same(cdk.Stage.of(one), cdk.Stage.of(other))


def _same(one: IConstruct | None, other: IConstruct | None) -> bool:
    return ("" if one is None else reference_of(one)) == ("" if other is None else reference_of(other))


def _attached(construct: Construct) -> bool:
    """Whether it is still in the tree: what could not be built whole is taken away."""
    for parent, child in pairwise(construct.node.scopes):
        found = parent.node.try_find_child(child.node.id)
        if found is None or reference_of(found) != reference_of(child):
            return False
    return True
