"""What publishes the files of a stack's websites: a role, a log group and one function, `publisher/index.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
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
CODE = Path(__file__).with_name("publisher") / "index.py"
"""It stands in the template: a zip of up to 4 MB does, so that no asset is made of it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""
_TIMEOUT = 900
"""Seconds: the longest that Lambda has."""
_MEMORY_MIB = 1769
"""One whole vCPU. Source: Lambda guide, configure function memory."""


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """What publishes the files of a stack's websites.

    Attributes:
        role: of the function; it may upload and remove in the buckets of these websites alone.
        function_arn: of the function.
        log_group: what it printed.
    """

    role: iam.IRole
    function_arn: str
    log_group: str

    def let_publish(self, bucket_arn: str) -> None:
        """Let it publish in the bucket of a website; it reads there what S3 copies for it."""
        let(
            self.role,
            allow("List", ["s3:ListBucket"], [bucket_arn]),
            allow("Files", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [f"{bucket_arn}/*"]),
        )
        acknowledge_nag_wildcards(self.role, {f"{bucket_arn}/*": "every file of a website is written by it"})

    def ask(
        self, scope: Construct, kind: str, properties: Mapping[str, Any], after: cdk.CfnResource | None = None
    ) -> cdk.CfnResource:
        """A resource that the function answers for.

        Args:
            scope: the website.
            kind: its type, after "Custom::Naws"; its id, too.
            properties: what the function does.
            after: another one, which is before it.
        """
        common = {"ServiceToken": self.function_arn, "ServiceTimeout": str(_TIMEOUT)}
        made = cdk.CfnResource(scope, kind, type=f"Custom::Naws{kind}", properties={**common, **properties})
        if after is None:
            made.node.add_dependency(cast("Any", self.role))  # with its policy
        else:
            made.add_resource_dependency(after)
        return made


def publisher_of(scope: Construct, plan: Plan, assets: s3.IBucket) -> Publisher:
    """The stack's, made by the first website that needs it. One with a boundary of its own has one for itself.

    Args:
        scope: the website.
        plan: what was decided.
        assets: where CDK leaves the files.
    """
    if plan.props.permissions_boundary is not None:
        return _publisher(Construct(scope, "Publisher"), plan, assets)
    stack = stack_of(scope)
    holder = shared(stack, PUBLISHER_ID, lambda parent: Construct(parent, PUBLISHER_ID))
    return kept(stack, "publisher", lambda: _publisher(holder, plan, assets))


def _publisher(holder: Construct, plan: Plan, assets: s3.IBucket) -> Publisher:
    cdk.Tags.of(holder).add(PATTERN_TAG, "portal-website")
    apply_permissions_boundary(holder, plan.props.permissions_boundary, plan.context.conventions.permissions_boundary)
    role = cast(
        "iam.IRole", role_for(holder, "Role", "lambda", "Uploads the files of websites, and removes old releases")
    )
    published = f"{asked(assets, 'bucket_arn')}/*"
    # A key that CDK's bootstrap makes for its bucket lets everybody of the account decrypt by way of S3, and so does
    # the one that AWS manages: nothing more is needed. Whoever brings a key of their own has to allow the same.
    # Source: https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml
    let(role, allow("Assets", ["s3:GetObject"], [published]))
    acknowledge_nag_wildcards(role, {published: "the name of an archive changes with each release"})
    logged = log_group(holder, "LogGroup", plan.operations)
    arn = asked(logged, "log_group_arn")
    let(role, allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [arn]))
    function = lambda_.CfnFunction(
        holder,
        "Release",
        description="Uploads the files of websites, and removes the releases that nobody used for ten others",
        runtime="python3.14",
        architectures=["arm64"],
        handler=f"{CODE.stem}.handler",
        code=lambda_.CfnFunction.CodeProperty(zip_file=CODE.read_text(encoding="utf-8")),
        role=asked(role, "role_arn"),
        timeout=_TIMEOUT,
        memory_size=_MEMORY_MIB,
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=asked(logged, "log_group_name")),
    )
    return Publisher(role=role, function_arn=asked(function, "attr_arn"), log_group=asked(logged, "log_group_name"))
