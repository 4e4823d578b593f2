"""Roles that are given, as a stack can use them."""

from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.homes import can_change

RoleT = TypeVar("RoleT", bound=iam.IRole | None)


def role_here(scope: Construct, construct_id: str, role: RoleT) -> RoleT | iam.IRole:
    """`role` itself; of another stack, a name for it here, whose statements become a policy of this stack.

    CDK adds statements to a role in the role's own stack. They name what is made here, so that the two stacks would
    wait for each other.

    Args:
        scope: parent of the name.
        construct_id: the name's id.
        role: any role, or None. One that cannot be changed stays as it is: nothing is added to it.
    """
    if role is None or cdk.Stack.of(role) is cdk.Stack.of(scope) or not can_change(role):
        return role
    return iam.Role.from_role_arn(scope, construct_id, role.role_arn)
