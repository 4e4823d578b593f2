"""The rule on values of the wrong type, each with what it can become."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from naws.core.rule import Finding, limit
from naws.core.rules.suggestions import suggestions
from naws.core.rules.values import Field, one_of
from naws.core.secrecy import MASK, looks_secret
from naws.core.text import Line, Verbatim, qualified, thing
from naws.core.tokens import has_token
from naws.core.type_checks import TypeMismatch, jsii_classes, members

_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}
_KINDS = {type(None): "None", bool: "True or False", str: "text", bytes: "bytes"}
_MANY = {int: "whole numbers", float: "numbers", str: "texts"}


@limit(
    code="NAWS-TYPE-001",
    title="A value has the type of its field",
    source="the field's declared type; a type checker such as pyright or mypy reports the same while you write",
    example='cpu="1024"',
    fix="cpu=1024",
)
def declared_type(mismatch: TypeMismatch) -> Iterator[Finding]:
    """A wrong type would otherwise end in a TypeError from deep inside, or in text where AWS expects a number.

    A token is text or a number whose value nobody knows before the deployment. Where one of a few words is expected it
    cannot be taken: what is built depends on the word.
    """
    yield Field(mismatch.path, _shown(mismatch)).finding(_expected(mismatch), _remedy(mismatch))


def _shown(mismatch: TypeMismatch) -> object:
    if isinstance(mismatch.value, int | float) and looks_secret(mismatch.path):
        return mismatch.value if has_token(mismatch.value) else Verbatim(MASK)
    return Verbatim(_kind(mismatch.value)) if jsii_classes(mismatch.value) else mismatch.value


def _expected(mismatch: TypeMismatch) -> str:
    words = _in_words(mismatch.annotation)
    if isinstance(mismatch.value, str | int | float) and has_token(mismatch.value):
        if {bool, *_literals(mismatch.annotation)} & set(members(mismatch.annotation)):
            return f"{words}, known at synthesis, not a token"
        return f"{words}, not a token of {'text' if isinstance(mismatch.value, str) else 'a number'}"
    if isinstance(mismatch.value, str) and get_origin(mismatch.annotation) is Literal:
        return words
    if mismatch.key:
        words += " as the key"
    return f"{words}, not {_kind(mismatch.value)}"


def _literals(annotation: Any) -> tuple[Any, ...]:
    return tuple(kind for kind in members(annotation) if get_origin(kind) is Literal)


def _in_words(annotation: Any) -> str:
    parts = get_args(annotation)
    kinds = [part for part in members(annotation) if part is not type(None)]
    if len(kinds) > 1 or kinds[:1] != [annotation]:
        return one_of(tuple(_in_words(part) for part in kinds))
    if annotation in _NAMES:
        return _NAMES[annotation]
    origin = get_origin(annotation)
    if origin in (Callable, Sequence):
        what, part = ("a function that returns", parts[1]) if origin is Callable else ("a list of", parts[0])
        return f"{what} {_MANY.get(part) or _in_words(part)}"
    if origin is Mapping:
        keys = "text" if parts[0] is str else _MANY.get(parts[0]) or _in_words(parts[0])
        return "a dict of names to JSON values" if parts[1] is Any else f"a dict of {keys} to {_in_words(parts[1])}"
    if parts:
        return "a dict" if origin is dict else one_of(tuple(repr(part) for part in parts))
    return qualified(annotation)


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"the class {qualified(value)} itself"
    if isinstance(value, Enum):
        return thing(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (
            "a number" if isinstance(value, int) else f"a number with a {'fraction' if value % 1 else 'decimal point'}"
        )
    return next((words for kind, words in _KINDS.items() if isinstance(value, kind)), "") or thing(value)


def _remedy(mismatch: TypeMismatch) -> str:
    """Corrections of the value's type, as lines to paste."""
    lines = [_line(mismatch, text) for text in dict.fromkeys(suggestions(mismatch))]
    return "\n".join(lines) or _line(mismatch, f"…  # {_in_words(mismatch.annotation)}")


def _line(mismatch: TypeMismatch, text: str) -> str:
    if isinstance(text, Line):
        return text
    if mismatch.key:
        return f"{text}: …"
    key = re.search(r"\[(?P<key>[^\[\]]*)\]$", mismatch.path)
    if key is None:
        return f"{mismatch.path.rsplit('.', 1)[-1]}={text}"
    return f"{key['key']}: {text}" if mismatch.in_dict else text
