"""What a value of the wrong type was probably meant to be, as Python to paste.

guesses(mismatch) ── per kind that the field takes ──> _of_plain | _as_list | _as_dict | BY_NAME | _as_dataclass
"""

import json
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, is_dataclass
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

from naws.core.fargate import MEMORY_FOR_CPU
from naws.core.issues import looks_secret, shown
from naws.core.rules.meant_things import (
    BY_NAME,
    PARAMETERS,
    as_container_secret,
    as_plain_value,
    name_of,
    spoken,
    text_of,
)
from naws.core.rules.values import as_duration
from naws.core.spelling import nearest
from naws.core.text import class_of, qualified
from naws.core.tokens import has_token
from naws.core.type_checks import TypeMismatch, declared, jsii_classes, matches

LEFT_OUT = "omit it for the default"
"""The remedy for a value that says nothing where nothing has to be said."""

_AMOUNT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:(?P<unit>[KMGT])i?B?|(?P<bytes>B)|(?P<vcpu>v?CPUs?))?", re.IGNORECASE
)
_BYTES = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_FIELD_BYTES = {"_mib": 1024**2, "_gib": 1024**3, "max_message_size": 1}
_VCPU = 1024
_SPAN = re.compile(
    r"(?:PT?)?(?P<number>[0-9]+)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE
)
_SPAN_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_IN_MINUTES = "flexible_window"
_ZERO_IS_SOMETHING = ("stop_timeout", "visibility_timeout")


def guesses(mismatch: TypeMismatch) -> list[str]:
    """What was probably meant, the likeliest first; nothing when there is no telling.

    Args:
        mismatch: the value and the field that it does not fit.
    """
    moved = _as_secret(mismatch)
    if moved:
        return [moved]
    if mismatch.path.endswith("vpc.tags") and not mismatch.value:
        return ['{"stage": "prod"}']
    found = [text for kind in kinds(mismatch.annotation) if (text := _guess(mismatch, mismatch.value, kind))]
    if mismatch.optional and (mismatch.value is None or (not found and _says_nothing(mismatch.value))):
        return [LEFT_OUT]
    return found


def kinds(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of anything else itself."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _says_nothing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= 0


def _guess(mismatch: TypeMismatch, value: object, kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Sequence:
        return _as_list(mismatch, value, parts[0])
    if origin is Mapping:
        return _from_json(value) if parts[1] is Any else _as_dict(value, *parts)
    if origin is Literal:
        return _as_one_of(value, parts)
    if kind in (int, float, str, bool):
        return _as_plain(mismatch, value, kind)
    if kind.__name__ == "Duration":
        return _as_duration(value, mismatch.path)
    return BY_NAME.get(kind.__name__, _no_guess)(value) or _as_dataclass(value, kind)


def _no_guess(_value: object) -> str:
    return ""


def _as_plain(mismatch: TypeMismatch, value: object, kind: type) -> str:
    name = mismatch.path.rsplit(".", 1)[-1]
    said = as_plain_value(value, name) or _as_member_or_token(value, kind)
    if said:
        return said
    if kind in (int, float):
        return _as_number(value, name)
    if kind is bool:
        return str(bool(value)) if value in (0, 1) else ""
    if not isinstance(value, int | float) or isinstance(value, bool) or looks_secret(mismatch.path):
        return ""
    if name == "over":
        return '"$.…"'
    return '"1000:1000"' if name == "user" and value <= 0 else f'"{value}"'


def _as_member_or_token(value: object, kind: type) -> str:
    """The value of an enum's member; a token as one of the other kind."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}.value" if matches(value.value, kind) else ""
    as_other = "cdk.Token.as_string(…)" if kind is str else "cdk.Token.as_number(…)"
    return as_other if kind is not bool and has_token(value) else ""


def _as_number(value: object, name: str) -> str:
    """A whole number in the unit of the field; a fraction is rounded up, because less would not be enough."""
    if isinstance(value, float) and math.isfinite(value):
        return str(math.ceil(value * _VCPU if name == "cpu" and 0 < value < _VCPU / 4 else value))
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    number = float(match["number"])
    unit = next((size for end, size in _FIELD_BYTES.items() if name.endswith(end)), None)
    if match["unit"] or match["bytes"]:
        return str(math.ceil(number * _BYTES[(match["unit"] or "B").upper()] / unit)) if unit else ""
    if name == "cpu":
        return str(math.ceil(number * _VCPU if number % 1 or match["vcpu"] else number))
    # Less than the smallest size was said in GiB.
    in_gib = name.endswith("memory_limit_mib") and number < min(map(min, MEMORY_FOR_CPU.values()))
    return "" if match["vcpu"] else str(math.ceil(number * (1024 if in_gib else 1)))


def _as_list(mismatch: TypeMismatch, value: object, item: Any) -> str:
    """One thing where a list of them is expected."""
    if isinstance(value, str) and item is str:
        return _as_words(value)
    if value is None or isinstance(value, int | float | Mapping | list | tuple):
        return ""
    if not isinstance(value, str) and matches(value, item):
        return f"[{spoken(value)}]"
    guessed = (text for kind in kinds(item) if (text := _guess(mismatch, value, kind)))
    return f"[{one}]" if (one := next(guessed, "")) else ""


def _as_words(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        words = [value]
    parts = [text_of(word) for word in words]
    return f"[{', '.join(parts)}]" if parts and all(parts) and text_of(value) else ""


def _from_json(value: object) -> str:
    """A dict that was written as JSON text already."""
    try:
        said = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return repr(cast("object", said)) if shown(cast("object", said)) == repr(cast("object", said)) else "json.loads(…)"


def _as_secret(mismatch: TypeMismatch) -> str:
    """A secret among the plain variables moves to those that ECS fills in."""
    variable = re.search(r"\benvironment\[(?P<name>\"[^\"]*\")\]$", mismatch.path)
    names = {name_of(each) for kind in jsii_classes(mismatch.value) for each in kind.__mro__}
    if variable is None or mismatch.key or not names & {"Secret", "ISecret", "SecretValue", *PARAMETERS}:
        return ""
    ready = qualified(class_of(mismatch.value)) == "ecs.Secret"
    return f"secrets={{{variable['name']}: {'secret' if ready else as_container_secret(mismatch.value)}}}"


def _as_dict(value: object, key: Any, item: Any) -> str:
    if type(value) is item:
        return f'{{"…": {spoken(value)}}}'
    parts = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else []
    texts = [part for part in parts if isinstance(part, str) and "=" in part and text_of(part)]
    if parts and key is str and item is str and len(texts) == len(parts):
        return f"{{{', '.join(': '.join(map(text_of, part.split('=', 1))) for part in texts)}}}"
    plain = all(isinstance(part, int | str) and matches(part, key) and shown(part) == repr(part) for part in parts)
    return f"{{{', '.join(f'{spoken(part)}: …' for part in parts)}}}" if parts and plain else ""


def _as_one_of(value: object, words: tuple[Any, ...]) -> str:
    """The word that was meant; the first, which is the default, when there is no telling."""
    meant = nearest(value, [word for word in words if isinstance(word, str)]) if isinstance(value, str) else ""
    return json.dumps(meant or words[0])


_ANY_TIME = 10**12
"""Seconds that somebody may have meant; an integer of Python's has no bound, what is made of it has."""


def _as_duration(value: object, path: str) -> str:
    if isinstance(value, timedelta):
        return _positive(value.total_seconds(), path)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _ANY_TIME:
        return _positive(value * (60 if path.endswith(_IN_MINUTES) else 1), path)
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    return _positive(int(match["number"]) * _SPAN_SECONDS[match["unit"][0].lower()], path) if match else ""


def _positive(seconds: float, path: str) -> str:
    return as_duration(seconds) if seconds > 0 or (seconds == 0 and path.endswith(_ZERO_IS_SOMETHING)) else ""


def _as_dataclass(value: object, kind: type) -> str:
    """A dataclass around the one value that was given, or around a dict of its fields."""
    if not is_dataclass(kind) or not declared(kind):
        return ""
    said, name = declared(kind), name_of(kind)
    if value is kind:
        return f"{name}(…)"
    if isinstance(value, Mapping):
        return _from_dict(cast("Mapping[object, object]", value), name, [field.name for field, _ in said])
    (first, hint), *others = said
    text = spoken(value) if value is not None and matches(value, hint) else "…"
    if text == "…" or any(_required(field) for field, _ in others):
        return ""
    return f"{name}({f'{first.name}=' if first.kw_only else ''}{text})"


def _from_dict(value: Mapping[object, object], name: str, known: list[str]) -> str:
    if not value or not all(isinstance(key, str) and key in known for key in value):
        return ""
    return f"{name}({', '.join(f'{key}={spoken(part)}' for key, part in value.items())})"


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
