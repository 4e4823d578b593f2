"""What CDK has yet to look up is not judged: a refusal would end the run that finds it out."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from naws.ecs_service import (
    DatabaseBinding,
    EcsService,
    EcsServiceProps,
    LoadBalancer,
    PatternValidationError,
    Route,
    TableBinding,
)
from naws.testing import cdk_app, synth_template
from tests.ecs_service.conftest import image

HOST = Route(host="orders.example.com", paths=["/orders/*"])
TAGS = {"load_balancer_tags": {"team": "shop"}, "listener_port": 443}
Given = Callable[[cdk.Stack], Mapping[str, Any]]


def listener_by_parameter(stack: cdk.Stack) -> Mapping[str, Any]:
    """A listener whose ARN is looked up in Parameter Store."""
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")
    arn = ssm.StringParameter.value_from_lookup(stack, "/shop/listener")
    found = elbv2.ApplicationListener.from_application_listener_attributes(
        stack, "Listener", listener_arn=arn, security_group=group
    )
    return {"load_balancer": found, "route": HOST}


def role(stack: cdk.Stack, field: str) -> Mapping[str, Any]:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    table = TableBinding(dynamodb.TableV2(stack, "Stock", partition_key=key), access="read")
    return {field: iam.Role.from_lookup(stack, "Role", role_name="shop"), "bindings": [table]}


def database(stack: cdk.Stack, found: Any) -> Mapping[str, Any]:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "orders/user")
    return {"bindings": [DatabaseBinding(found, secret=secret)]}


def named(stack: cdk.Stack) -> Mapping[str, Any]:
    zone = route53.HostedZone.from_lookup(stack, "Zone", domain_name="example.com")
    return {"load_balancer": LoadBalancer(public=True, domain_name="orders.example.com", hosted_zone=zone)}


LOOKED_UP: Mapping[str, Given] = {
    "listener": lambda stack: {
        "load_balancer": elbv2.ApplicationListener.from_lookup(stack, "Listener", **TAGS),
        "route": HOST,
    },
    "listener by a parameter": listener_by_parameter,
    "task role": lambda stack: role(stack, "task_role"),
    "execution role": lambda stack: role(stack, "execution_role"),
    "repository": lambda stack: {
        "image": ecs.ContainerImage.from_ecr_repository(
            ecr.Repository.from_lookup(stack, "Repository", repository_name="shop"), "1.0"
        )
    },
    "database instance": lambda stack: database(
        stack, rds.DatabaseInstance.from_lookup(stack, "Found", instance_identifier="orders")
    ),
    "database cluster": lambda stack: database(
        stack, rds.DatabaseCluster.from_lookup(stack, "Found", cluster_identifier="orders")
    ),
    "security group": lambda stack: {
        "security_groups": [ec2.SecurityGroup.from_lookup_by_id(stack, "Group", "sg-0a1b2c3d")]
    },
    "key": lambda stack: {"encryption_key": kms.Key.from_lookup(stack, "Key", alias_name="alias/shop")},
    "zone": named,
}


@pytest.mark.parametrize("name", LOOKED_UP)
def test_what_has_yet_to_be_looked_up_is_not_judged(name: str) -> None:
    env = cdk.Environment(account="210987654321", region="eu-central-1")
    stack = cdk.Stack(cdk_app(), "Shop", env=env)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d")
    given: dict[str, Any] = {"image": image(), "vpc": vpc, **LOOKED_UP[name](stack)}
    EcsService(stack, "Orders", EcsServiceProps(**given))
    synth_template(stack)


def test_that_a_vpc_of_the_app_has_no_public_subnets_is_known_before_its_zones_are() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="210987654321", region="eu-central-1"))
    only = [ec2.SubnetConfiguration(name="own", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
    given: dict[str, Any] = {"vpc": ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=only), **named(stack)}
    with pytest.raises(PatternValidationError, match=r"NAWS-LB-009 \(limit\)  vpc = private subnets alone"):
        EcsService(stack, "Orders", EcsServiceProps(image=image(), **given))
