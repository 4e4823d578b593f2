"""A key that a template gives to a bucket or a table is asked for."""

from typing import Any

import pytest

from tests.cli.embedded.policies import ACCOUNT, allow, refusal, session

pytestmark = pytest.mark.e2e


def get_att(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def template() -> dict[str, Any]:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    rooted = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [rooted]}
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": get_att("Key")}
    attribute = {"AttributeName": "id", "AttributeType": "S"}
    return {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": by_default}]
                }
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [attribute],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": get_att("Key")},
            },
        },
    }


@pytest.fixture
def made(bench: Any) -> dict[str, str]:
    values = {"Key": get_att("Key"), "Bucket": {"Ref": "Bucket"}, "Table": {"Ref": "Table"}}
    return bench.deploy(template(), {name: {"Value": value} for name, value in values.items()})[1]


def test_bucket_and_table_say_which_key_they_have(bench: Any, made: dict[str, str]) -> None:
    encryption = bench.client("s3").get_bucket_encryption(Bucket=made["Bucket"])["ServerSideEncryptionConfiguration"]
    default = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made["Key"]}
    table = bench.client("dynamodb").describe_table(TableName=made["Table"])["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == made["Key"]


def test_who_may_not_use_the_key_neither_writes_nor_reads(bench: Any, made: dict[str, str]) -> None:
    put = {"Bucket": made["Bucket"], "Key": "a", "Body": b"x"}
    item = {"TableName": made["Table"], "Key": {"id": {"S": "a"}}}
    bench.client("s3").put_object(**put)
    role = bench.role_of(allow("s3:*", "dynamodb:*"))
    s3, dynamodb = session(bench, role, "s3"), session(bench, role, "dynamodb")
    calls = {
        "kms:GenerateDataKey": lambda: s3.put_object(**put),
        "kms:Decrypt": lambda: s3.get_object(Bucket=made["Bucket"], Key="a"),
        "kms:Decrypt ": lambda: dynamodb.get_item(**item),
    }
    for action, call in calls.items():
        code, message = refusal(call)
        assert "AccessDenied" in code
        assert f"perform: {action.strip()} on resource: {made['Key']}" in message
    allowed = bench.role_of(allow("s3:*", "dynamodb:*"), allow("kms:*", on=made["Key"]))
    s3, dynamodb = session(bench, allowed, "s3"), session(bench, allowed, "dynamodb")
    for call in (*calls.values(),):
        assert refusal(call) is None


def test_an_object_that_names_no_key_has_that_of_aws(bench: Any) -> None:
    _, made = bench.deploy({"Plain": {"Type": "AWS::S3::Bucket"}}, {"Plain": {"Value": {"Ref": "Plain"}}})
    s3 = bench.client("s3")
    s3.put_object(Bucket=made["Plain"], Key="a", Body=b"x", ServerSideEncryption="aws:kms")
    assert s3.get_object(Bucket=made["Plain"], Key="a")["ServerSideEncryption"] == "aws:kms"
