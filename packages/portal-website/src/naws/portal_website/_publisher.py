"""What publishes the files of a website: a role, a log group and one function, `publisher/index.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.authoring import acknowledge_nag_wildcards, allow, asked, log_group, service_role
from naws.portal_website.plan import Plan

CODE = Path(__file__).with_name("publisher") / "index.py"
"""It stands in the template: a zip of up to 4 MB does, so that no asset is made of it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""
_TIMEOUT = 900
"""Seconds: the longest that Lambda has."""
_MEMORY_MIB = 1769
"""One whole vCPU. Source: Lambda guide, configure function memory."""


class Publisher:
    """What publishes the files of a website, and may do so in its bucket alone.

    Each website has its own, which comes and goes with it. One for a stack would lose the right to empty a bucket
    before the website of that bucket is gone, because CloudFormation changes what stays before it deletes what goes;
    and a website could not come to another one, because no custom resource may change its `ServiceToken`.
    Source: https://github.com/aws/aws-cdk/issues/9840,
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/802

    Args:
        scope: the website.
        plan: what was decided.
        assets: where CDK leaves the files.
        bucket: where they go.
    """

    def __init__(self, scope: Construct, plan: Plan, assets: s3.IBucket, bucket: s3.Bucket) -> None:
        holder = Construct(scope, "Publisher")
        logged = log_group(holder, "LogGroup", plan.operations)
        self.log_group: str = asked(logged, "log_group_name")
        function = lambda_.CfnFunction(
            holder,
            "Release",
            description="Uploads the files of a website, and removes the releases that nobody used for ten others",
            runtime="python3.14",
            architectures=["arm64"],
            handler=f"{CODE.stem}.handler",
            code=lambda_.CfnFunction.CodeProperty(zip_file=CODE.read_text(encoding="utf-8")),
            role=asked(_role(holder, assets, bucket, asked(logged, "log_group_arn")), "attr_arn"),
            timeout=_TIMEOUT,
            memory_size=_MEMORY_MIB,
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=self.log_group),
        )
        self._scope, self._function_arn = scope, asked(function, "attr_arn")

    def ask(self, kind: str, properties: Mapping[str, Any], after: cdk.CfnResource | None = None) -> cdk.CfnResource:
        """A resource that the function answers for.

        Args:
            kind: its type, after "Custom::Naws"; its id, too.
            properties: what the function does.
            after: another one, which is before it. Omitted: none.
        """
        common = {"ServiceToken": self._function_arn, "ServiceTimeout": str(_TIMEOUT)}
        made = cdk.CfnResource(self._scope, kind, type=f"Custom::Naws{kind}", properties={**common, **properties})
        if after is not None:
            made.add_resource_dependency(after)
        return made


def _role(holder: Construct, assets: s3.IBucket, bucket: s3.Bucket, log_group_arn: str) -> iam.CfnRole:
    """Its rights are part of it: whatever waits for the function waits for them, and they go after it."""
    own = asked(bucket, "bucket_arn")
    published, files = f"{asked(assets, 'bucket_arn')}/*", f"{own}/*"
    statements = [
        # A key that CDK's bootstrap makes for its bucket lets everybody of the account decrypt by way of S3, and so
        # does the one that AWS manages: nothing more is needed. Whoever brings a key has to allow the same.
        # Source: https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml
        allow("Assets", ["s3:GetObject"], [published]),
        allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group_arn]),
        allow("List", ["s3:ListBucket"], [own]),
        # It reads there what S3 copies for it.
        allow("Files", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [files]),
    ]
    role = service_role(holder, "Role", "lambda", "Uploads the files of a website, removes old releases", statements)
    reasons = {published: "the name of an archive changes with each release"}
    acknowledge_nag_wildcards(role, {**reasons, files: "every file of a website is written by it"})
    return role
