"""The function, its role, its log group, and the alias that everything targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core.authoring import (
    LIMITS,
    Network,
    acknowledge_nag_wildcards,
    allow,
    asked,
    build_network,
    duration,
    let,
    log_group,
    made_in,
    node_of,
    of_this_stack,
    role_or_own,
    selection_in,
)
from naws.lambda_service._packing import lambda_code
from naws.lambda_service.plan import FunctionPlan, Plan
from naws.lambda_service.plan_package import Package
from naws.lambda_service.props import LambdaServiceProps

ALIAS = "live"
"""The alias that everything targets: permissions, asynchronous configuration and a rollout are its own."""
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (execution role)"""
_REFERENCES = "@aws-cdk/core:defaultCrossStackReferences"
_PUBLISHED = "@aws-cdk/aws-lambda:snapStartRequirePublish"
"""CDK's warning at every function that begins from a snapshot."""
_NO_RESOURCES = "X-Ray and network interfaces have no resource to name."


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function and what was made with it.

    Attributes:
        function: as CDK has it.
        resource: the same as CloudFormation has it.
        alias: the alias that everything targets.
        role: the function's.
        rights: what its role's policies are below: the role, or for one that was given something of the pattern's own.
        log_group: what it prints.
        network: what it is attached to; None: nothing.
        package: what was packed; None: its code is CDK's, or its stack is not bundled now.
    """

    function: lambda_.Function
    resource: lambda_.CfnFunction
    alias: lambda_.Alias
    role: iam.IRole
    rights: Construct
    log_group: logs.LogGroup
    network: Network | None
    package: Package | None


def build_function(scope: Construct, plan: Plan) -> Function:
    """The function with its alias; a new version is published exactly when something of it changed."""
    part, props = plan.function, plan.props
    network = None if plan.network is None else build_network(scope, plan.network)
    name = plan.context.physical_name("", "log-group")
    group = log_group(scope, "Logs", plan.operations, name and of_this_stack(scope, name, LIMITS["log-group"]))
    role, rights = _role(scope, props.role, asked(group, "log_group_arn"))
    code, package = (cast("lambda_.Code", props.code), None) if part.code is None else lambda_code(scope, part.code)
    function = made_in(
        lambda_.Function(
            scope,
            "Function",
            function_name=part.name,
            description=_references(plan),
            code=code,
            role=role,
            memory_size=props.memory_size,
            timeout=duration(part.timeout),
            ephemeral_storage_size=props.ephemeral_storage_size,
            environment=dict(part.environment),
            layers=list(props.layers) or None,
            reserved_concurrent_executions=props.reserved_concurrent_executions,
            snap_start=None if props.snap_start is None else lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
            tracing=lambda_.Tracing.ACTIVE,
            environment_encryption=plan.operations.encryption_key,
            **_program(part),
            **_place(network, plan),
        ),
        scope,
    )
    resource = cast("lambda_.CfnFunction", asked(node_of(function), "default_child"))
    if props.role is not None:
        # As CDK has it for what is below a role that it made.
        resource.node.add_dependency(rights)
    if network is not None:
        _let_attach(role, rights, function, () if props.security_groups else network.security_groups)
    return Function(
        function=function,
        resource=resource,
        alias=_alias(function, props),
        role=role,
        rights=rights,
        log_group=group,
        network=network,
        package=package,
    )


def _references(plan: Plan) -> str | None:
    """What tells a function whose stack refers weakly to others from one that does not, as the id of a version does.

    CDK makes that id of how references are written, and Lambda publishes no version of a function that is as it was,
    although the values of all references are. So the function changes, too.

    Source: https://github.com/aws/aws-cdk/issues/18797 and
    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    return "Refers weakly to other stacks" if plan.context.value_of(_REFERENCES) in ("weak", "both") else None


def _alias(function: lambda_.Function, props: LambdaServiceProps) -> lambda_.Alias:
    if props.snap_start is not None:
        cdk.Annotations.of(function).acknowledge_warning(_PUBLISHED, "The alias is of a published version.")
    alias = lambda_.Alias(
        function,
        "Live",
        alias_name=ALIAS,
        version=cast("lambda_.IVersion", asked(function, "current_version")),
        provisioned_concurrent_executions=props.provisioned_concurrent_executions,
    )
    return made_in(alias, function)


def _program(part: FunctionPlan) -> dict[str, Any]:
    newest, arm = _defaults()
    if part.image:
        what = {"runtime": lambda_.Runtime.FROM_IMAGE, "handler": lambda_.Handler.FROM_IMAGE}
    else:
        what = {"runtime": part.given.runtime or newest, "handler": part.given.handler}
    return {**what, "architecture": part.given.architecture or arm}


@cache
def _defaults() -> tuple[lambda_.Runtime, lambda_.Architecture]:
    """What CDK has under two names, asked of Node once."""
    return lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64


def _place(network: Network | None, plan: Plan) -> dict[str, Any]:
    if network is None or plan.network is None:
        return {}
    subnets = ec2.SubnetSelection(**selection_in(network.vpc, plan.network.vpc_subnets))
    return {"vpc": network.vpc, "vpc_subnets": subnets, "security_groups": list(network.security_groups)}


def _role(scope: Construct, given: iam.IRole | None, group: str) -> tuple[iam.IRole, Construct]:
    """The function's role, as which Lambda itself writes logs, and the parent of its policies."""
    role, rights = role_or_own(scope, given, "lambda", "What the function may do")
    let(role, allow("WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), [group]), below=rights)
    acknowledge_nag_wildcards(rights, {"*": _NO_RESOURCES})
    return role, rights


def _let_attach(
    role: iam.IRole, rights: Construct, function: lambda_.Function, groups: Sequence[ec2.ISecurityGroup]
) -> None:
    """The rights to a network's interfaces, in a policy that goes after the function and what else holds an interface.

    As this role Lambda deletes the interfaces, too. When a function leaves its network, policies lose their statements
    before the function is updated; a policy as a whole goes afterwards, in the reverse order of the dependencies.

    Args:
        role: the function's.
        rights: parent of the policy; the function depends on it.
        function: its version holds interfaces, too, as long as it is published.
        groups: those that are made here.

    Source: https://github.com/aws/aws-cdk/issues/34400 and https://repost.aws/knowledge-center/lambda-hyperplane-vpc
    """
    apart = Construct(rights, "Network")
    let(role, allow("AttachToNetwork", _INTERFACES, ["*"]), below=apart)
    for each in (asked(function, "current_version"), *groups):
        resource: Any = node_of(each).default_child
        resource.node.add_dependency(apart)
