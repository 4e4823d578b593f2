"""statelint is believed in everything but three kinds of message, each of which must be the very one."""

from collections.abc import Mapping
from typing import Any

import pytest

from naws.testing import statelint

CALL = "arn:aws:states:::sqs:sendMessage"
END = {"Type": "Pass", "End": True}


def messages(states: Mapping[str, Any], **fields: Any) -> list[str]:
    definition = {"StartAt": next(iter(states)), "States": states, **fields}
    return [found.message for found in statelint(definition)]


def retrying(**retrier: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": CALL, "Retry": [{"ErrorEquals": ["States.ALL"], **retrier}], "End": True}


def waiting(seconds: Any, **fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, "End": True, **fields}


def mapping(mode: str, **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": mode, "ExecutionType": "STANDARD"}, "StartAt": "Each"}
    inner = {**processor, "States": {"Each": END}}
    return {"Type": "Map", "ItemProcessor": inner, "End": True, **fields}


def test_all_before_another_name_is_found_at_its_state() -> None:
    catch = [{"ErrorEquals": ["States.ALL", "States.DataLimitExceeded"], "Next": "After"}]
    states = {"Call": {"Type": "Task", "Resource": CALL, "Catch": catch, "Next": "After"}, "After": END}
    assert messages(states) == [
        "State Machine.States.Call.Catch[0]: States.ALL can only appear in the last element, and by itself."
    ]


def test_a_template_is_judged_with_made_up_names_for_its_references(small: Mapping[str, Any]) -> None:
    assert statelint(small) == []


def test_the_state_machine_of_a_template_is_named() -> None:
    properties = {"DefinitionString": '{"StartAt": "Gone", "States": {"Here": {"Type": "Succeed"}}}'}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    found = statelint({"Resources": {"Nightly": machine}})
    assert {(each.rule, each.path) for each in found} == {("statelint", "Resources/Nightly")}


@pytest.mark.parametrize(
    "state",
    [
        retrying(BackoffRate=2),
        waiting("{% $later %}", QueryLanguage="JSONata"),
        waiting("{% (\n  $later\n) %}", QueryLanguage="JSONata"),
        mapping("DISTRIBUTED", Label="Items"),
    ],
)
def test_what_aws_accepts_is_no_finding(state: dict[str, Any]) -> None:
    assert messages({"Only": state}) == []
    assert messages({"Outer": {"Type": "Parallel", "Branches": [nested(state)], "End": True}}) == []
    assert messages({"Outer": {"Type": "Map", "ItemProcessor": nested(state), "End": True}}) == []


def nested(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "Only", "States": {"Only": state}}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (retrying(BackoffRate=0), "State Machine.States.Only.Retry[0].BackoffRate is 0 but should be a Float"),
        (retrying(BackoffRate=-2), "State Machine.States.Only.Retry[0].BackoffRate is -2 but should be a Float"),
        (retrying(BackoffRate="2"), 'State Machine.States.Only.Retry[0].BackoffRate is "2" but should be a Float'),
        (waiting("{% 1 %}"), 'State Machine.States.Only.Seconds is "{% 1 %}" but should be an Integer'),
        (
            waiting("soon", QueryLanguage="JSONata"),
            'State Machine.States.Only.Seconds is "soon" but should be an Integer',
        ),
        (mapping("INLINE", Label="Items"), 'Field "Label" not allowed in State Machine.States.Only'),
        ({**END, "Label": "x"}, 'Field "Label" not allowed in State Machine.States.Only'),
        ({**END, "Lable": "x"}, 'Field "Lable" not allowed in State Machine.States.Only'),
    ],
)
def test_what_is_nearly_the_same_is_one(state: dict[str, Any], message: str) -> None:
    assert messages({"Only": state}) == [message]
