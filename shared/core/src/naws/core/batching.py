"""Items that parts of a build hand over one by one and Node gets at once, at the end of the build.

A call into Node takes longer than all that Python does around it, so that ten answers in one call cost what one does.
"""

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_BUILDS: list[dict[Hashable, tuple[Callable[[list[Any]], None], list[Any]]]] = []
"""Of the builds that are going on, each inside of the one before it, what was handed over and what is done with it."""


def batched(key: Hashable, do: Callable[[list[T]], None], item: T) -> None:
    """Have `do` called with all items that a build hands over under one key; at once when nothing is being built.

    Args:
        key: the same for all that belongs together.
        do: called at the end of the build, and not when it fails; that of the first item counts.
        item: what is handed over.
    """
    if not _BUILDS:
        do([item])
        return
    _BUILDS[-1].setdefault(key, (do, []))[1].append(item)


@contextmanager
def batching() -> Generator[None]:
    """A block at whose end is done what its parts have handed over."""
    _BUILDS.append(handed_over := {})
    try:
        yield
    finally:
        _BUILDS.pop()
    for do, items in handed_over.values():
        do(items)
