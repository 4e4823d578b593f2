"""Typed views of JSON values whose shape only MiniStack knows."""

from typing import Any, TypeGuard


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def members(value: Any) -> dict[str, Any]:
    """Return an object that may be absent or null."""
    return value or {}
