"""What a state machine may do and its aliases are read off the stack; what may be more is not known."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from naws.core.pattern.inspection import Inspection
from naws.core.pattern.workflow_inspection import workflow_aliases, workflow_statements
from naws.core.rules.asl_machine import definition_in
from naws.core.rules.workflow import Workflow
from naws.core.rules.workflow_rules import FLOW_RULES


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


def machine(stack: cdk.Stack, **more: Any) -> sfn.StateMachine:
    queue = sqs.Queue(stack, "Queue")
    step = tasks.SqsSendMessage.jsonata(stack, "Send", queue=queue, message_body=sfn.TaskInput.from_text("m"))
    return sfn.StateMachine(stack, "Close", definition_body=sfn.DefinitionBody.from_chainable(step), **more)


def read(made: sfn.StateMachine) -> tuple[Any, Any]:
    stack, resource = cdk.Stack.of(made), made.node.default_child
    assert isinstance(resource, sfn.CfnStateMachine)
    inspection = Inspection(stack, [resource], stack.node.find_all())
    properties = inspection.properties(resource)
    return properties, workflow_statements(inspection, made, properties)


def actions(statements: Any) -> set[str]:
    return {str(each["Action"]) for each in statements}


def test_what_cdk_grants_is_what_the_steps_need(stack: cdk.Stack) -> None:
    properties, statements = read(machine(stack))
    assert actions(statements) == {"sqs:SendMessage"}
    definition = definition_in(properties)
    assert definition is not None
    workflow = Workflow(definition=definition, properties=properties, statements=statements)
    found = [issue.code for rule in FLOW_RULES for issue in rule.issues(workflow)]
    assert found == ["NAWS-FLOW-016"]  # it logs nothing
    bare = Workflow(definition=definition, properties=properties, statements=[])
    assert "NAWS-FLOW-007" in [issue.code for rule in FLOW_RULES for issue in rule.issues(bare)]


def test_a_policy_anywhere_in_the_stack_counts(stack: cdk.Stack) -> None:
    made = machine(stack)
    more = iam.PolicyStatement(actions=["sns:Publish"], resources=["*"])
    iam.Policy(stack, "More", statements=[more], roles=[made.role])  # type: ignore[list-item]
    iam.ManagedPolicy(stack, "Managed", statements=[more], roles=[made.role])  # type: ignore[list-item]
    other = iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    other.add_to_policy(iam.PolicyStatement(actions=["sns:Subscribe"], resources=["*"]))
    assert actions(read(made)[1]) == {"sqs:SendMessage", "sns:Publish"}


def test_policies_in_the_role_itself_count(stack: cdk.Stack) -> None:
    inline = iam.PolicyDocument(statements=[iam.PolicyStatement(actions=["sns:Publish"], resources=["*"])])
    trust = iam.ServicePrincipal("states.amazonaws.com")
    role = iam.Role(stack, "Role", assumed_by=trust, inline_policies={"x": inline})
    assert actions(read(machine(stack, role=role))[1]) == {"sqs:SendMessage", "sns:Publish"}


def _imported(stack: cdk.Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/r")


def _managed(stack: cdk.Stack) -> iam.IRole:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSQSFullAccess")
    trust = iam.ServicePrincipal("states.amazonaws.com")
    return iam.Role(stack, "Role", assumed_by=trust, managed_policies=[policy])  # type: ignore[return-value]


def _of_another_stack(stack: cdk.Stack) -> iam.IRole:
    other = cdk.Stack(cdk.App.of(stack), "Other")  # type: ignore[arg-type]
    return iam.Role(other, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))  # type: ignore[return-value]


@pytest.mark.parametrize("role", [_imported, _managed, _of_another_stack])
def test_what_may_be_more_is_not_known(role: Callable[[cdk.Stack], iam.IRole], stack: cdk.Stack) -> None:
    assert read(machine(stack, role=role(stack)))[1] is None


def test_each_alias_is_judged_once(stack: cdk.Stack) -> None:
    version = sfn.CfnStateMachineVersion(stack, "Version", state_machine_arn=machine(stack).state_machine_arn)
    route = sfn.CfnStateMachineAlias.RoutingConfigurationVersionProperty(
        state_machine_version_arn=version.attr_arn, weight=90
    )
    sfn.CfnStateMachineAlias(stack, "Live", name="live", routing_configuration=[route])
    inspection = Inspection(stack, [], stack.node.find_all())
    (alias,) = workflow_aliases(inspection)
    assert (alias["name"], alias["routingConfiguration"][0]["weight"]) == ("live", 90)
    assert workflow_aliases(inspection) == []
