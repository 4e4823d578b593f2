"""Suggestions for a value of the wrong type, as Python to paste: from the field's declared type and its hint.

suggestions(mismatch) ── per kind that the field takes ──> a number, words, a duration, a list or dict around it,
                                                           a class of CDK's (cdk_classes), a dataclass around it
"""

import json
import math
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, cast, get_args, get_origin

from naws.core.hints import MIB, Hint, hint_of, shorthand_of
from naws.core.rules.cdk_classes import SPECIAL, class_name, from_value, moved_to_secrets, text_of, to_source
from naws.core.rules.json_values import named_by
from naws.core.rules.values import as_duration
from naws.core.secrecy import looks_secret, redact_repr
from naws.core.spelling import close_matches, nearest
from naws.core.text import Line, as_list, qualified
from naws.core.tokens import has_token
from naws.core.type_checks import TypeMismatch, declared, is_required, matches, members

LEFT_OUT = Line("omit it for the default")
"""The remedy for a value that gives nothing where nothing has to be given."""

_AMOUNT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:(?P<unit>[KMGT])i?B?|(?P<bytes>B)|(?P<vcpu>v?CPUs?))?", re.IGNORECASE
)
_BYTES = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SPAN = re.compile(r"(?P<number>[0-9]+)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE)
_SPANS = re.compile(
    rf"P?(T?(?:{_SPAN.pattern.replace('?P<number>', '?:').replace('?P<unit>', '?:')})\s*)+", re.IGNORECASE
)
_SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SPAN_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FEW = 4
"""Words that are written out, each as a line to paste, when none is near to what was given."""
_LONGEST = 10**12
"""Seconds that somebody may have had in mind; an integer of Python's has no bound, what is made of it has."""


def suggestions(mismatch: TypeMismatch) -> list[str]:
    """Values of the field's type that the value can become, the likeliest first; empty when no correction is known.

    Args:
        mismatch: the value and the field whose type it does not have.
    """
    moved = moved_to_secrets(mismatch)
    if moved:
        return [Line(moved)]
    hint = hint_of(mismatch.owner, "" if mismatch.key else mismatch.field)
    own = str(mismatch.value) if isinstance(mismatch.value, str | bool) else ""
    instead = hint.instead.get(own) or hint.instead.get(class_name(mismatch.value))
    if instead:
        return [Line(instead)]
    found = [text for kind in members(mismatch.annotation) if (text := _become(mismatch, mismatch.value, kind, hint))]
    if hint.example and not found and not looks_secret(mismatch.path):
        return [hint.example]
    if mismatch.optional and (mismatch.value is None or (not found and _gives_nothing(mismatch.value))):
        return [LEFT_OUT]
    return found or _skeletons(mismatch)


def _gives_nothing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value <= 0)


def _become(mismatch: TypeMismatch, value: object, kind: Any, hint: Hint) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Sequence:
        return _as_list(mismatch, value, parts[0], hint)
    if origin is Mapping:
        return _from_json(value) if parts[1] is Any else _from_pairs(value)
    if origin is Literal:
        return _as_one_of(value, parts)
    if kind in (int, float, str, bool):
        return _as_plain(mismatch, value, kind, hint)
    if kind.__name__ in _MEASURES:
        return _MEASURES[kind.__name__](value, hint)
    made = "" if origin is Callable else from_value(value, kind) or _as_member(value, kind)
    whole = made or origin is Callable or (isinstance(value, str) and kind.__name__ in SPECIAL)
    return made if whole else _as_dataclass(mismatch, value, kind)


def _skeletons(mismatch: TypeMismatch) -> list[str]:
    """The forms that the field takes, where only the user knows what goes into them; none when one has no form."""
    kinds = [kind for kind in members(mismatch.annotation) if kind is not type(None)]
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    forms = [json.dumps(word) for word in words] if len(words) <= _FEW else []
    forms = forms or [_form(kind) for kind in kinds]
    return forms if all(forms) and not mismatch.key else []


def _form(kind: Any) -> str:
    if getattr(kind, "__name__", "") == "Duration":
        return "cdk.Duration.minutes(…)"
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return ""
    return _call(kind, [(field, "…") for field, _ in _likely(kind)])


def _likely(kind: type[Any]) -> list[tuple[Field[Any], Any]]:
    """The fields that one value may belong to: those that have to be given, else the one that stands for all."""
    given, short = declared(kind), shorthand_of(kind)
    return [each for each in given if is_required(each[0])] or [each for each in given if each[0].name == short]


def _as_plain(mismatch: TypeMismatch, value: object, kind: type, hint: Hint) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}.value" if matches(value.value, kind) else ""
    if isinstance(value, PurePath) and kind is str:
        return json.dumps(str(value))
    if kind is not bool and has_token(value):
        return "cdk.Token.as_string(…)" if kind is str else "cdk.Token.as_number(…)"
    if kind in (int, float):
        return _as_number(value, hint)
    if kind is bool:
        return str(_SWITCHES.get(str(value).strip().lower(), ""))
    named = named_by(value)
    return (f"str({named})" if named.endswith(")") else named) or (
        "" if looks_secret(mismatch.path) else _number_as_text(value, hint)
    )


def _number_as_text(value: object, hint: Hint) -> str:
    if not isinstance(value, int | float):
        return ""
    if isinstance(value, bool):
        return "" if hint.example else json.dumps(str(value).lower())
    return f'"{value}"' if not hint.example or (hint.number and value > 0) else ""


def _as_number(value: object, hint: Hint) -> str:
    """A whole number in the unit of the field; a fraction is rounded up, because less would not be enough."""
    if class_name(value) == "Size" and hint.of_size:
        return f"size.{hint.of_size}()"
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LONGEST:
        size = 1024 if value < hint.least else 1
        return str(math.ceil(value * (hint.whole if 0 < value < hint.whole / 4 else size)))
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    number = float(match["number"])
    if match["unit"] or match["bytes"]:
        unit = _BYTES[(match["unit"] or "B").upper()]
        return str(math.ceil(number * unit / hint.bytes)) if hint.bytes else ""
    if hint.whole:
        return str(math.ceil(number * hint.whole if number % 1 or match["vcpu"] else number))
    in_gib = number < hint.least  # so few MiB were counted in GiB
    return "" if match["vcpu"] else str(math.ceil(number * (1024 if in_gib else 1)))


def _as_list(mismatch: TypeMismatch, value: object, item: Any, hint: Hint) -> str:
    """A list around one thing."""
    if isinstance(value, str) and item is str:
        return _as_words(value, hint)
    numbers = any(kind in (int, float, str) for kind in members(item))
    if (
        value is None
        or isinstance(value, bool | Mapping | list | tuple)
        or (isinstance(value, int | float) and numbers)
    ):
        return ""
    if not isinstance(value, str) and matches(value, item):
        return f"[{to_source(value)}]"
    become = (text for kind in members(item) if (text := _become(mismatch, value, kind, hint)))
    return f"[{one}]" if (one := next(become, "")) else ""


def _as_words(value: str, hint: Hint) -> str:
    if hint.line:
        return f'["CMD-SHELL", {text_of(value)}]' if value.strip() and text_of(value) else ""
    try:
        words = list(map(str.strip, value.split(hint.between))) if hint.between else shlex.split(value)
    except ValueError:
        words = [value]
    parts = [text_of(word) for word in words]
    return f"[{', '.join(parts)}]" if parts and all(parts) and text_of(value) else ""


def _from_json(value: object) -> str:
    """A dict that was written as JSON text."""
    try:
        read = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return ""
    if not isinstance(read, dict):
        return ""
    text = repr(cast("object", read))
    return text if redact_repr(cast("object", read)) == text else "json.loads(…)"


def _from_pairs(value: object) -> str:
    """A dict of a list of `NAME=value`, as a shell has it."""
    parts = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else []
    texts = [part for part in parts if isinstance(part, str) and "=" in part and text_of(part)]
    if not parts or len(texts) != len(parts):
        return ""
    return f"{{{', '.join(': '.join(map(text_of, part.split('=', 1))) for part in texts)}}}"


def _as_member(value: object, kind: type[Any]) -> str:
    """The member of CDK's enum whose name is near to a text."""
    if not (isinstance(value, str) and issubclass(kind, Enum)):
        return ""
    near = nearest(re.sub(r"[^A-Z0-9]+", "_", value.strip().upper()), [each.name for each in kind])
    return f"{qualified(kind)}.{near}" if near else ""


def _as_one_of(value: object, words: tuple[Any, ...]) -> str:
    """The nearest word, or one that begins so; several are one with hyphens."""
    texts = [word for word in words if isinstance(word, str)]
    given = "-".join(map(str, as_list(value))).strip().lower() if isinstance(value, str | list | tuple) else ""
    begun = [word for word in texts if given and word.startswith(given)]
    near = nearest(given, texts) or next(iter(begun or get_close_matches(given, texts, 1)), "")
    return json.dumps(near) if near else ""


def _as_duration(value: object, hint: Hint) -> str:
    seconds: float | None = None
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LONGEST:
        seconds = value * hint.seconds
    elif isinstance(value, str) and _SPANS.fullmatch(value.strip()):
        spans = _SPAN.finditer(value)
        seconds = sum(int(each["number"]) * _SPAN_SECONDS[each["unit"][0].lower()] for each in spans)
    usable = seconds is not None and (seconds > 0 or (seconds == 0 and hint.zero))
    return as_duration(seconds) if seconds is not None and usable else ""


def _as_size(value: object, hint: Hint) -> str:
    unit = hint if hint.bytes else MIB
    number = _as_number(value, unit)
    return (
        f"cdk.Size.{unit.of_size.removeprefix('to_')}({number})" if number and not number.startswith(("0", "-")) else ""
    )


_MEASURES = {"Duration": _as_duration, "Size": _as_size}


def _as_dataclass(mismatch: TypeMismatch, value: object, kind: type[Any]) -> str:
    """A dataclass around the one value that was given, or around a dict of its fields."""
    if not is_dataclass(kind):
        return ""
    if value is kind:
        return f"{kind.__name__}({'…' if any(is_required(field) for field, _ in declared(kind)) else ''})"
    if isinstance(value, Mapping):
        return _from_fields(mismatch, cast("Mapping[object, object]", value), kind)
    if _gives_nothing(value) or isinstance(value, bool):
        return ""
    likely, able = _likely(kind), [each for each in declared(kind) if matches(value, each[1])]
    needed = [each for each in likely if is_required(each[0])]
    # Text and numbers fit many a field: they go to the likely one. All else goes to the one that takes it.
    if isinstance(value, str | int | float) or len(able) != 1:
        able = [each for each in likely if len(needed) == 1 or each[1] is not str]
    texts = {field.name: _as_field(mismatch, value, kind, field, takes) for field, takes in able}
    found = next((name for name, text in texts.items() if text), "")
    written = [
        (each, texts[found] if each.name == found else "…")
        for each, _ in declared(kind)
        if each.name == found or is_required(each)
    ]
    return _call(kind, written) if found else ""


def _as_field(mismatch: TypeMismatch, value: object, kind: type[Any], field: Field[Any], takes: Any) -> str:
    """A value as one of a dataclass's fields has it."""
    hint = hint_of(kind, field.name)
    if matches(value, takes) and not (isinstance(value, int) and value < hint.least):  # a size in GiB
        return to_source(value)
    made = (text for each in members(takes) if each is not str and (text := _become(mismatch, value, each, hint)))
    return next(made, "")


def _call(kind: type[Any], written: Sequence[tuple[Field[Any], str]]) -> str:
    texts = [f"{field.name}={text}" if field.kw_only else text for field, text in written]
    return f"{kind.__name__}({', '.join(texts) or '…'})"


def _from_fields(mismatch: TypeMismatch, value: Mapping[object, object], kind: type[Any]) -> str:
    """A dataclass of a dict of its fields, whose names may be other spellings of theirs."""
    given, written = {field.name: (field, takes) for field, takes in declared(kind)}, list[str]()
    for key, part in value.items():
        near = close_matches(str(key), given) if key not in given else [str(key)]
        name = shorthand_of(kind) if shorthand_of(kind) in near else next(iter(near), "")
        if not name:
            return ""
        written.append(f"{name}={_as_field(mismatch, part, kind, *given[name]) or to_source(part)}")
    return f"{kind.__name__}({', '.join(written)})" if written else ""
