"""The rules one by one: what each finds, where, and what comes close and is right."""

from typing import Any

import pytest

from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_care import CARE_RULES

CALL = {"Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:load:live", "End": True}
FAILED = {"Type": "Fail"}
WAYS = ("machine", "branch", "item")
CARE = {rule.code for rule in CARE_RULES}
"""Advice that most of these definitions do not follow; test_asl_care.py has its tests."""


def codes(states: dict[str, Any], **more: Any) -> set[str]:
    given = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "TimeoutSeconds": 60, "States": states, **more}
    return {issue.code.removeprefix("NAWS-") for issue in definition_issues(given) if issue.code not in CARE}


def inside(way: str, states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """States of a machine, of a branch or of an item."""
    scope = {"StartAt": next(iter(states)), "States": states, **more}
    if way == "branch":
        return {"Both": {"Type": "Parallel", "Branches": [scope], "End": True}}
    if way == "item":
        return {"Each": {"Type": "Map", "ItemProcessor": scope, "End": True}}
    return states


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("code", "states"),
    [
        ("ASL-002", {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Pass", "Next": "A", "End": True}}),
        ("ASL-002", {"A": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Z"}], "Default": "A"}}),
        ("ASL-002", {"A": {**CALL, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]}}),
        ("ASL-003", {"A": {"Type": "Wait", "Seconds": 1, "End": False}}),
        ("ASL-004", {"A": {"Type": "Pass", "Next": "B", "End": True}, "B": {"Type": "Succeed"}}),
        ("ASL-005", {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "B"}}),
        ("ASL-006", {"A": {"Type": "Pass", "Next": "A"}}),
        ("ASL-007", {"A": {"End": True}}),
        ("ASL-007", {"A": "Pass"}),
        ("ASL-008", {"A" * 81: {"Type": "Succeed"}}),
        ("ASL-009", {"A": {"Type": "Choice", "Choices": [], "Next": "A"}}),
        ("ASL-009", {"A": {"Type": "Succeed", "End": True}}),
        ("ASL-009", {"A": {"Type": "Pass", "End": True, "Coment": "x"}}),
        ("ASL-010", {"A": {"Type": "Choice", "Choices": []}}),
        ("ASL-010", {"A": {"Type": "Parallel", "Branches": [], "End": True}}),
        ("ASL-010", {"A": {"Type": "Map", "End": True}}),
        ("ASL-010", {"A": {"Type": "Wait", "Seconds": 1, "Timestamp": "2027-01-01T00:00:00Z", "End": True}}),
        ("ASL-010", {"A": {"Type": "Wait", "End": True}}),
        ("ASL-010", {"A": {**CALL, "Catch": [{"ErrorEquals": ["States.ALL"]}]}}),
        ("ASL-010", {"A": {"Type": "Choice", "Choices": [{"Next": "A"}]}}),
        ("ASL-011", {"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Condition": "{% 1 %}", "Next": "A"}]}}),
        ("ASL-011", {"A": {**CALL, "Catch": [{"ErrorEquals": ["X"], "ResultPath": "$.a", "Next": "A"}]}}),
        ("ASL-011", {"A": {"Type": "Map", "End": True, "ItemBatcher": {"MaxItemsPerBatchPath": "$.n"}}}),
        ("ASL-012", {"A": {**CALL, "QueryLanguage": "JSONPath", "Arguments": {}}}),
        ("ASL-013", {"A": {"Type": "Succeed", "QueryLanguage": "JSONPath"}}),
        ("ASL-013", {"A": {"Type": "Succeed", "QueryLanguage": "jsonata"}}),
        ("ASL-014", {"A": {**CALL, "Resource": "{% $arn %}"}}),
        ("ASL-014", {"A": {**CALL, "Arguments": {"a": [{"b": "{% 1 }"}]}}}),
        ("ASL-016", {"A": {**CALL, "Arguments": {"a": "{% $states . result %}"}}}),
        ("ASL-016", {"A": {**CALL, "Output": "{% $states.errorOutput.Error %}"}}),
        ("ASL-017", {"A": {"Type": "Pass", "Assign": {"x[0]": 1}, "End": True}}),
        ("ASL-017", {"A": {"Type": "Pass", "Assign": {"1x": 1}, "End": True}}),
        ("ASL-017", {"A": {"Type": "Pass", "Assign": {"x" * 81: 1}, "End": True}}),
        ("ASL-018", {"A": {**CALL, "Catch": [{"ErrorEquals": ["X"], "Assign": {"states": 1}, "Next": "A"}]}}),
        ("ASL-021", {"A": {**CALL, "TimeoutSeconds": "{% $limit %}"}}),
        ("ASL-022", {"A": {"Type": "Pass", "Assign": {"x": 1}, "Output": {"x": "{% $x %}"}, "Next": "A"}}),
        ("ASL-023", {"A": {"Type": "Pass", "Assign": {"x": ["x" * 200_000, "y" * 100_000]}, "End": True}}),
        ("ASL-024", {"A": {**CALL, "Retry": [{"ErrorEquals": []}]}}),
        ("ASL-024", {"A": {**CALL, "Catch": [{"ErrorEquals": "States.ALL", "Next": "A"}]}}),
        ("ASL-025", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X", "States.ALL"]}]}}),
        ("ASL-026", {"A": {**CALL, "Retry": [{"ErrorEquals": ["States.Timedout"]}]}}),
        ("ASL-026", {"A": {"Type": "Fail", "Error": "States.Mine"}}),
        ("ASL-027", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": -1}]}}),
        ("ASL-027", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 1.5}]}}),
        ("ASL-027", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X"], "MaxDelaySeconds": 31_622_400}]}}),
        ("ASL-027", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X"], "JitterStrategy": "SOME"}]}}),
        ("ASL-028", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X", "Y"]}, {"ErrorEquals": ["Y"]}]}}),
        ("ASL-029", {"A": {**CALL, "Retry": [{"ErrorEquals": ["X", "States.Runtime"]}]}}),
        ("ASL-030", {"A": {**CALL, "Resource": "arn:aws:states:::ecs:runTask", "Retry": [{"ErrorEquals": ["Ecs.X"]}]}}),
        ("ASL-031", {"A": {**CALL, "TimeoutSeconds": 10, "HeartbeatSeconds": 10}}),
        ("ASL-046", {"A": {"Type": "Pass", "Output": " {% 1 %} ", "End": True}}),
        ("FLOW-011", {"A": {**CALL, "Arguments": {"x": "x" * 300_000}}}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_in_every_scope(way: str, code: str, states: dict[str, Any]) -> None:
    assert code in codes(inside(way, states))


@pytest.mark.parametrize("way", ["branch", "item"])
def test_every_scope_begins_somewhere(way: str) -> None:
    assert "ASL-001" in codes(inside(way, {"A": {"Type": "Succeed"}}, StartAt="Z"))


@pytest.mark.parametrize(
    ("states", "remedy"),
    [
        ({"Load": {"Type": "Pass", "Next": "Lod"}, "Save": {"Type": "Succeed"}}, '"Next": "Save"'),
        ({"Load": {"Type": "Pass", "Next": "Saved"}, "Lost": FAILED, "Save": {"Type": "Succeed"}}, '"Next": "Save"'),
        ({"Load": {"Type": "Pass", "Next": "Save"}}, '"Save": {…}  # in the same States'),
    ],
)
def test_a_state_is_not_advised_to_lead_to_itself(states: dict[str, Any], remedy: str) -> None:
    found = definition_issues({"StartAt": "Load", "TimeoutSeconds": 60, "States": states})
    assert [issue.remedy for issue in found if issue.code == "NAWS-ASL-002"] == [remedy]


@pytest.mark.parametrize("way", ["branch", "item"])
def test_a_scope_cannot_lead_out(way: str) -> None:
    states = inside(way, {"A": {"Type": "Pass", "Next": "Done"}})
    states = {name: {**state, "Next": "Done"} for name, state in states.items()} | {"Done": {"Type": "Succeed"}}
    assert "ASL-002" in codes(states)


@pytest.mark.parametrize(
    "fields",
    [
        {"InputPath": "$.a"}, {"OutputPath": "$.a"}, {"ResultPath": None}, {"ResultSelector": {}}, {"Parameters": {}},
        {"TimeoutSecondsPath": "$.t"}, {"HeartbeatSecondsPath": "$.t"},
    ],
)  # fmt: skip
def test_a_field_of_jsonpath_is_refused_in_jsonata_and_taken_in_jsonpath(fields: dict[str, Any]) -> None:
    assert codes({"A": {**CALL, **fields}}) == {"ASL-011"}
    assert codes({"A": {**CALL, **fields}}, QueryLanguage="JSONPath") == set()


def test_a_result_is_of_jsonpath_alone() -> None:
    given = {"Type": "Pass", "Result": {"a": 1}, "End": True}
    assert codes({"A": given}) == {"ASL-011"}
    assert codes({"A": given}, QueryLanguage="JSONPath") == set()


@pytest.mark.parametrize("fields", [{"Arguments": {}}, {"Output": {}}])
def test_a_field_of_jsonata_is_refused_in_jsonpath_and_taken_in_jsonata(fields: dict[str, Any]) -> None:
    assert codes({"A": {**CALL, **fields}}) == set()
    assert codes({"A": {**CALL, **fields}}, QueryLanguage="JSONPath") == {"ASL-012"}
    assert codes({"A": {**CALL, **fields, "QueryLanguage": "JSONata"}}, QueryLanguage="JSONPath") == set()


def test_only_a_map_in_jsonpath_has_a_path_of_its_items() -> None:
    each = {**inside("item", {"A": {"Type": "Succeed"}})["Each"], "ItemsPath": "$.items"}
    assert codes({"Each": each}) == {"ASL-011"}
    assert codes({"Each": each}, QueryLanguage="JSONPath") == set()


def test_a_map_has_a_result_and_its_items_have_none() -> None:
    each = {**inside("item", {"A": {"Type": "Succeed"}})["Each"], "Assign": {"all": "{% $states.result %}"}}
    assert codes({"Each": {**each, "Output": "{% $count($states.result) %}"}}) == set()
    assert codes({"Each": {**each, "ItemSelector": {"x": "{% $states.result %}"}}}) == {"ASL-016"}


def test_the_states_of_a_map_have_the_machines_language_not_the_maps() -> None:
    item = {"StartAt": "A", "States": {"A": {**CALL, "Output": {}}}}
    each = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": item, "End": True}
    assert codes({"Each": each}, QueryLanguage="JSONPath") == {"ASL-012"}


def test_a_map_gives_its_items_no_language() -> None:
    assert codes(inside("item", {"A": {"Type": "Succeed"}}, QueryLanguage="JSONata")) == {"ASL-013"}


@pytest.mark.parametrize(
    "text",
    [
        "'$states.result'", '\\"$states.result\\"', "/* $states.result */ 1", "$states.input.`$states.result`",
        "$replace($states.input, /$states.result'/, 'x')", "$states.context.State.Name & '/' & $states.input.x",
        "($r := $states.input; $r)", "$map($states.input, function($i, $n) { $i + $n })",
        "$exists($later) ? $later : 0",
        "$states.input ~> $count", "$map($states.input, $string)", "$states.input@$e.x#$i.($e & $i)",
    ],
)  # fmt: skip
def test_an_expression_that_reads_nothing_it_may_not(text: str) -> None:
    expression = "{% " + text.replace('\\"', '"') + " %}"
    assert codes({"A": {"Type": "Pass", "Output": expression, "End": True}}) == set()


def test_what_is_assigned_on_one_way_may_be_read_after_it() -> None:
    states = {
        "Call": {
            **CALL,
            "End": False,
            "Next": "Which",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"error": "x"}, "Next": "Which"}],
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $error = 'x' %}", "Assign": {"way": 1}, "Next": "After"}],
            "Default": "After",
        },
        "After": {"Type": "Pass", "Output": "{% [$error, $way] %}", "End": True},
    }
    assert codes(states) == set()


def test_a_loop_hands_its_variables_on_to_its_beginning() -> None:
    states = {
        "Again": {"Type": "Pass", "Output": "{% $turn %}", "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% true %}", "Assign": {"turn": 1}, "Next": "Again"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    assert codes(states) == set()


def test_what_is_assigned_inside_is_not_there_outside() -> None:
    states = inside("branch", {"A": {"Type": "Pass", "Assign": {"x": 1}, "End": True}})
    states["Both"] |= {"End": False, "Next": "After"}
    assert codes({**states, "After": {"Type": "Pass", "Output": "{% $x %}", "End": True}}) == {"ASL-021"}


def test_a_catcher_around_may_have_a_name_that_is_assigned_inside() -> None:
    """Recorded: Step Functions takes it, for nothing outside has been assigned when the branch begins."""
    states = inside("branch", {"A": {"Type": "Pass", "Assign": {"x": 1}, "End": True}})
    states["Both"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Assign": {"x": 2}, "Next": "Failed"}]
    assert codes({**states, "Failed": FAILED}) == set()


def test_branches_may_have_the_same_names() -> None:
    branch = [
        {"StartAt": f"A{n}", "States": {f"A{n}": {"Type": "Pass", "Assign": {"x": n}, "End": True}}} for n in (1, 2)
    ]
    assert codes({"Both": {"Type": "Parallel", "Branches": branch, "End": True}}) == set()


@pytest.mark.parametrize(("mode", "found"), [("INLINE", set[str]()), ("DISTRIBUTED", {"ASL-020"})])
def test_only_a_distributed_map_hides_the_variables_outside(mode: str, found: set[str]) -> None:
    states = inside(
        "item",
        {"One": {**CALL, "Arguments": {"x": "{% $x %}"}}},
        ProcessorConfig={"Mode": mode, "ExecutionType": "STANDARD"},
    )
    assert codes({"Begin": {"Type": "Pass", "Assign": {"x": 1}, "Next": "Each"}, **states}) == found


def test_a_jsonpath_state_reads_variables_too() -> None:
    read = {"Type": "Pass", "Parameters": {"a.$": "$x.y", "b.$": "States.Format('$z {}', $y)"}, "End": True}
    assert codes({"A": read}, QueryLanguage="JSONPath") == {"ASL-021"}
    begin = {"Type": "Pass", "Assign": {"x.$": "$.x", "y": 1}, "Next": "A"}
    assert codes({"Begin": begin, "A": read}, QueryLanguage="JSONPath") == set()


def test_both_spellings_of_an_error_are_no_mistake() -> None:
    put = {**CALL, "Resource": "arn:aws:states:::dynamodb:updateItem"}
    assert codes({"A": {**put, "Retry": [{"ErrorEquals": ["DynamoDb.X"]}]}}) == {"ASL-030"}
    assert codes({"A": {**put, "Retry": [{"ErrorEquals": ["DynamoDb.X", "DynamoDB.X"]}]}}) == set()
    sdk = {**CALL, "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem"}
    assert codes({"A": {**sdk, "Retry": [{"ErrorEquals": ["DynamoDB.X"]}]}}) == {"ASL-030"}


@pytest.mark.parametrize("name", ["State.ALL", "State.Timeout", "State.timeout", "States.all", "States.Mine"])
def test_a_name_of_the_language_that_is_misspelt(name: str) -> None:
    assert codes({"A": {**CALL, "Retry": [{"ErrorEquals": [name]}]}}) == {"ASL-026"}
    assert codes({"A": {"Type": "Fail", "Error": name}}) == {"ASL-026"}


@pytest.mark.parametrize(
    "name", ["state.missing", "State.Busy", "states.mine", "Stateless.Broken", "States.Http.StatusCode.404",
             "States.ResultWriterFailed"],
)  # fmt: skip
def test_names_of_ones_own_and_of_the_language(name: str) -> None:
    assert codes({"A": {**CALL, "Retry": [{"ErrorEquals": [name]}]}}) == set()
    assert codes({"A": {"Type": "Fail", "Error": name}}) == set()


def test_only_of_a_task_a_failure_covers_the_names_after_it() -> None:
    catch = [{"ErrorEquals": [name], "Next": "Failed"} for name in ("States.TaskFailed", "Own")]
    both = inside("branch", {"B": {"Type": "Fail", "Error": "Own"}})["Both"]
    each = inside("item", {"B": {"Type": "Fail", "Error": "Own"}})["Each"]
    assert codes({"A": {**CALL, "Catch": catch}, "Failed": FAILED}) == {"ASL-028"}
    assert codes({"A": {**both, "Catch": catch}, "Failed": FAILED}) == set()
    assert codes({"A": {**each, "Catch": catch}, "Failed": FAILED}) == set()
    assert codes({"A": {**both, "Catch": [catch[1], catch[1]]}, "Failed": FAILED}) == {"ASL-028"}


def test_too_much_data_may_be_named_before_everything_else() -> None:
    catch = [{"ErrorEquals": [name], "Next": "Failed"} for name in ("States.DataLimitExceeded", "States.ALL")]
    assert codes({"A": {**CALL, "Catch": catch}, "Failed": FAILED}) == set()
    assert codes({"A": {**CALL, "Catch": catch[::-1]}, "Failed": FAILED}) == {"ASL-025"}


@pytest.mark.parametrize(
    ("seconds", "found"), [(None, {"FLOW-006"}), (31_536_001, {"FLOW-006"}), (31_536_000, set[str]())]
)
def test_a_machine_ends_within_a_year(seconds: int | None, found: set[str]) -> None:
    assert codes({"A": {"Type": "Succeed"}}, TimeoutSeconds=seconds) == found


def test_what_an_expression_gives_has_no_size_yet() -> None:
    given = "{% " + "'" + "x" * 300_000 + "' %}"
    assert codes({"A": {"Type": "Pass", "Output": given, "Assign": {"x": given}, "End": True}}) == set()
