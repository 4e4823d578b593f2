"""How a workflow logs."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.logs import log_group, states_log_group_name
from naws.ecs_task_processor.plan import Plan


def workflow_logs(scope: Construct, plan: Plan, construct_id: str, role: iam.Role) -> sfn.LogOptions:
    """Every event, without the data: payloads may hold secrets. `role` is the state machine's."""
    return sfn.LogOptions(
        destination=log_group(
            scope,
            construct_id,
            retention=plan.operations.log_retention,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
            name=states_log_group_name(scope, role),
        ),
        level=sfn.LogLevel.ALL,
        include_execution_data=False,
    )
