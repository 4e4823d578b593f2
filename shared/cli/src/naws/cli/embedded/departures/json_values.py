"""Typed views of JSON values whose shape only MiniStack knows."""

import json
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


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request's body; an empty one for a body of another kind."""
    try:
        value: Any = json.loads(body) if body.lstrip()[:1] == b"{" else {}
    except ValueError:
        return {}
    return value if is_object(value) else {}
