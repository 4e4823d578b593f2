"""JSON values: whether values are JSON, how long their text is, and what can replace those that are none."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from typing import cast

from naws.core.rules.values import Field
from naws.core.secrecy import redact_repr
from naws.core.text import qualified, variable
from naws.core.tokens import has_token
from naws.core.type_checks import jsii_classes

_DEEPEST = 100
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
"""Whole numbers that every reader on the way counts; beyond them most have a double, without the last digits."""
_HALF = re.compile(r"[\ud800-\udfff]")


def mistyped(field: Field, above: tuple[int, ...] = ()) -> Iterator[Field]:
    """Every part that is not JSON; a token passes, whether text, a number or an object that CDK resolves.

    Args:
        field: what should be JSON.
        above: ids of what holds it.
    """
    value: object = field.value
    if isinstance(value, Mapping | list | tuple) and (id(cast("object", value)) in above or len(above) == _DEEPEST):
        yield field
        return
    above = (*above, id(cast("object", value)))
    match value:
        case Mapping():
            for key, part in cast("Mapping[object, object]", value).items():
                if not (isinstance(key, str) and _is_json(key)):
                    yield Field(f"{field.path}[{key!r}]", key)
                yield from mistyped(Field(f'{field.path}["{key}"]', part), above)
        case list() | tuple():
            for index, part in enumerate(cast("Sequence[object]", value)):
                yield from mistyped(Field(f"{field.path}[{index}]", part), above)
        case _:
            if not _is_json(value):
                yield field


def _is_json(value: object) -> bool:
    match value:
        case Enum():
            return False  # jsii looks for an enum of its own
        case None | bool():
            return True
        case int():
            return _SMALLEST <= value <= _LARGEST
        case str():
            return _HALF.search(value) is None
        case float():
            return has_token(value) or math.isfinite(value)
        case _:
            return is_resolvable(value)


def is_resolvable(value: object) -> bool:
    """Whether CDK resolves an object of its own into a value, such as `cdk.Lazy.any(…)`."""
    return any(hasattr(kind, "resolve") for kind in jsii_classes(value))


def as_json(value: object) -> str:
    """The Python that makes JSON of a value that is none; an object by the name of what it is."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}.value"
    if is_dataclass(value) and not isinstance(value, type):
        return f"dataclasses.asdict({variable(value)})"
    if named_by(value):
        return named_by(value)
    many = cast("set[object]", value) if isinstance(value, set | frozenset) else None
    if many and redact_repr(many) == repr(many):
        return json.dumps(sorted(many, key=str), default=str, ensure_ascii=False)
    plain = (text for kinds, text in _PLAIN if isinstance(value, kinds))
    return next(plain, "str(…)  # as text, such as an ISO date")


def named_by(value: object) -> str:
    """The Python for the name, or the number, of a CDK object: `log_group.log_group_name`; empty for anything else."""
    attribute = next((_VALUES[each] for each in names_of(value) if each in _VALUES), "")
    return f"{variable(value)}.{attribute}" if attribute else ""


_PLAIN: tuple[tuple[tuple[type, ...], str], ...] = (
    ((float, int), '"…"  # as text'),
    ((dict, list, tuple), "…  # what does not hold itself"),
    ((set, frozenset), "sorted(…)"),
    ((bytes, bytearray), "….decode()"),
    ((str,), "…  # without halves of characters"),
)


def names_of(value: object) -> Iterator[str]:
    """The names of what an object of CDK's is, interfaces without their I."""
    kinds = (each for kind in jsii_classes(value) for each in (*kind.__mro__, *getattr(kind, "__jsii_ifaces__", ())))
    return (re.sub(r"^I(?=[A-Z])", "", qualified(each).rsplit(".", 1)[-1]) for each in kinds)


_VALUES = {
    "Bucket": "bucket_name", "Duration": "to_seconds()", "Function": "function_name", "Key": "key_arn",
    "LogGroup": "log_group_name", "Queue": "queue_url", "Repository": "repository_uri", "Role": "role_arn",
    "Schedule": "expression_string", "ScheduleExpression": "expression_string", "Secret": "secret_arn",
    "Size": "to_mebibytes()", "StateMachine": "state_machine_arn", "StringParameter": "parameter_name",
    "Table": "table_name", "TimeZone": "timezone_name", "Topic": "topic_arn", "Vpc": "vpc_id",
}  # fmt: skip
"""The attribute that is the name, or the number, of a CDK object, by its class."""


def compact(value: object) -> str:
    """`value` as CDK writes it into a template: no blanks, nothing escaped that need not be."""
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"), skipkeys=True)


def texts(field: Field) -> Iterator[Field]:
    """Every text in a JSON value, keys included."""
    match field.value:
        case str():
            yield field
        case Mapping():
            for key, part in cast("Mapping[str, object]", field.value).items():
                yield Field(f'{field.path}["{key}"]', key)
                yield from texts(Field(f'{field.path}["{key}"]', part))
        case list() | tuple():
            for index, part in enumerate(cast("Sequence[object]", field.value)):
                yield from texts(Field(f"{field.path}[{index}]", part))
        case _:
            return
