# ruff: noqa: E501  # a table: one mistake stays together
"""Rules on the distribution as its template has it: what ordinary CDK code changed."""

from typing import Any

import pytest

from naws.core.authoring import Rule
from naws.portal_website import checks_behaviours, checks_distribution
from naws.portal_website.checks_behaviours import BEHAVIOUR_RULES
from naws.portal_website.checks_built import DistributionView
from naws.portal_website.checks_distribution import DISTRIBUTION_RULES

TOKEN = {"Ref": "Other"}
RULES = (*DISTRIBUTION_RULES, *BEHAVIOUR_RULES)
FUNCTION = {"eventType": "viewer-request", "functionArn": {"Fn::GetAtt": ["F", "FunctionARN"]}}
ALL = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
SITE = {
    "targetOriginId": "Site",
    "viewerProtocolPolicy": "redirect-to-https",
    "allowedMethods": ["GET", "HEAD", "OPTIONS"],
    "functionAssociations": [FUNCTION],
}
API = {**SITE, "targetOriginId": "Api1", "pathPattern": "/api/*", "allowedMethods": ALL, "functionAssociations": None}
BUCKET = {
    "id": "Site",
    "domainName": TOKEN,
    "originAccessControlId": TOKEN,
    "s3OriginConfig": {"originAccessIdentity": ""},
}
DOMAIN = {
    "id": "Api1",
    "domainName": "api.example.com",
    "customOriginConfig": {
        "originProtocolPolicy": "https-only",
        "originSslProtocols": ["TLSv1.2"],
        "originReadTimeout": 30,
    },
}
VPC = {"id": "Api1", "domainName": TOKEN, "vpcOriginConfig": {"vpcOriginId": TOKEN, "originReadTimeout": 120}}
GOOD: dict[str, Any] = {
    "comment": "Shop/Portal",
    "defaultRootObject": "index.html",
    "origins": [BUCKET, DOMAIN],
    "defaultCacheBehavior": SITE,
    "cacheBehaviors": [API],
}


def view(bucket: dict[str, Any] | None = None, **config: Any) -> DistributionView:
    return DistributionView(properties={"distributionConfig": GOOD | config}, bucket=bucket or {})


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"origins": [BUCKET, VPC]},
        {"cacheBehaviors": []},
        {
            "aliases": ["www.example.com"],
            "viewerCertificate": {"acmCertificateArn": TOKEN, "minimumProtocolVersion": "TLSv1.2_2021"},
        },
        {
            "cacheBehaviors": [],
            "customErrorResponses": [{"errorCode": 404, "responseCode": 404, "responsePagePath": "/404.html"}],
        },
        {"customErrorResponses": [{"errorCode": 404, "errorCachingMinTtl": 10}]},
        {"restrictions": {"geoRestriction": {"restrictionType": "blacklist", "locations": ["DE", "GB"]}}},
        {"webAclId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"},
        {
            "webAclId": TOKEN,
            "comment": TOKEN,
            "restrictions": TOKEN,
            "aliases": TOKEN,
            "viewerCertificate": {"acmCertificateArn": TOKEN, "minimumProtocolVersion": TOKEN},
        },
        {"origins": TOKEN, "cacheBehaviors": TOKEN, "customErrorResponses": TOKEN, "defaultRootObject": TOKEN},
        {"restrictions": {"geoRestriction": {"restrictionType": TOKEN, "locations": TOKEN}}},
    ],
)
def test_what_is_right(config: dict[str, Any]) -> None:
    judged = view(**config)
    assert [issue for rule in RULES for issue in rule.issues(judged)] == []


def test_nothing_known_breaks_nothing() -> None:
    assert [issue for rule in RULES for issue in rule.issues(DistributionView(properties={}))] == []
    unknown = DistributionView(properties={"distributionConfig": TOKEN})
    assert [issue for rule in RULES for issue in rule.issues(unknown)] == []


def error(**given: Any) -> dict[str, Any]:
    return {"customErrorResponses": [given]}


def origin(**given: Any) -> dict[str, Any]:
    own = {name: given.pop(name) for name in list(given) if name.startswith("origin")}
    return {"origins": [BUCKET, {**DOMAIN, **given, "customOriginConfig": {**DOMAIN["customOriginConfig"], **own}}]}


def default(**given: Any) -> dict[str, Any]:
    return {"defaultCacheBehavior": {**SITE, **given}}


ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/a"
WRONG: list[tuple[Rule[DistributionView], dict[str, Any], str]] = [
    (checks_distribution.few, {"cacheBehaviors": [API] * 75}, "api"),
    (checks_distribution.few, {"origins": [DOMAIN] * 101}, "distribution.origins"),
    (checks_distribution.few, {"originGroups": {"items": [{}] * 11}}, "distribution.origin_groups"),
    (checks_distribution.few, {"aliases": ["a.example.com"] * 101}, "distribution.aliases"),
    (checks_distribution.slashes, {"defaultRootObject": "/index.html"}, "distribution.default_root_object"),
    (checks_distribution.slashes, error(responsePagePath="404.html"), "distribution.custom_error_responses[0].response_page_path"),
    (checks_distribution.error_codes, error(errorCode=401), "distribution.custom_error_responses[0].error_code"),
    (checks_distribution.error_codes, error(errorCode=404, responseCode=404), "distribution.custom_error_responses[0].response_page_path"),
    (checks_distribution.error_codes, error(errorCode=404, responsePagePath="/a"), "distribution.custom_error_responses[0].response_code"),
    (checks_distribution.no_masks, error(errorCode=404, responseCode=200, responsePagePath="/index.html"), "distribution.custom_error_responses[0].response_code"),
    (checks_distribution.no_masks, error(errorCode=404, responseCode=404, responsePagePath="/404.html"), "distribution.custom_error_responses[0]"),
    (checks_distribution.comment, {"comment": "a" * 129}, "distribution.comment"),
    (checks_distribution.times, origin(originReadTimeout=300), "distribution.origins[1].origin_read_timeout"),
    (checks_distribution.times, origin(originKeepaliveTimeout=0), "distribution.origins[1].origin_keepalive_timeout"),
    (checks_distribution.times, origin(connectionAttempts=4), "distribution.origins[1].connection_attempts"),
    (checks_distribution.times, origin(connectionTimeout=11), "distribution.origins[1].connection_timeout"),
    (checks_distribution.times, origin(responseCompletionTimeout=20), "distribution.origins[1].response_completion_timeout"),
    (checks_distribution.aliases, {"aliases": ["www.example.com"]}, "distribution.viewer_certificate"),
    (checks_distribution.aliases, {"viewerCertificate": {"acmCertificateArn": TOKEN}}, "distribution.aliases"),
    (checks_distribution.aliases, {"aliases": ["a.b"], "viewerCertificate": {"acmCertificateArn": ARN}}, "distribution.viewer_certificate"),
    (checks_distribution.encrypted, {"viewerCertificate": {"acmCertificateArn": TOKEN, "minimumProtocolVersion": "TLSv1.1_2016"}}, "distribution.minimum_protocol_version"),
    (checks_distribution.encrypted, default(viewerProtocolPolicy="allow-all"), "distribution.default_cache_behavior.viewer_protocol_policy"),
    (checks_distribution.countries, {"restrictions": {"geoRestriction": {"restrictionType": "whitelist", "locations": ["UK"]}}}, "distribution.geo_restriction.locations[0]"),
    (checks_distribution.countries, {"restrictions": {"geoRestriction": {"restrictionType": "allow"}}}, "distribution.geo_restriction.restriction_type"),
    (checks_distribution.countries, {"restrictions": {"geoRestriction": {"restrictionType": "whitelist"}}}, "distribution.geo_restriction.locations"),
    (checks_distribution.root, {"defaultRootObject": ""}, "distribution.default_root_object"),
    (checks_distribution.global_acl, {"webAclId": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b"}, "distribution.web_acl_id"),
    (checks_behaviours.one_each, default(functionAssociations=[FUNCTION, FUNCTION]), "distribution.default_cache_behavior.function_associations"),
    (checks_behaviours.one_each, default(lambdaFunctionAssociations=[{"eventType": "viewer-response"}]), "distribution.default_cache_behavior.lambda_function_associations"),
    (checks_behaviours.one_each, default(functionAssociations=[{"eventType": "origin-request"}]), "distribution.default_cache_behavior.function_associations"),
    (checks_behaviours.keeps_function, default(functionAssociations=[]), "distribution.default_cache_behavior.function_associations"),
    (checks_behaviours.plain_vpc, {"origins": [BUCKET, VPC], "cacheBehaviors": [{**API, "grpcConfig": {"enabled": True}}]}, "distribution.cache_behaviors[0].grpc_config"),
    (checks_behaviours.plain_vpc, {"origins": [BUCKET, VPC], "cacheBehaviors": [{**API, "lambdaFunctionAssociations": [{"eventType": "origin-request"}]}]}, "distribution.cache_behaviors[0].lambda_function_associations"),
    (checks_behaviours.by_https, origin(originProtocolPolicy="http-only"), "distribution.origins[1].origin_protocol_policy"),
    (checks_behaviours.by_https, origin(originSslProtocols=["TLSv1", "TLSv1.2"]), "distribution.origins[1].origin_ssl_protocols"),
    (checks_behaviours.read_only, default(allowedMethods=ALL), "distribution.default_cache_behavior.allowed_methods"),
    (checks_behaviours.unsigned_bodies, {"origins": [BUCKET, {**DOMAIN, "domainName": "abc123.lambda-url.eu-west-1.on.aws", "originAccessControlId": TOKEN}]}, "distribution.cache_behaviors[0].allowed_methods"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "config", "path"), WRONG, ids=[f"{rule.code}-{path}" for rule, _, path in WRONG])
def test_what_is_wrong(rule: Rule[DistributionView], config: dict[str, Any], path: str) -> None:
    assert [each.path for each in rule.issues(view(**config))] == [path]


def test_a_bucket_with_a_key() -> None:
    def encryption(algorithm: str) -> dict[str, Any]:
        by = {"serverSideEncryptionByDefault": {"sseAlgorithm": algorithm}}
        return {"bucketEncryption": {"serverSideEncryptionConfiguration": [by]}}

    assert checks_behaviours.usable_key.issues(view(encryption("AES256"))) == []
    assert len(checks_behaviours.usable_key.issues(view(encryption("aws:kms")))) == 1
