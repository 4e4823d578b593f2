"""The syntax of an event pattern, as EventBridge's compiler reads it.

Source: aws/event-ruler, JsonRuleCompiler, and the user guide on content filtering.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_events as events

from naws.core.rules.values import Field, is_number
from naws.core.text import as_list
from naws.core.tokens import has_token

_OR = '["$or"]'
_DEEPEST = 100
_ESCAPED = re.compile(r"\\[*\\]")
_BELOW, _ABOVE = ("<", "<="), (">", ">=")
_NESTED = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def fields_of_pattern(given: object) -> Mapping[str, Any] | None:
    """The fields of an event pattern, in the spelling in which it is given: CDK's, a dict or JSON text.

    None: text that is a token or no JSON object, or something else.
    """
    if isinstance(given, events.EventPattern):
        return getattr(given, "_values", {})  # a struct has no other way
    try:
        read = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", read) if isinstance(read, Mapping) else None


def unknown(value: object) -> bool:
    """Whether nothing can be checked in a value: it holds a token, or is an object of CDK's."""
    return has_token(value) or hasattr(value, "__jsii_ref__")


def objects(field: Field, above: tuple[int, ...] = ()) -> Iterator[Field]:
    """Every object of a pattern that names fields; those in `$or` too, and none in itself."""
    if not isinstance(field.value, Mapping) or id(cast("object", field.value)) in above or len(above) == _DEEPEST:
        return
    yield field
    above = (*above, id(cast("object", field.value)))
    for part in entries(field):
        if part.path.endswith(_OR) and isinstance(part.value, list | tuple):
            for either in _items(part):
                yield from objects(either, above)
        elif not part.path.endswith(_OR):
            yield from objects(part, above)


def entries(field: Field) -> Iterator[Field]:
    """The entries of an object, as fields; none of anything else."""
    if isinstance(field.value, Mapping):
        for name, part in cast("Mapping[object, object]", field.value).items():
            yield Field(f'{field.path}["{name}"]', part)


def _items(field: Field) -> Iterator[Field]:
    for index, part in enumerate(cast("Sequence[object]", field.value)):
        yield Field(f"{field.path}[{index}]", part)


def ends(pattern: Field) -> Iterator[Field]:
    """Every end of a pattern: what a field matches."""
    for part in (part for each in objects(pattern) for part in entries(each)):
        if not part.path.endswith(_OR) and not isinstance(part.value, Mapping):
            yield part


def choices(pattern: Field) -> Iterator[Field]:
    """The value of every `$or` of a pattern."""
    for part in (part for each in objects(pattern) for part in entries(each)):
        if part.path.endswith(_OR) and not unknown(part.value):
            yield part


def values(pattern: Field) -> Iterator[Field]:
    """Every value that matches."""
    return (part for end in ends(pattern) if isinstance(end.value, list | tuple) for part in _items(end))


def misread(matcher: str, value: object) -> tuple[str, str] | None:
    """The values that a matcher takes, in words and as an example, when its own is not one of them."""
    if matcher in ("prefix", "suffix") and isinstance(value, Mapping):
        return _misread_nested(matcher, cast("Mapping[object, object]", value), ("equals-ignore-case",))
    if matcher in _NESTED:
        return _misread_text(matcher, value)
    takes = _TAKES.get(matcher)
    return None if takes is None or takes[0](value) else takes[1]


def _is_comparison(value: object) -> bool:
    terms = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else []
    if not terms or not all(is_number(number) for number in terms[1::2]):
        return False
    match terms[::2]:
        case [operator]:
            return len(terms) == 2 and operator in ("=", *_BELOW, *_ABOVE)  # noqa: PLR2004  # operator and number
        case [lower, upper]:
            return len(terms) == 4 and lower in _ABOVE and upper in _BELOW  # noqa: PLR2004  # two of each
        case _:
            return False


def _is_network(value: object) -> bool:
    try:
        return isinstance(value, str) and "/" in value and bool(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return False


def _is_exception(value: object) -> bool:
    if isinstance(value, Mapping):
        return _misread_nested("anything-but", cast("Mapping[object, object]", value), _NESTED) is None
    given = as_list(value)
    return bool(given) and (all(isinstance(part, str) for part in given) or all(is_number(part) for part in given))


def _misread_nested(matcher: str, value: Mapping[object, object], allowed: tuple[str, ...]) -> tuple[str, str] | None:
    expected = (f"text, or one of {', '.join(allowed)} with text", f'{{"{matcher}": {{"{allowed[0]}": "…"}}}}')
    if len(value) != 1:
        return expected
    ((name, inner),) = value.items()
    given = as_list(inner)
    if name not in allowed or not given or any(_misread_text(str(name), part) for part in given):
        return expected
    return expected if isinstance(inner, list | tuple) and matcher != "anything-but" else None


def _misread_text(matcher: str, value: object) -> tuple[str, str] | None:
    if unknown(value):
        return None
    if not isinstance(value, str):
        return "text", ", ".join(f'{{"{matcher}": "{one}"}}' for one in as_list(value)) or f'{{"{matcher}": "…"}}'
    if matcher != "wildcard":
        return None
    bare = _ESCAPED.sub("x", value)
    if "**" in bare:
        return "no two '*' in a row", f'{{"wildcard": "{re.sub("[*]{2,}", "*", value)}"}}'
    if "\\" in bare:
        return r"a backslash only before '*' or another backslash", r'{"wildcard": "C:\\\\*"}'
    return None


_TAKES: dict[str, tuple[Callable[[object], bool], tuple[str, str]]] = {
    "exists": (lambda value: isinstance(value, bool), ("True or False", '{"exists": True}')),
    "numeric": (
        _is_comparison,
        (
            "an operator and a number, or a lower and an upper bound: =, <, <=, >, >=",
            '{"numeric": [">", 0, "<=", 5]}',
        ),
    ),
    "cidr": (_is_network, ("an IP range as text", '{"cidr": "10.0.0.0/24"}')),
    "anything-but": (
        _is_exception,
        (
            f"a value, a list of texts or of numbers, or one of {', '.join(_NESTED)} with text",
            '{"anything-but": ["draft"]}',
        ),
    ),
}
"""By matcher without text: whether a value is one that it takes, those values in words, and an example."""
