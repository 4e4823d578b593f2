"""The state machine of a workflow, with its role and its log group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.authoring import (
    acknowledge_nag,
    acknowledge_nag_wildcards,
    allow,
    as_list,
    asked,
    document,
    json_text,
    kept,
    let,
    log_group,
    made_in,
    node_of,
    own_executions,
    role_or_own,
    states_log_group_name,
    use_of_key,
)
from naws.step_function_executor._definition import Built, build_definition, reading_messages
from naws.step_function_executor.plan import Plan

_NOT_KNOWN = "An execution's id is not known before it runs; the state machine is."
_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_TRACES = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
_REUSE = 300
_IN_HISTORY = "The history of an execution has every event for 90 days; log_level=ALL logs them, too."
_OF_STATES = "What the states of the workflow call."


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A state machine and what was made with it.

    Attributes:
        machine: as CDK has it.
        resource: the same as CloudFormation has it.
        role: its role.
        rights: what its role's policies are below: the role, or for one that was given something of the pattern's own.
        log_group: what it logs.
        ready: the policies of its role that name the machine.
        built: the user's states.
    """

    machine: sfn.StateMachine
    resource: sfn.CfnStateMachine
    role: iam.IRole
    rights: Construct
    log_group: logs.LogGroup
    ready: Sequence[cdk.CfnResource]
    built: Built

    def read_messages(self, scope: Construct) -> None:
        """Have it read the messages of queues from now on."""
        self.resource.definition_string = json_text(scope, reading_messages(self.built.definition))


def build_workflow(scope: Construct, plan: Plan) -> Workflow:
    """The state machine, allowed to do what its states call."""
    role, rights = role_or_own(scope, plan.props.role, "states", "What the states of the workflow may do")
    built = build_definition(scope, plan)
    let(role, *built.statements, *(() if plan.props.role is None else _as_cdk_does()), below=rights)
    wildcards = dict.fromkeys(_wildcards(built.statements), _OF_STATES)
    acknowledge_nag_wildcards(rights, {"*": "X-Ray and log delivery have no resource to name.", **wildcards})
    group = log_group(scope, "Logs", plan.operations, states_log_group_name(scope, role))
    definition = reading_messages(built.definition) if plan.triggers.queues else built.definition
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=plan.context.physical_name("", "state-machine"),
        state_machine_type=plan.props.state_machine_type,
        definition_body=sfn.DefinitionBody.from_string(json_text(scope, definition)),
        role=role if plan.props.role is None else _unchanged(scope, role),
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=group, level=plan.workflow.log_level, include_execution_data=plan.props.include_execution_data
        ),
    )
    made_in(machine, scope)
    if plan.workflow.log_level != sfn.LogLevel.ALL:
        acknowledge_nag(scope, "AwsSolutions-SF1", _IN_HISTORY)
    resource = cast("sfn.CfnStateMachine", asked(node_of(machine), "default_child"))
    key = plan.operations.encryption_key
    if key is not None:
        _encrypt(resource, key, role, rights)
    if plan.props.role is not None:
        # As CDK has it for what is below a role that it made.
        resource.node.add_dependency(rights)
    return Workflow(
        machine=machine,
        resource=made_in(resource, machine),
        role=role,
        rights=rights,
        log_group=group,
        ready=(_start_itself(machine, role),) if built.distributed else (),
        built=built,
    )


def _encrypt(resource: sfn.CfnStateMachine, key: kms.IKey, role: iam.IRole, rights: Construct) -> None:
    """What states take and give is encrypted with the key, which is asked for again after five minutes.

    CDK's own statement names the state machine in a condition, and has no name for one that CloudFormation names:
    nothing would meet it. The role may use the key without one instead; that log delivery may decrypt is as CDK has it.
    Nobody has tried it on AWS: docs/unproven.md.
    """
    use = use_of_key(key, "kms:Decrypt", "kms:GenerateDataKey")
    let(role, use.statement, below=rights)
    acknowledge_nag_wildcards(rights, use.wildcards)
    delivery = iam.PolicyStatement(
        actions=["kms:Decrypt"],
        principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        resources=["*"],
    )
    kept(key, "used by log delivery", lambda: key.add_to_resource_policy(delivery))
    resource.encryption_configuration = sfn.CfnStateMachine.EncryptionConfigurationProperty(
        type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=asked(key, "key_arn"), kms_data_key_reuse_period_seconds=_REUSE
    )


def _unchanged(scope: Construct, role: iam.IRole) -> iam.IRole:
    """A name for a role, to which CDK adds nothing."""
    return iam.Role.from_role_arn(scope, "Unchanged", role.role_arn, mutable=False)


def _as_cdk_does() -> Sequence[Mapping[str, Any]]:
    """What CDK adds to the role of a state machine, for one that was given: it is left as it is.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html (permissions) and xray-tracing.html
    """
    return allow("DeliverLogs", _DELIVERY, ["*"]), allow("Trace", _TRACES, ["*"])


def _start_itself(machine: sfn.StateMachine, role: iam.IRole) -> iam.CfnPolicy:
    """The rights of a distributed map, whose items are executions of the machine itself.

    Below the machine: it waits for what is below its role, which cannot name it.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    arn, name = asked(machine, "state_machine_arn"), asked(machine, "state_machine_name")
    executions = own_executions(machine, name, "*")
    statements = (
        allow("StartItems", ["states:StartExecution"], [arn]),
        allow("FollowItems", ["states:DescribeExecution", "states:StopExecution"], executions),
        allow("RedriveItems", ["states:RedriveExecution"], executions[1:]),
    )
    acknowledge_nag_wildcards(machine, dict.fromkeys(executions, _NOT_KNOWN))
    return iam.CfnPolicy(
        machine,
        "Items",
        policy_name="Items",
        policy_document=document(statements),
        roles=[kept(role, "name", lambda: role.role_name)],
    )


def _wildcards(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    resources = [each for one in statements for each in as_list(one.get("Resource", []))]
    return [each for each in resources if isinstance(each, str) and "*" in each]
