"""Log groups with a retention and, where AWS asks for it, a name under the vended-logs prefix."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core.key_access import behind
from naws.core.naming import LIMITS, of_this_stack, shortened
from naws.core.plans.operations import OperationsPlan
from naws.core.stacks import arn_of, kept, parent_of, path_of, stack_of

_STATES_PREFIX = "/aws/vendedlogs/states/"


def log_group(scope: Construct, construct_id: str, plan: OperationsPlan, name: str | None = None) -> logs.LogGroup:
    """A log group; CloudWatch Logs encrypts it, with the key when there is one.

    Args:
        scope: parent.
        construct_id: id.
        plan: how long events are kept, what encrypts them, and what happens to them when the stack goes.
        name: its physical name, which nothing that was retained before may have. None: CloudFormation names it.
    """
    key = plan.encryption_key
    if key is not None:
        # Once for the groups of a stack, and of all stacks in its account and region.
        groups = arn_of(scope, "logs", "log-group:*")
        kept(key, f"used by {groups}", lambda: _let_logs_use(key, scope, groups))
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=plan.log_retention,
        # CloudWatch Logs asks for the ARN of a key; that it takes an alias, too, is not documented.
        encryption_key=None if key is None else behind(key),
        removal_policy=plan.removal_policy,
    )


def states_log_group_name(scope: Construct, role: iam.IRole) -> str:
    """A name for a state machine's log group.

    It sits under `/aws/vendedlogs/`, because the resource policy that log delivery writes for other names is limited to
    5,120 characters per region.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html

    Args:
        scope: whose path people look for.
        role: the state machine's. Of one that is made and removed with it the unique id ends the name: a state machine
            that is taken out of its stack and put back must not meet the log group that was retained. Of one that was
            given it is a part of the stack's id.
    """
    name = f"{_STATES_PREFIX}{shortened(path_of(scope), 200)}"
    if isinstance(role, iam.Role) and parent_of(role) is scope:
        return f"{name}-{role.role_id}"
    return of_this_stack(scope, name, LIMITS["log-group"])


def _let_logs_use(key: kms.IKey, scope: Construct, groups: str) -> None:
    """Let it use a key under its name in this region and partition: CDK's region-info has `.cn` at its end in China."""
    stack = stack_of(scope)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
