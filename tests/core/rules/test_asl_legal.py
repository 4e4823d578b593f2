"""Definitions that Step Functions takes: the patterns of its guide, in both languages. No rule finds anything."""

from typing import Any

import pytest

from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_care import CARE_RULES

LAMBDA, SDK = "arn:aws:lambda:eu-central-1:123456789012:function:load:live", "arn:aws:states:::aws-sdk:"
END: dict[str, Any] = {"End": True}
DONE: dict[str, Any] = {"Type": "Succeed"}
FAILED: dict[str, Any] = {"Type": "Fail", "Error": "App.Failed", "Cause": "no"}
INLINE = {"ProcessorConfig": {"Mode": "INLINE"}}
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
EVERY = {"ErrorEquals": ["States.ALL"]}


CARE = {rule.code for rule in CARE_RULES}
"""Advice on what is legal all the same."""


def wrong(definition: dict[str, Any]) -> list[Any]:
    return [issue for issue in definition_issues(definition) if issue.code not in CARE]


def call(resource: str = LAMBDA, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **({} if "Next" in more else END), **more}


def scope(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def each(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, **({} if "Next" in more else END), **more}


def choice(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), **more}


JSONATA: dict[str, dict[str, dict[str, Any]]] = {
    "one state": {"Done": DONE},
    "output": {"A": {"Type": "Pass", "Output": {"id": "{% $states.input.id %}", "list": [1, None, True]}, **END}},
    "output is null": {"A": {"Type": "Pass", "Output": None, **END}},
    "dynamic failure": {"A": {"Type": "Fail", "Error": "{% $states.input.error %}", "Cause": "{% 'x' %}"}},
    "failure without a name": {"A": {"Type": "Fail"}},
    "wait for seconds": {"A": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Done"}, "Done": DONE},
    "wait until": {"A": {"Type": "Wait", "Timestamp": "{% $states.input.at %}", **END}},
    "task result": {"A": call(Arguments={"x": 1}, Output="{% $states.result.Payload %}")},
    "whole arguments": {"A": call(Arguments="{% $states.input %}")},
    "timeouts": {"A": call(TimeoutSeconds="{% $states.input.t %}", HeartbeatSeconds=10)},
    "another account": {"A": call(Credentials={"RoleArn": "arn:aws:iam::123456789012:role/other"})},
    "retry and catch": {
        "A": call(
            Retry=[
                {"ErrorEquals": ["Lambda.ServiceException", "Lambda.SdkClientException"], "MaxAttempts": 6},
                {**EVERY, "IntervalSeconds": 1, "BackoffRate": 1, "MaxDelaySeconds": 5, "JitterStrategy": "FULL"},
            ],
            Catch=[
                {"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "Next": "Failed"},
                {**EVERY, "Output": "{% $states.errorOutput %}", "Assign": {"e": 1}, "Next": "Failed", "Comment": "x"},
            ],
        ),
        "Failed": FAILED,
    },
    "never again": {"A": call(Retry=[{**EVERY, "MaxAttempts": 0}])},
    "errors of steps": {
        "A": call(
            "arn:aws:states:::http:invoke",
            Catch=[
                {"ErrorEquals": ["States.Http.StatusCode.404", "States.Http.Socket"], "Next": "Done"},
                {"ErrorEquals": ["States.TaskFailed"], "Next": "Done"},
                {"ErrorEquals": ["States.Timeout"], "Next": "Done"},
            ],
        ),
        "Done": DONE,
    },
    "token": {
        "A": call(
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            Arguments={"QueueUrl": "u", "MessageBody": {"token": "{% $states.context.Task.Token %}"}},
            HeartbeatSeconds=60,
            TimeoutSeconds=600,
        )
    },
    "activity": {"A": call("arn:aws:states:eu-central-1:123456789012:activity:ask")},
    "own function": {"A": call("arn:aws:lambda:eu-central-1:123456789012:function:load:live")},
    "sdk": {"A": call(SDK + "s3:listObjectsV2", Arguments={"Bucket": "b"})},
    "nested run": {"A": call("arn:aws:states:::states:startExecution.sync:2", Arguments={"StateMachineArn": "a"})},
    "choice": {
        "A": choice(
            {"Condition": "{% $states.input.n > 1 %}", "Output": {"n": 1}, "Next": "Done"},
            {"Condition": "{% $states.input.n = 1 %}", "Assign": {"one": True}, "Next": "Failed"},
            Default="Done",
            Assign={"one": False},
            Output={},
        ),
        "Failed": FAILED,
        "Done": DONE,
    },
    "choice without a default": {"A": choice({"Condition": "{% true %}", "Next": "Done"}), "Done": DONE},
    "constant condition": {"A": choice({"Condition": True, "Next": "Done"}), "Done": DONE},
    "polling": {
        "Start": call(Assign={"job": "{% $states.result.Payload.id %}"}, Next="Rest"),
        "Rest": {"Type": "Wait", "Seconds": 30, "Next": "Ask"},
        "Ask": call(Arguments={"job": "{% $job %}"}, Next="Ready?"),
        "Ready?": choice({"Condition": "{% $states.input.ready %}", "Next": "Done"}, Default="Rest"),
        "Done": DONE,
    },
    "swap": {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "Done"},
        "Done": {"Type": "Succeed", "Output": "{% [$x, $y] %}"},
    },
    "counter": {
        "A": {"Type": "Pass", "Assign": {"n": 0, "_own": 1, "\u00fcber": 2}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "C"},
        "C": choice({"Condition": "{% $n < 3 %}", "Next": "B"}, Default="Done"),
        "Done": DONE,
    },
    "parallel": {
        "A": {
            "Type": "Parallel",
            "Arguments": {"day": "{% $states.input.day %}"},
            "Branches": [scope(B=call()), scope(C={"Type": "Pass", "Next": "D"}, D=DONE)],
            "Catch": [{"ErrorEquals": ["States.BranchFailed"], "Next": "Failed"}],
            "Assign": {"both": "{% $states.result %}"},
            **END,
        },
        "Failed": FAILED,
    },
    "inline map": {
        "A": {"Type": "Pass", "Assign": {"day": 1}, "Next": "B"},
        "B": each(
            {**INLINE, **scope(C=call(Arguments={"day": "{% $day %}", "item": "{% $states.input %}"}))},
            Items="{% $states.input.items %}",
            MaxConcurrency=5,
            ItemSelector={"n": "{% $states.context.Map.Item.Index %}"},
        ),
    },
    "constant items": {"A": each(scope(B=DONE), Items=[1, 2, 3], Label="Items", ToleratedFailureCount=1)},
    "distributed map": {
        "A": each(
            {**DISTRIBUTED, **scope(B=call(Assign={"x": 1}, Next="C"), C={"Type": "Succeed", "Output": "{% $x %}"})},
            ItemReader={
                "Resource": "arn:aws:states:::s3:getObject",
                "Arguments": {"Bucket": "b", "Key": "{% $states.input.key %}"},
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 10},
            },
            ItemBatcher={"MaxItemsPerBatch": 10, "BatchInput": {"day": "{% $states.input.day %}"}},
            ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b", "Prefix": "p"}},
            ToleratedFailurePercentage=5,
            Catch=[{"ErrorEquals": ["States.ItemReaderFailed", "States.ExceedToleratedFailureThreshold"], "Next": "F"}],
        ),
        "F": FAILED,
    },
    "map in a map": {"A": each(scope(B=each(scope(C=call()), Items="{% $states.input %}")))},
    "map in a branch": {"A": {"Type": "Parallel", "Branches": [scope(B=each(scope(C=DONE)))], **END}},
    "loop to itself": {"A": call(Catch=[{**EVERY, "Next": "B"}]), "B": {"Type": "Wait", "Seconds": 1, "Next": "A"}},
    "a name of 80": {"x" * 80: DONE},
    "names with signs": {'A "b" [0].c': {"Type": "Pass", "Next": "\u6f22"}, "\u6f22": DONE},
    "words like expressions": {"A": {"Type": "Pass", "Output": {"a": "100 %", "b": "{ % }", "c": "$x"}, **END}},
}  # fmt: skip

JSONPATH: dict[str, dict[str, dict[str, Any]]] = {
    "hello": {"A": {"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.a", **END}},
    "parameters": {"A": {"Type": "Pass", "Parameters": {"a.$": "$.b", "c.$": "States.UUID()"}, **END}},
    "no input": {"A": {"Type": "Pass", "InputPath": None, "OutputPath": "$.a", "ResultPath": None, **END}},
    "task": {
        "A": call(
            Parameters={"FunctionName": "f", "Payload.$": "$"},
            ResultSelector={"x.$": "$.Payload"},
            TimeoutSecondsPath="$.t",
            Catch=[{**EVERY, "ResultPath": "$.error", "Next": "B"}],
        ),
        "B": FAILED,
    },
    "choice": {
        "A": choice(
            {"Variable": "$.a", "IsPresent": True, "Next": "B"},
            {"And": [{"Variable": "$.a", "NumericEquals": 1}, {"Not": {"Variable": "$.b"}}], "Next": "C"},
            {"Variable": "$.a", "StringMatches": "x*", "Assign": {"way": "x"}, "Next": "C"},
            Default="C",
        ),
        "B": FAILED,
        "C": DONE,
    },
    "waits": {
        "A": {"Type": "Wait", "SecondsPath": "$.s", "Next": "B"},
        "B": {"Type": "Wait", "TimestampPath": "$.t", "Next": "C"},
        "C": {"Type": "Wait", "Timestamp": "2027-01-01T00:00:00Z", **END},
    },
    "failure paths": {"A": {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "States.Format('{}', $.cause)"}},
    "iterator": {"A": {"Type": "Map", "ItemsPath": "$.items", "Iterator": scope(B=DONE), "Parameters": {}, **END}},
    "map paths": {"A": each(scope(B=DONE), MaxConcurrencyPath="$.n", ItemSelector={"v.$": "$$.Map.Item.Value"})},
    "variables": {
        "A": {"Type": "Pass", "Assign": {"x.$": "$.x", "y": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"x.$": "$x.y", "z.$": "States.Format('{} $none', $y)"}, **END},
    },
    "one state in jsonata": {
        "A": {"Type": "Pass", "Parameters": {}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", **END},
    },
    "words like paths": {"A": {"Type": "Pass", "Result": {"a": "$.b", "c": "$d"}, **END}},
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len(JSONATA) + len(JSONPATH) >= 40


@pytest.mark.parametrize("name", JSONATA)
def test_a_legal_definition_in_jsonata(name: str) -> None:
    states = JSONATA[name]
    whole = {"QueryLanguage": "JSONata", "Comment": "x", "StartAt": next(iter(states)), "TimeoutSeconds": 60}
    assert wrong({**whole, "States": states}) == []


@pytest.mark.parametrize("name", JSONPATH)
def test_a_legal_definition_in_jsonpath(name: str) -> None:
    states = JSONPATH[name]
    whole = {"Version": "1.0", "StartAt": next(iter(states)), "TimeoutSeconds": 60, "States": states}
    assert wrong(whole) == []
    assert wrong({**whole, "QueryLanguage": "JSONPath"}) == []
