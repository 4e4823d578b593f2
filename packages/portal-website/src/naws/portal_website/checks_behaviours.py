"""Rules at synthesis on the behaviours and origins of the distribution: functions, methods, how origins are asked."""

import re
from collections.abc import Iterator, Sequence

from naws.core.authoring import Field, Finding, Rule, is_text, limit, practice
from naws.portal_website.checks_built import DistributionView, Part, part_of, parts_of, texts_of

_EDGE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html"
_VPC = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html"
_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html"
_URLS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "private-content-restricting-access-to-lambda.html"
)
_BUCKETS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html"
)
_METHODS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"
_VIEWER, _ORIGIN = ("viewer-request", "viewer-response"), ("origin-request", "origin-response")
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_FUNCTION_URL = re.compile(r"[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws")
_UNDO = "remove the line that sets it, which is in no field of the props"
_SET = 'then=lambda made: made.node.find_child("Distribution").add_property_override("DistributionConfig.{}", {})'
_TWICE = '[{"EventType": "viewer-request", "FunctionARN": "a"}, {"EventType": "viewer-request", "FunctionARN": "b"}]'


def _events(behaviour: Part) -> tuple[Sequence[str], Sequence[str]]:
    """The events of CloudFront functions, and those of Lambda@Edge."""
    functions = [each.get("eventType") for each in parts_of(behaviour, "functionAssociations")]
    edge = [each.get("eventType") for each in parts_of(behaviour, "lambdaFunctionAssociations")]
    return [each for each in functions if is_text(each)], [each for each in edge if is_text(each)]


@limit(
    code="NAWS-EDGE-120",
    title="A behaviour has one function for each event",
    source=_EDGE,
    example=_SET.format("DefaultCacheBehavior.FunctionAssociations", _TWICE),
    fix=_SET.format("DefaultCacheBehavior.FunctionAssociations", _TWICE.partition("}, ")[0] + "}]"),
)
def one_each(view: DistributionView) -> Iterator[Finding]:
    """CloudFront refuses a second one, and Lambda@Edge on viewer events beside a CloudFront function."""
    for path, each in view.behaviours():
        functions, edge = _events(each)
        twice = sorted({event for event in (*functions, *edge) if (*functions, *edge).count(event) > 1})
        if twice:
            yield Field(f"{path}.function_associations").finding(
                f"one function for {twice[0]}", _UNDO, shown=f"{(*functions, *edge).count(twice[0])} of them"
            )
        elif set(functions) & set(_VIEWER) and set(edge) & set(_VIEWER):
            yield Field(f"{path}.lambda_function_associations").finding(
                "origin events alone, beside the function of the site", '"origin-request"', shown="viewer events"
            )
        elif wrong := next((event for event in functions if event not in _VIEWER), None):
            yield Field(f"{path}.function_associations").finding(" or ".join(_VIEWER), '"viewer-request"', shown=wrong)


@practice(
    code="NAWS-EDGE-121",
    title="The function of the site is asked first",
    source="the function holds the release: without it no file is found",
    example=_SET.format("DefaultCacheBehavior.FunctionAssociations", "[]"),
    fix='source="web/dist"',
)
def keeps_function(view: DistributionView) -> Iterator[Finding]:
    """It leads each path to the release that is shown, and to `index.html`: without it all is a 404."""
    default = part_of(view.config, "defaultCacheBehavior")
    if default and not {"viewer-request"} & set(_events(default)[0]):
        yield Field("distribution.default_cache_behavior.function_associations").finding(
            "the function of the site, for viewer-request", _UNDO, shown="none"
        )


@limit(
    code="NAWS-EDGE-122",
    title="An origin in a VPC is asked by HTTP, and has no Lambda@Edge before it",
    source=_VPC,
    example="""
    # CDK code sets grpcConfig of the behaviour of an EcsService.
    api={"/api/*": orders.endpoint}
    """,
    fix='api={"/api/*": orders.endpoint}',
)
def plain_vpc(view: DistributionView) -> Iterator[Finding]:
    """CloudFront supports neither gRPC nor Lambda@Edge on origin events of VPC origins."""
    for path, each in view.behaviours():
        if not part_of(view.origin_of(each), "vpcOriginConfig"):
            continue
        if part_of(each, "grpcConfig").get("enabled") is True:
            yield Field(f"{path}.grpc_config", value=True).finding("no gRPC with a VPC origin", _UNDO)
        if set(_events(each)[1]) & set(_ORIGIN):
            yield Field(f"{path}.lambda_function_associations").finding("none on origin events", _UNDO, shown="some")


@practice(
    code="NAWS-EDGE-123",
    title="What comes from the internet is asked by HTTPS",
    source=f"{_CONTROLS}#cloudfront-9",
    example="""
    # CDK code sets originProtocolPolicy to http-only.
    api={"/api/*": HttpEndpoint.of_domain("api.example.com")}
    """,
    fix='api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
)
def by_https(view: DistributionView) -> Iterator[Finding]:
    """Tokens and answers would go through the internet as they are. Security Hub reports it as CloudFront.9."""
    for path, each in view.origins():
        own = part_of(each, "customOriginConfig")
        policy, old = own.get("originProtocolPolicy"), set(texts_of(own, "originSslProtocols")) - {"TLSv1.2"}
        if policy in ("http-only", "match-viewer"):
            yield Field(f"{path}.origin_protocol_policy", policy).finding("https-only", '"https-only"')
        elif old:
            yield Field(f"{path}.origin_ssl_protocols", sorted(old)).finding("TLSv1.2 alone", '["TLSv1.2"]')


@practice(
    code="NAWS-EDGE-124",
    title="Files are read, and not written",
    source=_METHODS,
    example=_SET.format(
        "DefaultCacheBehavior.AllowedMethods", '["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]'
    ),
    fix=_SET.format("DefaultCacheBehavior.AllowedMethods", '["GET", "HEAD", "OPTIONS"]'),
)
def read_only(view: DistributionView) -> Iterator[Finding]:
    """Requests that write go to the bucket, which refuses them: an API's path has probably been mistyped."""
    for path, each in view.behaviours():
        written = [method for method in texts_of(each, "allowedMethods") if method in _WRITES]
        if written and "s3OriginConfig" in view.origin_of(each):
            yield Field(f"{path}.allowed_methods", written).finding(
                "GET, HEAD and OPTIONS", '["GET", "HEAD", "OPTIONS"]'
            )


@practice(
    code="NAWS-EDGE-125",
    title="A function URL that CloudFront signs for is only read",
    source=_URLS,
    example="""
    # CDK code adds an origin of a function URL with origin access control.
    source="web/dist"
    """,
    fix="""
    # The service has an HTTP API.
    api={"/api/*": orders.endpoint}
    """,
)
def unsigned_bodies(view: DistributionView) -> Iterator[Finding]:
    """Whoever sends a body would have to send its SHA-256 as x-amz-content-sha256, too: no browser does by itself."""
    for path, each in view.behaviours():
        origin = view.origin_of(each)
        name = origin.get("domainName")
        signs = bool(origin.get("originAccessControlId"))
        written = [method for method in texts_of(each, "allowedMethods") if method in _WRITES]
        if signs and written and is_text(name) and _FUNCTION_URL.fullmatch(name):
            yield Field(f"{path}.allowed_methods", written).finding(
                "GET, HEAD and OPTIONS, or an HTTP API",
                'endpoint=HttpApi(authorizer=Public(reason="…"))  # of the service',
            )


@practice(
    code="NAWS-EDGE-126",
    title="Files are encrypted with a key that CloudFront may use",
    source=_BUCKETS,
    example="""
    # CDK code encrypts the bucket with a key of KMS.
    source="web/dist"
    """,
    fix='source="web/dist"',
)
def usable_key(view: DistributionView) -> Iterator[Finding]:
    """S3 asks KMS in CloudFront's name: each request is a 403 until the key's policy lets that service in."""
    rules = parts_of(part_of(view.bucket, "bucketEncryption"), "serverSideEncryptionConfiguration")
    for each in rules:
        kind = part_of(each, "serverSideEncryptionByDefault").get("sseAlgorithm")
        if is_text(kind) and kind.startswith("aws:kms"):
            yield Field("bucket.encryption", kind).finding("AES256, as the pattern sets it", _UNDO)


BEHAVIOUR_RULES: Sequence[Rule[DistributionView]] = (
    one_each,
    keeps_function,
    plain_vpc,
    by_https,
    read_only,
    unsigned_bodies,
    usable_key,
)
"""Of the distribution as it will be deployed."""
