"""Paths and intrinsic functions of JSONPath states, and what the rules of a choice compare with."""

from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.rules.asl import definition_issues

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:load:live"


def issues(states: dict[str, Any]) -> list[Issue]:
    whole = {"StartAt": next(iter(states)), "TimeoutSeconds": 60, "States": states}
    return [issue for issue in definition_issues(whole) if issue.level != "advice"]


def of_pass(**fields: Any) -> list[Issue]:
    return issues({"A": {"Type": "Pass", "End": True, **fields}})


@pytest.mark.parametrize(
    ("fields", "path", "remedy"),
    [
        ({"Parameters": {"a.$": "order.id"}}, "Parameters.a.$", '"a.$": "$.order.id"\n"a": …  # without .$, as it is'),
        ({"Parameters": {"a": [{"b.$": 3}]}}, "Parameters.a[0].b.$", '"b.$": "$.…"\n"b": …  # without .$, as it is'),
        ({"Assign": {"a.$": "total"}}, "Assign.a.$", '"a.$": "$.total"\n"a": …  # without .$, as it is'),
        ({"Parameters": {"a.$": "States.Fromat('{}', $.x)"}}, "Parameters.a.$", "States.Format(…)"),
        ({"Parameters": {"a.$": "States.Format('{}', States.Uid())"}}, "Parameters.a.$", "States.UUID(…)"),
        ({"Parameters": {"a.$": "States.Format('{}', $.x"}}, "Parameters.a.$", "States.Format('{}', $.x)"),
        ({"InputPath": "order.id"}, "InputPath", '"InputPath": "$.order.id"'),
        ({"InputPath": "$.list[0"}, "InputPath", "$.list[0]"),
        ({"OutputPath": "States.UUID()"}, "OutputPath", '"OutputPath": "$.…"'),
        ({"ResultPath": "$.list[*].id"}, "ResultPath", '"ResultPath": "$.result"'),
        ({"ResultPath": "$$.Execution"}, "ResultPath", '"ResultPath": "$.result"'),
    ],
)
def test_what_is_no_path_is_refused(fields: dict[str, Any], path: str, remedy: str) -> None:
    (found,) = of_pass(**fields)
    assert (found.code, found.path, found.remedy) == ("NAWS-ASL-057", f'states["A"].{path}', remedy)


def test_paths_of_other_states_are_read_too() -> None:
    fail = {"Type": "Fail", "ErrorPath": "error", "CausePath": "States.Format('{}', $.c)"}
    catcher = {"ErrorEquals": ["States.ALL"], "ResultPath": "error", "Next": "F"}
    call = {"Type": "Task", "Resource": FUNCTION, "TimeoutSecondsPath": "t", "Catch": [catcher], "Next": "W"}
    wait = {"Type": "Wait", "SecondsPath": "seconds", "Next": "C"}
    rule = {"Variable": "ready", "IsPresent": True, "Next": "F"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "F"}
    found = issues({"T": call, "W": wait, "C": choice, "F": fail})
    assert {(each.code, each.path) for each in found} == {
        ("NAWS-ASL-057", 'states["T"].TimeoutSecondsPath'),
        ("NAWS-ASL-057", 'states["T"].Catch[0].ResultPath'),
        ("NAWS-ASL-057", 'states["W"].SecondsPath'),
        ("NAWS-ASL-057", 'states["C"].Choices[0].Variable'),
        ("NAWS-ASL-057", 'states["F"].ErrorPath'),
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"InputPath": None, "ResultPath": None, "OutputPath": None},
        {"ResultPath": "$.ns:key['a,b']"},
        {"InputPath": "$$", "OutputPath": "$..id", "ResultPath": "$['a key'][0].b-c"},
        {
            "Parameters": {
                "a.$": "$.list[?(@.id == 'x(')].name",
                "b.$": "$$.Execution.Id",
                "c": "plain",
                "d.$": "$.x[0:2]",
            }
        },
        {"Parameters": {"a.$": r"States.Format('it\'s ( {}', States.ArrayGetItem(States.StringSplit($.a, ','), 0))"}},
        {"Parameters": {"a.$": "${Token[Path.1]}", "b.$": "States.MathAdd($.n, -1)"}},
        {"Result": {"a.$": "no path at all"}},
    ],
)
def test_paths_that_there_are(fields: dict[str, Any]) -> None:
    assert of_pass(**fields) == []


def compared(**rule: Any) -> list[tuple[str, str]]:
    whole = {"Type": "Choice", "Choices": [{**rule, "Next": "B"}], "Default": "B"}
    return [(each.code.removeprefix("NAWS-"), each.path) for each in issues({"A": whole, "B": {"Type": "Succeed"}})]


AT = 'states["A"].Choices[0]'


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericEquals", "1"),
        ("BooleanEquals", "true"),
        ("IsPresent", "yes"),
        ("StringEquals", 1),
        ("StringMatches", ["x*"]),
        ("TimestampLessThan", "2027-01-01"),
        ("NumericEqualsPath", "limit"),
    ],
)
def test_a_rule_compares_with_a_value_of_its_kind(operator: str, value: Any) -> None:
    assert compared(Variable="$.a", **{operator: value}) == [("ASL-049", f"{AT}.{operator}")]
    inner = compared(And=[{"Variable": "$.a", operator: value}, {"Variable": "$.b", "IsNull": False}])
    assert inner == [("ASL-049", f"{AT}.And[0].{operator}")]


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericEquals", 1.5),
        ("BooleanEquals", False),
        ("IsPresent", True),
        ("StringMatches", "x*"),
        ("TimestampLessThan", "2027-01-01T00:00:00Z"),
        ("StringEqualsPath", "$$.Execution.Name"),
        ("NumericEquals", "${Token[Limit.1]}"),
    ],
)
def test_a_rule_that_compares(operator: str, value: Any) -> None:
    assert compared(Variable="$.a", **{operator: value}) == []


def test_a_rule_has_one_operator() -> None:
    assert compared(Variable="$.a", NumericEquals=1, IsPresent=True) == [("ASL-050", f"{AT}.IsPresent")]
    assert compared(Not={"Variable": "$.a", "IsNull": True, "IsPresent": True})[0][0] == "ASL-050"
    assert compared(And=[{"Variable": "$.a", "IsNull": True}], Or=[{"Variable": "$.a", "IsNull": True}]) == [
        ("ASL-050", f"{AT}.Or")
    ]
