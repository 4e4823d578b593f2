"""What the page of the function lists the resources, alarms and permissions of."""

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core import Binding
from naws.lambda_service import (
    Alarms,
    BucketBinding,
    Canary,
    Conventions,
    DatabaseBinding,
    EventTrigger,
    FileSystemBinding,
    FunctionUrl,
    HttpApi,
    Jwt,
    Linear,
    Public,
    QueryBinding,
    QueueBinding,
    QueueTrigger,
    ScheduleTrigger,
    SecretBinding,
    TableBinding,
)
from naws.testing.options import Option


def required(_: Construct) -> dict[str, Any]:
    return {"code": lambda_.Code.from_inline("def handler(event, context): ..."), "handler": "index.handler"}


def _inbox(scope: Construct) -> s3.Bucket:
    return s3.Bucket(scope, "Inbox")


def _secret(scope: Construct) -> secretsmanager.Secret:
    return secretsmanager.Secret(scope, "Warehouse")


def _imported(scope: Construct) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_name_v2(scope, "Warehouse", "warehouse")


def _table(scope: Construct) -> dynamodb.Table:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(scope, "Orders", partition_key=key)


def _vpc(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )


def _group(scope: Construct) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(scope, "Group", "sg-0a1b2c3d")


def _database(scope: Construct) -> rds.IDatabaseInstance:
    return rds.DatabaseInstance.from_database_instance_attributes(
        scope,
        "Ledger",
        instance_identifier="ledger",
        instance_endpoint_address="ledger.example.com",
        port=5432,
        security_groups=[_group(scope)],
    )


def _cluster(scope: Construct) -> rds.IDatabaseCluster:
    return rds.DatabaseCluster.from_database_cluster_attributes(scope, "Ledger", cluster_identifier="ledger")


def _files(scope: Construct) -> efs.IFileSystem:
    return efs.FileSystem.from_file_system_attributes(
        scope, "Files", file_system_id="fs-0a1b2c3d", security_group=_group(scope)
    )


def _bound(
    binding: Callable[[Construct], Binding], *, connected: bool = False
) -> Callable[[Construct], dict[str, Any]]:
    return lambda scope: {"bindings": [binding(scope)], **({"vpc": _vpc(scope)} if connected else {})}


def _domain(scope: Construct) -> dict[str, Any]:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789", zone_name="example.com"
    )
    certificate = acm.Certificate.from_certificate_arn(scope, "Certificate", arn)
    Conventions(certificate=certificate, hosted_zone=zone).apply(scope)
    return {"endpoint": HttpApi(domain_name="api.example.com")}


def _open_url(_: Construct) -> dict[str, Any]:
    accepted = {"NAWS-HTTP-014": "it is the table that is asked for"}
    return {"endpoint": FunctionUrl(authorizer=Public(reason="a shop")), "acknowledge": accepted}


def _all_encrypted(scope: Construct) -> dict[str, Any]:
    triggers = [ScheduleTrigger("@daily"), EventTrigger.object_created(_inbox(scope)), QueueTrigger()]
    return {"encryption_key": kms.Key(scope, "Key"), "triggers": triggers}


SCHEDULE, EVENT, QUEUE, KEY = "`ScheduleTrigger`", "`EventTrigger`", "`QueueTrigger`", "`encryption_key`"
ENDPOINT, VPC, CANARY = "`endpoint=HttpApi()`", "`vpc`", "`rollout=Canary()`"
OPTIONS: dict[str, Option] = {
    "only `code`": Option(lambda _: {}),
    SCHEDULE: Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    EVENT: Option(lambda scope: {"triggers": [EventTrigger.object_created(_inbox(scope))]}),
    QUEUE: Option(lambda _: {"triggers": [QueueTrigger()]}),
    ENDPOINT: Option(lambda _: {"endpoint": HttpApi()}),
    "`HttpApi`, `authorizer=Jwt(…)`": Option(
        lambda _: {"endpoint": HttpApi(authorizer=Jwt(issuer="https://login.example.com", audience=["shop"]))}
    ),
    "`HttpApi`, `authorizer=Public(…)`": Option(lambda _: {"endpoint": HttpApi(authorizer=Public(reason="a shop"))}),
    "`HttpApi`, `domain_name`": Option(_domain),
    "`endpoint=FunctionUrl()`": Option(lambda _: {"endpoint": FunctionUrl()}),
    "`FunctionUrl`, `authorizer=Public(…)`": Option(_open_url),
    "`rollout=Canary()`": Option(lambda _: {"rollout": Canary(), "endpoint": HttpApi()}, [ENDPOINT]),
    "`rollout=Linear()`": Option(
        lambda _: {"rollout": Linear(), "endpoint": HttpApi()}, [ENDPOINT, "`rollout=Canary()`"]
    ),
    "`provisioned_concurrent_executions`": Option(lambda _: {"provisioned_concurrent_executions": 2}),
    "`snap_start`": Option(lambda _: {"snap_start": "published-versions"}),
    VPC: Option(lambda scope: {"vpc": _vpc(scope)}),
    "`Alarms(detail=True)`": Option(lambda _: {"alarms": Alarms(detail=True)}),
    "`Alarms(detail=True)` and `HttpApi`": Option(
        lambda _: {"alarms": Alarms(detail=True), "endpoint": HttpApi()}, [ENDPOINT]
    ),
    KEY: Option(lambda scope: {"encryption_key": kms.Key(scope, "Key")}),
    "`encryption_key` and triggers": Option(_all_encrypted, [KEY, SCHEDULE, EVENT, QUEUE]),
    "`TableBinding`": Option(_bound(lambda scope: TableBinding(_table(scope), access="read-write"))),
    "`QueueBinding`": Option(_bound(lambda scope: QueueBinding(sqs.Queue(scope, "Mails")))),
    '`BucketBinding`, `access="read"`': Option(_bound(lambda scope: BucketBinding(_inbox(scope), prefix="in/"))),
    '`BucketBinding`, `access="write"`': Option(
        _bound(lambda scope: BucketBinding(_inbox(scope), prefix="out/", access="write"))
    ),
    "`SecretBinding`": Option(_bound(lambda scope: SecretBinding(_secret(scope)))),
    "`SecretBinding` of an imported one": Option(_bound(lambda scope: SecretBinding(_imported(scope)))),
    "`DatabaseBinding`": Option(
        _bound(lambda scope: DatabaseBinding(_database(scope), secret=_secret(scope)), connected=True), [VPC]
    ),
    '`DatabaseBinding`, `via="data-api"`': Option(
        _bound(lambda scope: DatabaseBinding(_cluster(scope), secret=_secret(scope), via="data-api"))
    ),
    "`FileSystemBinding`": Option(_bound(lambda scope: FileSystemBinding(_files(scope)), connected=True), [VPC]),
    "`QueryBinding`": Option(_bound(lambda scope: QueryBinding("analysis", database="sales", results=_inbox(scope)))),
}
