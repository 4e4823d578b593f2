"""The access logs of a distribution: a line of each request, for 90 days, delivered to a bucket in us-east-1."""

from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from naws.core.authoring import access_log_bucket, asked, node_of, partition_of, stack_of
from naws.portal_website.plan import EDGE_REGION

_WRITER, _FOLDER = "delivery.logs.amazonaws.com", "AWSLogs"
_LONGEST_ID = 14
"""Characters of a distribution's id, as AWS makes them today."""
LONGEST_LOG_NAME = 60 - _LONGEST_ID - 1
"""Characters of what names a source and a destination. Source: CloudWatch Logs API, PutDeliverySource: 60 in all."""


def log_access(place: Construct, distribution_arn: str, distribution_id: str, name: str) -> None:
    """Keep them in a bucket that outlives its stack: CloudFormation deletes none that holds objects.

    The bucket's policy has what delivery needs before delivery begins: otherwise the service adds it, while
    CloudFormation writes the policy, too. The folder that the policy names is in the destination: the one that
    CloudFront puts before a path by itself is gone after an update of the delivery. Cookies are not in the lines.

    The source is another one when the distribution is, as it is when the website's stack was deleted alone: AWS lets
    no source change what it is of. Its name therefore has the distribution's id.
    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html,
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html,
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2274,
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2513

    Args:
        place: their parent, in a stack of us-east-1.
        distribution_arn: of the distribution.
        distribution_id: its id.
        name: what names source and destination, of at most `LONGEST_LOG_NAME` characters.
    """
    bucket = _bucket(place)
    source_name = f"{name}-{distribution_id}"
    source = logs.CfnDeliverySource(
        place, "LogSource", name=source_name, log_type="ACCESS_LOGS", resource_arn=distribution_arn
    )
    folder = f"{asked(bucket, 'bucket_arn')}/{_FOLDER}/{asked(stack_of(place), 'account')}/CloudFront"
    destination = logs.CfnDeliveryDestination(
        place, "LogDestination", name=name, destination_resource_arn=folder, output_format="json"
    )
    node_of(destination).add_dependency(cast("IDependable", bucket.policy))
    delivery = logs.CfnDelivery(
        place,
        "LogDelivery",
        delivery_source_name=source_name,
        delivery_destination_arn=destination.attr_arn,
        s3_suffix_path="{DistributionId}/{yyyy}/{MM}/{dd}/{HH}",
        s3_enable_hive_compatible_path=True,
    )
    delivery.add_resource_dependency(source)


def _bucket(place: Construct) -> s3.Bucket:
    bucket = access_log_bucket(place)
    arn, account = asked(bucket, "bucket_arn"), asked(stack_of(place), "account")
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="DeliveryWrites",
            principals=[cast("iam.IPrincipal", iam.ServicePrincipal(_WRITER))],
            actions=["s3:PutObject"],
            resources=[f"{arn}/{_FOLDER}/*"],
            conditions={
                "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:{partition_of(place)}:logs:{EDGE_REGION}:{account}:*"},
            },
        )
    )
    return bucket
