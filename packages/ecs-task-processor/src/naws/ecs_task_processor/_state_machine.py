"""The workflow of a processor: its state machine, and what its role may do."""

from collections.abc import Iterator
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.authoring import (
    SENDING,
    Network,
    Task,
    acknowledge_nag_wildcards,
    allow,
    allow_own_executions,
    arn_of,
    asked,
    execution_role,
    fitting,
    has_token,
    kept,
    let_use_key,
    partition_of,
    path_of,
    payload_prefix,
    queue_arn,
    queue_url,
    stack_of,
    state_machine,
)
from naws.ecs_task_processor._fan_out import fan_out_statements, items_bucket, let_read_items
from naws.ecs_task_processor._leases import allow_leases
from naws.ecs_task_processor.plan import CONTAINER, Plan
from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow import workflow
from naws.ecs_task_processor.workflow.expressions import METRIC_NAMESPACE
from naws.ecs_task_processor.workflow.fan_out import CHILDREN

_KEY_ACTIONS = tuple(dict.fromkeys(("kms:Decrypt", "kms:GenerateDataKey", *SENDING)))
"""The KMS actions of the workflow on the key that encrypts payloads, and runs that failed."""
_LONGEST_DIMENSION = 255
_LONGEST_STACK_NAME = 128


def build_state_machine(  # noqa: PLR0913  # all that a workflow works with
    scope: Construct,
    plan: Plan,
    *,
    network: Network,
    cluster: ecs.ICluster,
    task: Task,
    payloads: s3.Bucket,
    failures: sqs.Queue,
    leases: dynamodb.ITable | None,
) -> tuple[sfn.StateMachine, iam.CfnPolicy]:
    """The workflow, allowed to do exactly what it does, and the policy without which no run may begin."""
    prefix = payload_prefix(scope)
    bucket, cluster_arn = asked(payloads, "bucket_arn"), asked(cluster, "cluster_arn")
    tasks = arn_of(scope, "ecs", "task/{}/*".format(asked(cluster, "cluster_name")))
    revisions = arn_of(scope, "ecs", f"task-definition/{task.definition.family}:*")
    kept_payloads = f"{bucket}/{prefix}runs/*"
    statements = [
        *_running(scope, task, cluster=cluster_arn, tasks=tasks, revisions=revisions),
        allow("Payloads", ["s3:PutObject"], [kept_payloads]),
        allow("KeepWhatFailed", ["sqs:SendMessage"], [queue_arn(failures)]),
    ]
    role = execution_role(scope, "WorkflowRole", "Runs the task and keeps what failed", statements)
    let_use_key(role, plan.operations.encryption_key, *_KEY_ACTIONS)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    allow_leases(role, leases)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    names = ResourceNames(
        partition=partition_of(scope),
        container=CONTAINER,
        cluster_arn=cluster_arn,
        task_definition_arn=task.definition.task_definition_arn,
        subnet_ids=network.subnets.ids,
        security_group_ids=tuple(asked(group, "security_group_id") for group in network.security_groups),
        payload_bucket=asked(payloads, "bucket_name"),
        payload_prefix=prefix,
        failure_queue_url=queue_url(failures),
        items_bucket=items_bucket(plan.runs.fan_out),
        lease_table=asked(leases, "table_name") if leases is not None else "",
        processor=metric_dimension(scope),
    )
    machine = state_machine(
        scope,
        definition=workflow(plan.runs, names),
        role=role,
        operations=plan.operations,
        logs_id="WorkflowLogs",
        name=plan.context.physical_name("", "state-machine"),
    )
    own = _allow_own(plan, machine, role, payloads=bucket, prefix=prefix)
    _acknowledge(role, kept_payloads, tasks, revisions)
    return machine, own


def metric_dimension(scope: Construct) -> str:
    """The dimension under which the workflow counts: unique in an account and region.

    A dimension is ASCII of at most 255 characters; the end of a longer path gives way to a hash of it.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
    """
    stack = stack_of(scope)
    stack_name = kept(stack, "name", lambda: stack.stack_name)
    own = path_of(scope).removeprefix(f"{path_of(stack)}/").replace("\\", r"\\")
    path = own.encode("ascii", "backslashreplace").decode()
    named = _LONGEST_STACK_NAME if has_token(stack_name) else len(stack_name)
    return f"{stack_name}/{fitting(path, _LONGEST_DIMENSION - named - 1)}"


def _running(scope: Construct, task: Task, *, cluster: str, tasks: str, revisions: str) -> Iterator[dict[str, Any]]:
    """Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html (IAM policies)."""
    in_cluster = {"ArnEquals": {"ecs:cluster": cluster}}
    rule = arn_of(scope, "events", "rule/StepFunctionsGetEventsForECSTaskRule")
    roles = [task.task_role.role_arn, task.execution_role.role_arn]
    to_tasks = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    yield allow("RunThisTask", ["ecs:RunTask"], [revisions], **in_cluster)
    yield allow("WatchAndStopTasks", ["ecs:StopTask", "ecs:DescribeTasks"], [tasks], **in_cluster)
    yield allow("TagTasks", ["ecs:TagResource"], [tasks], StringEquals={"ecs:CreateAction": "RunTask"})
    yield allow("PassTheTaskItsRoles", ["iam:PassRole"], roles, StringEquals=to_tasks)
    yield allow("LearnThatTasksEnded", ["events:PutTargets", "events:PutRule", "events:DescribeRule"], [rule])
    namespace = {"cloudwatch:namespace": METRIC_NAMESPACE}
    yield allow("CountOutcomes", ["cloudwatch:PutMetricData"], ["*"], StringEquals=namespace)


def _acknowledge(role: iam.Role, kept_payloads: str, tasks: str, revisions: str) -> None:
    acknowledge_nag_wildcards(
        role,
        {
            kept_payloads: "The key of a payload is the execution's name, which is not known before it runs.",
            tasks: "A task's id is not known before it runs; the cluster is.",
            revisions: "A run that began before a deployment goes on with the revision that it began with.",
            "*": "cloudwatch:PutMetricData, X-Ray and log delivery have no resource to name; the first is bound to "
            "this namespace by condition.",
        },
    )


def _allow_own(plan: Plan, machine: sfn.StateMachine, role: iam.Role, *, payloads: str, prefix: str) -> iam.CfnPolicy:
    name, fan_out = machine.state_machine_name, plan.runs.fan_out
    if fan_out is None:
        return allow_own_executions(machine, role, name=name)
    statements, wildcards = fan_out_statements(fan_out, machine, name, f"{payloads}/{prefix}")
    let_read_items(fan_out, role)
    return allow_own_executions(machine, role, name=name, children=CHILDREN, statements=statements, wildcards=wildcards)
