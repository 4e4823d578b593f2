"""PortalWebsite: a folder that a build left, behind a content delivery network, in one construct."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core import HttpEndpoint, NoAlarms, PatternContext
from naws.core.authoring import (
    AlarmFactory,
    Inspection,
    OperatedPattern,
    Runs,
    asked,
    build_output,
    kept,
    note_runs,
    path_of,
    stack_of,
)
from naws.portal_website._bucket import build_bucket, let_edge_read
from naws.portal_website._distribution import Edge, add_api, build_distribution
from naws.portal_website._release import build_release
from naws.portal_website.checks import CHECKS
from naws.portal_website.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS
from naws.portal_website.plan import Plan, resolve
from naws.portal_website.props import PortalWebsiteProps


class PortalWebsite(OperatedPattern):
    """A website that switches atomically from one release to the next, with APIs under its own domain.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the folder has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "portal-website"
    checks = CHECKS
    synth_checks = SYNTH_CHECKS
    synth_levels = SYNTH_LEVELS
    _plan: Plan
    _bucket: s3.Bucket
    _edge: Edge

    def __init__(self, scope: Construct, construct_id: str, props: PortalWebsiteProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: PortalWebsiteProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        self._bucket = build_bucket(self, plan)
        ready = build_release(self, plan, self._bucket, plan.files.config)
        self._edge = build_distribution(self, plan, self._bucket, ready, None)
        resource = self._edge.resource
        arn = (
            f"arn:{stack_of(self).partition}:cloudfront::{stack_of(self).account}:distribution/{asked(resource, 'ref')}"
        )
        let_edge_read(self._bucket, arn)
        quiet = replace(plan.operations, given=NoAlarms(reason="-"), alarms=None)
        self._alarms = AlarmFactory(self, plan.context, quiet, page=self._alarm_page)
        self._register()
        self._note_website(resource)
        build_output(self, "Url", self.url)
        build_output(self, "ShownRelease", self.release)
        return resource

    def _note_website(self, resource: cdk.CfnResource) -> None:
        """What the command line knows of it."""
        runs = Runs(
            pattern=self.pattern_name,
            path=path_of(self),
            kind="website",
            function=asked(self._edge.function, "attr_function_arn"),
            bucket=asked(self._bucket, "bucket_name"),
            release=self.release,
        )
        note_runs(resource, runs)

    @property
    def bucket(self) -> s3.Bucket:
        """Where the files are."""
        return self._bucket

    @property
    def distribution(self) -> cloudfront.IDistribution:
        """The distribution; what this pattern has no field for is set on its resource, `find_child("Distribution")`."""
        resource = self._edge.resource
        named = cloudfront.Distribution.from_distribution_attributes
        return kept(
            self,
            "distribution",
            lambda: named(
                self,
                "ExposedDistribution",
                distribution_id=asked(resource, "ref"),
                domain_name=asked(resource, "attr_domain_name"),
            ),
        )

    @property
    def domain_name(self) -> str:
        """The site's name: the first of `domain_names`, else CloudFront's."""
        names = self._plan.domain.names
        return names[0] if names else asked(self._edge.resource, "attr_domain_name")

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"https://{self.domain_name}"

    @property
    def release(self) -> str:
        """The id of the release that is shown."""
        return self._plan.files.active

    def add_api(self, path: str, endpoint: HttpEndpoint, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Lead the requests of a path to what answers them, too; held to the rules of `api`.

        Args:
            path: a path pattern, such as "/api/*".
            endpoint: what answers.
            acknowledge: `{code: reason}` for practices that it breaks on purpose. Omitted: none.

        Raises:
            PatternValidationError: with every limit and practice that it breaks; nothing has been built then.
        """
        plan = self._add("api", {**self._plan.props.api, path: endpoint}, acknowledge)
        add_api(self._edge, plan, plan.apis[-1])

    def grant_upload(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` upload files, such as a pipeline that publishes without CDK."""
        return self._bucket.grant_put(grantee)

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        return super()._views(inspection)
