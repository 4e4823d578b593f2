"""Typed views of JSON values whose shape only MiniStack knows."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn, TypeGuard


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def document(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is none, or has `NaN` or `Infinity` in it, which Python reads and AWS does not.
    """
    return json.loads(text, parse_constant=_no_number)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def writing(dumps: Callable[[Any], str]) -> Any:
    """Return what stands in for the module `json` in a service whose JSON text is to be that of `dumps`."""
    return SimpleNamespace(dumps=dumps, loads=json.loads, load=json.load, JSONDecodeError=json.JSONDecodeError)


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
