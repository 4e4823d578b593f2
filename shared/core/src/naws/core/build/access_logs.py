"""The bucket of access logs: a line of each request, for 90 days."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.nag import acknowledge_nag

LOG_DAYS = 90


def access_log_bucket(scope: Construct) -> s3.Bucket:
    """The bucket. It outlives its stack: CloudFormation deletes none that holds objects.

    It is encrypted with S3's own key: what writes access logs writes with no key of one's own.

    Args:
        scope: parent.
    """
    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(LOG_DAYS))],
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    acknowledge_nag(bucket, "AwsSolutions-S1", "It holds access logs itself.")
    return bucket
