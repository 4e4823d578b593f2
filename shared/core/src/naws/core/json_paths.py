"""JSONPath as Step Functions reads it: a path to one value gives it or fails, any other path an array.

Keys are text to the letter, whatever quotes, dashes or backslashes they hold. The workflow interpreter of
naws-testing and the embedded AWS of naws-cli both read with this.

Sources: recorded answers of AWS (tests/conformance/step_functions.json); Step Functions' guide, "Using JSONPath paths".
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from naws.core.json_path_filters import MISSING, condition
from naws.core.parsed_json import is_array, is_object

_NAME = re.compile(r"\*|[^\s.\[\]()'\"*]+")
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_NAMES = re.compile(rf"(?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*")
_INDEXES = re.compile(r"-?\d+(?:\s*,\s*-?\d+)*")
_SLICE = re.compile(r"(-?\d+)?\s*:\s*(-?\d+)?")
_BRACKET = re.compile(rf"\[(?:{_QUOTED}|[^\[\]'\"]|\[(?:{_QUOTED}|[^\[\]'\"])*\])*\]")
_Find = Callable[[Any, Any], Iterable[Any]]


class NotFoundError(LookupError):
    """A path to one value leads to none."""


class BeyondError(NotFoundError):
    """The last step of a path is an index behind the end of its array."""


class Segment(NamedTuple):
    """One step of a path: what it finds in a value, and its key when it can find no more than one."""

    find: _Find
    key: str | int | None
    deep: bool = False


def found(path: str, data: Any) -> Any:
    """The value that a path to one value leads to, or all that another path finds.

    Raises:
        NotFoundError: a path to one value leads to none.
        ValueError: it is no path, or begins elsewhere than at `$`.
    """
    if not path.startswith("$"):
        raise ValueError("A path begins with $")
    return walk(segments(path[1:]), data)


def walk(steps: tuple[Segment, ...], start: Any) -> Any:
    """The value that steps to one value lead to from `start`, or all that other steps find.

    Raises:
        NotFoundError: steps to one value lead to none.
    """
    values, walked = [start], "$"
    single = all(step.key is not None and not step.deep for step in steps)
    for number, step in enumerate(steps, 1):
        within = [each for value in values for each in _all(value)] if step.deep else values
        before = values
        values = [found for value in within for found in step.find(value, start)]
        walked += f"[{step.key!r}]"
        if single and not values:
            behind = number == len(steps) and isinstance(step.key, int) and step.key >= 0 and is_array(before[0])
            raise (BeyondError if behind else NotFoundError)(f"No results for path: {walked}")
    return values[0] if single else values


def _all(value: Any) -> Iterable[Any]:
    """A value and everything in it."""
    yield value
    for part in _parts(value):
        yield from _all(part)


@lru_cache(maxsize=1024)
def segments(text: str) -> tuple[Segment, ...]:
    """The steps of a path without its root.

    Raises:
        ValueError: these are no steps.
    """
    steps: list[Segment] = []
    position = 0
    while position < len(text):
        dots = 2 if text.startswith("..", position) else int(text[position] == ".")
        position += dots
        match = _BRACKET.match(text, position) or (_NAME.match(text, position) if dots else None)
        if match is None:
            raise ValueError(f"Unexpected {text[position : position + 1] or 'end'} at {position}")
        word = match[0]
        step = _bracket(word[1:-1].strip()) if word[0] == "[" else _ANY if word == "*" else _named([word])
        steps.append(step._replace(deep=dots == 2))  # noqa: PLR2004  # two dots
        position = match.end()
    return tuple(steps)


def _bracket(body: str) -> Segment:
    if body == "*":
        return _ANY
    if body.startswith("?"):
        holds = condition(body[1:].strip(), _operand)
        return Segment(partial(_kept, holds), None)
    if _NAMES.fullmatch(body):
        return _named([re.sub(r"\\([\\'])", r"\1", each[1:-1]) for each in re.findall(_QUOTED, body)])
    if _INDEXES.fullmatch(body):
        return _indexed([int(each) for each in body.split(",")])
    if match := _SLICE.fullmatch(body):
        part = slice(*(None if bound is None else int(bound) for bound in match.groups()))
        return Segment(partial(_sliced, part), None)
    raise ValueError(f"Unexpected [{body}]")


def _operand(path: str) -> Callable[[Any, Any], Any]:
    """The function that reads a path of a filter, which begins at the item (`@`) or at the whole (`$`)."""
    steps = segments(path[1:])

    def value(item: Any, root: Any) -> Any:
        try:
            return walk(steps, item if path[0] == "@" else root)
        except NotFoundError:
            return MISSING

    return value


def _parts(value: Any, _: Any = None) -> Iterable[Any]:
    if is_object(value):
        return value.values()
    return value if is_array(value) else ()


def _named(names: list[str]) -> Segment:
    def found(value: Any, _: Any) -> Iterable[Any]:
        return [value[name] for name in names if name in value] if is_object(value) else ()

    return Segment(found, names[0] if len(names) == 1 else None)


def _indexed(indexes: list[int]) -> Segment:
    def found(value: Any, _: Any) -> Iterable[Any]:
        return [value[index] for index in indexes if -len(value) <= index < len(value)] if is_array(value) else ()

    return Segment(found, indexes[0] if len(indexes) == 1 else None)


def _kept(holds: Callable[[Any, Any], Any], value: Any, root: Any) -> Iterable[Any]:
    return [each for each in _parts(value) if holds(each, root)]


def _sliced(part: slice, value: Any, _: Any) -> Iterable[Any]:
    return value[part] if is_array(value) else ()


_ANY = Segment(_parts, None)
