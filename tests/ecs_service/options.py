"""What the page of the service lists the resources, alarms and permissions of."""

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core import Binding
from naws.ecs_service import (
    Alarms,
    BucketBinding,
    CapacitySchedule,
    DatabaseBinding,
    Deployment,
    FileSystemBinding,
    FixedCount,
    HealthCheck,
    LoadBalancer,
    NewVpc,
    NoLoadBalancer,
    QueueBinding,
    Route,
    Scaling,
    SecretBinding,
    TableBinding,
)
from naws.testing.options import Option


def required(_: Construct) -> dict[str, Any]:
    return {
        "image": ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0"),
        "vpc": NewVpc(),
    }


def _zone(scope: Construct) -> route53.IHostedZone:
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789", zone_name="example.com"
    )


def _public(scope: Construct) -> dict[str, Any]:
    balancer = LoadBalancer(public=True, domain_name="shop.example.com", hosted_zone=_zone(scope))
    return {"load_balancer": balancer}


def _certified(scope: Construct) -> dict[str, Any]:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    certificate = acm.Certificate.from_certificate_arn(scope, "Certificate", arn)
    return {"load_balancer": LoadBalancer(domain_name="orders.example.com", certificate=certificate)}


def _bucket(scope: Construct) -> s3.Bucket:
    return s3.Bucket(scope, "Photos")


def _secret(scope: Construct) -> secretsmanager.Secret:
    return secretsmanager.Secret(scope, "Warehouse")


def _table(scope: Construct) -> dynamodb.Table:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(scope, "Catalogue", partition_key=key)


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


def _files(scope: Construct) -> efs.IFileSystem:
    return efs.FileSystem.from_file_system_attributes(
        scope, "Files", file_system_id="fs-0a1b2c3d", security_group=_group(scope)
    )


def _bound(binding: Callable[[Construct], Binding]) -> Callable[[Construct], dict[str, Any]]:
    return lambda scope: {"bindings": [binding(scope)]}


NONE = "`load_balancer=NoLoadBalancer(…)`"
_EVERY: dict[str, Option] = {
    "only `image`": Option(lambda _: {}),
    "`LoadBalancer(public=True, …)`": Option(_public),
    "`LoadBalancer(domain_name=…)`": Option(_certified),
    NONE: Option(
        lambda _: {
            "load_balancer": NoLoadBalancer(reason="it asks a partner for work"),
            "health_check": HealthCheck(command=["CMD", "/health"]),
        }
    ),
    "`Scaling(…)` by everything": Option(
        lambda _: {
            "scaling": Scaling(
                target_memory_percent=70,
                requests_per_task=600,
                schedules=[CapacitySchedule("@daily", min_capacity=4)],
            )
        }
    ),
    "`scaling=FixedCount(2)`": Option(lambda _: {"scaling": FixedCount(2)}),
    "`Deployment.blue_green()`": Option(lambda _: {"deployment": Deployment.blue_green()}),
    "`Alarms(detail=True)`": Option(lambda _: {"alarms": Alarms(detail=True)}),
    "`encryption_key`": Option(lambda scope: {"encryption_key": kms.Key(scope, "Key")}),
    "`secrets`": Option(lambda scope: {"secrets": {"PASSWORD": ecs.Secret.from_secrets_manager(_secret(scope))}}),
    "`enable_execute_command`": Option(
        lambda _: {
            "enable_execute_command": True,
            "readonly_root_filesystem": False,
            "acknowledge": {"NAWS-TASK-009": "sessions write there"},
        }
    ),
    "`TableBinding`": Option(_bound(lambda scope: TableBinding(_table(scope), access="read-write"))),
    "`QueueBinding`": Option(_bound(lambda scope: QueueBinding(sqs.Queue(scope, "Mails")))),
    "`BucketBinding`": Option(_bound(lambda scope: BucketBinding(_bucket(scope), prefix="in/"))),
    "`SecretBinding`": Option(_bound(lambda scope: SecretBinding(_secret(scope)))),
    "`DatabaseBinding`": Option(_bound(lambda scope: DatabaseBinding(_database(scope), secret=_secret(scope)))),
    "`FileSystemBinding`": Option(_bound(lambda scope: FileSystemBinding(_files(scope)))),
}


def _routed(name: str, option: Option) -> Option:
    """The option as one of many on a listener: each has a route of its own, but for the one that has none."""
    if name == NONE:
        return option
    return option._replace(
        given=lambda scope: {"route": Route(paths=[f"/{scope.node.id}", f"/{scope.node.id}/*"]), **option.given(scope)}
    )


OPTIONS = {name: _routed(name, option) for name, option in _EVERY.items()}
