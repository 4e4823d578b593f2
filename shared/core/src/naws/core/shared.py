"""What the patterns of a stack share: made by the first that needs it, found by the others without asking Node.

A walk over the stack's children would cost each pattern more than the one before it.
"""

import weakref
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.jsii_reference import reference_of

SHARED_TOPIC_ID = "NawsAlarms"
SHARED_PAYLOADS_ID = "NawsPayloads"
"""How the ids of payload buckets begin."""

ConstructT = TypeVar("ConstructT", bound=IConstruct)

# By jsii's reference to the stack: ids in the order of making, and what Python still has of them.
_MADE: dict[str, list[str]] = {}
_KNOWN: weakref.WeakValueDictionary[tuple[str, str], IConstruct] = weakref.WeakValueDictionary()


def shared(
    stack: cdk.Stack, construct_id: str, make: Callable[[cdk.Stack], ConstructT], *, beside: Sequence[str] = ()
) -> ConstructT:
    """The child of `stack` with this id; made when there is none yet.

    Args:
        stack: whose patterns share it.
        construct_id: its id, directly in the stack.
        make: makes it, and what is beside it.
        beside: ids of what else `make` makes in the stack.
    """
    key = (reference_of(stack), construct_id)
    found = _KNOWN.get(key) or stack.node.try_find_child(construct_id)
    if found is None:
        found = make(stack)
        _MADE.setdefault(key[0], []).extend((construct_id, *beside))
    _KNOWN[key] = found
    return cast("ConstructT", found)


@contextmanager
def undone_on_error(scope: Construct, stack: cdk.Stack, construct_id: str) -> Generator[None]:
    """Take away what was made when building fails, so that the same ids can be used again.

    What rules cannot see fails while it is built. The pattern goes, and what it was the first of its stack to need.
    """
    made = _MADE.setdefault(reference_of(stack), [])
    before = len(made)
    try:
        yield
    except Exception:
        for each in made[before:]:
            stack.node.try_remove_child(each)
            _KNOWN.pop((reference_of(stack), each), None)
        del made[before:]
        scope.node.try_remove_child(construct_id)
        raise
