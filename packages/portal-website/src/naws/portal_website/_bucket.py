"""The bucket of a website: private, read by its distribution alone."""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.authoring import acknowledge_nag, asked
from naws.portal_website.plan import Plan

_EDGE = "cloudfront.amazonaws.com"


def build_bucket(scope: Construct, plan: Plan) -> s3.Bucket:
    """The bucket. It outlives its stack unless `removal_policy` is DESTROY: then it is emptied, and goes with it.

    A first deployment that fails leaves it behind, too: CloudFormation deletes no bucket that holds files. They are
    encrypted with S3's own key: CloudFront would need the right to use another one, whose policy would name the
    distribution, which names the bucket, which names the key.
    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    goes = plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY
    bucket = s3.Bucket(
        scope,
        "Bucket",
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        removal_policy=cdk.RemovalPolicy.DESTROY if goes else cdk.RemovalPolicy.RETAIN,
    )
    acknowledge_nag(bucket, "AwsSolutions-S1", "It is read by CloudFront alone, whose access logs have each request.")
    return bucket


def let_edge_read(bucket: s3.Bucket, distribution_arn: str) -> None:
    """Let the distribution read files, and see that one is not there: without the second right S3 answers 403.

    Nobody can list the files by it: no request comes to the bucket without a file's path.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    arn = asked(bucket, "bucket_arn")
    for sid, action, resource in (
        ("EdgeReads", "s3:GetObject", f"{arn}/*"),
        ("EdgeSeesWhatIsMissing", "s3:ListBucket", arn),
    ):
        bucket.add_to_resource_policy(_statement(sid, action, resource, {"AWS:SourceArn": distribution_arn}))


def _statement(sid: str, action: str, resource: str, equals: Mapping[str, Any]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[cast("iam.IPrincipal", iam.ServicePrincipal(_EDGE))],
        actions=[action],
        resources=[resource],
        conditions={"StringEquals": equals},
    )
