"""The state machine of a run and the one role that it has."""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.payloads import payload_prefix
from naws.core.build.roles import role_for
from naws.core.json_text import json_text
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.naming import fitting
from naws.core.tokens import has_token
from naws.ecs_task_processor._fan_out import allow_fan_out, items_bucket
from naws.ecs_task_processor._history import allow_own_history
from naws.ecs_task_processor._leases import allow_leases
from naws.ecs_task_processor._logs import workflow_logs
from naws.ecs_task_processor._storage import allow_keeping, allow_payloads
from naws.ecs_task_processor._task import Place
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.workflow import METRIC_NAMESPACE, Places, planned, workflow

_LONGEST_DIMENSION = 255
_LONGEST_STACK_NAME = 128


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the workflow works with."""

    place: Place
    task: ecs.FargateTaskDefinition
    payloads: s3.Bucket
    failures: sqs.Queue
    leases: dynamodb.ITable | None


def build_state_machine(scope: Construct, plan: Plan, parts: Parts) -> sfn.StateMachine:
    """The workflow, allowed to do exactly what it says."""
    stack = cdk.Stack.of(scope)
    role = role_for(scope, "WorkflowRole", "states", "Runs the task and keeps what failed")
    definition = workflow(planned(plan, _places(scope, plan, parts)))
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=plan.names.state_machine,
        definition_body=sfn.DefinitionBody.from_string(json_text(scope, definition)),
        role=role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        tracing_enabled=True,
        logs=workflow_logs(scope, plan, "WorkflowLogs", role),
    )
    for statement in _permissions(parts.place, parts.task, stack):
        role.add_to_policy(statement)
    allow_payloads(role, parts.payloads, payload_prefix(scope), "s3:PutObject")  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    allow_keeping(role, parts.failures)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    if parts.leases is not None:
        allow_leases(role, parts.leases)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    allow_own_history(machine, role, items=plan.props.fan_out is not None)
    if plan.props.fan_out is not None:
        allow_fan_out(plan.props.fan_out, machine, role, parts.payloads, payload_prefix(scope))
    _answer_findings(role, parts, stack)
    return machine


def metric_dimension(scope: Construct) -> str:
    """The dimension under which the workflow counts: unique in an account and region.

    A dimension is ASCII of at most 255 characters; the end of a longer path gives way to a hash of it.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
    """
    stack = cdk.Stack.of(scope)
    own = scope.node.path.removeprefix(f"{stack.node.path}/").replace("\\", r"\\")
    path = own.encode("ascii", "backslashreplace").decode()
    named = _LONGEST_STACK_NAME if has_token(stack.stack_name) else len(stack.stack_name)
    return f"{stack.stack_name}/{fitting(path, _LONGEST_DIMENSION - named - 1)}"


def _places(scope: Construct, plan: Plan, parts: Parts) -> Places:
    groups = parts.place.connections.security_groups
    return Places(
        partition=cdk.Stack.of(scope).partition,
        cluster_arn=parts.place.cluster.cluster_arn,
        task_definition_arn=parts.task.task_definition_arn,
        subnet_ids=parts.place.subnet_ids,
        security_group_ids=tuple(group.security_group_id for group in groups),
        payload_bucket=parts.payloads.bucket_name,
        payload_prefix=payload_prefix(scope),
        failure_queue_url=parts.failures.queue_url,
        items_bucket=items_bucket(plan.props.fan_out),
        lease_table=parts.leases.table_name if parts.leases is not None else "",
        processor=metric_dimension(scope),
    )


def _permissions(place: Place, task: ecs.FargateTaskDefinition, stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html (IAM policies)."""
    in_cluster = {"ArnEquals": {"ecs:cluster": place.cluster.cluster_arn}}
    tasks = _tasks_of(place, stack)
    events_rule = stack.format_arn(
        service="events", resource="rule", resource_name="StepFunctionsGetEventsForECSTaskRule"
    )
    roles = [task.task_role.role_arn, task.obtain_execution_role().role_arn]

    def allow(sid: str, actions: list[str], resources: list[str], conditions: Any = None) -> iam.PolicyStatement:
        return iam.PolicyStatement(sid=sid, actions=actions, resources=resources, conditions=conditions)

    return [
        allow("RunThisTask", ["ecs:RunTask"], [_revisions(task, stack)], in_cluster),
        allow("WatchAndStopTasks", ["ecs:StopTask", "ecs:DescribeTasks"], [tasks], in_cluster),
        allow("TagTasks", ["ecs:TagResource"], [tasks], {"StringEquals": {"ecs:CreateAction": "RunTask"}}),
        allow(
            "PassTheTaskItsRoles",
            ["iam:PassRole"],
            roles,
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        allow("LearnThatTasksEnded", ["events:PutTargets", "events:PutRule", "events:DescribeRule"], [events_rule]),
        allow(
            "CountOutcomes",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
        ),
    ]


def _tasks_of(place: Place, stack: cdk.Stack) -> str:
    return stack.format_arn(service="ecs", resource="task", resource_name=f"{place.cluster.cluster_name}/*")


def _revisions(task: ecs.FargateTaskDefinition, stack: cdk.Stack) -> str:
    return stack.format_arn(service="ecs", resource="task-definition", resource_name=f"{task.family}:*")


def _answer_findings(role: iam.Role, parts: Parts, stack: cdk.Stack) -> None:
    acknowledge_nag_wildcards(
        role,
        {
            _tasks_of(parts.place, stack): "A task's id is not known before it runs; the cluster is.",
            _revisions(parts.task, stack): "A run that began before a deployment goes on with the revision that it "
            "began with.",
            "*": "cloudwatch:PutMetricData, X-Ray and log delivery have no resource to name; the first is bound to "
            "this namespace by condition.",
        },
    )
