"""Databases, file systems and queries of another stack, with keys of their own: one direction, and whole templates."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    BucketBinding,
    Conventions,
    DatabaseBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    FileSystemBinding,
    QueryBinding,
)
from naws.testing import cfn_lint
from naws.testing.synth import template_of

IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"


@pytest.fixture(scope="module")
def templates() -> tuple[dict[str, Any], dict[str, Any]]:
    app = cdk.App()
    data, compute = cdk.Stack(app, "Data"), cdk.Stack(app, "Compute")
    vpc, key = ec2.Vpc(data, "Vpc", restrict_default_security_group=False), kms.Key(data, "Key")
    Conventions(vpc=vpc).apply(app)
    orders = rds.DatabaseInstance(
        data,
        "Orders",
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
        vpc=vpc,
        credentials=rds.Credentials.from_generated_secret("app", encryption_key=key),
    )
    events = rds.DatabaseCluster(
        data,
        "Events",
        engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        vpc=vpc,
        enable_data_api=True,
        credentials=rds.Credentials.from_generated_secret("app", encryption_key=key),
    )
    lake, results = (s3.Bucket(data, name, encryption_key=key) for name in ("Lake", "Results"))
    bindings = [
        DatabaseBinding(orders),
        DatabaseBinding(events, via="data-api"),
        FileSystemBinding(efs.FileSystem(data, "Files", vpc=vpc, kms_key=key), path="/mnt/files"),
        QueryBinding("analysis", database="sales", results=results, data=[BucketBinding(lake, prefix="sales/")]),
    ]
    image = ecs.ContainerImage.from_registry(IMAGE)
    EcsTaskProcessor(compute, "Job", EcsTaskProcessorProps(image=image, bindings=bindings, user="1200:1200"))
    app.synth()
    return template_of(data), template_of(compute)


def types(template: dict[str, Any]) -> set[str]:
    return {resource["Type"] for resource in template["Resources"].values()}


def test_the_data_knows_nothing_of_who_uses_it(templates: tuple[dict[str, Any], dict[str, Any]]) -> None:
    data, compute = templates
    assert "Fn::ImportValue" in str(compute)
    assert "Fn::ImportValue" not in str(data)
    (key,) = [each["Properties"] for each in data["Resources"].values() if each["Type"] == "AWS::KMS::Key"]
    principals = [statement["Principal"] for statement in key["KeyPolicy"]["Statement"]]
    assert "Job" not in str(principals)


def test_ways_and_doors_are_made_beside_the_task(templates: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ways = {"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress", "AWS::EFS::AccessPoint"}
    data, compute = map(types, templates)
    assert ways <= compute
    assert not ways & data
    resources = templates[1]["Resources"].values()
    into = [each["Properties"] for each in resources if each["Type"] == "AWS::EC2::SecurityGroupIngress"]
    assert sorted(each["Description"] for each in into) == ["NFS to Files", "to Orders"]  # the Data API needs none
    (door,) = [each["Properties"] for each in resources if each["Type"] == "AWS::EFS::AccessPoint"]
    assert door["PosixUser"] == {"Uid": "1200", "Gid": "1200", "SecondaryGids": ["1000"]}


def test_no_value_of_a_secret_is_in_the_template(templates: tuple[dict[str, Any], dict[str, Any]]) -> None:
    (task,) = [
        each["Properties"]["ContainerDefinitions"][0]
        for each in templates[1]["Resources"].values()
        if each["Type"] == "AWS::ECS::TaskDefinition"
    ]
    assert {each["Name"] for each in task["Secrets"]} == {"ORDERS_USER", "ORDERS_PASSWORD"}
    assert "resolve:" not in str(task)
    assert not [each for each in task["Environment"] if "URL" in each["Name"]]


def test_the_actions_and_resources_are_those_of_aws(templates: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert cfn_lint(templates[1]) == []
