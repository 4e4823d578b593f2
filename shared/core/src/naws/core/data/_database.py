"""The instance or the cluster of a `Database`, its secret and its logs.

secret ──> instance or cluster <── log groups, named as RDS will name them, so that they have a retention
"""

from collections.abc import Iterator
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from naws.core.build.logs import log_group
from naws.core.build.network import build_vpc
from naws.core.data._group import build_security_group
from naws.core.data.database_plan import DatabasePlan
from naws.core.data.engines import AuroraServerlessV2, PostgresInstance
from naws.core.data.names import own_name
from naws.core.key_access import behind
from naws.core.nag import acknowledge_nag
from naws.core.plans.operations import RETAINED
from naws.core.subnets import selection_in
from naws.core.units import duration

_LONGEST_IDENTIFIER = 63
_RETAIN = (cdk.RemovalPolicy.RETAIN, RETAINED)
_MAJOR_VERSION = {"config": {"ignore_checks": ["W3691"]}}
"""For cfn-lint, whose list has minor versions alone, and takes a major one for a version that is gone.

A minor version in the template fails a deployment after RDS has upgraded it by itself: "Cannot upgrade
aurora-postgresql from 17.7 to 17.4". Source: https://github.com/aws-samples/dify-self-hosted-on-aws/issues/101
"""
_ROTATION = "Programs get the password when they start; who rotates it adds that, and restarts them."
_PORT = "Nothing reaches it but what a binding lets in; another port would hide nothing from that."
_ONE_ZONE = "A second zone costs the same again: `multi_az=True` has it."


def build_secret(scope: Construct, plan: DatabasePlan, username: str) -> rds.DatabaseSecret:
    """The master user's secret, which stays where the database or its snapshot does: CDK would delete it."""
    key = plan.operations.encryption_key
    secret = rds.DatabaseSecret(scope, "Secret", username=username, encryption_key=None if key is None else behind(key))
    secret.apply_removal_policy(_beside(plan))
    acknowledge_nag(secret, "AwsSolutions-SMG4", _ROTATION)
    return secret


def build_instance(
    scope: Construct, plan: DatabasePlan, engine: PostgresInstance, secret: rds.DatabaseSecret
) -> tuple[rds.DatabaseInstance, rds.CfnDBInstance]:
    """An instance of RDS for PostgreSQL."""
    identifier, exports = _identifier(scope, plan), ("postgresql", "upgrade")
    groups = list(_log_groups(scope, plan, f"/aws/rds/instance/{identifier}", exports))
    version = rds.PostgresEngineVersion.of(plan.version, plan.version)
    instance = rds.DatabaseInstance(
        scope,
        "Instance",
        engine=(of := rds.DatabaseInstanceEngine.postgres(version=version)),
        instance_identifier=identifier,
        instance_type=engine.instance_type or ec2.InstanceType("t4g.micro"),
        allocated_storage=engine.allocated_storage_gib,
        max_allocated_storage=engine.max_allocated_storage_gib,
        storage_type=rds.StorageType.GP3,
        multi_az=engine.multi_az,
        database_name=plan.database_name,
        backup_retention=duration(plan.backup_retention),
        auto_minor_version_upgrade=True,
        # RDS asks for it; CloudFormation itself allows it to a cluster.
        allow_major_version_upgrade=None if engine.version is None else True,
        **_common(scope, plan, secret, of),
        cloudwatch_logs_exports=list(exports),
    )
    acknowledge_nag(instance, "AwsSolutions-RDS11", _PORT)
    if not engine.multi_az:
        acknowledge_nag(instance, "AwsSolutions-RDS3", _ONE_ZONE)
    _keep_subnet_group(instance, "SubnetGroup", plan)
    return instance, _finished(cast("rds.CfnDBInstance", instance.node.default_child), groups)


def build_cluster(
    scope: Construct, plan: DatabasePlan, engine: AuroraServerlessV2, secret: rds.DatabaseSecret
) -> tuple[rds.DatabaseCluster, rds.CfnDBCluster]:
    """A cluster of Aurora PostgreSQL, and its Serverless v2 instances."""
    identifier, exports = _identifier(scope, plan), ("postgresql",)
    groups = list(_log_groups(scope, plan, f"/aws/rds/cluster/{identifier}", exports))
    version = rds.AuroraPostgresEngineVersion.of(plan.version, plan.version)
    cluster = rds.DatabaseCluster(
        scope,
        "Cluster",
        engine=(of := rds.DatabaseClusterEngine.aurora_postgres(version=version)),
        cluster_identifier=identifier,
        writer=_serverless(plan, "Writer"),
        readers=[_serverless(plan, "Reader")] if engine.multi_az else None,
        serverless_v2_min_capacity=engine.min_capacity,
        serverless_v2_max_capacity=engine.max_capacity,
        enable_data_api=engine.enable_data_api or None,
        default_database_name=plan.database_name,
        backup=rds.BackupProps(retention=duration(plan.backup_retention)),
        **_common(scope, plan, secret, of),
        cloudwatch_logs_exports=list(exports),
    )
    acknowledge_nag(cluster, "AwsSolutions-RDS11", _PORT)
    for construct_id in ("Writer", *(["Reader"] if engine.multi_az else [])):
        resource = cast("rds.CfnDBInstance", cluster.node.find_child(construct_id).node.default_child)
        # While the cluster is protected from deletion, what answers for it stays, too.
        resource.apply_removal_policy(_beside(plan))
    _keep_subnet_group(cluster, "Subnets", plan)
    return cluster, _finished(cast("rds.CfnDBCluster", cluster.node.default_child), groups)


def _serverless(plan: DatabasePlan, construct_id: str) -> rds.IClusterInstance:
    return rds.ClusterInstance.serverless_v2(
        construct_id,
        auto_minor_version_upgrade=True,
        enable_performance_insights=True,
        performance_insight_encryption_key=plan.operations.encryption_key,
        scale_with_writer=construct_id == "Reader" or None,
    )


def _stays(plan: DatabasePlan) -> cdk.RemovalPolicy | None:
    """The policy of all that a database which is kept uses; None where it is not kept."""
    return plan.removal_policy if plan.removal_policy in _RETAIN else None


def _beside(plan: DatabasePlan) -> cdk.RemovalPolicy:
    """The policy of what stays with a snapshot, too, and while deletion is only tried."""
    return _stays(plan) or (RETAINED if plan.protected else cdk.RemovalPolicy.DESTROY)


def _keep_subnet_group(database: Construct, construct_id: str, plan: DatabasePlan) -> None:
    """CDK keeps it with `RETAIN` alone, and RDS deletes none that a database uses.

    Source: https://github.com/aws/aws-cdk/issues/37780
    """
    if plan.removal_policy == RETAINED:
        cast("rds.SubnetGroup", database.node.find_child(construct_id)).apply_removal_policy(RETAINED)


def _identifier(scope: Construct, plan: DatabasePlan) -> str:
    return plan.identifier or own_name(scope, plan.context, _LONGEST_IDENTIFIER)


def _common(scope: Construct, plan: DatabasePlan, secret: rds.DatabaseSecret, engine: rds.IEngine) -> dict[str, Any]:
    """What both kinds take."""
    vpc, key = build_vpc(scope, plan.network), plan.operations.encryption_key
    group = build_security_group(scope, plan.context.construct_id, vpc)
    stays = _stays(plan)
    if stays is not None:
        group.apply_removal_policy(stays)
    parameters = rds.ParameterGroup(
        scope, "Parameters", engine=engine, parameters={"rds.force_ssl": "1"}, removal_policy=stays
    )
    return {
        "vpc": vpc,
        "vpc_subnets": ec2.SubnetSelection(**selection_in(vpc, plan.network.vpc_subnets)),
        "security_groups": [group],
        "credentials": rds.Credentials.from_secret(secret, plan.props.username),  # pyright: ignore[reportArgumentType]  # jsii renames an argument
        "parameter_group": parameters,
        "storage_encrypted": True,
        "storage_encryption_key": key,
        "iam_authentication": True,
        "enable_performance_insights": True,
        "performance_insight_encryption_key": key,
        "copy_tags_to_snapshot": True,
        "deletion_protection": plan.protected,
        "removal_policy": plan.removal_policy,
    }


def _log_groups(scope: Construct, plan: DatabasePlan, name: str, exports: tuple[str, ...]) -> Iterator[logs.LogGroup]:
    for export in exports:
        yield log_group(scope, f"{export.title()}Logs", plan.operations, f"{name}/{export}")


def _finished(resource: Any, groups: list[logs.LogGroup]) -> Any:
    """RDS makes a log group that is not there, and CloudFormation could not make it any more."""
    for group in groups:
        resource.add_resource_dependency(cast("logs.CfnLogGroup", group.node.default_child))
    resource.add_metadata("cfn-lint", _MAJOR_VERSION)
    return resource
