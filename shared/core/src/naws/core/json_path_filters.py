"""Filters of JSONPath: ``?(@.status == 0 && @.year < 1999)``."""

import operator
import re
from collections.abc import Callable
from typing import Any

MISSING = object()
"""The value of a path that leads to nothing."""

_Value = Callable[[Any, Any], Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<operator>&&|\|\||==|!=|<=|>=|=~|[<>!()])"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<pattern>/(?:[^/\\]|\\.)*/i?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<path>[@$](?:\.[\w-]+|\[[^\]]*\])*))"
)
_WORDS = {"true": True, "false": False, "null": None}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def condition(text: str, operand: Callable[[str], _Value]) -> _Value:
    """Whether a filter holds for an item of a whole; ``operand`` makes the value of a path.

    Raises:
        ValueError: the text is no filter.
    """
    reader = _Reader(text, operand)
    found = reader.either()
    reader.end()
    return found


class _Reader:
    def __init__(self, text: str, operand: Callable[[str], _Value]) -> None:
        self._operand = operand
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise ValueError(f"Unexpected {text[position]} in the filter {text}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._tokens.reverse()

    def end(self) -> None:
        if self._tokens:
            raise ValueError(f"Unexpected {self._tokens[-1][1]} in a filter")

    def _ahead(self) -> str:
        return self._tokens[-1][1] if self._tokens and self._tokens[-1][0] == "operator" else ""

    def either(self) -> _Value:
        parts = [self._both()]
        while self._took("||"):
            parts.append(self._both())
        return lambda item, root: any(part(item, root) for part in parts)

    def _both(self) -> _Value:
        parts = [self._one()]
        while self._took("&&"):
            parts.append(self._one())
        return lambda item, root: all(part(item, root) for part in parts)

    def _one(self) -> _Value:
        if self._took("!"):
            denied = self._one()
            return lambda item, root: not denied(item, root)
        if self._took("("):
            inside = self.either()
            if not self._took(")"):
                raise ValueError("A bracket of the filter is not closed")
            return inside
        left = self._value()
        if self._ahead() not in {*_ORDERS, "==", "!=", "=~"}:
            return lambda item, root: left(item, root) is not MISSING
        sign, right = self._tokens.pop()[1], self._value()
        return lambda item, root: _compared(sign, left(item, root), right(item, root))

    def _took(self, sign: str) -> bool:
        if self._ahead() != sign:
            return False
        self._tokens.pop()
        return True

    def _value(self) -> _Value:
        kind, text = self._tokens.pop() if self._tokens else ("operator", "the end")
        if kind == "path":
            return self._operand(text)
        if kind == "operator":
            raise ValueError(f"Unexpected {text} in a filter")
        value = _literal(kind, text)
        return lambda _, __: value


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if kind == "pattern":
        body, flags = text[1:].rsplit("/", 1)
        return re.compile(body, re.IGNORECASE if flags else 0)
    return _WORDS[text] if kind == "word" else float(text)


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign == "=~":
        return isinstance(right, re.Pattern) and isinstance(left, str) and right.fullmatch(left) is not None
    alike = _kind(left) == _kind(right)
    if sign in _ORDERS:
        return alike and _kind(left) in {float, str} and _ORDERS[sign](left, right)
    return (alike and left == right) is (sign == "==")


def _kind(value: object) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
