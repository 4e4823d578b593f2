"""State machines, each with a role of its own, logs of each event, tracing, and the right to read its history."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.logs import log_group, states_log_group_name
from naws.core.build.roles import allow, document, role_for
from naws.core.json_text import json_text
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.plans.operations import OperationsPlan
from naws.core.stacks import arn_of, kept, made_in, parent_of


def execution_role(
    scope: Construct, construct_id: str, description: str, statements: Sequence[Mapping[str, Any]]
) -> iam.Role:
    """The role of a state machine, allowed to do what `statements` say; the machine is made after its policies.

    It is CDK's, so that a key's use can be granted to it.

    Args:
        scope: its parent.
        construct_id: its id.
        description: what it is for.
        statements: what it may do, as `allow` makes them.
    """
    role = role_for(scope, construct_id, "states", description)
    _policy(role, "Allowed", role, statements)
    return role


def state_machine(  # noqa: PLR0913  # the settings of a state machine
    scope: Construct,
    *,
    definition: Mapping[str, Any],
    role: iam.Role,
    operations: OperationsPlan,
    logs_id: str,
    name: str | None = None,
) -> sfn.StateMachine:
    """A state machine that logs every event, without the data: payloads may hold secrets. X-Ray traces it.

    Args:
        scope: its parent.
        definition: Amazon States Language, with tokens.
        role: its own.
        operations: how long logs are kept, and what encrypts them.
        logs_id: id of its log group.
        name: its physical name. None: CloudFormation's.
    """
    name_of_logs = states_log_group_name(scope, role)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    logs = log_group(scope, logs_id, operations, name_of_logs)
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=name,
        definition_body=sfn.DefinitionBody.from_string(json_text(scope, definition)),
        role=role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        tracing_enabled=True,
        logs=sfn.LogOptions(destination=logs, level=sfn.LogLevel.ALL, include_execution_data=False),
    )
    return made_in(machine, scope)


def allow_own_executions(  # noqa: PLR0913  # what a machine has and what it may do
    machine: sfn.StateMachine,
    role: iam.Role,
    *,
    name: str,
    children: str | None = None,
    statements: Sequence[Mapping[str, Any]] = (),
    wildcards: Mapping[str, str] | None = None,
) -> iam.CfnPolicy:
    """Let a state machine read the events of its executions, and do what else its role's own policies cannot name.

    A policy of its own, below the machine: the machine waits for what is below its role, which cannot name it.
    What starts executions has to depend on it, so that none begins without its rights.

    Args:
        name: the state machine's, most often a token.
        children: label of its distributed map, whose executions are read, too. None: it has none.
        statements: what else it may do that names the machine.
        wildcards: resources of `statements` that are not named in full, each with the reason. Omitted: none.
    """
    arns = own_executions(machine, name, children)
    reading = allow("OwnHistory", ["states:GetExecutionHistory"], arns)
    policy = _policy(machine, "OwnExecutions", role, [reading, *statements])
    why = "An execution's id is not known before it runs; the state machine is."
    acknowledge_nag_wildcards(parent_of(role), {**dict.fromkeys(arns, why), **(wildcards or {})})
    return policy


def own_executions(machine: Construct, name: str, children: str | None) -> list[str]:
    """The ARNs of a state machine's executions, and of those of its distributed map."""
    owners = ("",) if children is None else ("", f"/{children}")
    return [arn_of(machine, "states", f"execution:{name}{owner}:*") for owner in owners]


def _policy(
    scope: Construct, construct_id: str, role: iam.Role, statements: Sequence[Mapping[str, Any]]
) -> iam.CfnPolicy:
    return iam.CfnPolicy(
        scope,
        construct_id,
        policy_name=construct_id,
        policy_document=document(statements),
        roles=[kept(role, "name", lambda: role.role_name)],
    )
