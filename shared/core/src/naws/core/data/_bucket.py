"""The bucket of a `DataBucket`."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.bucket_events import notify_event_bridge
from naws.core.data.base import DataPlan
from naws.core.data.names import prefixed_name
from naws.core.nag import acknowledge_nag
from naws.core.units import duration

_LONGEST_NAME = 63
_AUDIT = "Who read an object is in CloudTrail's data events, which an account has for all its buckets."


def build_bucket(
    scope: Construct, plan: DataPlan, name: str | None, noncurrent: float
) -> tuple[s3.Bucket, s3.CfnBucket]:
    """Make the bucket.

    Args:
        scope: the construct that exposes it.
        plan: what was decided.
        name: its name, as it was given.
        noncurrent: seconds that an old version is kept.
    """
    key = plan.operations.encryption_key
    bucket = s3.Bucket(
        scope,
        "Bucket",
        bucket_name=name or prefixed_name(scope, plan.context, _LONGEST_NAME),
        encryption=s3.BucketEncryption.S3_MANAGED if key is None else s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=None if key is None else True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                noncurrent_version_expiration=duration(noncurrent),
                expired_object_delete_marker=True,
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
            )
        ],
        removal_policy=plan.removal_policy,
    )
    notify_event_bridge(bucket)
    acknowledge_nag(bucket, "AwsSolutions-S1", _AUDIT)
    return bucket, cast("s3.CfnBucket", bucket.node.default_child)
