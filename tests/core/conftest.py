"""The scenario of what holds data, which no pattern's scenarios have."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from naws.core import NewVpc
from naws.core.data import (
    AuroraServerlessV2,
    Database,
    DatabaseProps,
    DataBucket,
    DataTable,
    DataTableProps,
    FileStore,
    FileStoreProps,
    PostgresInstance,
)


def data(app: cdk.App) -> cdk.Stack:
    """One of each construct of data."""
    stack, vpc = cdk.Stack(app, "Data"), NewVpc()
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    DataBucket(stack, "Inbox")
    DataTable(stack, "Runs", DataTableProps(partition_key=key))
    Database(stack, "Ledger", DatabaseProps(engine=PostgresInstance(), vpc=vpc))
    Database(stack, "Facts", DatabaseProps(engine=AuroraServerlessV2(), vpc=vpc))
    FileStore(stack, "Models", FileStoreProps(vpc=vpc))
    return stack


SCENARIOS = {"data": data}
