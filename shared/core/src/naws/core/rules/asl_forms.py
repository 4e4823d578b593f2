"""The forms of a definition's values: what a list holds, where a number stands, and which fields exclude each other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.rule import Finding, limit
from naws.core.rules.asl_choices import COMBINING, OPERATORS, rules
from naws.core.rules.asl_literals import TIMESTAMP
from naws.core.rules.asl_scopes import (
    LANGUAGE_SPEC,
    Block,
    Definition,
    Language,
    is_object,
    jsonata,
    jsonpath,
    listed,
)
from naws.core.rules.values import format_number, is_number
from naws.core.tokens import has_token

LARGEST_NUMBER = 99_999_999
"""Source: AWS's answer to a longer wait, `Maximum value is 99999999`."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form that the value of a field must have.

    Attributes:
        expected: in words.
        fits: whether a value is that.
        remedy: what to write instead, after the name of the field.
        expression: whether a JSONata state may have an expression in its place.
    """

    expected: str
    fits: Callable[[Any], bool]
    remedy: str
    expression: bool = False

    def accepts(self, value: object, language: Language | None) -> bool:
        """Whether a value is that, or may become it: an expression, or what only the deployment knows."""
        evaluated = self.expression and language != "JSONPath" and isinstance(value, str) and value.startswith("{%")
        return value is None or evaluated or self.fits(value) or has_token(value)  # which looks at all that is inside


def whole(low: int, high: int, remedy: int, *, expression: bool = False) -> Form:
    """A whole number within bounds."""
    return Form(
        expected=f"a whole number from {format_number(low)} to {format_number(high)}",
        fits=lambda value: is_number(value) and low <= value <= high and value == int(value),
        remedy=str(remedy),
        expression=expression,
    )


def _objects(remedy: str) -> Form:
    def fits(value: object) -> bool:
        parts = listed(value)
        return isinstance(value, list | tuple) and all(map(is_object, parts))

    return Form(expected="a list of objects", fits=fits, remedy=remedy)


_SECONDS = whole(1, LARGEST_NUMBER, 60, expression=True)
_ASSIGN = {"Assign": Form(expected="an object, with a value for each variable", fits=is_object, remedy='{"name": …}')}
_CONDITION = {
    "Condition": Form(
        expected="an expression that is true or false",
        fits=lambda value: isinstance(value, bool) or (isinstance(value, str) and value.strip().startswith("{%")),
        remedy='"{% … %}"',
    )
}
_TEXT = Form(expected="text", fits=lambda value: isinstance(value, str), remedy='"…"')
_KINDS: Mapping[str, Form] = {
    "String": _TEXT,
    "Numeric": Form(expected="a number", fits=is_number, remedy="1"),
    "Boolean": Form(expected="true or false", fits=lambda value: isinstance(value, bool), remedy="true"),
    "Timestamp": Form(
        expected="YYYY-MM-DDThh:mm:ssZ",
        fits=lambda value: isinstance(value, str) and TIMESTAMP.fullmatch(value) is not None,
        remedy='"2027-01-01T06:00:00Z"',
    ),
}
_PATH = Form(
    expected="a path, which begins with $",
    fits=lambda value: isinstance(value, str) and value.startswith("$"),
    remedy='"$.…"',
)
_OPERANDS: Mapping[str, Form] = {
    name: _PATH
    if name.endswith("Path")
    else _KINDS["Boolean"]
    if name.startswith("Is")
    else next(form for kind, form in _KINDS.items() if name.startswith(kind))
    for name in OPERATORS
}
"""What each operator of a rule compares with."""
_FORMS: Mapping[str, Form] = {
    "Error": _TEXT,
    "Cause": _TEXT,
    "Items": Form(
        expected="a list, an object or an expression",
        fits=lambda value: not isinstance(value, str) or value.strip().startswith("{%"),
        remedy='"{% $states.input… %}"',
    ),
    "Resource": Form(
        expected="the ARN of what the task calls",
        fits=lambda value: isinstance(value, str) and bool(value.strip()),
        remedy='"arn:aws:states:::lambda:invoke"',
    ),
    "TimeoutSeconds": _SECONDS,
    "HeartbeatSeconds": _SECONDS,
    "Seconds": whole(0, LARGEST_NUMBER, 60, expression=True),
    "Choices": _objects('[{"Condition": "{% … %}", "Next": "…"}]'),
    "Branches": _objects('[{"StartAt": "…", "States": {…}}]'),
    "Retry": _objects('[{"ErrorEquals": ["States.ALL"]}]'),
    "Catch": _objects('[{"ErrorEquals": ["States.ALL"], "Next": "…"}]'),
    **_ASSIGN,
}


@limit(
    code="NAWS-ASL-049",
    title="A value has the form that its field needs",
    source=LANGUAGE_SPEC,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": "60",
        "Retry": {"ErrorEquals": ["States.ALL"]}, "End": true}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}"""),
)
def forms(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses another one: text where a number belongs, an object where a list belongs.

    Seconds are whole numbers, at least 1 of a timeout or a heartbeat, 0 of a wait, and 99,999,999 at most; in a JSONata
    state an expression may give them, but not the machine's own timeout. `Retry`, `Catch`, `Choices` and `Branches` are
    lists of objects, `Assign` is an object, and `Resource`, `Error` and `Cause` are text. The `Condition` of a rule is
    an expression, and so are the `Items` of a map that are no list. An operator in JSONPath compares with a value of
    its own kind.
    """
    machine = {"TimeoutSeconds": whole(1, LARGEST_NUMBER, 86_400)}
    yield from unfit(definition, machine, definition.language)
    for state in definition.states:
        forms = {name: form for name, form in _FORMS.items() if state.takes(name)}
        yield from unfit(state, forms, state.language)
        for block in state.blocks("Choices", "Catch") if state.takes("Assign") else ():
            yield from unfit(block, _ASSIGN, state.language)
        for block in state.blocks("Choices") if state.language == "JSONata" else ():
            yield from unfit(block, _CONDITION, state.language)
        for block, _ in rules(state) if state.language == "JSONPath" else ():
            yield from unfit(block, _OPERANDS, state.language)


def unfit(block: Block, needed: Mapping[str, Form], language: Language | None) -> Iterator[Finding]:
    """Each field of a block whose value is not of its form."""
    for name, form in needed.items():
        field = block.at(name)
        if name in ("Choices", "Branches") and not any(map(is_object, listed(field.value))):
            continue  # that there is none at all the rule on needed fields finds
        if not form.accepts(field.value, language):
            yield field.finding(form.expected, f'"{name}": {form.remedy}')


_ONE_OF = (
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
    ("ItemProcessor", "Iterator"),
)


@limit(
    code="NAWS-ASL-050",
    title="Of two fields for one thing a state has one",
    source=LANGUAGE_SPEC,
    example=jsonpath("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60,
        "TimeoutSecondsPath": "$.t", "End": true}"""),
    fix=jsonpath("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSecondsPath": "$.t",
        "End": true}"""),
)
def exclusive(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses both: neither counts more than the other.

    A timeout, a heartbeat, an error and its cause are written down or read by a path; `Iterator` is the older name of
    `ItemProcessor`. A rule in JSONPath has one operator; `And` ties several together. The times of a Wait state belong
    to the rule on needed fields.
    """
    for state in definition.states:
        for one, other in _ONE_OF:
            if state.takes(one) and {one, other} <= state.given:
                expected, remedy = f"{one} or {other}, one of them", f"omit {other}\nomit {one}"
                yield state.at(other).finding(expected, remedy, shown=f"{one} and {other}")
        for block, _ in rules(state) if state.language == "JSONPath" else ():
            operators = [name for name in block.fields if name in OPERATORS or name in COMBINING]
            if len(operators) > 1:
                first, second = operators[:2]
                found = f"{first} and {second}"
                yield block.at(second).finding("one operator", f"omit {second}\nomit {first}", shown=found)


FORM_RULES = (forms, exclusive)
