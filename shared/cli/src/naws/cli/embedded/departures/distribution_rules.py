"""What CloudFront refuses of a distribution's configuration, in the order in which it is looked for.

The codes and what they say are botocore's model of CloudFront; where AWS's own sentence is known from those who met it,
it is that. Sources: Amazon CloudFront API Reference, DistributionConfig and what it consists of, Errors of
CreateDistribution; Developer Guide, 'Quotas', 'Requirements for using alternate domain names'.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures.distribution_config import (
    REGION,
    Config,
    aliases_of,
    behaviors,
    distributions,
    items,
)
from naws.cli.embedded.departures.distribution_origins import covers
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import acm, cloudfront, responses, waf

_MOST_BEHAVIORS, _MOST_ORIGINS, _MOST_NAMES, _LONGEST_COMMENT, _LONGEST_PATTERN = 75, 100, 100, 128, 255
_ERROR_CODES = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
_RESPONSE_CODES = _ERROR_CODES | {200}
_SECONDS = range(1, 121)
_PATTERN = re.compile(r"[A-Za-z0-9_\-.*$/~\"'@:+&?]+")
_METHODS = (
    {"GET", "HEAD"},
    {"GET", "HEAD", "OPTIONS"},
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
)
_LOW_PORTS, _HIGH_PORTS = (80, 443), range(1024, 65_536)
_WEB_ACL = re.compile(rf"arn:aws:wafv2:{REGION}:[0-9]+:global/webacl/.+")
_CNAMES = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html"
_UNTRUSTED = (
    "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that "
    "validates your authorization to use the domain name. For more details, see: "
    f"{_CNAMES}#alternate-domain-names-requirements"
)
_NO_CERTIFICATE = (
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
    "certificate chain."
)
_UNCOVERED = (
    "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're "
    f"trying to add. For more details, see: {_CNAMES}#alternate-domain-names-requirements"
)


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong."""

    code: str
    text: str
    status: int = 400


def wrong_things(config: Config, own_id: str) -> Iterator[Wrong]:
    """What is wrong with a configuration.

    Args:
        config: As botocore's model has it.
        own_id: Of the distribution that it is for; empty for a new one.
    """
    yield from _of_whole(config)
    for origin in items(config.get("Origins")):
        yield from _of_origin(origin)
    for behavior in behaviors(config):
        yield from _of_behavior(behavior, config)
    for response in items(config.get("CustomErrorResponses")):
        yield from _of_error(response)
    yield from _of_names(config, own_id)


def _of_whole(config: Config) -> Iterator[Wrong]:
    listed: list[Config] = items(config.get("CacheBehaviors"))
    patterns = [each["PathPattern"] for each in listed]
    root, acl = str(config.get("DefaultRootObject") or ""), str(config.get("WebACLId") or "")
    if len(str(config.get("Comment") or "")) > _LONGEST_COMMENT:
        yield Wrong("InvalidArgument", "The parameter Comment is too big.")
    if root.startswith("/") or len(root) > _LONGEST_PATTERN:
        text = "The default root object file name is too big or contains an invalid character."
        yield Wrong("InvalidDefaultRootObject", text)
    if len(items(config.get("Origins"))) > _MOST_ORIGINS:
        yield Wrong("TooManyOrigins", "You cannot create more origins for the distribution.")
    if len(listed) > _MOST_BEHAVIORS:
        yield Wrong("TooManyCacheBehaviors", "You cannot create more cache behaviors for the distribution.")
    if len(set(patterns)) < len(patterns):
        yield Wrong("InvalidArgument", "The parameter PathPattern has duplicates.")
    acls: list[Any] = [each for _, each in waf._web_acls.all_items()]
    if acl and not (_WEB_ACL.fullmatch(acl) and any(each["ARN"] == acl for each in acls)):
        yield Wrong(
            "InvalidWebACLId",
            "A web ACL ID specified is not valid. To specify a web ACL created using the latest version of WAF, use "
            "the ACL ARN, for example arn:aws:wafv2:us-east-1:123456789012:global/webacl/ExampleWebACL/"
            "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111.",
        )


def _of_origin(origin: Config) -> Iterator[Wrong]:
    custom: Config = members(origin.get("CustomOriginConfig"))
    timed = {**members(origin.get("VpcOriginConfig")), **custom}
    access = origin.get("OriginAccessControlId")
    if ":" in origin["DomainName"] or "/" in origin["DomainName"]:
        yield Wrong("InvalidArgument", "The parameter origin name cannot contain a colon.")
    if access and access not in cloudfront._oacs:
        yield Wrong("NoSuchOriginAccessControl", "The origin access control does not exist.", 404)
    if int(timed.get("OriginReadTimeout", 30)) not in _SECONDS:
        yield Wrong("InvalidOriginReadTimeout", "The read timeout specified for the origin is not valid.")
    if int(timed.get("OriginKeepaliveTimeout", 5)) not in _SECONDS:
        yield Wrong("InvalidOriginKeepaliveTimeout", "The keep alive timeout specified for the origin is not valid.")
    ports = (int(custom.get(name, 80)) for name in ("HTTPPort", "HTTPSPort"))
    if any(port not in _LOW_PORTS and port not in _HIGH_PORTS for port in ports):
        yield Wrong("InvalidArgument", "The parameter origin port is not within allowed range.")
    vpc_origin = members(origin.get("VpcOriginConfig")).get("VpcOriginId")
    if vpc_origin and vpc_origin not in cloudfront._vpc_origins:
        yield Wrong("EntityNotFound", cloudfront._VPC_ORIGIN_NOT_FOUND, 404)


def _of_behavior(behavior: Config, config: Config) -> Iterator[Wrong]:
    pattern = behavior.get("PathPattern")
    if pattern is not None and not (len(pattern) <= _LONGEST_PATTERN and _PATTERN.fullmatch(pattern)):
        yield Wrong("InvalidArgument", "The parameter PathPattern contains an invalid character or is too big.")
    known = {each["Id"] for name in ("Origins", "OriginGroups") for each in items(config.get(name))}
    if behavior.get("TargetOriginId") not in known:
        yield Wrong("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404)
    methods: set[str] = set(items(behavior.get("AllowedMethods")))
    if methods and methods not in _METHODS:
        yield Wrong("InvalidArgument", "The parameter AllowedMethods is not one of the allowed combinations.")
    yield from _of_policies(behavior)
    yield from _of_functions(behavior)


def _of_policies(behavior: Config) -> Iterator[Wrong]:
    cache_policy = behavior.get("CachePolicyId")
    if bool(cache_policy) == bool(behavior.get("ForwardedValues")):
        both = "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior."
        yield Wrong("InvalidArgument", both if cache_policy else "The parameter ForwardedValues is required.")
    stores = (
        ("CachePolicyId", "CachePolicy", cloudfront._cache_policies, cloudfront._MANAGED_CACHE_POLICIES),
        (
            "OriginRequestPolicyId",
            "OriginRequestPolicy",
            cloudfront._origin_request_policies,
            cloudfront._MANAGED_ORIGIN_REQUEST_POLICIES,
        ),
        (
            "ResponseHeadersPolicyId",
            "ResponseHeadersPolicy",
            cloudfront._response_headers_policies,
            cloudfront._MANAGED_RESPONSE_HEADERS_POLICIES,
        ),
    )
    for field, name, own, managed in stores:
        given = behavior.get(field)
        if given and given not in own and given not in managed:
            words = " ".join(re.findall("[A-Z][a-z]+", name)).lower()
            yield Wrong(f"NoSuch{name}", f"The specified {words} does not exist.", 404)


def _of_functions(behavior: Config) -> Iterator[Wrong]:
    given: list[Config] = items(behavior.get("FunctionAssociations"))
    events = [each["EventType"] for each in given]
    edge = [each["EventType"] for each in items(behavior.get("LambdaFunctionAssociations"))]
    if len(set(events)) < len(events) or (given and any(each.startswith("viewer-") for each in edge)):
        yield Wrong("InvalidFunctionAssociation", "A CloudFront function association is invalid.")
    for each in given:
        arn, function = each["FunctionARN"], members(cloudfront._functions.get(each["FunctionARN"].rpartition("/")[2]))
        if each["EventType"] not in {"viewer-request", "viewer-response"} or function.get("arn") != arn:
            yield Wrong("InvalidFunctionAssociation", "A CloudFront function association is invalid.")
        elif not function.get("live_etag"):
            text = f"The function {function['name']} is not published: only one in the LIVE stage can be associated."
            yield Wrong("InvalidFunctionAssociation", text)


def _of_error(response: Config) -> Iterator[Wrong]:
    page, code = response.get("ResponsePagePath"), str(response.get("ResponseCode") or "")
    if int(response["ErrorCode"]) not in _ERROR_CODES:
        yield Wrong("InvalidErrorCode", "An invalid error code was specified.")
    if bool(page) != bool(code) or (code and (not code.isdecimal() or int(code) not in _RESPONSE_CODES)):
        yield Wrong("InvalidResponseCode", "A response code is not valid.")
    if page and not page.startswith("/"):
        text = "The relative path is too big, is not URL-encoded, or does not begin with a slash (/)."
        yield Wrong("InvalidRelativePath", text)


def _of_names(config: Config, own_id: str) -> Iterator[Wrong]:
    names = [str(each).lower() for each in items(config.get("Aliases"))]
    viewer: Config = members(config.get("ViewerCertificate"))
    arn = str(viewer.get("ACMCertificateArn") or "")
    if len(names) > _MOST_NAMES:
        yield Wrong("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
    if names and not arn and not viewer.get("IAMCertificateId"):
        yield Wrong("InvalidViewerCertificate", _UNTRUSTED)
    if arn:
        with responses.request_scope(responses.get_account_id(), REGION):
            certificate: Config = members(acm._certificates.get(arn))
        if f":acm:{REGION}:" not in arn or certificate.get("Status") != "ISSUED":
            yield Wrong("InvalidViewerCertificate", _NO_CERTIFICATE)
        own = {certificate.get("DomainName", ""), *(certificate.get("SubjectAlternativeNames") or ())}
        if not all(any(name == each.lower() or covers(each.lower(), name) for each in own) for name in names):
            yield Wrong("InvalidViewerCertificate", _UNCOVERED)
    others = {name for _, each in distributions() if each["Id"] != own_id for name in aliases_of(each)}
    if others & set(names):
        text = "One or more of the CNAMEs you provided are already associated with a different resource."
        yield Wrong("CNAMEAlreadyExists", text, 409)
