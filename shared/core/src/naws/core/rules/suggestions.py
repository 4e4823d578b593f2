"""Suggestions for a value of the wrong type, as Python to paste: from the field's declared type and its hint.

suggestions(mismatch) ── per kind that the field takes ──> a number, words, a duration, a list or dict around it,
                                                           a class of CDK's (cdk_classes), a dataclass around it
"""

import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Literal, cast, get_args, get_origin

from naws.core.hints import Hint, hint_of, shorthand_of
from naws.core.rules.cdk_classes import class_name, from_value, moved_to_secrets, text_of, to_source
from naws.core.rules.json_values import named_by
from naws.core.rules.values import as_duration
from naws.core.secrecy import looks_secret, redact_repr
from naws.core.spelling import nearest
from naws.core.tokens import has_token
from naws.core.type_checks import TypeMismatch, declared, matches, members

LEFT_OUT = "omit it for the default"
"""The remedy for a value that gives nothing where nothing has to be given."""

_AMOUNT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:(?P<unit>[KMGT])i?B?|(?P<bytes>B)|(?P<vcpu>v?CPUs?))?", re.IGNORECASE
)
_BYTES = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SPAN = re.compile(
    r"(?:PT?)?(?P<number>[0-9]+)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE
)
_SPAN_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 10**12
"""Seconds that somebody may have had in mind; an integer of Python's has no bound, what is made of it has."""


def suggestions(mismatch: TypeMismatch) -> list[str]:
    """Values of the field's type that the value can become, the likeliest first; empty when no correction is known.

    Args:
        mismatch: the value and the field whose type it does not have.
    """
    moved = moved_to_secrets(mismatch)
    if moved:
        return [moved]
    hint = hint_of(mismatch.owner, "" if mismatch.key else mismatch.field)
    found = [text for kind in members(mismatch.annotation) if (text := _become(mismatch, mismatch.value, kind, hint))]
    if hint.example and not found and not looks_secret(mismatch.path):
        return [hint.example]
    if mismatch.optional and (mismatch.value is None or (not found and _gives_nothing(mismatch.value))):
        return [LEFT_OUT]
    return found


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
    if kind.__name__ == "Duration":
        return _as_duration(value, hint)
    return from_value(value, kind) or _as_dataclass(value, kind)


def _as_plain(mismatch: TypeMismatch, value: object, kind: type, hint: Hint) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}.value" if matches(value.value, kind) else ""
    if kind is not bool and has_token(value):
        return "cdk.Token.as_string(…)" if kind is str else "cdk.Token.as_number(…)"
    if kind in (int, float):
        return _as_number(value, hint)
    if kind is bool:
        return str(bool(value)) if value in (0, 1) else ""
    return named_by(value) or ("" if looks_secret(mismatch.path) else _number_as_text(value, hint))


def _number_as_text(value: object, hint: Hint) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    return f'"{value}"' if not hint.example or (hint.number and value > 0) else ""


def _as_number(value: object, hint: Hint) -> str:
    """A whole number in the unit of the field; a fraction is rounded up, because less would not be enough."""
    if class_name(value) == "Size" and hint.of_size:
        return f"size.{hint.of_size}()"
    if isinstance(value, float) and math.isfinite(value):
        return str(math.ceil(value * hint.whole if 0 < value < hint.whole / 4 else value))
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
        return _as_words(value)
    if value is None or isinstance(value, int | float | Mapping | list | tuple):
        return ""
    if not isinstance(value, str) and matches(value, item):
        return f"[{to_source(value)}]"
    become = (text for kind in members(item) if (text := _become(mismatch, value, kind, hint)))
    return f"[{one}]" if (one := next(become, "")) else ""


def _as_words(value: str) -> str:
    try:
        words = shlex.split(value)
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


def _as_one_of(value: object, words: tuple[Any, ...]) -> str:
    """The nearest word, or one that begins so; the first, which is the default, when there is none."""
    texts = [word for word in words if isinstance(word, str)]
    given = value.strip().lower() if isinstance(value, str) else ""
    begun = next((word for word in texts if given and word.startswith(given)), words[0])
    return json.dumps(nearest(given, texts) or begun)


def _as_duration(value: object, hint: Hint) -> str:
    seconds: float | None = None
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LONGEST:
        seconds = value * hint.seconds
    elif isinstance(value, str) and (match := _SPAN.fullmatch(value.strip())):
        seconds = int(match["number"]) * _SPAN_SECONDS[match["unit"][0].lower()]
    usable = seconds is not None and (seconds > 0 or (seconds == 0 and hint.zero))
    return as_duration(seconds) if seconds is not None and usable else ""


def _as_dataclass(value: object, kind: type) -> str:
    """A dataclass around the one value that was given, or around a dict of its fields."""
    if not is_dataclass(kind):
        return ""
    given, name = declared(kind), kind.__name__
    if value is kind:
        return f"{name}(…)"
    if isinstance(value, Mapping):
        return _from_fields(cast("Mapping[object, object]", value), name, [field.name for field, _ in given])
    required = [field for field, _ in given if _required(field)]
    able = [(field, takes) for field, takes in given if not _gives_nothing(value) and matches(value, takes)]
    short = shorthand_of(kind)
    # Text fits many a field: the likely one has to be given, and takes nothing else.
    likely = [
        field
        for field, takes in able
        if field.name == short or (not short and (type(value) is not str or (_required(field) and takes is str)))
    ]
    field = likely[0] if len(likely) == 1 else None
    if field is None or any(each is not field for each in required):
        return ""
    hint = hint_of(kind, field.name)
    counted = value * 1024 if isinstance(value, int) and value < hint.least else value  # in GiB
    return f"{name}({f'{field.name}=' if field.kw_only else ''}{to_source(counted)})"


def _from_fields(value: Mapping[object, object], name: str, known: list[str]) -> str:
    if not value or not all(isinstance(key, str) and key in known for key in value):
        return ""
    return f"{name}({', '.join(f'{key}={to_source(part)}' for key, part in value.items())})"


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
