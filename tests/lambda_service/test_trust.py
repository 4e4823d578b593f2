"""The role that is given to a function."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from naws.lambda_service import LambdaService, LambdaServiceProps
from naws.testing import cdk_app, synth_template

LAMBDA: Any = iam.ServicePrincipal("lambda.amazonaws.com")
TASKS: Any = iam.ServicePrincipal("ecs-tasks.amazonaws.com")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def function(stack: cdk.Stack, trusted: Any) -> LambdaService:
    role: Any = iam.Role(stack, "R", assumed_by=trusted)
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    return LambdaService(stack, "Orders", LambdaServiceProps(code=code, handler="index.handler", role=role))


def test_a_role_that_lambda_cannot_work_as_is_refused(stack: cdk.Stack) -> None:
    function(stack, TASKS)
    with pytest.raises(RuntimeError) as raised:
        synth_template(stack)
    assert "NAWS-OWNER-007 (limit)  role = a role that trusts ecs-tasks.amazonaws.com" in str(raised.value)
    assert 'assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")  # of that role' in str(raised.value)


def test_a_role_that_trusts_lambda_is_taken(stack: cdk.Stack) -> None:
    function(stack, iam.CompositePrincipal(TASKS, LAMBDA))
    assert synth_template(stack)["Resources"]


def test_a_program_that_may_do_everything_is_told_of_its_role(stack: cdk.Stack) -> None:
    made = function(stack, LAMBDA)
    made.role.add_to_principal_policy(iam.PolicyStatement(actions=["*"], resources=["*"]))
    with pytest.raises(RuntimeError, match=r"NAWS-BUILT-023 \(practice\)  role = every action on every resource"):
        synth_template(stack)
