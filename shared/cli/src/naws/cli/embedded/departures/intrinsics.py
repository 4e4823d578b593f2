"""Intrinsic functions of JSONPath states."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures import paths
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import compact, is_array, is_object
from naws.cli.embedded.departures.services import states

_NAME = re.compile(r"States\.\w+")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"true|false|null")
_PATH = re.compile(r"\$(?:[^\s,()\[\]]|\[(?:'(?:[^'\\]|\\.)*'|[^\]'])*\])*")
_ESCAPES = re.compile(r"\\(.)", re.DOTALL)
_PARTS = re.compile(r"\\(.)|\{\}", re.DOTALL)
_ESCAPED = frozenset("'{}\\")
_WORDS = {"true": True, "false": False, "null": None}


def evaluate(expression: str, data: Any, ctx: dict[str, Any] | None = None) -> Any:
    """The value of an intrinsic function.

    Raises:
        _ExecutionError: ``States.IntrinsicFailure``: it or an argument is wrong; ``States.Runtime`` of a path.
    """
    reader = _Reader(expression, data, ctx)
    try:
        return reader.whole()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise failed("States.IntrinsicFailure", f"The function '{expression}' failed: {error}") from error


class _Reader:
    def __init__(self, text: str, data: Any, ctx: dict[str, Any] | None) -> None:
        self._text, self._data, self._ctx = text, data, ctx
        self._position = 0

    def whole(self) -> Any:
        value = self._call()
        if self._text[self._position :].strip():
            raise ValueError("something follows the function")
        return value

    def _call(self) -> Any:
        name = self._next(_NAME)
        if name is None or not self._took("("):
            raise ValueError(f"no function at {self._position}")
        arguments: list[Any] = []
        while not self._took(")"):
            if arguments and not self._took(","):
                raise ValueError(f"no comma at {self._position}")
            arguments.append(self._argument())
        return _answer(name[0], arguments)

    def _argument(self) -> Any:
        if match := self._next(_TEXT):
            return _Literal(match[1])
        if match := self._next(_NUMBER):
            return json.loads(match[0])
        if match := self._next(_WORD):
            return _WORDS[match[0]]
        if match := self._next(_PATH):
            return paths.read(match[0], self._data, self._ctx)
        return self._call()

    def _took(self, sign: str) -> bool:
        return self._next(re.compile(re.escape(sign))) is not None

    def _next(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
        match = pattern.match(self._text, self._position)
        if match is not None:
            self._position = match.end()
        return match


class _Literal(str):
    """Text of the expression, whose backslashes still escape."""

    __slots__ = ()


def _answer(name: str, arguments: list[Any]) -> Any:
    if name == "States.Format" and arguments:
        return _formatted(arguments[0], [_plain(each) for each in arguments[1:]])
    plain = [_plain(each) for each in arguments]
    if name in _OWN:
        return _OWN[name](*plain)
    return states._exec_intrinsic(("call", name, [("num", each) for each in plain]), None, None)


def _from_json(text: str) -> Any:
    return json.loads(text) if text.strip() else None


def _merged(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False or not is_object(first) or not is_object(second):
        raise ValueError("two objects are merged, and only with false as the third argument")
    return {**first, **second}


def _added(first: float, second: float) -> int:
    """The sum of two numbers, each rounded first, halves up."""
    return math.floor(first + 0.5) + math.floor(second + 0.5)


def _range(first: float, last: float, step: float) -> list[int]:
    return list(range(int(first), int(last) + (1 if step > 0 else -1), int(step)))


_OWN: dict[str, Callable[..., Any]] = {
    "States.JsonToString": compact,
    "States.StringToJson": _from_json,
    "States.JsonMerge": _merged,
    "States.MathAdd": _added,
    "States.ArrayRange": _range,
}


def _plain(argument: Any) -> Any:
    return _ESCAPES.sub(_escaped, argument) if isinstance(argument, _Literal) else argument


def _escaped(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPED:
        raise ValueError(f"{match[0]} escapes nothing")
    return match[1]


def _formatted(template: str, values: list[Any]) -> str:
    left = iter(values)

    def part(match: re.Match[str]) -> str:
        return _escaped(match) if match[1] else _text(next(left))

    try:
        text = _PARTS.sub(part, template)
    except StopIteration:
        raise ValueError("there are more {} than values") from None
    if any(True for _ in left):
        raise ValueError("there are more values than {}")
    return text


def _text(value: Any) -> str:
    """The text of a value, as Java writes it."""
    if is_object(value):
        return "{" + ", ".join(f"{name}={_text(item)}" for name, item in value.items()) + "}"
    if is_array(value):
        return "[" + ", ".join(map(_text, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
