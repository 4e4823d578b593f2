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

from naws.core.authoring import asked, kept, stack_of
from naws.portal_website.plan import ApiPlan, Plan
from naws.portal_website.plan_viewer import api_function, site_function

_CACHED, _UNCACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""AWS's policies CachingOptimized, CachingDisabled and AllViewerExceptHostHeader.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
"""
_SITE = "Site"
_READING = ["GET", "HEAD", "OPTIONS"]
_EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
_LONGEST_COMMENT = 128
_LONGEST_NAME = 64


@dataclass
class Edge:
    """The distribution as it stands.

    Attributes:
        scope: the website.
        resource: the distribution.
        config: its settings.
        function: the one of the site, which holds the release.
        ready: what every function waits for.
    """

    scope: Construct
    resource: cloudfront.CfnDistribution
    config: dict[str, Any]
    function: cloudfront.CfnFunction
    ready: cdk.CfnResource
    functions: dict[str, cloudfront.CfnFunction] = field(default_factory=dict[str, cloudfront.CfnFunction])


def build_distribution(
    scope: Construct, plan: Plan, bucket: s3.Bucket, ready: cdk.CfnResource, certificate_arn: str | None
) -> Edge:
    """The distribution with its functions, policies and origins.

    Args:
        scope: the website.
        plan: what was decided.
        bucket: where the files are.
        ready: what makes sure that the release is there.
        certificate_arn: of us-east-1. None: CloudFront's own.
    """
    function = _function(scope, "SiteFunction", site_function(plan.viewer), ready)
    access = cloudfront.CfnOriginAccessControl(
        scope,
        "OriginAccess",
        origin_access_control_config=cloudfront.CfnOriginAccessControl.OriginAccessControlConfigProperty(
            name=edge_name(scope, "Site"),
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
        ),
    )
    config: dict[str, Any] = {
        "enabled": True,
        "comment": plan.context.path[:_LONGEST_COMMENT],
        "httpVersion": "http2and3",
        "ipv6Enabled": True,
        "defaultRootObject": "index.html",
        "origins": [
            {
                "id": _SITE,
                "domainName": asked(bucket, "bucket_regional_domain_name"),
                "originAccessControlId": access.attr_id,
                "s3OriginConfig": {"originAccessIdentity": ""},
            }
        ],
        "defaultCacheBehavior": _behaviour(_SITE, _CACHED, _READING, function),
        "cacheBehaviors": [],
    }
    if certificate_arn is not None:
        config["aliases"] = list(plan.domain.names)
        config["viewerCertificate"] = {
            "acmCertificateArn": certificate_arn,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        }
    resource = cloudfront.CfnDistribution(scope, "Distribution", distribution_config=config)
    edge = Edge(scope=scope, resource=resource, config=config, function=function, ready=ready)
    for api in plan.apis:
        add_api(edge, plan, api)
    return edge


def add_api(edge: Edge, plan: Plan, api: ApiPlan) -> None:
    """Lead the requests of a path to what answers them."""
    number = len(edge.config["cacheBehaviors"]) + 1
    origin_id = f"Api{number}"
    bound = api.endpoint.for_edge().bind(edge.scope, origin_id=origin_id)
    function = _api_function(edge, plan, api)
    edge.config["origins"].append(bound.origin_property)
    edge.config["cacheBehaviors"].append(
        {
            "pathPattern": api.path,
            **_behaviour(origin_id, _UNCACHED, _EVERY_METHOD, function),
            "originRequestPolicyId": _ALL_BUT_HOST,
        }
    )
    edge.resource.distribution_config = cast("Any", edge.config)


def edge_name(scope: Construct, purpose: str) -> str:
    """A name of what CloudFront has once an account, in all its regions together."""
    region = asked(stack_of(scope), "region")
    taken = len(purpose) + 2 + (len(region) if not cdk.Token.is_unresolved(region) else 14)
    names = cdk.Names
    name = kept(
        scope,
        f"edge name {purpose}",
        lambda: names.unique_resource_name(scope, max_length=_LONGEST_NAME - taken, separator="-"),
    )
    return f"{name}-{purpose}-{region}"


def _behaviour(
    origin: str, cache: str, methods: list[str], function: cloudfront.CfnFunction | None
) -> Mapping[str, Any]:
    own: Mapping[str, Any] = {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "compress": True,
        "cachePolicyId": cache,
        "allowedMethods": methods,
        "cachedMethods": ["GET", "HEAD"],
    }
    if function is None:
        return own
    arn = asked(function, "attr_function_arn")
    return {**own, "functionAssociations": [{"eventType": "viewer-request", "functionArn": arn}]}


def _api_function(edge: Edge, plan: Plan, api: ApiPlan) -> cloudfront.CfnFunction | None:
    """The function of an API, shared by those that need the same; None where nothing is to be done."""
    viewer = plan.viewer
    if not (api.prefix or viewer.main_domain or viewer.password):
        return None
    if api.prefix not in edge.functions:
        construct_id = f"ApiFunction{len(edge.functions) + 1}"
        code = api_function(viewer, api.prefix)
        edge.functions[api.prefix] = _function(edge.scope, construct_id, code, edge.ready)
    return edge.functions[api.prefix]


def _function(scope: Construct, construct_id: str, code: str, ready: cdk.CfnResource) -> cloudfront.CfnFunction:
    """A function that is published when it is made or changed: what is shown then has to be there before."""
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
    function.add_resource_dependency(ready)
    return function
