"""What is in them outlives its stack, on the embedded AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import WaiterError
from props_of_data import attribute, unprotect

from naws.cli.aws import Aws
from naws.core import NewVpc
from naws.core.data import Database, DatabaseProps, DataBucket, DataTable, DataTableProps, PostgresInstance
from naws.testing.deployment import StackLife

pytestmark = pytest.mark.e2e


def build(stack: cdk.Stack) -> None:
    DataBucket(stack, "Inbox")
    DataTable(stack, "Orders", DataTableProps(partition_key=attribute("id")))
    Database(stack, "Sales", DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()))


def test_data_and_the_password_outlive_their_stack(deploy: Callable[[Path], Any], aws: Aws, tmp_path: Path) -> None:
    life = StackLife("DataOutlivesItsStack", deploy, aws, tmp_path)
    made = life.deploy(build)
    physical = {made.resources[name]["Type"]: each for name, each in made.physical.items()}
    bucket, table = physical["AWS::S3::Bucket"], physical["AWS::DynamoDB::Table"]
    secret = physical["AWS::SecretsManager::Secret"]
    s3, dynamodb, secrets = (aws.client(name) for name in ("s3", "dynamodb", "secretsmanager"))
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"first")
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"second")
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    password = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])["password"]

    with pytest.raises(WaiterError, match="DELETE_FAILED"):
        life.destroy()
    unprotect(made, aws)
    life.destroy()

    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert len(versions) == 2
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}
    assert json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])["password"] == password
    # The same stack again meets nothing of its past.
    again = life.deploy(build)
    others = {again.resources[name]["Type"]: each for name, each in again.physical.items()}
    kept = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::RDS::DBInstance")
    assert [kind for kind in kept if others[kind] == physical[kind]] == []
    unprotect(again, aws)
    life.destroy()
