"""Where a given resource lives, as far as it is known: an ARN that only the deployment knows is of anywhere."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm

from naws.core.homes import Home, home_of

ACCOUNT, REGION = "123456789012", "eu-west-1"
HERE = Home(account=ACCOUNT, region=REGION)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(None, "Orders", env=cdk.Environment(account=ACCOUNT, region=REGION))


def group(stack: cdk.Stack) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")


ARNS: dict[str, Callable[[cdk.Stack], str]] = {
    "a parameter of SSM": lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/shared/arn"),
    "a parameter": lambda stack: cdk.CfnParameter(stack, "Arn").value_as_string,
    "a custom resource": lambda stack: cdk.CustomResource(stack, "Made", service_token="arn:…").get_att_string("Arn"),
    "an import": lambda _: cdk.Fn.import_value("SharedArn"),
}
IMPORTS: dict[str, Callable[[cdk.Stack, str], Any]] = {
    "certificate": lambda stack, arn: acm.Certificate.from_certificate_arn(stack, "Given", arn),
    "topic": lambda stack, arn: sns.Topic.from_topic_arn(stack, "Given", arn),
    "table": lambda stack, arn: dynamodb.Table.from_table_arn(stack, "Given", arn),
    "layer": lambda stack, arn: lambda_.LayerVersion.from_layer_version_arn(stack, "Given", arn),
    "listener": lambda stack, arn: elbv2.ApplicationListener.from_application_listener_attributes(
        stack, "Given", listener_arn=arn, security_group=group(stack)
    ),
    "file system": lambda stack, arn: efs.FileSystem.from_file_system_attributes(
        stack, "Given", file_system_arn=arn, security_group=group(stack)
    ),
}


@pytest.mark.parametrize("arn", ARNS)
@pytest.mark.parametrize("kind", IMPORTS)
def test_what_is_imported_by_an_arn_that_is_a_token_lives_nobody_knows_where(
    stack: cdk.Stack, kind: str, arn: str
) -> None:
    assert home_of(IMPORTS[kind](stack, ARNS[arn](stack))) == Home()


def test_what_is_made_here_and_what_is_imported_by_its_name_is_of_its_stack(stack: cdk.Stack) -> None:
    assert home_of(acm.Certificate(stack, "Made", domain_name="www.example.com")) == HERE
    assert home_of(sns.Topic(stack, "Topic")) == HERE
    assert home_of(dynamodb.Table.from_table_name(stack, "Named", "orders")) == HERE
    assert home_of(lambda_.Function.from_function_name(stack, "Function", "orders")) == HERE
    assert home_of(dynamodb.Table.from_table_name(stack, "Token", cdk.Fn.import_value("Name"))) == HERE


def test_an_import_of_what_this_app_makes_is_where_that_is(stack: cdk.Stack) -> None:
    far = cdk.Stack(cdk.App(), "Far", env=cdk.Environment(account="210987654321", region="us-east-1"))
    made = acm.Certificate(far, "Made", domain_name="www.example.com")
    given = acm.Certificate.from_certificate_arn(stack, "Given", made.certificate_arn)
    assert home_of(given) == home_of(made) == Home(account="210987654321", region="us-east-1")
