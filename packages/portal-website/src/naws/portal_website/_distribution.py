"""The distribution of a website, and the functions that every request passes first.

Everything is data, which is written again when an API is added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.authoring import acknowledge_nag, asked, fitting, short_hash
from naws.portal_website._names import edge_name
from naws.portal_website._release import NOT_FOUND_KEY
from naws.portal_website.plan import ApiPlan, Plan
from naws.portal_website.plan_viewer import api_function, encoded, site_function

_CACHED, _UNCACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""AWS's policies CachingOptimized, CachingDisabled and AllViewerExceptHostHeader.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
"""
_SITE_FUNCTION = "SiteFunction"
_SITE, _INDEX = "Site", "index.html"
_FEW_SECONDS = 10
_READING = ["GET", "HEAD", "OPTIONS"]
_EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
_LONGEST_COMMENT = 128


@dataclass
class Edge:
    """The distribution as it stands.

    Attributes:
        scope: the website.
        resource: the distribution.
        config: its settings.
        function: the one of the site, which holds the release.
        headers_id: the policy that adds headers to every answer.
        ready: what every function waits for.
        functions: those of APIs, by the prefix that they take off.
    """

    scope: Construct
    resource: cloudfront.CfnDistribution
    config: dict[str, Any]
    function: cloudfront.CfnFunction
    headers_id: str
    ready: cdk.CfnResource
    functions: dict[str, cloudfront.CfnFunction] = field(default_factory=dict[str, cloudfront.CfnFunction])

    @property
    def function_names(self) -> list[str]:
        """The names of all functions, the site's first."""
        return [edge_name(self.scope, each) for each in (_SITE_FUNCTION, *map(_api_function_id, self.functions))]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a distribution is made with.

    Attributes:
        bucket: where the files are.
        ready: what makes sure that the release is there.
        headers_id: the policy that adds headers to every answer.
        certificate_arn: of us-east-1. None: CloudFront's own.
        web_acl_arn: of us-east-1. None: nothing filters requests.
    """

    bucket: s3.Bucket
    ready: cdk.CfnResource
    headers_id: str
    certificate_arn: str | None
    web_acl_arn: str | None


def build_distribution(scope: Construct, plan: Plan, around: Around) -> Edge:
    """The distribution with its functions and origins.

    Under CloudFront's own name it takes TLS 1.0, too, whatever is asked for: only names of one's own have a minimum.
    Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html

    Args:
        scope: the website.
        plan: what was decided.
        around: what it is made with.
    """
    function = _function(scope, _SITE_FUNCTION, site_function(plan.viewer), around.ready)
    config: dict[str, Any] = {
        "enabled": True,
        "comment": fitting(plan.context.path, _LONGEST_COMMENT),
        "httpVersion": "http2and3",
        "ipv6Enabled": True,
        "defaultRootObject": _INDEX,
        "origins": [_bucket_origin(scope, around.bucket)],
        "defaultCacheBehavior": _behaviour(_SITE, _CACHED, _READING, around.headers_id, function),
        "cacheBehaviors": [],
        "customErrorResponses": _errors(plan),
        "webAclId": around.web_acl_arn,
    }
    if around.certificate_arn is not None:
        config["aliases"] = list(plan.domain.names)
        config["viewerCertificate"] = {
            "acmCertificateArn": around.certificate_arn,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        }
    resource = cloudfront.CfnDistribution(scope, "Distribution", distribution_config=cast("Any", config))
    edge = Edge(
        scope=scope,
        resource=resource,
        config=config,
        function=function,
        headers_id=around.headers_id,
        ready=around.ready,
    )
    for api in plan.apis:
        add_api(edge, plan, api)
    _answer(resource, plan, around)
    return edge


def _answer(resource: cloudfront.CfnDistribution, plan: Plan, around: Around) -> None:
    """What cdk-nag finds in every distribution."""
    acknowledge_nag(resource, "AwsSolutions-CFR1", "A site is for whoever can reach it, in every country.")
    if around.web_acl_arn is None:
        acknowledge_nag(resource, "AwsSolutions-CFR2", "Its files are public; web_acl=WebAcl() filters requests.")
    logged = plan.edge.access_logs
    reason = (
        "They are delivered by CloudWatch, not by the distribution." if logged else "None were wanted, or can be kept."
    )
    acknowledge_nag(resource, "AwsSolutions-CFR3", reason)
    if around.certificate_arn is None:
        acknowledge_nag(resource, "AwsSolutions-CFR4", "CloudFront's own name has no minimum; domain_names have.")


def add_api(edge: Edge, plan: Plan, api: ApiPlan) -> None:
    """Lead the requests of a path to what answers them, whose errors no page of the site replaces."""
    number = len(edge.config["cacheBehaviors"]) + 1
    origin_id = f"Api{number}"
    bound = api.endpoint.for_edge().bind(edge.scope, origin_id=origin_id)
    function = _api_function(edge, plan, api)
    edge.config["origins"].append(bound.origin_property)
    edge.config["cacheBehaviors"].append(
        {
            "pathPattern": api.path,
            **_behaviour(origin_id, _UNCACHED, _EVERY_METHOD, edge.headers_id, function),
            "originRequestPolicyId": _ALL_BUT_HOST,
        }
    )
    edge.config["customErrorResponses"] = _errors(plan)
    edge.resource.distribution_config = cast("Any", edge.config)


def _bucket_origin(scope: Construct, bucket: s3.Bucket) -> Mapping[str, Any]:
    access = cloudfront.CfnOriginAccessControl(
        scope,
        "OriginAccess",
        origin_access_control_config=cloudfront.CfnOriginAccessControl.OriginAccessControlConfigProperty(
            name=edge_name(scope, _SITE),
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
        ),
    )
    return {
        "id": _SITE,
        "domainName": asked(bucket, "bucket_regional_domain_name"),
        "originAccessControlId": asked(access, "attr_id"),
        "s3OriginConfig": {"originAccessIdentity": ""},
    }


def _errors(plan: Plan) -> list[Mapping[str, Any]] | None:
    """The page for what is not there, with the path that the function would have made of it: the folder's own.

    It is there whichever release is shown, which may have none.
    S3 answers 400 where a path is longer than a key (KeyTooLongError), or no UTF-8 (InvalidURI). Beside an API there is
    none: CloudFront has one for all paths, and it would be the answer of the API, too.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    """
    if plan.apis:
        return None
    own = plan.not_found_page
    page = f"/{NOT_FOUND_KEY}"
    if own is not None:
        name = own.lstrip("/")
        page = f"/{plan.files.own}/{name if cdk.Token.is_unresolved(name) else encoded(name)}"
    answer = {"responseCode": 404, "responsePagePath": page, "errorCachingMinTtl": _FEW_SECONDS}
    return [{"errorCode": code, **answer} for code in (400, 404)]


def _behaviour(
    origin: str, cache: str, methods: list[str], headers_id: str, function: cloudfront.CfnFunction | None
) -> Mapping[str, Any]:
    own: Mapping[str, Any] = {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "compress": True,
        "cachePolicyId": cache,
        "allowedMethods": methods,
        "cachedMethods": ["GET", "HEAD"],
        "responseHeadersPolicyId": headers_id,
    }
    if function is None:
        return own
    arn = asked(function, "attr_function_arn")
    return {**own, "functionAssociations": [{"eventType": "viewer-request", "functionArn": arn}]}


def _api_function(edge: Edge, plan: Plan, api: ApiPlan) -> cloudfront.CfnFunction | None:
    """The function of an API, shared by those that need the same; None where nothing is to be done."""
    code = api_function(plan.viewer, api.prefix)
    if not code:
        return None
    if api.prefix not in edge.functions:
        edge.functions[api.prefix] = _function(edge.scope, _api_function_id(api.prefix), code, edge.ready)
    return edge.functions[api.prefix]


def _api_function_id(prefix: str) -> str:
    """By what it takes off: what is published anew is at work at once, before the distribution knows the new paths."""
    return f"ApiFunction{short_hash(prefix) if prefix else ''}"


def _function(scope: Construct, construct_id: str, code: str, ready: cdk.CfnResource) -> cloudfront.CfnFunction:
    """A function that is published when it is made or changed: what is shown then has to be there before.

    It has no tags: CloudFront is reported to refuse functions that are made with some, and with tags of their stack.
    Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2508
    """
    function = cloudfront.CfnFunction(
        scope,
        construct_id,
        name=edge_name(scope, construct_id),
        auto_publish=True,
        function_code=code,
        function_config=cloudfront.CfnFunction.FunctionConfigProperty(
            comment=construct_id, runtime="cloudfront-js-2.0"
        ),
    )
    function.add_property_deletion_override("Tags")
    function.add_resource_dependency(ready)
    return function
