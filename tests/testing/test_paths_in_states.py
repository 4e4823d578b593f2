"""What `run_workflow` makes of JSONPath in states: intrinsic functions, comparisons, results that are placed."""

from typing import Any

import pytest

from naws.testing import Returns, WorkflowRun, run_workflow

INPUT = {"arr": [1, 2, 3], "s": "abc", "n": 5, "nul": None, "o": {"k": [1]}}


def passed(parameter: str) -> WorkflowRun:
    parameters = {"r.$": parameter}
    state = {"Type": "Pass", "Parameters": parameters, "End": True}
    return run_workflow({"StartAt": "P", "States": {"P": state}}, INPUT, {})


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (r"States.Format('it\'s \{{}\} \\ {x}', $.n)", r"it's {5} \ {x}"),
        ("States.Format('a\tb\n{}', 'c\nd')", "a\tb\nc\nd"),
        (r"States.StringSplit('a\'b', '\'')", ["a", "b"]),
        ('States.StringToJson(\'{"a": "b"}\')', {"a": "b"}),
        ("States.Format('{}', $.nul)", "null"),
        ("States.ArrayLength($.arr[*].none)", 0),
        ("States.MathAdd(1.5, $.n)", 7),
        ("$.arr[7]", None),
    ],
)
def test_what_a_call_gives(call: str, value: Any) -> None:
    run = passed(call)
    assert (run.output, run.cause) == ({"r": value}, "")


@pytest.mark.parametrize(
    "call",
    [
        "States.ArrayGetItem($.arr, 3)",
        "States.Base64Decode('no base64!')",
        "States.Base64Encode($.n)",
        "States.Hash($.s, 'SHA256')",
        "States.StringToJson($.s)",
        "States.MathAdd($.s, 1)",
        "States.Format('{} {}', $.n)",
        "States.Format('', $.n)",
        "States.ArrayRange(1, 9000, 1)",
    ],
)
def test_a_function_that_cannot_do_it_fails_by_a_name_of_its_own(call: str) -> None:
    assert passed(call).error == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    "path", ["States.Format('{}', $.none)", "States.Format('{}', $.arr[7])", "$.none[0]", "$.s[0]"]
)
def test_a_path_that_leads_nowhere_fails(path: str) -> None:
    assert passed(path).error == "States.Runtime"


def test_a_failing_function_of_a_task_is_caught() -> None:
    ask = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"x.$": "States.Hash('a', 'b')"}}
    ask["Catch"] = [{"ErrorEquals": ["States.IntrinsicFailure"], "Next": "Caught"}]
    states = {"Ask": {**ask, "End": True}, "Caught": {"Type": "Succeed"}}
    run = run_workflow({"StartAt": "Ask", "States": states}, {}, {"Ask": [Returns(1)]}, allow_unused=True)
    assert run.states == ["Ask", "Caught"]


def test_what_is_no_call_is_no_definition() -> None:
    with pytest.raises(ValueError, match="no call of an intrinsic function"):
        passed("States.Format('it''s')")


@pytest.mark.parametrize(
    ("given", "path", "output"),
    [
        ({"a": 1}, "$.b.c", {"a": 1, "b": {"c": 9}}),
        ({"a": [1]}, "$.a[0]", {"a": [9]}),
        ("text", "$", 9),
        ("text", "$.a", None),
        ([1], "$.a", None),
        (None, "$.a", None),
        ({"a": 1}, "$.a.b", None),
    ],
)
def test_a_result_is_placed_or_the_state_fails(given: Any, path: str, output: Any) -> None:
    state = {"Type": "Pass", "Result": 9, "ResultPath": path, "End": True}
    run = run_workflow({"StartAt": "P", "States": {"P": state}}, given, {})
    assert (run.output, run.error) == (output, "" if output else "States.ResultPathMatchFailure")


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        ({"Variable": "$.n", "NumericGreaterThanPath": "$$.Execution.Input.low"}, ["Which", "Yes"]),
        ({"Variable": "$.low", "NumericGreaterThanPath": "$$.Execution.Input.n"}, ["Which", "No"]),
        ({"Variable": "$.n", "NumericGreaterThanPath": "$$.Execution.Input.none"}, ["Which"]),
        ({"Variable": "$.none", "NumericEquals": 1}, ["Which"]),
        ({"Not": {"Variable": "$.none", "IsNull": True}}, ["Which"]),
        ({"Variable": "$.none", "IsPresent": False}, ["Which", "Yes"]),
        ({"And": [{"Variable": "$.none", "IsPresent": True}, {"Variable": "$.none", "IsNull": True}]}, ["Which", "No"]),
    ],
)
def test_a_comparison_needs_what_it_compares(rule: dict[str, Any], end: list[str]) -> None:
    which = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    states = {"Which": which, "Yes": {"Type": "Succeed"}, "No": {"Type": "Succeed"}}
    run = run_workflow({"StartAt": "Which", "States": states}, {"n": 5, "low": 3}, {})
    assert (run.states, run.error) == (end, "" if len(end) > 1 else "States.Runtime")


def test_chance_repeats_and_its_end_is_not_drawn() -> None:
    call = "States.Array(States.UUID(), States.MathRandom(1, 99999), States.MathRandom(3, 3.6))"
    first, again = passed(call).output["r"], passed(call).output["r"]
    assert first == again
    assert first[2] == 3
    drawn = [passed(f"States.MathRandom(0, 3, {seed})").output["r"] for seed in range(0, 9**9, 9**8)]
    assert set(drawn) == {0, 1, 2}
    assert passed("States.MathRandom(5, 5)").error == "States.IntrinsicFailure"
