"""CDK's custom resource that empties a bucket before it is deleted, without its function."""

import json
import uuid
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.embedded.departures.custom_handlers import Properties, clients_of, function_of
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import s3
from naws.cli.embedded.departures.templates import BOTH, Made, complete_template, provide_custom

_TAG = {"Key": "aws-cdk:auto-delete-objects", "Value": "true"}
_GONE = "NoSuchBucket"


@departure("aws-cdk-lib 2.275, custom-resource-handlers, aws-s3/auto-delete-objects-handler/index.js")
def auto_delete_objects() -> None:
    """A bucket with ``auto_delete_objects`` is emptied as CDK's handler does it, with the permissions of its role.

    Only one with the tag is, of all versions of its objects, after its policy denies new ones.
    """
    provide_custom("S3AutoDeleteObjects", _create, _update, _delete)


@departure("CloudFormation User Guide, AWS::S3::Bucket, Tags")
def bucket_tags() -> None:
    """A bucket of a template has its tags, by which CDK's handlers know what they may delete."""
    complete_template("S3::Bucket", BOTH, _tag)


def _tag(bucket: str, properties: Properties) -> None:
    tags: list[dict[str, Any]] = properties.get("Tags") or []
    if tags:
        s3._bucket_tags[bucket] = {each["Key"]: str(each["Value"]) for each in tags}
    else:
        s3._bucket_tags.pop(bucket, None)


def _create(_logical_id: str, _properties: Properties, _stack: str) -> Made:
    return str(uuid.uuid4()), {}


def _update(_physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    return new.get("BucketName") or old.get("BucketName") or "", {}


def _delete(_physical_id: str, properties: Properties) -> None:
    bucket = properties["BucketName"]
    with clients_of(function_of(properties)) as client:
        own = client("s3")
        try:
            if _TAG in own.get_bucket_tagging(Bucket=bucket)["TagSet"]:
                _deny(own, bucket)
                _empty(own, bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != _GONE:
                raise


def _deny(own: Any, bucket: str) -> None:
    """Deny new objects, if it can be done."""
    statement = {
        "Principal": "*",
        "Effect": "Deny",
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    with suppress(ClientError):
        policy = json.loads(own.get_bucket_policy(Bucket=bucket)["Policy"])
        policy["Statement"].append(statement)
        own.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def _empty(own: Any, bucket: str) -> None:
    while True:
        page = own.list_object_versions(Bucket=bucket)
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if not found:
            return
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        own.delete_objects(Bucket=bucket, Delete={"Objects": objects})
        if not page.get("IsTruncated"):
            return
