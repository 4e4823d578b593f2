"""A gradual deployment: CodeDeploy moves the alias to a new version, and back when an alarm fires."""

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from naws.core.authoring import AlarmText, acknowledge_nag, asked, node_of, role_for, single
from naws.lambda_service._alarms import function_metric
from naws.lambda_service._function import Function
from naws.lambda_service.plan import RolloutPlan

_MINUTE = 60
_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"
"""Source: https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html"""
_MANAGED = "What CodeDeploy does for functions changes with CodeDeploy: AWS keeps this policy for it."


def build_rollout(scope: Construct, plan: RolloutPlan, made: Function, *, function_name: str, page: str) -> None:
    """The application, its configuration and group, the alarms that end a rollout, and the alias's update policy.

    Args:
        scope: the pattern.
        plan: how a version takes over.
        made: the function.
        function_name: its name.
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
    alarm = _alarm(scope, function_name, asked(made.function, "current_version"), page)
    group = codedeploy.CfnDeploymentGroup(
        scope,
        "RolloutGroup",
        application_name=application.ref,
        service_role_arn=role.role_arn,
        deployment_config_name=config.ref,
        deployment_style={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        alarm_configuration={"enabled": True, "alarms": [{"name": alarm.ref}]},
        auto_rollback_configuration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
    )
    alias: cdk.CfnResource = asked(node_of(made.alias), "default_child")
    update = {"ApplicationName": application.ref, "DeploymentGroupName": group.ref}
    alias.add_override("UpdatePolicy", {"CodeDeployLambdaAliasUpdate": update})


def _role(scope: Construct) -> iam.Role:
    """The role of CodeDeploy, whose page on it has no condition of the account in its trust.

    Source: https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    """
    role = role_for(scope, "RolloutRole", "codedeploy", "Moves the alias to a new version", of_account=False)
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY))
    acknowledge_nag(role, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]", _MANAGED)
    return role


def _alarm(scope: Construct, function_name: str, version: lambda_.IVersion, page: str) -> cloudwatch.CfnAlarm:
    """It ends a rollout and pages nobody: the deployment says what happened.

    It counts the new version's errors alone: those of the version before, which a rollout may mend, must not end it.
    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (ExecutedVersion)
    """
    of_alias = function_metric(function_name, "Errors", period=_MINUTE)
    errors = replace(of_alias, dimensions={**of_alias.dimensions, "ExecutedVersion": version.version})
    text = AlarmText(
        why="The version that takes over has failed, and the one before it takes back.",
        do="see why it failed in its logs; outside of a rollout this alarm is nobody's.",
        page=f"{page}#rollout",
    )
    return cloudwatch.CfnAlarm(
        scope,
        "RolloutErrors",
        alarm_description=text.render(),
        comparison_operator="GreaterThanOrEqualToThreshold",
        evaluation_periods=1,
        threshold=1,
        treat_missing_data="notBreaching",
        **single(errors),
    )
