"""What a state machine may do, and its aliases, read off the stack when CDK synthesises.

A role's statements are known when it is made in the stack of the state machine, without a managed policy from
elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from naws.core.pattern.inspection import Inspection, Properties, role_view
from naws.core.rules.asl_scopes import mapping
from naws.core.stacks import reference_of
from naws.core.text import as_list


def workflow_statements(
    inspection: Inspection, machine: sfn.StateMachine, properties: Properties
) -> Sequence[Mapping[str, Any]] | None:
    """Every statement of a state machine's role; None when some may be unknown.

    Args:
        inspection: of its stack.
        machine: it.
        properties: of its resource.
    """
    made = machine.role.node.default_child
    name = _logical_id(properties.get("roleArn"))
    if not name or not isinstance(made, iam.CfnRole):
        return None
    if reference_of(cdk.Stack.of(made)) != reference_of(inspection.stack):
        return None
    own = role_view("role", inspection.read([made]).values())
    if own.managed:
        return None
    policies = inspection.once("policies", inspection.stack, lambda: _policies(inspection))
    return [*own.statements, *role_view("role", (each for each in policies if _is_of(each, name))).statements]


def _policies(inspection: Inspection) -> list[Properties]:
    """The policies of roles that are made in a stack."""
    kinds = (iam.CfnPolicy, iam.CfnManagedPolicy, iam.CfnRolePolicy)
    return [*inspection.read(each for each in inspection.every if isinstance(each, kinds)).values()]


def _is_of(policy: Properties, role: str) -> bool:
    return any(mapping(each).get("Ref") == role for each in (*as_list(policy.get("roles")), policy.get("roleName")))


def workflow_aliases(inspection: Inspection) -> list[Properties]:
    """The aliases of state machines that a stack has, for the first that asks, so that each is judged once."""
    made = [each for each in inspection.every if isinstance(each, sfn.CfnStateMachineAlias)]
    found: list[Properties] = inspection.once("aliases", inspection.stack, lambda: [*inspection.read(made).values()])
    first, found[:] = list(found), []
    return first


def _logical_id(role_arn: object) -> str:
    """The logical id of a role in the same stack; empty when its ARN comes from elsewhere."""
    parts = as_list(mapping(role_arn).get("Fn::GetAtt"))
    return str(parts[0]) if parts else ""
