"""Texts of a definition that have a form of their own: times, and calls of intrinsic functions."""

import re
from collections.abc import Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.asl_scopes import LANGUAGE_SPEC, Definition, jsonpath
from naws.core.rules.values import is_text

_RFC_3339 = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector")
# A text among the arguments; a key in brackets belongs to a path.
_LITERAL = re.compile(r"\['(?:\\.|[^'\\])*'\]|('(?:\\.|[^'\\])*')", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPABLE = "'{}\\"


@limit(
    code="NAWS-ASL-045",
    title="A time to wait for is written as RFC 3339 says",
    source=f"{LANGUAGE_SPEC}#timestamps",
    example=jsonpath('"Rest": {"Type": "Wait", "Timestamp": "2027-01-01 06:00:00Z", "End": true}'),
    fix=jsonpath('"Rest": {"Type": "Wait", "Timestamp": "2027-01-01T06:00:00Z", "End": true}'),
)
def timestamps(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses every other form: `String does not match RFC3339 timestamp`.

    There is a T between date and time, and Z or an offset at the end. Only a JSONata state may have an expression.
    """
    for state in definition.of("Wait"):
        field = state.at("Timestamp")
        if not is_text(field.value) or state.language is None:
            continue
        if state.language == "JSONata" and field.value.startswith("{%"):
            continue  # what is wrong with an expression its own rules find
        if not _RFC_3339.fullmatch(field.value):
            yield field.finding("YYYY-MM-DDThh:mm:ssZ", '"Timestamp": "2027-01-01T06:00:00Z"')


@limit(
    code="NAWS-ASL-047",
    title="A text in an intrinsic function escapes only ', {, } and \\",
    source=f"{LANGUAGE_SPEC}#intrinsic-functions",
    example=jsonpath(r"""
      "Tell": {"Type": "Pass", "End": true,
        "Parameters": {"text.$": "States.Format('so-called \\\"{}\\\"', $.name)"}}"""),
    fix=jsonpath(r"""
      "Tell": {"Type": "Pass", "End": true,
        "Parameters": {"text.$": "States.Format('so-called \"{}\"', $.name)"}}"""),
)
def intrinsic_escapes(definition: Definition) -> Iterator[Finding]:
    r"""Step Functions refuses every other escape: `… must be a valid JSONPath or a valid intrinsic function call`.

    A quotation mark needs none within the apostrophes; `\"` in JSON is the mark alone, `\\\"` a backslash before it.
    """
    for state in definition.states:
        for where, key in state.within(*_TEMPLATES) if state.language == "JSONPath" else ():
            if not (key.endswith(".$") and is_text(where.value) and where.value.startswith("States.")):
                continue
            escaped = {mark for text in _LITERAL.findall(where.value) for mark in _ESCAPE.findall(text)}
            wrong = sorted(escaped - set(_ESCAPABLE))
            if wrong:
                remedy = "\n".join(f"{mark}  # instead of \\{mark}" for mark in wrong)
                yield where.finding(f"no backslash before {' and '.join(wrong)}", remedy)


LITERAL_RULES = (timestamps, intrinsic_escapes)
