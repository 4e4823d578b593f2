"""What a workflow may read of itself."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from naws.core.nag import acknowledge_nag_wildcards
from naws.ecs_task_processor.workflow import CHILDREN


def allow_own_history(machine: sfn.StateMachine, role: iam.Role, *, items: bool) -> None:
    """Let the workflow read its executions' events: they name the task of an attempt that timed out.

    A policy of its own, because the machine waits for its role's default policy, and this one names the machine.

    Args:
        items: whether items have executions of their own.
    """
    policy = iam.Policy(machine, "OwnHistory", roles=[role])  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    arns = [own_arn(machine, "execution", f"{owner}:*") for owner in (("", f"/{CHILDREN}") if items else ("",))]
    policy.add_statements(iam.PolicyStatement(sid="OwnHistory", actions=["states:GetExecutionHistory"], resources=arns))
    why = "An execution's id is not known before it runs; the state machine is."
    acknowledge_nag_wildcards(policy, dict.fromkeys(arns, why))


def own_arn(machine: sfn.StateMachine, resource: str, rest: str) -> str:
    """The ARN of what belongs to the state machine, such as its executions."""
    return cdk.Stack.of(machine).format_arn(
        service="states",
        resource=resource,
        resource_name=f"{machine.state_machine_name}{rest}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
