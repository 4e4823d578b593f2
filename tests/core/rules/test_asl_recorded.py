"""The rules that came of AWS's recorded answers: what comes close to a fault and is right."""

from typing import Any

import pytest

from naws.core.rules.asl import definition_issues

TOKEN = "${Token[Name.1]}"
ROLE = "arn:aws:iam::123456789012:role/loader"


def codes(state: dict[str, Any], language: str = "JSONPath") -> set[str]:
    given = {"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {**state, "End": True}}}
    return {issue.code.removeprefix("NAWS-") for issue in definition_issues(given) if issue.level == "limit"}


def call(resource: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **fields}


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:getItem", "dynamodb:updateItem", "ecs:runTask", "ecs:runTask.sync", "ecs:runTask.waitForTaskToken",
        "lambda:invoke", "sns:publish", "sqs:sendMessage.waitForTaskToken", "states:startExecution.sync:2",
        "aws-sdk:dynamodb:query", "aws-sdk:lambda:listFunctions", "glue:startJobRun.sync", "http:invoke",
        "newer:action",
    ],
)  # fmt: skip
def test_actions_that_there_are_and_services_that_are_not_judged(action: str) -> None:
    assert codes(call(f"arn:aws:states:::{action}")) == set()


@pytest.mark.parametrize("resource", [TOKEN, "arn:aws:lambda:us-east-1:123456789012:function:f"])
def test_other_resources_are_not_judged(resource: str) -> None:
    assert codes(call(resource)) == set()


def test_a_near_action_is_offered_first_and_the_sdk_where_it_has_the_action() -> None:
    states = {"A": {**call("arn:aws:states:::dynamodb:getItems.waitForTaskToken"), "End": True}}
    found = definition_issues({"StartAt": "A", "TimeoutSeconds": 60, "States": states})
    issues = [issue for issue in found if issue.level == "limit"]
    assert [issue.remedy.splitlines() for issue in issues] == [
        [
            '"Resource": "arn:aws:states:::dynamodb:getItem.waitForTaskToken"',
        ]
    ]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_actions_are_the_same_in_every_partition(partition: str) -> None:
    near = f"arn:{partition}:states:::sqs:sendMesage"
    states = {"A": {**call(near), "End": True}}
    found = definition_issues({"StartAt": "A", "TimeoutSeconds": 60, "States": states})
    issues = [issue for issue in found if issue.level == "limit"]
    assert [(issue.code, issue.remedy.splitlines()[0]) for issue in issues] == [
        ("NAWS-ASL-042", f'"Resource": "arn:{partition}:states:::sqs:sendMessage"')
    ]
    assert codes(call(f"arn:{partition}:states:::sns:publish")) == set()
    assert codes(call(f"arn:{partition}:states:::sns:subscribe")) == {"ASL-042"}


@pytest.mark.parametrize(
    "given", [{"RoleArn": ROLE}, {"RoleArn.$": "$.role"}, {"RoleArn": TOKEN}, TOKEN, {TOKEN: ROLE}, None]
)
def test_credentials_with_a_role(given: Any) -> None:
    assert codes(call("arn:aws:states:::lambda:invoke", Credentials=given)) == set()


@pytest.mark.parametrize(
    "given",
    [
        "2016-03-14T01:59:00Z", "2016-03-05T21:29:29.243167252Z", "2016-03-14T01:59:00+01:00", "2016-03-14T01:59:60Z",
        TOKEN, f"2016-03-14T{TOKEN}Z",
    ],
)  # fmt: skip
def test_times_that_are_right_or_unknown(given: str) -> None:
    assert codes({"Type": "Wait", "Timestamp": given}) == set()


def test_a_time_of_a_jsonata_state_may_be_an_expression() -> None:
    wait = {"Type": "Wait", "Timestamp": "{% $states.input.at %}"}
    assert codes(wait, "JSONata") == set()
    assert "ASL-045" in codes(wait)
    assert codes({"Type": "Wait", "Timestamp": "soon"}, "JSONata") == {"ASL-045"}


@pytest.mark.parametrize(
    "text",
    [
        r"States.Format('it\'s \{{}\} \\ here', $.x)", "States.Format('\"{}\"', $.x)",
        r"States.StringToJson($.a['\"'])",
        "$.name", TOKEN,
    ],
)  # fmt: skip
def test_escapes_that_are_right(text: str) -> None:
    assert codes({"Type": "Pass", "Parameters": {"a": [{"b.$": text}]}}) == set()


@pytest.mark.parametrize("field", ["Parameters", "ResultSelector"])
def test_escapes_are_looked_for_wherever_a_function_is_called(field: str) -> None:
    state = call(
        "arn:aws:lambda:eu-central-1:123456789012:function:load:live",
        **{field: {"a": {"b.$": r"States.Format('a\nb {}', $.x)"}}},
    )
    assert codes(state) == {"ASL-047"}
    assert (
        codes(
            call(
                "arn:aws:lambda:eu-central-1:123456789012:function:load:live",
                **{field: {"b": r"States.Format('a\nb')"}},
            )
        )
        == set()
    )
