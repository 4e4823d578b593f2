"""Roles that services assume: what the template says of them, and how many calls into Node they cost."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from naws.core.build.roles import allow, role_for, service_role
from naws.core.stacks import arn_of, id_of, path_of
from naws.testing.calls import node_calls

_READ = allow("Read", ["s3:GetObject"], ["arn:aws:s3:::b/*"], StringEquals={"aws:PrincipalTag/team": "a"})


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


def _roles(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    found = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Role")
    return {each["Properties"]["Description"]: each["Properties"] for each in found.values()}


def test_both_kinds_of_role_trust_a_service_of_this_account_only(stack: cdk.Stack) -> None:
    service_role(stack, "Data", "pipes", "From data")
    role_for(stack, "Own", "pipes", "CDK's own")
    roles = _roles(stack)
    assert roles["From data"]["AssumeRolePolicyDocument"] == roles["CDK's own"]["AssumeRolePolicyDocument"]
    (trust,) = roles["From data"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert trust["Principal"] == {"Service": "pipes.amazonaws.com"}


def test_a_role_may_do_its_statements_and_without_any_nothing(stack: cdk.Stack) -> None:
    service_role(stack, "Reader", "pipes", "Reads", [_READ, allow("Many", ["a:B", "a:C"], ["x", "y"])])
    service_role(stack, "Idle", "pipes", "Nothing")
    roles = _roles(stack)
    (policy,) = roles["Reads"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}},
        },
        {"Sid": "Many", "Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": ["x", "y"]},
    ]
    assert "Policies" not in roles["Nothing"]


def test_a_role_of_a_known_stack_costs_one_call(stack: cdk.Stack) -> None:
    service_role(stack, "First", "pipes", "Asks for the account")
    with node_calls() as calls:
        service_role(stack, "Second", "pipes", "Reads", [_READ])
    assert calls.count == 1


def test_an_arn_is_what_the_stack_would_write(stack: cdk.Stack) -> None:
    made = arn_of(stack, "events", "rule/*")
    assert stack.resolve(made) == stack.resolve(stack.format_arn(service="events", resource="rule", resource_name="*"))


def test_an_id_is_the_end_of_the_path(stack: cdk.Stack) -> None:
    child = cdk.CfnOutput(stack, "sales/daily", value="v")
    assert path_of(child) == child.node.path
    assert id_of(child) == child.node.id
