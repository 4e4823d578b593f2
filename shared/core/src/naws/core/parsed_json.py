"""Questions about parsed JSON that the type checker understands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard, cast


def is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether `value` is a JSON object."""
    return isinstance(value, Mapping)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Whether `value` is a JSON array."""
    return isinstance(value, list)


def rewritten(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A copy of `value` with `leaf` applied to everything that is neither object nor array; a tuple becomes a list."""
    if is_object(value):
        return {key: rewritten(item, leaf) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rewritten(item, leaf) for item in cast("Sequence[Any]", value)]
    return leaf(value)
