"""The part of `cdk bootstrap` that a deployment to the embedded AWS reads: a version and staging buckets."""

from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.cli.destinations import file_destinations

# Any version that CDK's rule in the template accepts; the newest bootstrap stack had it when this was written.
_VERSION = "30"


def bootstrap(stack: StackArtifact, aws: Aws) -> None:
    """Put the version parameter and the staging buckets that the stack expects."""
    name = stack.artifact["properties"].get("bootstrapStackVersionSsmParameter")
    if name:
        aws.client("ssm").put_parameter(Name=name, Value=_VERSION, Type="String", Overwrite=True)
    files = stack.assets["files"].values()
    for bucket in sorted({bucket for asset in files for bucket, _ in file_destinations(asset, aws.target)}):
        _ensure_bucket(aws.client("s3"), bucket, aws.target.region)


def _ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return
