"""A gradual deployment: CodeDeploy moves the alias to a new version, and back when an alarm fires."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.authoring import AlarmText, Metric, acknowledge_nag, role_for, single
from naws.lambda_service._alarms import api_metric, function_metric
from naws.lambda_service._function import Function
from naws.lambda_service.plan import RolloutPlan

_MINUTE = 60
_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"
"""Source: https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html"""
_MANAGED = "What CodeDeploy does for functions changes with CodeDeploy: AWS keeps this policy for it."


def build_rollout(  # noqa: PLR0913  # what its alarms are on
    scope: Construct, plan: RolloutPlan, made: Function, *, function_name: str, api_id: str | None, page: str
) -> None:
    """The application, its configuration and group, the alarms that end a rollout, and the alias's update policy.

    Args:
        scope: the pattern.
        plan: how a version takes over.
        made: the function.
        function_name: its name.
        api_id: of its HTTP API; None: it has none.
        page: of the pattern's alarms.
    """
    application = codedeploy.CfnApplication(scope, "Rollout", compute_platform="Lambda")
    field = plan.kind[0].lower() + plan.kind[1:]
    minutes = int(plan.interval // _MINUTE)
    words = (
        ("canaryPercentage", "canaryInterval")
        if plan.kind == "TimeBasedCanary"
        else ("linearPercentage", "linearInterval")
    )
    config = codedeploy.CfnDeploymentConfig(
        scope,
        "RolloutSteps",
        compute_platform="Lambda",
        traffic_routing_config={"type": plan.kind, field: {words[0]: plan.percent, words[1]: minutes}},
    )
    role = _role(scope)
    alarms = _alarms(scope, function_name, api_id, page)
    group = codedeploy.CfnDeploymentGroup(
        scope,
        "RolloutGroup",
        application_name=application.ref,
        service_role_arn=role.role_arn,
        deployment_config_name=config.ref,
        deployment_style={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        alarm_configuration={"enabled": True, "alarms": [{"name": each.ref} for each in alarms]},
        auto_rollback_configuration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
    )
    alias: Any = made.alias.node.default_child
    alias.cfn_options.update_policy = cdk.CfnUpdatePolicy(
        code_deploy_lambda_alias_update=cdk.CfnCodeDeployLambdaAliasUpdate(
            application_name=application.ref, deployment_group_name=group.ref
        )
    )
    group.node.add_dependency(role)


def _role(scope: Construct) -> iam.Role:
    role = role_for(scope, "RolloutRole", "codedeploy", "Moves the alias to a new version")
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY))
    acknowledge_nag(role, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]", _MANAGED)
    return role


def _alarms(scope: Construct, function_name: str, api_id: str | None, page: str) -> list[cloudwatch.CfnAlarm]:
    """They end a rollout and page nobody: the deployment says what happened."""
    found: dict[str, Metric] = {
        "RolloutErrors": function_metric(function_name, "Errors", period=_MINUTE),
        "RolloutThrottles": function_metric(function_name, "Throttles", period=_MINUTE),
    }
    if api_id is not None:
        found["RolloutServerErrors"] = Metric(
            namespace="AWS/ApiGateway", name="5xx", dimensions=api_metric(api_id, "5xx").dimensions, period=_MINUTE
        )
    text = AlarmText(
        why="While a new version takes over, an alarm here takes it back.",
        do="nothing by itself: the deployment that was rolled back says so.",
        page=f"{page}#rollout",
    )
    return [
        cloudwatch.CfnAlarm(
            scope,
            name,
            alarm_description=text.render(),
            comparison_operator="GreaterThanOrEqualToThreshold",
            evaluation_periods=1,
            threshold=1,
            treat_missing_data="notBreaching",
            **single(metric),
        )
        for name, metric in found.items()
    ]
