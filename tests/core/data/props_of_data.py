"""Props of each construct of data: the fewest, those of a careful team, and what refuses them."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core import NewVpc, VpcLookup
from naws.core.data import (
    AuroraServerlessV2,
    DatabaseProps,
    DataBucketProps,
    DataTableProps,
    FileStoreProps,
    PostgresInstance,
)
from naws.testing.deployment import DeployedStack


class PropsOf(NamedTuple):
    """Props of one construct."""

    minimal: Callable[[], Any]
    production: Callable[[Construct], Any]
    updated: Callable[[Construct], Any]
    invalid: Callable[[], Iterable[Any]]


def key(scope: Construct) -> kms.Key:
    return kms.Key(scope, "Key", enable_key_rotation=True)


def attribute(name: str, kind: dynamodb.AttributeType = dynamodb.AttributeType.STRING) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=kind)


def by_customer(**more: Any) -> dynamodb.GlobalSecondaryIndexProps:
    return dynamodb.GlobalSecondaryIndexProps(index_name="by-customer", partition_key=attribute("customer"), **more)


def _two_days() -> cdk.Duration:
    return cdk.Duration.days(2)


BUCKET = PropsOf(
    minimal=DataBucketProps,
    production=lambda scope: DataBucketProps(encryption_key=key(scope), noncurrent_version_expiration=_two_days()),
    updated=lambda _: DataBucketProps(noncurrent_version_expiration=_two_days()),
    invalid=lambda: (
        DataBucketProps(bucket_name="Sales_Inbox"),
        DataBucketProps(removal_policy=cdk.RemovalPolicy.SNAPSHOT),
        DataBucketProps(noncurrent_version_expiration=cdk.Duration.hours(1)),
    ),
)
TABLE = PropsOf(
    minimal=lambda: DataTableProps(partition_key=attribute("id")),
    production=lambda scope: DataTableProps(
        partition_key=attribute("id"),
        sort_key=attribute("created", dynamodb.AttributeType.NUMBER),
        global_secondary_indexes=[by_customer(sort_key=attribute("created", dynamodb.AttributeType.NUMBER))],
        time_to_live_attribute="expires_at",
        encryption_key=key(scope),
    ),
    updated=lambda _: DataTableProps(
        partition_key=attribute("id"), global_secondary_indexes=[by_customer()], time_to_live_attribute="expires_at"
    ),
    invalid=lambda: (
        DataTableProps(partition_key=attribute("id"), table_name="o!"),
        DataTableProps(partition_key=attribute("id"), sort_key=attribute("id")),
        DataTableProps(partition_key=attribute("id"), global_secondary_indexes=[by_customer(), by_customer()]),
    ),
)
INSTANCE = PropsOf(
    minimal=lambda: DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()),
    production=lambda scope: DatabaseProps(
        engine=PostgresInstance(version="16", allocated_storage_gib=50, multi_az=True),
        vpc=NewVpc(),
        database_name="sales",
        username="sales_owner",
        backup_retention=cdk.Duration.days(35),
        log_retention=logs.RetentionDays.ONE_YEAR,
        encryption_key=key(scope),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    ),
    updated=lambda _: DatabaseProps(
        engine=PostgresInstance(allocated_storage_gib=50), vpc=NewVpc(), backup_retention=cdk.Duration.days(35)
    ),
    invalid=lambda: (
        DatabaseProps(vpc=NewVpc(max_azs=1), acknowledge={"NAWS-NET-008": "a try"}),
        DatabaseProps(engine=PostgresInstance(allocated_storage_gib=1)),
        DatabaseProps(username="admin"),
        DatabaseProps(vpc=VpcLookup.by_name("main")),
    ),
)
AURORA = PropsOf(
    minimal=lambda: DatabaseProps(engine=AuroraServerlessV2(), vpc=NewVpc()),
    production=lambda scope: DatabaseProps(
        engine=AuroraServerlessV2(min_capacity=1, max_capacity=16.5, multi_az=True, enable_data_api=True),
        vpc=NewVpc(),
        encryption_key=key(scope),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    ),
    updated=lambda _: DatabaseProps(engine=AuroraServerlessV2(min_capacity=0, max_capacity=8), vpc=NewVpc()),
    invalid=lambda: (
        DatabaseProps(engine=AuroraServerlessV2(min_capacity=8)),
        DatabaseProps(engine=AuroraServerlessV2(max_capacity=257)),
        DatabaseProps(engine=AuroraServerlessV2(), database_name="database"),
    ),
)
FILES = PropsOf(
    minimal=lambda: FileStoreProps(vpc=NewVpc()),
    production=lambda scope: FileStoreProps(
        vpc=NewVpc(), encryption_key=key(scope), lifecycle_policy=efs.LifecyclePolicy.AFTER_7_DAYS
    ),
    updated=lambda _: FileStoreProps(vpc=NewVpc(), lifecycle_policy=efs.LifecyclePolicy.AFTER_7_DAYS),
    invalid=lambda: (
        FileStoreProps(vpc=VpcLookup.by_name("main")),
        FileStoreProps(removal_policy=cdk.RemovalPolicy.SNAPSHOT),
    ),
)
EVERY = {"bucket": BUCKET, "table": TABLE, "instance": INSTANCE, "aurora": AURORA, "files": FILES}


def unprotect(deployed: DeployedStack, aws: Any) -> None:
    """What a person does before a database may go: as long as it is protected, its stack cannot be deleted."""
    databases = aws.client("rds")
    for name, physical_id in deployed.physical.items():
        kind = deployed.resources[name]["Type"]
        if kind == "AWS::RDS::DBCluster":
            databases.modify_db_cluster(DBClusterIdentifier=physical_id, DeletionProtection=False)
        elif kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in deployed.resources[name]["Properties"]:
            databases.modify_db_instance(DBInstanceIdentifier=physical_id, DeletionProtection=False)
