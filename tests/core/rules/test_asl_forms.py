"""Forms of values, unknown fields and fields that exclude each other: what is refused, and what comes close."""

from typing import Any

import pytest

from naws.core.rules.asl import definition_issues

CALL = {"Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:load:live", "End": True}
DONE = {"Type": "Succeed"}
TOKEN = "${Token[Name.1]}"


def codes(state: dict[str, Any], language: str = "JSONata", **more: Any) -> set[str]:
    """Of a machine whose only other state is where the first may lead."""
    states = {"A": state, **({"B": DONE} if "'B'" in str(state) else {})}
    given = {"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": states, **more}
    return {issue.code.removeprefix("NAWS-") for issue in definition_issues(given) if issue.level != "advice"}


def retrier(**fields: Any) -> dict[str, Any]:
    return {**CALL, "Retry": [{"ErrorEquals": ["X"], **fields}]}


def catcher(**fields: Any) -> dict[str, Any]:
    return {**CALL, "Catch": [{"ErrorEquals": ["X"], "Next": "B", **fields}]}


def choice(**rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{**rule, "Next": "B"}], "Default": "B"}


def each(**fields: Any) -> dict[str, Any]:
    item = {"StartAt": "I", "States": {"I": DONE}, **fields}
    return {"Type": "Map", "ItemProcessor": item, "End": True}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("ASL-049", {**CALL, "Retry": {"ErrorEquals": ["X"]}}),
        ("ASL-049", {**CALL, "Retry": ["X"]}),
        ("ASL-049", {**CALL, "Catch": "X"}),
        ("ASL-024", retrier(ErrorEquals=["X", 3])),
        ("ASL-024", retrier(ErrorEquals=[["X"]])),
        *(("ASL-027", retrier(**{name: odd})) for odd in ("3", "{% 3 %}", True, [3]) for name in
          ("MaxAttempts", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds")),
        ("ASL-027", retrier(JitterStrategy=True)),
        ("ASL-027", retrier(JitterStrategy="full")),
        ("ASL-009", retrier(MaxAttempt=3)),
        ("ASL-009", retrier(Next="A")),
        ("ASL-009", catcher(Foo=1)),
        ("ASL-009", catcher(MaxAttempts=1)),
        *(("ASL-049", {**CALL, name: odd}) for odd in (0, -1, 1.5, "60", True, 100_000_000) for name in
          ("TimeoutSeconds", "HeartbeatSeconds")),
        *(("ASL-049", {"Type": "Wait", "Seconds": odd, "End": True}) for odd in (-1, "60", 0.5, 100_000_000)),
        ("ASL-049", {**CALL, "Resource": 3}),
        ("ASL-049", {**CALL, "Resource": " "}),
        ("ASL-049", {**CALL, "Assign": [1]}),
        ("ASL-049", {**CALL, "Assign": "{% $states.input %}"}),
        ("ASL-049", catcher(Assign=1)),
        ("ASL-050", {"Type": "Fail", "Error": "X", "ErrorPath": "$.x"}),
        ("ASL-050", {"Type": "Fail", "Cause": "X", "CausePath": "$.x"}),
        ("ASL-050", {**each(), "Iterator": {"StartAt": "J", "States": {"J": DONE}}}),
        ("ASL-009", each(Foo=1)),
        ("ASL-009", each(TimeoutSeconds=1)),
        ("ASL-009", {"Type": "Parallel", "Branches": [{"StartAt": "I", "States": {"I": DONE}, "Foo": 1}], "End": True}),
        ("ASL-049", {"Type": "Parallel", "Branches": [{"StartAt": "I", "States": {"I": DONE}}, "I"], "End": True}),
    ],
)  # fmt: skip
def test_what_step_functions_refuses_in_either_language(code: str, state: dict[str, Any], language: str) -> None:
    assert code in codes(state, language)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("ASL-009", choice(Variable="$.x", StringEqual="a")),
        ("ASL-009", choice(And=[{"Variable": "$.x", "StringEqual": "a"}])),
        ("ASL-009", choice(Or=[{"Not": {"Variable": "$.x", "IsNul": True}}])),
        ("ASL-009", choice(Not={"Variable": "$.x", "IsNull": True, "Next": "B"})),
        ("ASL-010", choice()),
        ("ASL-010", choice(Variable="$.x")),
        ("ASL-010", choice(StringEquals="a")),
        ("ASL-010", choice(And=[{"IsNull": True}])),
        ("ASL-050", {**CALL, "TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"}),
        ("ASL-050", {**CALL, "HeartbeatSeconds": 5, "HeartbeatSecondsPath": "$.t"}),
        ("ASL-010", {"Type": "Wait", "Seconds": 5, "SecondsPath": "$.t", "End": True}),
        ("ASL-010", {"Type": "Wait", "Seconds": 5, "TimestampPath": "$.t", "End": True}),
        ("ASL-049", {**CALL, "TimeoutSeconds": "{% 5 %}"}),
        ("ASL-049", {"Type": "Wait", "Seconds": "{% 5 %}", "End": True}),
    ],
)
def test_what_step_functions_refuses_in_jsonpath(code: str, state: dict[str, Any]) -> None:
    assert codes(state, "JSONPath") == {code}


def test_a_rule_of_jsonata_has_no_misspelt_condition() -> None:
    assert codes(choice(Condtion="{% true %}")) == {"ASL-009", "ASL-010"}


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("ASL-009", {"Foo": 1}), ("ASL-009", {"Retry": []}), ("ASL-009", {"ProcessorConfig": {}}),
        ("ASL-049", {"TimeoutSeconds": 0}), ("ASL-049", {"TimeoutSeconds": -5}), ("ASL-049", {"TimeoutSeconds": "60"}),
        ("ASL-049", {"TimeoutSeconds": "{% 60 %}"}),
    ],
)  # fmt: skip
def test_what_step_functions_refuses_of_the_machine(code: str, fields: dict[str, Any]) -> None:
    assert codes(CALL, **fields) == {code}


@pytest.mark.parametrize(
    "state",
    [
        {**CALL, "Retry": [], "Catch": []},
        {**CALL, "Retry": None},
        {**CALL, "Retry": TOKEN, "Catch": [TOKEN]},
        retrier(MaxAttempts=0, IntervalSeconds=1, BackoffRate=1.0, MaxDelaySeconds=31_622_399, JitterStrategy="NONE"),
        retrier(MaxAttempts=99_999_999, Comment="x"),
        retrier(MaxAttempts=TOKEN, JitterStrategy=TOKEN, ErrorEquals=["X", TOKEN]),
        catcher(Assign={}, Comment="x"),
        {**CALL, "TimeoutSeconds": 99_999_999, "HeartbeatSeconds": 1},
        {"Type": "Wait", "Seconds": 0, "End": True},
        {"Type": "Wait", "Seconds": 99_999_999, "End": True},
        {**CALL, "Resource": TOKEN, "TimeoutSeconds": TOKEN},
        {"Type": "Fail", "Error": "X", "Cause": "Y"},
        each(Comment="x", ProcessorConfig={"Mode": "INLINE"}),
        {"Type": "Parallel", "Branches": [{"StartAt": "I", "States": {"I": DONE}, "Comment": "x"}], "End": True},
    ],
)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_what_step_functions_takes_in_either_language(state: dict[str, Any], language: str) -> None:
    assert codes(state, language) == set()


@pytest.mark.parametrize(
    ("state", "language"),
    [
        ({**CALL, "TimeoutSeconds": "{% 5 %}", "HeartbeatSeconds": "{% 1 %}"}, "JSONata"),
        ({"Type": "Wait", "Seconds": "{% 5 %}", "End": True}, "JSONata"),
        ({"Type": "Fail", "Error": "X", "CausePath": "$.x"}, "JSONPath"),
        (choice(Condition="{% true %}", Assign={"x": 1}, Output={}, Comment="x"), "JSONata"),
        (choice(Variable="$.x", StringEquals="a", Comment="x", Assign={"x": 1}), "JSONPath"),
        (choice(Variable="$.x", NumericLessThanEqualsPath="$.y"), "JSONPath"),
        (choice(And=[{"Or": [{"Not": {"Variable": "$.x", "IsTimestamp": True}}], "Comment": "x"}]), "JSONPath"),
        (choice(**{"Variable": "$.x", TOKEN: 1}), "JSONPath"),
    ],
)
def test_what_step_functions_takes_in_one_language(state: dict[str, Any], language: str) -> None:
    assert codes(state, language) == set()


@pytest.mark.parametrize("fields", [{"Comment": "x", "Version": "1.0"}, {"TimeoutSeconds": TOKEN}, {TOKEN: 1}])
def test_what_step_functions_takes_of_the_machine(fields: dict[str, Any]) -> None:
    assert codes(CALL, **fields) == set()


@pytest.mark.parametrize("language", ["JSONPath", TOKEN])
def test_rules_deep_within_each_other_are_no_matter(language: str) -> None:
    rule: dict[str, Any] = {"Variable": "$.x", "IsNull": True}
    for _ in range(3_000):
        rule = {"Not": rule}
    states = {"A": choice(**rule), "B": DONE}
    found = definition_issues({"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": states})
    assert [issue for issue in found if issue.level != "advice"] == []


@pytest.mark.parametrize(
    ("language", "state", "listed"),
    [
        ("JSONata", {"Type": "Succeed", "End": True}, "a Succeed state has: Output"),
        ("JSONPath", {"Type": "Succeed", "End": True}, "a Succeed state has: InputPath, OutputPath"),
        ("JSONata", catcher(End=True), "a catcher has: Assign, Comment, ErrorEquals, Next, Output"),
        ("JSONPath", catcher(End=True), "a catcher has: Assign, Comment, ErrorEquals, Next, ResultPath"),
        ("JSONata", choice(Condition="{% true %}", Foo=1), "a rule has here: Assign, Comment, Condition, Next, Output"),
    ],
)
def test_the_fields_that_are_listed_are_those_of_the_language(
    language: str, state: dict[str, Any], listed: str
) -> None:
    states = {"A": state, **({"B": DONE} if "'B'" in str(state) else {})}
    given = {"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": states}
    (found,) = (each for each in definition_issues(given) if each.code == "NAWS-ASL-009")
    assert found.expected == f"a field that {listed}"


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ({"Type": "Pass", "Parameters": {"a": 1}, "End": True}, '"Output": …  # instead of Parameters'),
        ({**CALL, "Parameters": {"a": 1}}, '"Arguments": …  # instead of Parameters'),
        ({**CALL, "TimeoutSecondsPath": "$.t"}, '"TimeoutSeconds": …  # instead of TimeoutSecondsPath'),
        ({**each(), "ItemsPath": "$.list"}, '"Items": …  # instead of ItemsPath'),
        ({"Type": "Wait", "SecondsPath": "$.s", "End": True}, '"Seconds": …  # instead of SecondsPath'),
        ({**CALL, "ResultPath": None}, "omit ResultPath"),
    ],
)
def test_a_field_of_jsonpath_is_replaced_by_the_one_that_does_the_same(state: dict[str, Any], remedy: str) -> None:
    given = {"QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 60, "States": {"A": state}}
    (found,) = (each for each in definition_issues(given) if each.code == "NAWS-ASL-011")
    assert found.remedy == remedy


def test_an_end_that_is_text_is_shown() -> None:
    given = {"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {"Type": "Pass", "End": "true"}}}
    found = next(each for each in definition_issues(given) if each.code == "NAWS-ASL-003")
    assert found.value == "End as 'true', and not as true"
