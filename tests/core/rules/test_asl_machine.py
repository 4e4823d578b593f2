"""The definition of a machine that was built is read, however it was written; what nobody knows is not wrong."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_machine import definition_of, machine_issues

ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


def machine(stack: cdk.Stack, text: str | None = None, **more: Any) -> sfn.CfnStateMachine:
    return sfn.CfnStateMachine(stack, "Machine", role_arn=ROLE, definition_string=text, **more)


def wrong(start: str = "Z", **more: Any) -> dict[str, Any]:
    return {"StartAt": start, "TimeoutSeconds": 1, "States": {"A": {"Type": "Succeed"}}, **more}


def found(made: sfn.CfnStateMachine) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in machine_issues(made)]


def test_plain_text_is_read(stack: cdk.Stack) -> None:
    assert found(machine(stack, json.dumps(wrong()))) == [
        ("NAWS-ASL-001", "definition.StartAt"),
        ("NAWS-ASL-005", 'states["A"]'),
    ]


def test_text_with_names_that_only_the_deployment_knows_is_read(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number")
    task = {
        "Type": "Task",
        "Resource": f"arn:{stack.partition}:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": queue.queue_url, "MessageBody": f'say "{queue.queue_name}" \\'},
        "TimeoutSeconds": seconds.value_as_number,
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "Next": "Z",
    }
    text = stack.to_json_string(wrong("A", QueryLanguage="JSONata", States={"A": task, "B": {"Type": "Succeed"}}))
    made = machine(stack, text)

    assert found(made) == [("NAWS-ASL-002", 'states["A"].Next'), ("NAWS-ASL-005", 'states["B"]')]
    read = definition_of(made)
    assert read is not None
    assert read["States"]["A"]["TimeoutSeconds"].startswith("${Token[")
    assert read["States"]["A"]["Arguments"]["MessageBody"].endswith('" \\')


def test_a_chain_of_states_is_read(stack: cdk.Stack) -> None:
    chain = sfn.Pass(stack, "A").next(sfn.Wait(stack, "B", time=sfn.WaitTime.duration(cdk.Duration.seconds(1))))
    made = sfn.StateMachine(stack, "Chain", definition_body=sfn.DefinitionBody.from_chainable(chain))
    resource = made.node.default_child
    assert isinstance(resource, sfn.CfnStateMachine)

    assert found(resource) == [("NAWS-FLOW-006", "definition.TimeoutSeconds")]


@pytest.mark.parametrize("seconds", ['"TimeoutSeconds": ${seconds}', '"Comment": "after ${seconds}"'])
def test_what_is_put_into_the_text_at_the_deployment_is_unknown(seconds: str, stack: cdk.Stack) -> None:
    text = '{"StartAt": "Z", "States": {"A": {"Type": "Succeed"}}, ' + seconds + "}"
    made = machine(stack, text, definition_substitutions={"seconds": "60"})

    assert ("NAWS-ASL-001", "definition.StartAt") in found(made)


def test_text_that_cloudformation_fills_in_is_read(stack: cdk.Stack) -> None:
    text = cdk.Fn.sub(
        '{"StartAt": "Z", "TimeoutSeconds": ${Wait}, "Comment": "${!x}", "States": {"A": {"Type": "Succeed"}}}'
    )
    assert found(machine(stack, text)) == [
        ("NAWS-ASL-001", "definition.StartAt"),
        ("NAWS-ASL-005", 'states["A"]'),
    ]


def test_a_definition_that_is_no_text_is_read(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    task = {"Type": "Task", "Resource": queue.queue_arn, "Next": "Z"}
    made = sfn.CfnStateMachine(stack, "Machine", role_arn=ROLE, definition=wrong("A", States={"A": task}))

    assert ("NAWS-ASL-002", 'states["A"].Next') in found(made)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value, line 1, column 1"), ("no JSON", "Expecting value, line 1, column 1"),
        ("[]", "no object"), ("5", "no object"), ('{"StartAt": ', "Expecting value, line 1, column 13"),
        ("{" * 5_000, "Expecting property name enclosed in double quotes, line 1, column 2"),
        ("[" * 100_000, "too deeply nested"),
    ],
)  # fmt: skip
def test_what_is_no_definition_is_an_issue(text: str, reason: str, stack: cdk.Stack) -> None:
    made = machine(stack, text)
    assert [(issue.code, issue.path, issue.value) for issue in machine_issues(made)] == [
        ("NAWS-ASL-051", "definition", reason)
    ]
    assert definition_of(made) is None


def test_a_token_may_hide_that_a_text_is_json(stack: cdk.Stack) -> None:
    part = cdk.CfnParameter(stack, "Part").value_as_string
    assert found(machine(stack, '{"StartAt": "A", ' + part)) == []


@pytest.mark.parametrize("odd", [{1: 2}, {"StartAt": "A", 3: 4}])
def test_keys_that_are_no_text_make_no_definition(odd: Any) -> None:
    assert [issue.code for issue in definition_issues(odd)] == ["NAWS-ASL-051"]


def test_a_token_alone_and_an_object_in_a_bucket_are_unknown(stack: cdk.Stack) -> None:
    unknown = cdk.CfnParameter(stack, "Definition").value_as_string
    assert found(machine(stack, unknown)) == []
    location = sfn.CfnStateMachine.S3LocationProperty(bucket="b", key="k")
    made = sfn.CfnStateMachine(stack, "InBucket", role_arn=ROLE, definition_s3_location=location)
    assert found(made) == []
