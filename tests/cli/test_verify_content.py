"""`naws verify` on what constructs of data and nested stacks have."""

import uuid

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from naws.core import NewVpc
from naws.core.data import (
    AuroraServerlessV2,
    Database,
    DatabaseProps,
    DataBucket,
    DataBucketProps,
    DataTable,
    DataTableProps,
    FileStore,
    FileStoreProps,
    PostgresInstance,
)
from naws.testing import cdk_app
from tests.cli.test_verify import found

pytestmark = pytest.mark.e2e


def of_data(folder):
    app = cdk_app(folder)
    env = cdk.Environment(account="000000000000", region="us-east-1")
    stack = cdk.Stack(app, f"Verify{uuid.uuid4().hex[:8]}", env=env)
    key, vpc = kms.Key(stack, "Key", enable_key_rotation=True), NewVpc()
    DataBucket(stack, "Inbox", DataBucketProps(encryption_key=key))
    partition = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    DataTable(stack, "Orders", DataTableProps(partition_key=partition, encryption_key=key))
    dynamodb.TableV2(
        stack,
        "Global",
        partition_key=partition,
        deletion_protection=True,
        encryption=dynamodb.TableEncryptionV2.customer_managed_key(key),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
    )
    Database(stack, "Sales", DatabaseProps(engine=AuroraServerlessV2(), vpc=vpc, encryption_key=key))
    Database(stack, "Ledger", DatabaseProps(engine=PostgresInstance(), vpc=vpc, encryption_key=key))
    FileStore(stack, "Files", FileStoreProps(vpc=vpc, encryption_key=key))
    app.synth()
    return stack.stack_name


def test_all_constructs_of_data_are_as_declared(naws, deploy, tmp_path):
    of_data(tmp_path / "cdk.out")
    deploy(tmp_path / "cdk.out")
    code, resources = found(naws, "--app", tmp_path / "cdk.out")
    assert {one["type"]: one["problems"] for one in resources.values() if not one["ok"]} == {}
    assert code == 0
    facts = {one["type"]: one["facts"] for one in resources.values()}
    for kind in ("Table", "GlobalTable"):
        of_table = facts[f"AWS::DynamoDB::{kind}"]
        assert of_table == [
            "active",
            "encrypted with a KMS key",
            "protected from deletion",
            "recoverable to any second",
        ]
    assert "public access blocked" in facts["AWS::S3::Bucket"]


def nested(folder):
    app = cdk_app(folder)
    app.node.set_context("aws:cdk:enable-path-metadata", value=True)
    stack = cdk.Stack(app, f"Verify{uuid.uuid4().hex[:8]}")
    inner = cdk.NestedStack(cdk.NestedStack(stack, "Outer"), "Inner")
    sqs.Queue(inner, "Queue", encryption=sqs.QueueEncryption.KMS_MANAGED)
    app.synth()
    return stack.stack_name


def test_what_nested_stacks_have_is_asked_too(naws, deploy, aws, tmp_path):
    name = nested(tmp_path / "cdk.out")
    deploy(tmp_path / "cdk.out")
    for asked in ([name], ["--app", tmp_path / "cdk.out"]):
        code, resources = found(naws, *asked)
        (queue,) = [one for one in resources.values() if one["type"] == "AWS::SQS::Queue"]
        assert (code, queue["path"]) == (0, f"{name}/Outer/Inner/Queue")
        assert queue["facts"][:2] == ["present", "encrypted with a KMS key"]
        assert queue["logicalId"].count(".") == 2
    for url in aws.client("sqs").list_queues()["QueueUrls"]:
        if f"{name}-Outer" in url:
            aws.client("sqs").delete_queue(QueueUrl=url)
    code, resources = found(naws, "--app", tmp_path / "cdk.out")
    assert (code, [one["type"] for one in resources.values() if not one["ok"]]) == (1, ["AWS::SQS::Queue"])
