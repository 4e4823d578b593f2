"""Rules on how large a definition and its values are, and how long an execution may take."""

import json
from collections.abc import Iterator
from typing import Any

from naws.core.rule import Finding, limit, practice
from naws.core.rules.asl_scopes import GUIDE, Definition, is_object, jsonata, listed
from naws.core.rules.asl_variables import assignments
from naws.core.rules.values import Field, format_number, is_number
from naws.core.step_functions import STATE_LIMIT, YEAR
from naws.core.tokens import has_token

_QUOTAS = f"{GUIDE}service-quotas.html"
_LARGEST_DEFINITION = 1_048_576
_DEEPEST = 60


def _size(value: object, depth: int = 0) -> int:
    """Bytes of the JSON text at least: of an expression or a token, which may become anything, only two."""
    if isinstance(value, str):
        unknown = value.startswith("{%") or has_token(value)
        return 2 if unknown else len(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    if depth == _DEEPEST:
        return 0
    parts = listed(value)
    if is_object(value):
        sizes = [_size(str(key)) + 1 + _size(part, depth + 1) for key, part in value.items()]
    elif isinstance(value, list | tuple):
        sizes = [_size(part, depth + 1) for part in parts]
    else:
        return 1 if has_token(value) else len(str(value))
    return 2 + sum(sizes) + max(0, len(sizes) - 1)


@limit(
    code="NAWS-ASL-023",
    title="What one Assign assigns has at most 256 KiB",
    source=_QUOTAS,
    example=jsonata('"Load": {"Type": "Pass", "Assign": {"rules": "x" * 300_000}, "End": True}'),
    fix=jsonata('"Load": {"Type": "Pass", "Assign": {"rules": "s3://rules/latest.json"}, "End": true}'),
)
def assigned_size(definition: Definition) -> Iterator[Finding]:
    """More fails the execution, whatever the expressions beside it give."""
    for state in definition.states:
        for block in assignments(state):
            yield from _too_large(Field(block.path, block.fields))


@limit(
    code="NAWS-FLOW-001",
    title="A definition has at most 1 MiB",
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html",
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "Comment": "x" * 1_100_000, "States": {
      "Load": {"Type": "Pass", "End": True}
    }}""",
    fix=jsonata('"Load": {"Type": "Pass", "End": true}'),
)
def definition_size(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a larger one."""
    size = len(_text(definition.fields).encode(errors="replace"))
    if size > _LARGEST_DEFINITION:
        yield definition.finding(
            f"at most {format_number(_LARGEST_DEFINITION)} bytes",
            "start another state machine for a part of it\nput large values into a bucket",
            shown=f"{format_number(size)} bytes",
        )


def _text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, skipkeys=True)
    except (ValueError, RecursionError):  # it holds itself, or is far too deep for a definition
        return ""


@practice(
    code="NAWS-FLOW-006",
    title="A state machine has a timeout, of a year at the most",
    source=f"{GUIDE}sfn-best-practices.html",
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 99999999, "States": {
      "Load": {"Type": "Pass", "End": true}
    }}""",
    fix=jsonata('"Load": {"Type": "Pass", "End": true}'),
)
def has_timeout(definition: Definition) -> Iterator[Finding]:
    """Without one an execution that hangs is noticed by nobody for a year.

    After a year Step Functions ends it in any case: a longer timeout never comes.
    """
    timeout = definition.at("TimeoutSeconds")
    if definition.unreadable:
        return
    if timeout.value is None or (is_number(timeout.value) and not timeout.value <= YEAR):
        yield timeout.finding(f"seconds, at most {format_number(YEAR)}", '"TimeoutSeconds": 86400')


@limit(
    code="NAWS-FLOW-011",
    title="What a state takes and gives has at most 256 KiB",
    source=_QUOTAS,
    example=jsonata('"Load": {"Type": "Pass", "Output": "x" * 300_000, "End": True}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": "s3://rules/latest.json", "End": true}'),
)
def value_size(definition: Definition) -> Iterator[Finding]:
    """More fails the execution with `States.DataLimitExceeded`, whatever the expressions beside it give."""
    for state in definition.states:
        for name in ("Arguments", "Parameters", "Result", "ResultSelector"):
            yield from _too_large(state.at(name))
        for way in state.ways:
            yield from _too_large(way.at("Output"))


def _too_large(field: Field) -> Iterator[Finding]:
    size = 0 if field.value is None else _size(field.value)
    if size > STATE_LIMIT:
        expected, remedy = f"at most {format_number(STATE_LIMIT)} bytes", "put it into a bucket, and name it here"
        yield field.finding(expected, remedy, shown=f"{format_number(size)} bytes")


SIZE_RULES = (assigned_size, definition_size, has_timeout, value_size)
