"""The role that is given to a function, and what else belongs to somebody."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from naws.core import PatternValidationError
from naws.lambda_service import Conventions, HttpApi, LambdaService, LambdaServiceProps, QueueTrigger
from naws.testing import cdk_app, synth_template
from naws.testing.permissions import repeated_names

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


IMPORTED = "arn:aws:iam::123456789012:role/x"
GIVEN: dict[str, Callable[[cdk.Stack], Any]] = {
    "imported": lambda stack: iam.Role.from_role_arn(stack, "R", IMPORTED),
    "named": lambda stack: iam.Role.from_role_name(stack, "R", "x"),
    "made here": lambda stack: iam.Role(stack, "R", assumed_by=LAMBDA),
    "of another stack": lambda stack: iam.Role(cdk.Stack(stack.node.root, "Roles"), "R", assumed_by=LAMBDA),
}


def policies(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    resources: dict[str, Any] = synth_template(stack)["Resources"]
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::IAM::Policy"}


@pytest.mark.parametrize("make", GIVEN.values(), ids=GIVEN)
def test_a_given_role_gets_what_each_function_needs_in_a_policy_of_its_own(
    stack: cdk.Stack, make: Callable[[cdk.Stack], Any]
) -> None:
    role, code = make(stack), lambda_.Code.from_inline("def handler(event, context): ...")
    for name in ("Orders", "Mails"):
        props = LambdaServiceProps(code=code, handler="index.handler", role=role, triggers=[QueueTrigger()])
        LambdaService(stack, name, props).add_trigger(QueueTrigger())
    template = synth_template(stack)
    assert repeated_names(template) == []
    own = {name: each for name, each in policies(stack).items() if "Rights" in name}
    assert sorted(each[:5] for each in own) == ["Mails", "Order"]
    for name, policy in own.items():
        (function,) = [each for each in template["Resources"] if each.startswith(f"{name[:5]}") and "Function" in each
                       and template["Resources"][each]["Type"] == "AWS::Lambda::Function"]  # fmt: skip
        assert name in template["Resources"][function]["DependsOn"], "the function begins when its role has its rights"
        names = [each.get("Sid") for each in policy["PolicyDocument"]["Statement"]]
        assert {"WriteLogs", "TakeMessages", "TakeMessages2"} <= set(names)


def test_policies_of_one_role_have_names_of_their_own_in_every_stack() -> None:
    app = cdk_app()
    stacks = [cdk.Stack(app, name) for name in ("Dev", "Prod")]
    for stack in stacks:
        code = lambda_.Code.from_inline("def handler(event, context): ...")
        role = iam.Role.from_role_arn(stack, "R", IMPORTED)
        LambdaService(stack, "Orders", LambdaServiceProps(code=code, handler="index.handler", role=role))
    dev, prod = ({each["PolicyName"] for name, each in policies(stack).items() if "Rights" in name} for stack in stacks)
    assert dev.isdisjoint(prod)


def test_nothing_is_added_to_a_role_that_cannot_be_changed(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "R", IMPORTED, mutable=False)
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    accepted = {"NAWS-OWNER-006": "the platform team adds what the role lacks"}
    props = LambdaServiceProps(code=code, handler="index.handler", role=role, acknowledge=accepted)
    LambdaService(stack, "Orders", props)
    assert policies(stack) == {}


@pytest.mark.parametrize(("region", "found"), [("us-east-1", ["NAWS-OWNER-001"]), ("eu-central-1", [])])
def test_a_domain_has_a_certificate_of_its_region(region: str, found: list[str]) -> None:
    environment = cdk.Environment(account="123456789012", region="eu-central-1")
    stack = cdk.Stack(cdk_app(), "Shop", env=environment)
    arn = f"arn:aws:acm:{region}:123456789012:certificate/1"
    Conventions(certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", arn)).apply(stack)
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    props = LambdaServiceProps(code=code, handler="index.handler", endpoint=HttpApi(domain_name="api.example.com"))
    codes: list[str] = []
    try:
        LambdaService(stack, "Orders", props)
    except PatternValidationError as error:
        codes = [issue.code for issue in error.issues]
    assert codes == found
