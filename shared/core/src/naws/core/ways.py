"""Ways from programs to what they connect to: each makes one stack wait for another, and leads within one app."""

from typing import Any, Literal

import aws_cdk as cdk
from constructs import IConstruct

from naws.core.stacks import kept, reference_of, scopes_of, stack_of

_WAITS: dict[str, set[str]] = {}
"""By jsii's reference to a stack: those that programs of it connect to."""


def behind_way(source: Any) -> IConstruct | None:
    """The first security group of what is connected to; None of an address."""

    def ask() -> IConstruct | None:
        groups: list[Any] = source.connections.security_groups if hasattr(source, "connections") else []
        return groups[0] if groups else None

    return kept(source, "group", ask)


def note_way(host: IConstruct, source: Any) -> None:
    """A program connects to that: its stack is deployed after the other one."""
    group = behind_way(source)
    if group is not None:
        _WAITS.setdefault(reference_of(stack_of(host)), set()).add(reference_of(stack_of(group)))


def waits_for(source: Any, stack: cdk.Stack) -> bool:
    """Whether the stack of what is connected to is deployed after `stack` already."""
    group = behind_way(source)
    wanted, seen = reference_of(stack), set[str]()
    ahead = [] if group is None or stack_of(group) is stack else [reference_of(stack_of(group))]
    while ahead:
        found = ahead.pop()
        if found not in seen:
            seen.add(found)
            ahead += _WAITS.get(found, ())
    return wanted in seen


def of_another_app(source: Any, scope: IConstruct) -> Literal["app", "stage"] | None:
    """Whether what is connected to is made in another app than `scope`, or in another stage of it."""
    group = behind_way(source)
    if group is None:
        return None
    if scopes_of(group)[0] != scopes_of(scope)[0]:
        return "app"
    theirs, ours = _stage_of(group), _stage_of(scope)
    return None if theirs == ours else "stage"


def _stage_of(scope: IConstruct) -> str:
    """Jsii's reference to the stage that `scope` is, or is in; an app is one."""
    return kept(
        scope,
        "reference of stage",
        lambda: reference_of(scope if isinstance(scope, cdk.Stage) else cdk.Stage.of(scope)),
    )
