"""Fields of states: each row is a kind of answer that AWS recorded, or documents where nothing is recorded."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from naws.cli.embedded.departures import intrinsics, paths
from naws.core.json_paths import NotFoundError

pytestmark = pytest.mark.e2e
DATA = {
    "a": {"b": [10, 20, 30], "odd key": 1, "it's": 2, 'q\\"': 3},
    "users": [{"year": 1997, "name": "Ann"}, {"year": 1998, "name": "Bo", "old": None}],
}
BAD_TIMES = ("2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z", "05-12-2016T21:29:29Z", 5)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a.b[1]", 20),
        ("$.a.b[-1]", 30),
        ("$['a']['odd key']", 1),
        (r"$.a['it\'s']", 2),
        ("""$.a['q\\"']""", 3),
        ("$.a.b[1:]", [20, 30]),
        ("$.a.b[:-1]", [10, 20]),
        ("$.a.b[0,2]", [10, 30]),
        ("$.users[*].name", ["Ann", "Bo"]),
        ("$..name", ["Ann", "Bo"]),
        ("$.none[1:].x", []),
        ("$.none[*]", []),
        ("$.users[?(@.year < 1998)].name", ["Ann"]),
        ("$.users[?(@.name == 'Bo' && !(@.year == 1997))].year", [1998]),
        ("$.users[?(@.old)].name", ["Bo"]),
        ("$.users[?(@.old == null || @.name =~ /a.*/i)].name", ["Ann", "Bo"]),
        ("$.users[?(@.year == '1997')]", []),
        ("$.users[?(@.year > $.a.b[2])].year", [1997, 1998]),
    ],
)
def test_what_a_path_finds(path: str, found: Any) -> None:
    assert paths.find(path, DATA, {}) == found


@pytest.mark.parametrize("path", ["$.none", "$.a.none.x", "$.a.b[3]", "$.a.b.c", "$variable", "$.a.b[0].x"])
def test_a_path_to_one_value_that_leads_to_none(path: str) -> None:
    with pytest.raises(NotFoundError):
        paths.find(path, DATA, {})


@pytest.mark.parametrize("path", ["a", "$.", "$.a[", "$.a[x]", "$.a[?(@.b ==)]", "$.a[?(@.b) @]", "$a b", "$.a.b[::2]"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        paths.find(path, {"a": [{"b": 1}]}, {"variables": {"a": 1}})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("States.Format('{} is \\'{}\\' \\{\\}', $.n, 'x')", "1 is 'x' {}"),
        ("States.Format('{}{}{}', $.o, null, true)", "{a=[1, x], b=null}nulltrue"),
        ("States.JsonToString($.o)", '{"a":[1,"x"],"b":null}'),
        ("States.StringToJson('{\"a\": [1]}')", {"a": [1]}),
        ("States.StringToJson(' ')", None),
        ("States.ArrayRange(1, 5, 2)", [1, 3, 5]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayLength($.l[?(@.x == 1)])", 1),
        ("States.MathAdd($$.State.Count, $known)", 7),
        ("States.Array(States.Array($.n), 'é')", [[1], "é"]),
        ("States.JsonMerge($.o, States.StringToJson('{\"b\":2}'), false)", {"a": [1, "x"], "b": 2}),
    ],
)
def test_what_a_function_gives(expression: str, value: Any) -> None:
    data = {"n": 1, "o": {"a": [1, "x"], "b": None}, "l": [{"x": 1}, {"x": 2}]}
    assert intrinsics.evaluate(expression, data, {"State": {"Count": 3}, "variables": {"known": 4}}) == value


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("States.Format('{}')", "States.IntrinsicFailure"),
        ("States.Format('{}', 1, 2)", "States.IntrinsicFailure"),
        ("States.Format('\\\"{}', 1)", "States.IntrinsicFailure"),
        ("States.JsonMerge($, $, true)", "States.IntrinsicFailure"),
        ("States.MathAdd('a', 1)", "States.IntrinsicFailure"),
        ("States.Nothing()", "States.IntrinsicFailure"),
        ("States.Array(1", "States.IntrinsicFailure"),
        ("States.UUID() x", "States.IntrinsicFailure"),
        ("States.Array($.none)", "States.Runtime"),
    ],
)
def test_what_a_function_refuses(expression: str, error: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        intrinsics.evaluate(expression, {}, {})
    assert getattr(caught.value, "error", None) == error


def _pass(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def _fails(**fields: Any) -> dict[str, Any]:
    return {"Fail": {"Type": "Fail", **fields}}


def _map(**fields: Any) -> dict[str, Any]:
    inside = {"StartAt": "Each", "States": {"Each": _pass()}, "ProcessorConfig": {"Mode": "INLINE"}}
    return {"Map": {"Type": "Map", "ItemProcessor": inside, "End": True, **fields}}


def _choice(*rules: dict[str, Any], language: str = "JSONPath", **fields: Any) -> dict[str, Any]:
    chosen = (
        {"Parameters": {"seen.$": "$seen", "was.$": "$"}}
        if language == "JSONPath"
        else {"Output": {"seen": "{% $seen %}", "was": "{% $states.input %}"}}
    )
    return {
        "Choice": {
            "Type": "Choice",
            "Choices": [{"Next": "End", **rule} for rule in rules],
            "Default": "End",
            **fields,
        },
        "End": _pass(**chosen),
    }


SETS = {"Set": {"Type": "Pass", "Assign": {"v": {"x": [1, 2]}, "n.$": "$.n", "name": "e"}, "Next": "Use"}}
INNER = {"StartAt": "In", "States": {"In": _pass(Assign={"own.$": "$n"}, Parameters={"seen.$": "$n"})}}


@pytest.mark.parametrize(
    ("states", "given", "output"),
    [
        pytest.param({**SETS, "Use": _pass(InputPath="$v.x[1]")}, {"n": 1}, 2, id="variable in InputPath"),
        pytest.param({**SETS, "Use": _pass(OutputPath="$v.x")}, {"n": 1}, [1, 2], id="variable in OutputPath"),
        pytest.param(
            {**SETS, "Use": _pass(Parameters={"p.$": "$n", "l": [{"f.$": "States.Format('{}', $v.x[0])"}]})},
            {"n": 5},
            {"p": 5, "l": [{"f": "1"}]},
            id="variable in Parameters",
        ),
        pytest.param(
            {**SETS, "Use": {"Type": "Parallel", "Branches": [INNER], "End": True}},
            {"n": 3},
            [{"seen": 3}],
            id="scope of Parallel",
        ),
        pytest.param(
            {**SETS, "Use": {**_map(ItemsPath="$v.x", ItemSelector={"i.$": "$$.Map.Item.Value", "n.$": "$n"})["Map"]}},
            {"n": 3},
            [{"i": 1, "n": 3}, {"i": 2, "n": 3}],
            id="variable in ItemsPath and ItemSelector",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Pass",
                    "Result": {"r": 7},
                    "ResultPath": "$.deep.er",
                    "Assign": {"v.$": "$.r"},
                    "Next": "B",
                }
            }
            | {"B": _pass(Parameters={"v.$": "$v", "in.$": "$"})},
            {"a": 1},
            {"v": 7, "in": {"a": 1, "deep": {"er": {"r": 7}}}},
            id="Assign sees the result, ResultPath keeps the input",
        ),
        pytest.param(_map(MaxConcurrencyPath="$.c", ItemsPath="$.i"), {"i": [1], "c": "1"}, [1], id="number as text"),
        pytest.param(_map(ItemsPath="$.i"), {"i": []}, [], id="no items"),
        pytest.param(
            _choice({"Variable": "$.n", "NumericEquals": 1, "Assign": {"seen.$": "$.n"}}),
            {"n": 1},
            {"seen": 1, "was": {"n": 1}},
            id="Assign of a rule",
        ),
        pytest.param(
            _choice({"Variable": "$.m", "IsPresent": True}, Assign={"seen": "none"}),
            {"n": 1},
            {"seen": "none", "was": {"n": 1}},
            id="Assign of the default",
        ),
        pytest.param(
            _choice({"Variable": "$.t", "TimestampLessThanPath": "$.u", "Assign": {"seen": 1}}, Assign={"seen": 0}),
            {"t": "2026-01-01T00:00:00+02:00", "u": "2026-01-01T00:00:00Z"},
            {"seen": 1, "was": {"t": "2026-01-01T00:00:00+02:00", "u": "2026-01-01T00:00:00Z"}},
            id="timestamps by path",
        ),
        pytest.param(
            _choice({"Variable": "$.s", "StringMatches": "a\\*b*", "Assign": {"seen": 1}}, Assign={"seen": 0}),
            {"s": "a*bcd"},
            {"seen": 1, "was": {"s": "a*bcd"}},
            id="an escaped star",
        ),
        pytest.param(
            _choice({"Variable": "$.s", "NumericLessThan": 5, "Assign": {"seen": 1}}, Assign={"seen": 0}),
            {"s": True},
            {"seen": 0, "was": {"s": True}},
            id="a boolean is no number",
        ),
    ],
)
def test_json_path(bench: Any, states: Any, given: Any, output: Any) -> None:
    ended = bench.execute(states, given, QueryLanguage="JSONPath")
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == output


WAIT = {"Type": "Wait", "End": True}


@pytest.mark.parametrize(
    ("states", "given", "error"),
    [
        ({"A": _pass(InputPath="$.none")}, {}, "States.Runtime"),
        ({"A": _pass(OutputPath="$.none")}, {}, "States.Runtime"),
        ({"A": _pass(Parameters={"a.$": "$$.Execution.Input.none"})}, {}, "States.Runtime"),
        ({"A": _pass(Parameters={"a.$": "States.StringToJson('{')"})}, {}, "States.IntrinsicFailure"),
        ({"A": _pass(Result=1, ResultPath="$.a.b")}, {"a": 5}, "States.ResultPathMatchFailure"),
        ({"A": _pass(Result=1, ResultPath="$.a")}, [1], "States.ResultPathMatchFailure"),
        (_choice({"Variable": "$.none", "IsString": True}), {}, "States.Runtime"),
        (_fails(ErrorPath="$.none"), {}, "States.Runtime"),
        (_fails(ErrorPath="$.e"), {"e": "Mine"}, "Mine"),
        ({"W": {**WAIT, "SecondsPath": "$.s"}}, {"s": -1}, "States.Runtime"),
        ({"W": {**WAIT, "SecondsPath": "$.s"}}, {"s": 1.5}, "States.Runtime"),
        ({"W": {**WAIT, "SecondsPath": "$.s"}}, {}, "States.Runtime"),
        *(({"W": {**WAIT, "TimestampPath": "$.t"}}, {"t": text}, "States.Runtime") for text in BAD_TIMES),
        (_map(ItemsPath="$.i"), {"i": {"a": 1}}, "States.Runtime"),
        (_map(ItemsPath="$.i"), {"i": "x"}, "States.Runtime"),
        (_map(ItemsPath="$.i", MaxConcurrencyPath="$.c"), {"i": [1], "c": {}}, "States.Runtime"),
        (_map(ItemsPath="$.i", MaxConcurrencyPath="$.c"), {"i": [1], "c": -1}, "States.Runtime"),
    ],
)
def test_json_path_fails(bench: Any, states: Any, given: Any, error: str) -> None:
    ended = bench.finished(bench.start(bench.machine(states, QueryLanguage="JSONPath"), given or {"x": 0}))
    assert (ended["status"], ended.get("error")) == ("FAILED", error), ended
    assert "output" not in ended


def test_a_wait_has_a_longest_time(bench: Any) -> None:
    def wait(days: float) -> Any:
        moment = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        machine = bench.machine({"W": {**WAIT, "TimestampPath": "$.t"}}, QueryLanguage="JSONPath")
        return bench.start(machine, {"t": moment})

    assert bench.finished(wait(24_856))["error"] == "States.Runtime"
    shorter = wait(24_854)
    assert bench.sfn.describe_execution(executionArn=shorter)["status"] == "RUNNING"
    bench.sfn.stop_execution(executionArn=shorter)


@pytest.mark.parametrize(
    ("states", "output"),
    [
        (
            _choice({"Condition": "{% false %}"}, language="JSONata", Assign={"seen": 1}, Output="o"),
            {"seen": 1, "was": "o"},
        ),
        (
            _choice({"Condition": "{% true %}", "Assign": {"seen": 2}, "Output": 3}, language="JSONata"),
            {"seen": 2, "was": 3},
        ),
        ({"A": _pass(Output={"n": "{% $states.input.none %}", "d": "{% 7 / 7 %}"})}, {"n": None, "d": 1}),
        ({"A": _pass(Output="{% [1..3] %}")}, [1, 2, 3]),
        ({"A": _pass(Output="{% $sort($keys($states.context)) %}")}, ["Execution", "State", "StateMachine"]),
        ({"A": _pass(Output="{% $states.context.Execution.RedriveCount %}")}, 0),
        (
            {
                "P": {
                    "Type": "Parallel",
                    "Arguments": {"a": "{% 1 + 1 %}"},
                    "Branches": [{"StartAt": "B", "States": {"B": _pass(Assign={"x": 5})}}],
                    "Assign": {"x": "{% $states.result[0].a %}"},
                    "Output": {"r": "{% $states.result %}"},
                    "Next": "Q",
                },
                "Q": _pass(Output={"x": "{% $x %}", "in": "{% $states.input %}"}),
            },
            {"x": 2, "in": {"r": [{"a": 2}]}},
        ),
    ],
)
def test_jsonata(bench: Any, states: Any, output: Any) -> None:
    ended = bench.execute(states, {"none": None})
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == output


@pytest.mark.parametrize(
    "states",
    [
        {"A": _pass(Output="{% input %}")},
        {"A": _pass(Output="{% none %}")},
        {"A": _pass(Output="{% $states.context.variables %}")},
        {"A": _pass(Output="{% $states.context.State.RetryCount %}")},
        {"A": _pass(Output="{% function($x){$x} %}")},
        {"A": _pass(Output="{% $eval('1') %}")},
        _map(Items="{% $states.input %}"),
        _map(),
        _choice({"Condition": "{% 1 %}"}, language="JSONata"),
        *({"W": {**WAIT, "Timestamp": "{% '" + text + "' %}"}} for text in BAD_TIMES[:2]),
    ],
)
def test_jsonata_fails(bench: Any, states: Any) -> None:
    assert bench.execute(states, {"none": None})["error"] == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    "states", [_fails(), _fails(Cause="only"), _map(ItemProcessor={"StartAt": "Fail", "States": _fails()})]
)
def test_a_fail_state_without_an_error_has_none(bench: Any, states: Any) -> None:
    ended = bench.execute(states, [1])
    assert ended["status"] == "FAILED"
    assert "error" not in ended
    assert ended.get("cause") == states.get("Fail", {}).get("Cause")


def test_a_step_that_waits_for_a_failed_execution_describes_it(bench: Any) -> None:
    child = bench.machine(_fails(Error="Mine", Cause="why"))
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True}
    ended = bench.execute({"Call": {**task, "Arguments": {"StateMachineArn": child, "Input": {}}}})
    assert ended["error"] == "States.TaskFailed"
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Mine", "why")


def test_a_catcher_of_a_state_in_jsonata_assigns_whatever_the_language_of_the_machine(bench: Any) -> None:
    call = {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::sqs:sendMessage"}
    caught = {"ErrorEquals": ["States.ALL"], "Assign": {"name": "{% $states.errorOutput.Error %}"}, "Next": "Name"}
    states = {
        "Call": {**call, "Arguments": {"QueueUrl": "none", "MessageBody": "x"}, "Catch": [caught], "End": True},
        "Name": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $name %}", "End": True},
    }
    assert "SQS" in json.loads(bench.execute(states, QueryLanguage="JSONPath")["output"]).upper()
