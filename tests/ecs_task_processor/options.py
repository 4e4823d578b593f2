"""What the page of the task processor lists the permissions of."""

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from naws.core import Binding
from naws.ecs_task_processor import (
    BucketBinding,
    Concurrency,
    DatabaseBinding,
    EventTrigger,
    FanOut,
    FileSystemBinding,
    MemoryGrowth,
    ObjectsUnder,
    QueryBinding,
    QueueTrigger,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
)
from naws.testing.options import Option


def required(_: Construct) -> dict[str, Any]:
    return {"image": ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")}


def _inbox(scope: Construct) -> s3.Bucket:
    return s3.Bucket(scope, "Inbox")


def _secret(scope: Construct) -> secretsmanager.Secret:
    return secretsmanager.Secret(scope, "Warehouse")


def _over(items: Callable[[Construct], str | ObjectsUnder | RowsOf]) -> Callable[[Construct], dict[str, Any]]:
    return lambda scope: {"fan_out": FanOut(items(scope))}


def _group(scope: Construct) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(scope, "Group", "sg-0a1b2c3d")


def _database(scope: Construct) -> rds.IDatabaseInstance:
    return rds.DatabaseInstance.from_database_instance_attributes(
        scope,
        "Orders",
        instance_identifier="orders",
        instance_endpoint_address="orders.example.com",
        port=5432,
        security_groups=[_group(scope)],
    )


def _cluster(scope: Construct) -> rds.IDatabaseCluster:
    return rds.DatabaseCluster.from_database_cluster_attributes(scope, "Orders", cluster_identifier="orders")


def _files(scope: Construct) -> efs.IFileSystem:
    return efs.FileSystem.from_file_system_attributes(
        scope, "Files", file_system_id="fs-0a1b2c3d", security_group=_group(scope)
    )


def _bound(binding: Callable[[Construct], Binding]) -> Callable[[Construct], dict[str, Any]]:
    return lambda scope: {"bindings": [binding(scope)]}


def _all_encrypted(scope: Construct) -> dict[str, Any]:
    triggers = [ScheduleTrigger("@daily"), EventTrigger.object_created(_inbox(scope)), QueueTrigger()]
    return {"encryption_key": kms.Key(scope, "Key"), "triggers": triggers}


def _imported(scope: Construct) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_name_v2(scope, "Warehouse", "warehouse")


KEY = "`encryption_key`"
PAYLOAD = "`fan_out` over the payload"
OPTIONS: dict[str, Option] = {
    "only `image`": Option(lambda _: {}),
    "`ScheduleTrigger`": Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    "`EventTrigger`": Option(lambda scope: {"triggers": [EventTrigger.object_created(_inbox(scope))]}),
    "`QueueTrigger`": Option(lambda _: {"triggers": [QueueTrigger()]}),
    "`memory_growth`": Option(lambda _: {"memory_growth": MemoryGrowth(max_memory_limit_mib=8192)}),
    "`capacity`": Option(lambda _: {"capacity": "spot-then-on-demand"}),
    "`exit_codes`": Option(lambda _: {"exit_codes": {75: "retry"}}),
    "`concurrency`": Option(lambda _: {"concurrency": Concurrency(limit=1)}),
    PAYLOAD: Option(_over(lambda _: "$.items")),
    "`fan_out` over `ObjectsUnder`": Option(_over(lambda scope: ObjectsUnder(_inbox(scope), "in/")), [PAYLOAD]),
    "`fan_out` over `RowsOf`": Option(_over(lambda scope: RowsOf(_inbox(scope), "rows.csv")), [PAYLOAD]),
    KEY: Option(lambda scope: {"encryption_key": kms.Key(scope, "Key")}),
    "`encryption_key` and triggers": Option(
        _all_encrypted, [KEY, "`ScheduleTrigger`", "`EventTrigger`", "`QueueTrigger`"]
    ),
    "`secrets`": Option(lambda scope: {"secrets": {"PASSWORD": ecs.Secret.from_secrets_manager(_secret(scope))}}),
    "`DatabaseBinding`": Option(
        _bound(lambda scope: DatabaseBinding(_database(scope), secret=_secret(scope))),
    ),
    '`DatabaseBinding`, `via="data-api"`': Option(
        _bound(lambda scope: DatabaseBinding(_cluster(scope), secret=_secret(scope), via="data-api")),
    ),
    "`FileSystemBinding`": Option(_bound(lambda scope: FileSystemBinding(_files(scope)))),
    '`FileSystemBinding`, `access="read"`': Option(
        _bound(lambda scope: FileSystemBinding(_files(scope), access="read"))
    ),
    "`QueryBinding`": Option(_bound(lambda scope: QueryBinding("analysis", database="sales", results=_inbox(scope)))),
    "`SecretBinding`": Option(_bound(lambda scope: SecretBinding(_secret(scope)))),
    "`SecretBinding` of an imported one": Option(_bound(lambda scope: SecretBinding(_imported(scope)))),
    '`BucketBinding`, `access="read"`': Option(_bound(lambda scope: BucketBinding(_inbox(scope), prefix="in/"))),
    '`BucketBinding`, `access="write"`': Option(
        _bound(lambda scope: BucketBinding(_inbox(scope), prefix="out/", access="write"))
    ),
}
