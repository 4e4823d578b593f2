"""Constructs that a stack's patterns share: made by the first that needs one, found by the others without asking Node.

A walk over the stack's children would cost each pattern more than the one before it.
"""

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.stacks import reference_of

SHARED_TOPIC_ID = "NawsAlarms"
SHARED_DASHBOARD_ID = "NawsDashboard"
SHARED_PAYLOADS_ID = "NawsPayloads"
"""The prefix of the ids of payload buckets."""

ConstructT = TypeVar("ConstructT", bound=IConstruct)

_MADE: dict[str, dict[str, Any]] = {}
"""By jsii's reference to the stack: what its patterns made directly in it, in order, and how."""
_KNOWN: weakref.WeakValueDictionary[tuple[str, str], IConstruct] = weakref.WeakValueDictionary()
"""The shared constructs that Python still holds, by stack and id."""
_BUILDS: list[list[tuple[cdk.Stack, str]]] = []
"""Of the builds that are going on, each inside of the one before it, what was made for them and in which stack."""


def shared(
    stack: cdk.Stack, construct_id: str, make: Callable[[cdk.Stack], ConstructT], *, how: object = None
) -> ConstructT:
    """The child of `stack` with this id; made when there is none yet.

    Args:
        stack: whose patterns share it.
        construct_id: its id, directly in the stack.
        make: makes it, and what is beside it.
        how: what it is made with, for `made_with`. Omitted: nobody asks.
    """
    key = (reference_of(stack), construct_id)
    found = _KNOWN.get(key) or stack.node.try_find_child(construct_id)
    if found is None:
        before = {reference_of(each) for each in stack.node.children}
        made = _MADE.setdefault(key[0], {})
        try:
            found = make(stack)
        finally:
            new = [each.node.id for each in stack.node.children if reference_of(each) not in before]
            made |= dict.fromkeys(new)
            if _BUILDS:
                _BUILDS[-1].extend((stack, each) for each in new)
        made[construct_id] = how
    _KNOWN[key] = found
    return cast("ConstructT", found)


def made_with(stack: cdk.Stack, construct_id: str) -> Any:
    """The `how` with which the patterns of `stack` made its child; None when they did not."""
    return _MADE.get(reference_of(stack), {}).get(construct_id)


@contextmanager
def undone_on_error(scope: Construct, construct_id: str) -> Generator[None]:
    """Take away what was made when building fails, so that the same ids can be used again.

    What rules cannot see fails while it is built. The pattern goes, and all that it was the first to need.
    """
    _BUILDS.append(made := [])
    try:
        yield
    except Exception:
        _BUILDS.pop()
        for stack, each in made:
            stack.node.try_remove_child(each)
            _KNOWN.pop((reference_of(stack), each), None)
            del _MADE[reference_of(stack)][each]
        scope.node.try_remove_child(construct_id)
        raise
    _BUILDS.pop()
    if _BUILDS:
        _BUILDS[-1].extend(made)
