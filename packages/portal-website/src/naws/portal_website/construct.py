"""PortalWebsite: a folder that a build left, behind a content delivery network, in one construct."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core import HttpEndpoint, Jwt, PatternContext
from naws.core.authoring import (
    AlarmFactory,
    Inspection,
    OperatedPattern,
    Runs,
    Widget,
    asked,
    build_output,
    id_of,
    kept,
    node_of,
    note_runs,
    partition_of,
    path_of,
    stack_of,
)
from naws.portal_website._access_logs import LONGEST_LOG_NAME, log_access
from naws.portal_website._alarms import WebsiteAlarms, distribution_metric
from naws.portal_website._bucket import build_bucket, let_edge_read
from naws.portal_website._circle import refuse_circle
from naws.portal_website._dashboard import website_graphs
from naws.portal_website._distribution import Around, Edge, add_api, build_distribution
from naws.portal_website._edge import certificate_of, web_acl_of
from naws.portal_website._edge_stacks import edge_scope, naming_there, passed
from naws.portal_website._headers import build_headers
from naws.portal_website._names import edge_name
from naws.portal_website._overrides import Overrides
from naws.portal_website._records import build_records, names_beside, register_names
from naws.portal_website._release import Uploads
from naws.portal_website._sign_in import SignedIn, authorizer_of, build_client, build_pool, config_of
from naws.portal_website.checks import CHECKS
from naws.portal_website.checks_built import DistributionView, as_part
from naws.portal_website.checks_domain import DomainPart
from naws.portal_website.checks_headers import BuiltHeaders
from naws.portal_website.checks_paths import StripsPart
from naws.portal_website.checks_published import SIGN_IN
from naws.portal_website.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS
from naws.portal_website.checks_viewer import FunctionPart
from naws.portal_website.plan import EDGE_REGION, Plan, resolve
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
    _overrides: Overrides
    _headers: cloudfront.CfnResponseHeadersPolicy
    _signed_in: SignedIn | None
    _of_edge: WebsiteAlarms | None = None
    _shown_id: str

    def __init__(self, scope: Construct, construct_id: str, props: PortalWebsiteProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: PortalWebsiteProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        for each in plan.apis:
            refuse_circle(self, each.path, each.endpoint)
        self._bucket, self._signed_in = build_bucket(self, plan), build_pool(self, plan)
        connects = [] if self._signed_in is None else [self._signed_in.page]
        self._headers = build_headers(self, plan.headers, connects)
        certificate_arn, made = certificate_of(self, plan, self.pattern_name)
        uploads = Uploads(self, plan, self._bucket)
        release = uploads.release()
        config = None if self._settles_last(plan) else uploads.config(self._config(plan), release)
        self._edge = build_distribution(
            self,
            plan,
            Around(
                bucket=self._bucket,
                ready=config or release,
                headers_id=asked(self._headers, "ref"),
                certificate_arn=certificate_arn,
                web_acl_arn=web_acl_of(self, plan, self.pattern_name),
            ),
        )
        resource = self._edge.resource
        self._overrides = Overrides(resource)
        if self._settles_last(plan):
            uploads.config(self._config(plan), release)
        let_edge_read(self._bucket, self._distribution_arn(asked(resource, "ref")))
        build_records(self, plan.domain, asked(resource, "attr_domain_name"))
        register_names(self, plan.domain)
        self._operate(plan, certificate_arn, made)
        self._register()
        self._note_website(resource, uploads.log_group)
        build_output(self, "Url", self.url)
        build_output(self, "ShownRelease", self.release)
        return resource

    def _settles_last(self, plan: Plan) -> bool:
        """Whether `/config.json` is published after the switch and not before it.

        Without names the client of sign-in needs the distribution's, and the distribution its functions, which wait
        for the switch.
        """
        return plan.sign_in is not None and not plan.domain.names

    def _config(self, plan: Plan) -> Mapping[str, Any] | None:
        if not plan.files.has_config:
            return None
        own = plan.files.config
        return own if self._signed_in is None else {**own, SIGN_IN: config_of(self._signed_in, self._client_id)}

    def _operate(self, plan: Plan, certificate_arn: str | None, made: cdk.CfnResource | None) -> None:
        """Alarms and access logs, where CloudFront has them."""
        wanted = plan.edge.operations.alarms is not None or plan.edge.access_logs
        there = wanted and plan.edge.place is not None
        place = edge_scope(self, plan.context, "after", self.pattern_name) if there else self
        context = naming_there(plan.context)
        self._alarms = AlarmFactory(place, context, plan.edge.operations, page=self._alarm_page)
        if not there:
            return
        resource = self._edge.resource
        identity = passed(place, resource, "DistributionId", asked(resource, "ref"))
        if plan.edge.operations.alarms is not None:
            self._of_edge = WebsiteAlarms(self._alarms, identity)
            if made is not None:
                certificate_arn = passed(place, made, "CertificateArn", asked(made, "ref"))
            elif plan.domain.waits_for_certificate:
                certificate_arn = passed(place, resource, "CertificateArn", str(certificate_arn))
            self._of_edge.build(self._edge.function_names, certificate_arn)
        if plan.edge.access_logs:
            name = edge_name(self, "Log", longest=LONGEST_LOG_NAME)
            log_access(place, self._distribution_arn(identity), identity, name)

    def _distribution_arn(self, identity: str) -> str:
        return f"arn:{partition_of(self)}:cloudfront::{asked(stack_of(self), 'account')}:distribution/{identity}"

    @cached_property
    def _client(self) -> cognito.CfnUserPoolClient:
        """The client: of names that are known it stands with the pool, which an API in another stack has before."""
        signed_in, names = self._signed_in, self._plan.domain.names
        if signed_in is None:
            raise RuntimeError(f"{self.node.path} has no sign_in")
        given = self._plan.props.sign_in
        place: Construct = self
        if names and given is not None and isinstance(given.user_pool, cognito.UserPool):
            pool_stack = stack_of(given.user_pool)
            if asked(pool_stack, "stack_id") != asked(stack_of(self), "stack_id"):
                place = Construct(pool_stack, f"{id_of(stack_of(self))}-{id_of(self)}-SignIn")
        return build_client(place, signed_in, self.domain_name)

    @property
    def _client_id(self) -> str:
        return asked(self._client, "ref")

    def _note_website(self, resource: cdk.CfnResource, log_group: str) -> None:
        """What the command line knows of it."""
        runs = Runs(
            pattern=self.pattern_name,
            path=path_of(self),
            kind="website",
            log_group=log_group,
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
            ValueError: the path leads to an endpoint already, or the endpoint's stack would wait for this one, too.
        """
        before = self._plan.props.api.get(path)
        if before is not None:
            raise ValueError(
                f'add_api("{path}"): this path leads to {before.name} already, and has one endpoint: '
                f'website.add_api("/{id_of(self).lower()}/*", …), or take {before.name} out of api'
            )
        refuse_circle(self, path, endpoint)
        plan = self._add("api", {**self._plan.props.api, path: endpoint}, acknowledge)
        add_api(self._edge, plan, plan.apis[-1])
        if self._of_edge is not None:
            self._of_edge.functions(self._edge.function_names)

    @property
    def authorizer(self) -> Jwt:
        """The authorizer that lets in who signed in: `HttpApi(authorizer=website.authorizer)`.

        Raises:
            RuntimeError: nobody signs in.
        """
        if self._signed_in is None:
            raise RuntimeError(f"{self.node.path} has no sign-in: give its props sign_in=SignIn()")
        return authorizer_of(self._signed_in, self._client_id)

    @property
    def user_pool(self) -> cognito.IUserPool | None:
        """Who may sign in; None without `sign_in`."""
        return None if self._signed_in is None else self._signed_in.pool

    @property
    def user_pool_client(self) -> cognito.IUserPoolClient | None:
        """The client of the site; None without `sign_in`."""
        if self._signed_in is None:
            return None
        named = cognito.UserPoolClient.from_user_pool_client_id
        return kept(self, "client", lambda: named(self, "ExposedClient", self._client_id))

    def grant_upload(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` upload files, such as a pipeline that publishes without CDK."""
        return self._bucket.grant_put(grantee)

    def metric_requests(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Requests, of five minutes unless `period` is given; CloudFront's metrics are in us-east-1."""
        return self._metric("Requests", "Sum", period)

    def metric_failed_requests(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Percent of requests that were answered with 500 and above."""
        return self._metric("5xxErrorRate", "Average", period)

    def metric_refused_requests(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Percent of requests that were answered with 400 to 499, such as those for what is not there."""
        return self._metric("4xxErrorRate", "Average", period)

    def metric_downloaded(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Bytes that visitors got."""
        return self._metric("BytesDownloaded", "Sum", period)

    def _metric(self, name: str, statistic: str, period: cdk.Duration | None) -> cloudwatch.Metric:
        metric = distribution_metric(asked(self._edge.resource, "ref"), name, statistic)
        return metric.of_cdk(period).with_(region=EDGE_REGION)

    def _show(self) -> None:
        """Where its alarms are: a dashboard in the stack of the distribution could not have those of us-east-1."""
        if self._plan.operations.dashboard:
            resource = self._edge.resource
            self._shown_id = passed(self._alarms.scope, resource, "DistributionId", asked(resource, "ref"))
        super()._show()

    def _widgets(self) -> Sequence[Widget]:
        quiet = self._plan.edge.operations.alarms is None
        return [*super()._widgets(), *website_graphs(self._shown_id, self._edge.function_names, quiet=quiet)]

    def _resources(self) -> list[cdk.CfnResource]:
        self._bucket_resource: s3.CfnBucket = asked(node_of(self._bucket), "default_child")
        edge = self._edge
        own = (self._bucket_resource, edge.resource, self._headers, edge.function, *edge.functions.values())
        return [*super()._resources(), *own]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        plan, edge, strips = self._plan, self._edge, self._plan.props.strip_prefix
        functions = {"site function": edge.function}
        functions |= {f"function of {prefix}": each for prefix, each in edge.functions.items()}
        return {
            **super()._views(inspection),
            "distribution": [
                DistributionView(
                    properties=self._overrides.applied(inspection.properties(edge.resource)),
                    bucket=inspection.properties(self._bucket_resource),
                )
            ],
            "headers": [BuiltHeaders(properties=inspection.properties(self._headers))],
            "functions": [_function_part(path, inspection.properties(each)) for path, each in functions.items()],
            "strips": [] if isinstance(strips, bool) else [StripsPart(given=strips, paths=list(plan.props.api))],
            "domains": [DomainPart(plan=plan.domain, edge=plan.edge, others=tuple(names_beside(self)))],
        }


def _function_part(path: str, properties: Mapping[str, Any]) -> FunctionPart:
    code, config = properties.get("functionCode"), as_part(properties.get("functionConfig"))
    return FunctionPart(path=path, code=code if isinstance(code, str) else None, runtime=config.get("runtime"))
