"""The file system of a `FileStore`."""

from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.build.network import build_vpc
from naws.core.data._group import build_security_group
from naws.core.data.base import NetworkedDataPlan
from naws.core.naming import short_hash
from naws.core.stacks import stack_of
from naws.core.subnets import selection_in
from naws.core.tokens import known


def build_file_system(
    scope: Construct, plan: NetworkedDataPlan, lifecycle: efs.LifecyclePolicy | None
) -> tuple[efs.FileSystem, efs.CfnFileSystem]:
    """Make the file system and its mount targets.

    Args:
        scope: the construct that exposes it.
        plan: what was decided.
        lifecycle: when a file moves to Infrequent Access, as it was given.
    """
    vpc = build_vpc(scope, plan.network)
    selection = selection_in(vpc, plan.network.vpc_subnets)
    if "subnets" not in selection:
        selection |= {"one_per_az": True}  # EFS refuses a second mount target in a zone
    file_system = efs.FileSystem(
        scope,
        "FileSystem",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(**selection),
        security_group=build_security_group(scope, plan.context.construct_id, vpc),
        encrypted=True,
        kms_key=plan.operations.encryption_key,
        enable_automatic_backups=True,
        lifecycle_policy=lifecycle or efs.LifecyclePolicy.AFTER_30_DAYS,
        out_of_infrequent_access_policy=efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
        throughput_mode=efs.ThroughputMode.ELASTIC,
        file_system_policy=_policy(),
        allow_anonymous_access=True,  # the policy is whole: CDK would add a statement that lets everybody write
        removal_policy=plan.removal_policy,
    )
    resource = cast("efs.CfnFileSystem", file_system.node.default_child)
    _name_mount_targets(file_system, stack_of(scope).get_logical_id(resource))
    return file_system, resource


def _name_mount_targets(file_system: efs.FileSystem, logical_id: str) -> None:
    """Give mount targets ids of their own: those of CDK change with a feature flag, and then they meet each other.

    One of a known subnet has its id; of a subnet that is made here its place is known, and not its id.
    """
    targets = [each for each in file_system.node.children if isinstance(each, efs.CfnMountTarget)]
    for number, target in enumerate(targets, 1):
        subnet = target.subnet_id
        target.override_logical_id(f"{logical_id}MountTarget{short_hash(subnet) if known(subnet) else number}")


def _policy() -> iam.PolicyDocument:
    """Nothing without TLS; and as there is a policy, nothing without a right of one's own.

    Source: https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    """
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Condition": without_tls}
    return iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": [deny]})
