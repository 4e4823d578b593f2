"""Configurations that CloudFront does not take, in requests and in templates."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.embedded.distributions import OPTIMIZED, Edge

pytestmark = pytest.mark.e2e

Change = Callable[[dict[str, Any]], Any]
UNKNOWN = "00000000-0000-0000-0000-000000000000"
CNAMES = {"Quantity": 1, "Items": ["www.example.com"]}


def config() -> dict[str, Any]:
    """A distribution that CloudFront takes."""
    origin = {
        "Id": "web",
        "DomainName": "example.org",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    return {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behavior(),
    }


def behavior(**more: Any) -> dict[str, Any]:
    return {"TargetOriginId": "web", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": OPTIMIZED, **more}


def of(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


def behaviors(*patterns: str) -> Change:
    given = [behavior(PathPattern=pattern) for pattern in patterns]
    return lambda made: made.update(CacheBehaviors=of(*given))


def default(**more: Any) -> Change:
    return lambda made: made["DefaultCacheBehavior"].update(more)


def origin(**more: Any) -> Change:
    return lambda made: made["Origins"]["Items"][0].update(more)


def custom(**more: Any) -> Change:
    return lambda made: made["Origins"]["Items"][0]["CustomOriginConfig"].update(more)


def error(**given: Any) -> Change:
    return lambda made: made.update(CustomErrorResponses=of(given))


def whole(**more: Any) -> Change:
    return lambda made: made.update(more)


def associated(arn: str, *events: str) -> Change:
    return default(FunctionAssociations=of(*({"FunctionARN": arn, "EventType": event} for event in events)))


NO_FUNCTION = "arn:aws:cloudfront::000000000000:function/none"
REGIONAL = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/a/b"
NO_CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/none"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (whole(Comment="x" * 129), "InvalidArgument"),
        (whole(DefaultRootObject="/index.html"), "InvalidDefaultRootObject"),
        (behaviors(*(f"/{number}/*" for number in range(76))), "TooManyCacheBehaviors"),
        (behaviors("/a/*", "/a/*"), "InvalidArgument"),
        (behaviors("/a b"), "InvalidArgument"),
        (behaviors("/" + "a" * 255), "InvalidArgument"),
        (whole(WebACLId=REGIONAL), "InvalidWebACLId"),
        (origin(DomainName="http://example.org"), "InvalidArgument"),
        (custom(OriginReadTimeout=121), "InvalidOriginReadTimeout"),
        (custom(OriginKeepaliveTimeout=0), "InvalidOriginKeepaliveTimeout"),
        (custom(HTTPPort=1023), "InvalidArgument"),
        (default(TargetOriginId="none"), "NoSuchOrigin"),
        (default(CachePolicyId=UNKNOWN), "NoSuchCachePolicy"),
        (default(OriginRequestPolicyId=UNKNOWN), "NoSuchOriginRequestPolicy"),
        (default(ResponseHeadersPolicyId=UNKNOWN), "NoSuchResponseHeadersPolicy"),
        (default(AllowedMethods={**of("GET", "HEAD", "POST"), "CachedMethods": of("GET", "HEAD")}), "InvalidArgument"),
        (associated(NO_FUNCTION, "viewer-request"), "InvalidFunctionAssociation"),
        (error(ErrorCode=418), "InvalidErrorCode"),
        (error(ErrorCode=404, ResponsePagePath="/404.html"), "InvalidResponseCode"),
        (error(ErrorCode=404, ResponsePagePath="404.html", ResponseCode="404"), "InvalidRelativePath"),
        (whole(Aliases=CNAMES), "InvalidViewerCertificate"),
        (whole(ViewerCertificate={"ACMCertificateArn": NO_CERTIFICATE}), "InvalidViewerCertificate"),
    ],
)
def test_what_is_refused(bench: Any, change: Change, code: str) -> None:
    cloudfront, made = bench.client("cloudfront"), config()
    change(made)
    with pytest.raises(cloudfront.exceptions.ClientError) as caught:
        cloudfront.create_distribution(DistributionConfig=made)
    assert caught.value.response["Error"]["Code"] == code


def certificate(bench: Any) -> dict[str, Any]:
    arn = bench.client("acm").request_certificate(DomainName="*.example.net")["CertificateArn"]
    return {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}


def test_a_name_needs_a_certificate_and_is_one_distributions_only(bench: Any) -> None:
    cloudfront, shown = bench.client("cloudfront"), certificate(bench)
    name = f"www-{uuid.uuid4().hex[:6]}.example.net"
    made = cloudfront.create_distribution(
        DistributionConfig={**config(), "Aliases": of(name), "ViewerCertificate": shown}
    )
    assert made["Distribution"]["Status"] == "Deployed"
    with pytest.raises(cloudfront.exceptions.CNAMEAlreadyExists):
        cloudfront.create_distribution(DistributionConfig={**config(), "Aliases": of(name), "ViewerCertificate": shown})
    given = {**config(), "Aliases": of("a.b.example.net"), "ViewerCertificate": shown}
    with pytest.raises(cloudfront.exceptions.InvalidViewerCertificate, match="doesn't cover"):
        cloudfront.create_distribution(DistributionConfig=given)
    # It keeps its own name when it changes, and is deleted only when it is disabled.
    tag, own = made["ETag"], made["Distribution"]["DistributionConfig"]
    changed = {**own, "Comment": "changed"}
    tag = cloudfront.update_distribution(Id=made["Distribution"]["Id"], IfMatch=tag, DistributionConfig=changed)["ETag"]
    with pytest.raises(cloudfront.exceptions.DistributionNotDisabled):
        cloudfront.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=tag)


def test_functions_are_small_published_and_not_deleted_while_they_are_used(bench: Any) -> None:
    cloudfront, name = bench.client("cloudfront"), f"f-{uuid.uuid4().hex[:8]}"
    settings = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    with pytest.raises(cloudfront.exceptions.FunctionSizeLimitExceeded):
        cloudfront.create_function(Name=name, FunctionConfig=settings, FunctionCode=b"/" * 10_241)
    code = b"function handler(event) { return event.request; }"
    made = cloudfront.create_function(Name=name, FunctionConfig=settings, FunctionCode=code)
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    given = config()
    associated(arn, "viewer-request")(given)
    with pytest.raises(cloudfront.exceptions.InvalidFunctionAssociation, match="LIVE"):
        cloudfront.create_distribution(DistributionConfig=given)
    cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
    cloudfront.create_distribution(DistributionConfig=given)
    tag = cloudfront.describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]
    with pytest.raises(cloudfront.exceptions.FunctionInUse):
        cloudfront.delete_function(Name=name, IfMatch=tag)
    twice = config()
    associated(arn, "viewer-request", "viewer-request")(twice)
    with pytest.raises(cloudfront.exceptions.InvalidFunctionAssociation):
        cloudfront.create_distribution(DistributionConfig=twice)


def test_a_template_with_what_is_refused_fails(bench: Any) -> None:
    made = Edge(bench, more={"Aliases": ["www.example.com"]})
    assert made.stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=made.stack["StackId"])["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "you must attach a trusted certificate" in reasons
    assert "HandlerErrorCode: InvalidRequest" in reasons
    function = {"FunctionCode": "/" * 10_241, "FunctionConfig": {"Comment": "", "Runtime": "cloudfront-js-2.0"}}
    properties = {"Name": f"f-{uuid.uuid4().hex[:8]}", **function}
    stack, _ = bench.deploy({"Function": {"Type": "AWS::CloudFront::Function", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_certificate_of_another_region_is_refused(bench: Any) -> None:
    cloudfront, shown = bench.client("cloudfront"), certificate(bench)
    shown["ACMCertificateArn"] = shown["ACMCertificateArn"].replace("us-east-1", "eu-west-1")
    with pytest.raises(cloudfront.exceptions.InvalidViewerCertificate, match="isn't in us-east-1"):
        cloudfront.create_distribution(DistributionConfig={**config(), "ViewerCertificate": shown})


def test_what_is_not_emulated_is_said_and_lets_nobody_in(bench: Any) -> None:
    acl: dict[str, Any] = {
        "Type": "AWS::WAFv2::WebACL",
        "Properties": {
            "Name": f"w-{uuid.uuid4().hex[:8]}",
            "Scope": "CLOUDFRONT",
            "DefaultAction": {"Allow": {}},
            "VisibilityConfig": {"CloudWatchMetricsEnabled": False, "SampledRequestsEnabled": False, "MetricName": "m"},
        },
    }
    version = "arn:aws:lambda:us-east-1:000000000000:function:edge:1"
    at_edge = {"LambdaFunctionAssociations": [{"EventType": "origin-request", "LambdaFunctionARN": version}]}
    made = Edge(
        bench,
        more={"WebACLId": {"Fn::GetAtt": ["Acl", "Arn"]}},
        behavior=at_edge,
        resources={"Acl": acl},
    )
    assert made.stack["StackStatus"] == "CREATE_COMPLETE"
    reasons = [each.reason for each in bench.aws.not_emulated() if each.stack == made.stack["StackName"]]
    assert reasons == [
        "its web ACL, which filters nothing here; its Lambda@Edge, of which requests are answered 501 here"
    ]
    assert made.ask("/").status == 501
    signed = Edge(bench, behavior={"TrustedKeyGroups": ["group"]})
    assert signed.ask("/").status == 403
