"""Typed views of JSON values whose shape only MiniStack knows, and JSON text."""

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


def members(value: Any) -> dict[str, Any]:
    """Return an object that may be absent or null."""
    return value or {}


def listed(value: Any) -> list[Any]:
    """Return what is given as one value, as a list of them, or not at all."""
    return value if is_array(value) else [] if value is None else [value]


def first(value: Any) -> str:
    """Return the text of a value, or of the first of several; empty when there is none."""
    return str(next(iter(listed(value)), ""))


def document(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is none, or has `NaN` or `Infinity` in it, which Python reads and AWS does not.
    """
    return json.loads(text, parse_constant=no_number)


def no_number(text: str) -> NoReturn:
    """Refuse a word that Python takes for a number of JSON."""
    raise ValueError(f"{text} is no JSON")


def json_object(given: Any) -> dict[str, Any]:
    """Return an object, or that of a JSON text; an empty one of anything else."""
    try:
        value: Any = json.loads(given) if isinstance(given, str | bytes) else given
    except ValueError:
        return {}
    return value if is_object(value) else {}


def compact(value: Any) -> str:
    """Return JSON text without blanks, with letters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def size(value: Any) -> int:
    """Return how many bytes of UTF-8 its compact text has; half a surrogate pair counts as its escape."""
    return len(compact(value).encode("utf-8", "backslashreplace"))


def writing(dumps: Callable[[Any], str]) -> Any:
    """Return what stands in for the module `json` in a service whose JSON text is to be that of `dumps`."""
    return SimpleNamespace(dumps=dumps, loads=json.loads, load=json.load, JSONDecodeError=json.JSONDecodeError)
