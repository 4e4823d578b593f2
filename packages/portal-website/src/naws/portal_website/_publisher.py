"""What publishes the files of a stack's websites: one role, one log group, and a small function of our own.

CDK's `BucketDeployment` uploads. The function stands between the upload and the switch: it makes sure that the release
which will be shown is there, notes when it was used last, and removes those that nobody used for ten others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.authoring import (
    PATTERN_TAG,
    acknowledge_nag_wildcards,
    allow,
    apply_permissions_boundary,
    asked,
    kept,
    let,
    log_group,
    role_for,
    shared,
    stack_of,
)
from naws.portal_website.plan import Plan

PUBLISHER_ID = "NawsPublisher"
KEPT_RELEASES = 10
_TIMEOUT = 600
_CODE = '''\
import json
import urllib.request

import boto3

s3 = boto3.client("s3")
MARKS = ".releases/"


def handler(event, context):
    """Show a release: it is there, it is noted, and old ones go. Of a website that goes: remove its files."""
    given, failed = event["ResourceProperties"], ""
    try:
        if event["RequestType"] != "Delete":
            show(given["Bucket"], given["Release"], given["Uploaded"], int(given["Keep"]))
        elif given["Empty"] == "true":
            remove(given["Bucket"], "")
    except Exception as error:
        failed = f"{type(error).__name__}: {error}"
        print(failed)
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"PhysicalResourceId": given["Bucket"], "Status": "FAILED" if failed else "SUCCESS", "Reason": failed}
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))


def show(bucket, release, uploaded, keep):
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{release}/index.html", MaxKeys=1)
    if not found.get("KeyCount"):
        raise LookupError(f"release {release} has no files in {bucket}: they were removed, or never uploaded")
    for each in dict.fromkeys((uploaded, release)):
        s3.put_object(Bucket=bucket, Key=f"{MARKS}{each}", Body=b"")
    marks = sorted(listed(bucket, MARKS), key=lambda mark: mark["LastModified"], reverse=True)
    for mark in marks[keep:]:
        old = mark["Key"].removeprefix(MARKS)
        if old and old not in (uploaded, release):
            print(f"removing release {old}")
            remove(bucket, f"{old}/")
            s3.delete_object(Bucket=bucket, Key=mark["Key"])


def listed(bucket, prefix):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def remove(bucket, prefix):
    keys = [{"Key": each["Key"]} for each in listed(bucket, prefix)]
    for start in range(0, len(keys), 1000):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[start : start + 1000], "Quiet": True})
        if answer.get("Errors"):
            raise RuntimeError(f"{len(answer['Errors'])} files stay, the first {answer['Errors'][0]}")
'''


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """What publishes the files of a stack's websites.

    Attributes:
        role: that uploads, and removes old releases; it may do so in the buckets of these websites alone.
        closed_role: the same, which CDK adds nothing to: its grants are wider, such as `s3:GetBucket*`.
        log_group: what both functions print.
        function_arn: of the function that a release is shown by.
    """

    role: iam.IRole
    closed_role: iam.IRole
    log_group: logs.ILogGroup
    function_arn: str

    def let_publish(self, bucket_arn: str) -> None:
        """Let it publish in the bucket of a website."""
        let(
            self.role,
            allow("List", ["s3:ListBucket"], [bucket_arn]),
            allow("Files", ["s3:PutObject", "s3:DeleteObject"], [f"{bucket_arn}/*"]),
        )
        acknowledge_nag_wildcards(self.role, {f"{bucket_arn}/*": "every file of a website is written by it"})


def publisher_of(scope: Construct, plan: Plan, assets: s3.IBucket) -> Publisher:
    """The stack's, made by the first website that needs it.

    Args:
        scope: the website.
        plan: what was decided.
        assets: where CDK leaves the files.
    """
    stack = stack_of(scope)
    holder = shared(stack, PUBLISHER_ID, lambda parent: Construct(parent, PUBLISHER_ID))
    return kept(stack, "publisher", lambda: _publisher(holder, plan, assets))


def _publisher(holder: Construct, plan: Plan, assets: s3.IBucket) -> Publisher:
    cdk.Tags.of(holder).add(PATTERN_TAG, "portal-website")
    apply_permissions_boundary(holder, plan.props.permissions_boundary, plan.context.conventions.permissions_boundary)
    made = role_for(holder, "Role", "lambda", "Uploads the files of websites, and removes old releases")
    role = cast("iam.IRole", made)
    published = f"{assets.bucket_arn}/*"
    let(role, allow("Assets", ["s3:GetObject"], [published]))
    acknowledge_nag_wildcards(role, {published: "the name of an archive changes with each release"})
    logged = log_group(holder, "LogGroup", plan.operations)
    arn = asked(logged, "log_group_arn")
    let(role, allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [arn]))
    function = lambda_.CfnFunction(
        holder,
        "Release",
        description="Makes sure that a release is there, and removes those that nobody used for ten others",
        runtime="python3.14",
        architectures=["arm64"],
        handler="index.handler",
        code=lambda_.CfnFunction.CodeProperty(zip_file=_CODE),
        role=asked(role, "role_arn"),
        timeout=_TIMEOUT,
        memory_size=256,
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=asked(logged, "log_group_name")),
    )
    return Publisher(
        role=role,
        closed_role=made.without_policy_updates(),
        log_group=cast("logs.ILogGroup", logged),
        function_arn=asked(function, "attr_arn"),
    )


def show_release(  # noqa: PLR0913  # what a release is shown by
    scope: Construct,
    publisher: Publisher,
    *,
    bucket: str,
    release: str,
    uploaded: str,
    empty: bool,
    after: Sequence[Construct],
) -> cdk.CfnResource:
    """What stands between the upload and the switch.

    Args:
        scope: the website.
        publisher: its stack's.
        bucket: where its files are.
        release: the id of the release that will be shown.
        uploaded: that of the one that is uploaded.
        empty: whether its files are removed with it.
        after: the uploads.
    """
    resource = cdk.CfnResource(
        scope,
        "Release",
        type="Custom::NawsRelease",
        properties={
            "ServiceToken": publisher.function_arn,
            "ServiceTimeout": str(_TIMEOUT),
            "Bucket": bucket,
            "Release": release,
            "Uploaded": uploaded,
            "Keep": str(KEPT_RELEASES),
            "Empty": "true" if empty else "false",
        },
    )
    resource.node.add_dependency(*cast("Any", after))
    return resource
