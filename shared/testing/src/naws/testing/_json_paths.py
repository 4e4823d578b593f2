"""JSONPath as Step Functions reads it: a definite path gives one value or fails, any other path an array.

The interpreter's own reading decides by what was found: one name behind a wildcard is no array there, and a filter that
matches nothing fails. Keys are text to the letter, whatever quotes, dashes or backslashes they hold.

Sources: recorded answers of AWS (tests/conformance/step_functions.json); Step Functions' guide, "Using JSONPath paths".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from naws.testing._extras import optional
from naws.testing._json import is_array, is_object

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_SLICE = re.compile(r"(-?\d*):(-?\d*)(?::(-?\d+))?$")
_INDEX = re.compile(r"-?\d+$")
_NAME = re.compile(r"[^.\[\s]+")


class InvalidPathError(ValueError):
    """A text that is no JSONPath."""


class NothingFoundError(LookupError):
    """A definite path leads nowhere."""


class _Step(NamedTuple):
    """One step of a path: what it selects in a value, and whether that is at most one thing."""

    select: Callable[[Any], Iterator[Any]]
    definite: bool


def extracted(path: str, data: Any) -> Any:
    """The value that a definite path leads to, or all that an indefinite path finds.

    Raises:
        InvalidPathError: `path` is no JSONPath.
        NothingFoundError: a definite path finds nothing.
    """
    steps = _steps(path)
    values = [data]
    for step in steps:
        values = [selected for value in values for selected in step.select(value)]
    if not all(step.definite for step in steps):
        return values
    if not values:
        raise NothingFoundError(path)
    return values[0]


def _steps(path: str) -> list[_Step]:
    if not path.startswith("$"):
        raise InvalidPathError(f"'{path}' does not start with '$'")
    steps, place = list[_Step](), 1
    while place < len(path):
        if path.startswith("..", place):
            steps.append(_Step(_descendants, definite=False))
            place += 2
            if path.startswith("[", place):
                continue
        elif path[place] == ".":
            place += 1
        elif path[place] == "[":
            end = _closing(path, place)
            steps.append(_bracket(path[place + 1 : end].strip()))
            place = end + 1
            continue
        name = _NAME.match(path, place)
        if name is None:
            raise InvalidPathError(f"'{path}' has no name at position {place}")
        steps.append(_Step(_children, definite=False) if name[0] == "*" else _names([name[0]]))
        place = name.end()
    return steps


def _closing(path: str, start: int) -> int:
    """Where the bracket that opens at `start` closes; brackets in quotes and in filters do not count."""
    depth, place = 0, start
    while place < len(path):
        quoted = _QUOTED.match(path, place)
        if quoted is not None:
            place = quoted.end()
            continue
        depth += {"[": 1, "]": -1}.get(path[place], 0)
        if depth == 0:
            return place
        place += 1
    raise InvalidPathError(f"'{path}' leaves a bracket open")


def _bracket(inside: str) -> _Step:
    if inside == "*":
        return _Step(_children, definite=False)
    if inside.startswith("?"):
        return _filter(inside)
    if (part := _SLICE.match(inside)) is not None:
        return _slice(*(int(bound) if bound else None for bound in part.groups()))
    if names := list(_QUOTED.finditer(inside)):
        return _names([_unquoted(name[0]) for name in names])
    indices = [index.strip() for index in inside.split(",")]
    if not all(_INDEX.match(index) for index in indices):
        raise InvalidPathError(f"'[{inside}]' is no part of a path")
    return _places([int(index) for index in indices])


def _slice(*bounds: int | None) -> _Step:
    def select(value: Any) -> Iterator[Any]:
        yield from value[slice(*bounds)] if is_array(value) else ()

    return _Step(select, definite=False)


def _unquoted(text: str) -> str:
    """What stands in quotes, where a backslash hides nothing but them."""
    return text[1:-1].replace(f"\\{text[0]}", text[0])


def _names(names: list[str]) -> _Step:
    def select(value: Any) -> Iterator[Any]:
        yield from (value[name] for name in names if is_object(value) and name in value)

    return _Step(select, definite=len(names) == 1)


def _places(places: list[int]) -> _Step:
    def select(value: Any) -> Iterator[Any]:
        yield from (value[place] for place in places if is_array(value) and -len(value) <= place < len(value))

    return _Step(select, definite=len(places) == 1)


def _filter(inside: str) -> _Step:
    """The interpreter's library knows filters, of one array at a time."""
    expression = optional("jsonpath_ng.ext").parse(f"$[{inside}]")

    def select(value: Any) -> Iterator[Any]:
        yield from (match.value for match in expression.find(value) if is_array(value))

    return _Step(select, definite=False)


def _children(value: Any) -> Iterator[Any]:
    if is_object(value):
        yield from value.values()
    elif is_array(value):
        yield from value


def _descendants(value: Any) -> Iterator[Any]:
    yield value
    for child in _children(value):
        yield from _descendants(child)
