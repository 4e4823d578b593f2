"""Texts of a definition that have a form of their own: times, and calls of intrinsic functions."""

import re
from collections.abc import Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.asl_scopes import COUNTS, LANGUAGE_SPEC, Definition, jsonpath
from naws.core.rules.values import Field, is_text, one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token

TIMESTAMP = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector")
# A text among the arguments; a key in brackets belongs to a path.
_LITERAL = re.compile(r"\['(?:\\.|[^'\\])*'\]|('(?:\\.|[^'\\])*')", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TEMPLATES_AND_PARTS = (*_TEMPLATES, "Assign", "ItemReader", "ItemBatcher", "ResultWriter", "Credentials")
_COUNTING = {"MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"}
_CALLING = {"ErrorPath", "CausePath"}
_PATHS = {
    *("InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath"),
    *("HeartbeatSecondsPath", "Variable", *_CALLING, *(f"{name}Path" for name in COUNTS)),
}
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_BARE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_MANY = re.compile(r"\*|\.\.|\[[^\]]*[?@:,]")
_INTRINSIC = (
    *("Format", "StringToJson", "JsonToString", "Array", "ArrayPartition", "ArrayContains", "ArrayRange"),
    *("ArrayGetItem", "ArrayLength", "ArrayUnique", "Base64Encode", "Base64Decode", "Hash", "JsonMerge"),
    *("MathRandom", "MathAdd", "StringSplit", "UUID"),
)
"""Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"""
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
        if not TIMESTAMP.fullmatch(field.value):
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


@limit(
    code="NAWS-ASL-057",
    title="A path begins with $, and an intrinsic function is one that there is",
    source=f"{LANGUAGE_SPEC}#path",
    example=jsonpath('"Load": {"Type": "Pass", "Parameters": {"id.$": "order.id"}, "End": true}'),
    fix=jsonpath('"Load": {"Type": "Pass", "Parameters": {"id.$": "$.order.id"}, "End": true}'),
)
def paths(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses another text: `… must be a valid JSONPath or a valid intrinsic function call`.

    It stands under a key that ends in `.$`, in a field whose name ends in `Path`, and in the `Variable` of a rule.
    `ResultPath` leads to one place in the state's input: it has no `*`, no filter, and nothing of the context.
    """
    for state in definition.states if definition.language != "JSONata" else ():
        for block in state.ways if state.language == "JSONPath" else ():
            inside = {name: block.fields[name] for name in _TEMPLATES_AND_PARTS if name in block.fields}
            for field, key in (found for name in inside for found in block.within(name)):
                if key.endswith(".$") or key in _COUNTING:
                    yield from _path(field, key, functions=True)
            for name in block.given & _PATHS:
                yield from _path(block.at(name), name, functions=name in _CALLING)


def _path(field: Field, name: str, *, functions: bool) -> Iterator[Finding]:
    text = field.value
    if has_token(text):
        return
    allowed = "a path, which begins with $" + (", or an intrinsic function" if functions else "")
    if not isinstance(text, str) or not text.startswith(("$", "States.") if functions else "$"):
        better = f"$.{text}" if isinstance(text, str) and _BARE.fullmatch(text) else "$.…"
        plain = f'\n"{name.removesuffix(".$")}": …  # without .$, as it is' if name.endswith(".$") else ""
        yield field.finding(allowed, f'"{name}": "{better}"{plain}')
        return
    code = _QUOTED.sub(" ", text)
    for function in [each for each in re.findall(r"\bStates\.(\w+)", code) if each not in _INTRINSIC]:
        near = nearest(function, _INTRINSIC)
        yield field.finding(one_of(tuple(f"States.{each}" for each in _INTRINSIC)), f"States.{near or 'Format'}(…)")
    if any(code.count(one) != code.count(other) for one, other in ("()", "[]")):
        yield field.finding(f"{allowed}, with each bracket closed", f"{text}{']' if '[' in code else ')'}")
    elif name == "ResultPath" and (text.startswith("$$") or _MANY.search(code)):
        expected = "a path to one place: names and indexes alone, no context"
        yield field.finding(expected, '"ResultPath": "$.result"')


LITERAL_RULES = (timestamps, intrinsic_escapes, paths)
