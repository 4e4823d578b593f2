"""Rules at synthesis on the distribution as its template has it: what it is within, and what it answers with."""

from collections.abc import Iterator, Sequence
from typing import Any

from naws.core.authoring import Bounds, Field, Finding, Rule, is_text, is_whole, limit, practice
from naws.portal_website.checks_built import DistributionView, Part, part_of, parts_of, texts_of

_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
_CONFIG = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html"
_ERRORS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-response-code.html"
_CODES = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html"
_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html"
_ALIASES = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"
_TLS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "secure-connections-supported-viewer-protocols-ciphers.html"
)
_GEO = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html"
_MOST = {"behaviours": 75, "origins": 100, "origin groups": 10, "names": 100}
_LONGEST_COMMENT = 128
_ERROR_CODES = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
_PAGE_CODES = (200, *_ERROR_CODES)
_OLD_TLS = ("SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019")
_NEW_TLS = "TLSv1.2_2021"
_SECONDS = Bounds(low=1, high=120, unit="seconds")
_ATTEMPTS, _CONNECT = Bounds(low=1, high=3, unit="attempts"), Bounds(low=1, high=10, unit="seconds")
_UNDO = "remove the line that sets it, which is in no field of the props"
_SET = 'then=lambda made: made.node.find_child("Distribution").add_property_override("DistributionConfig.{}", {})'


@limit(
    code="NAWS-EDGE-101",
    title="A distribution is within CloudFront's quotas",
    source=_QUOTAS,
    example='api={f"/api{n}/*": HttpEndpoint.of_domain(f"api{n}.example.com") for n in range(75)}',
    fix='api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
)
def few(view: DistributionView) -> Iterator[Finding]:
    """75 behaviours with that of the site, 100 origins, 10 origin groups and 100 names, unless a quota was raised."""
    config = view.config
    groups = part_of(config, "originGroups")
    counts = {
        "behaviours": ("api", len(list(view.behaviours()))),
        "origins": ("distribution.origins", len(parts_of(config, "origins"))),
        "origin groups": ("distribution.origin_groups", len(parts_of(groups, "items"))),
        "names": ("distribution.aliases", len(texts_of(config, "aliases"))),
    }
    for name, (path, count) in counts.items():
        if count > _MOST[name]:
            remedy = 'api={"/api/*": …}  # one service, or a load balancer with routes' if path == "api" else _UNDO
            yield Field(path).finding(f"at most {_MOST[name]} {name}", remedy, shown=f"{count} {name}")


@limit(
    code="NAWS-EDGE-102",
    title="The root object has no slash before it, and an error page has one",
    source=_CONFIG,
    example=_SET.format("DefaultRootObject", '"/index.html"'),
    fix=_SET.format("DefaultRootObject", '"index.html"'),
)
def slashes(view: DistributionView) -> Iterator[Finding]:
    """CloudFront refuses both; the one is the name of a file, and the other a path."""
    root = view.config.get("defaultRootObject")
    if is_text(root) and root.startswith("/"):
        yield Field("distribution.default_root_object", root).finding("no slash before it", f'"{root.lstrip("/")}"')
    for path, each in _errors(view):
        page = each.get("responsePagePath")
        if is_text(page) and page and not page.startswith("/"):
            yield Field(f"{path}.response_page_path", page).finding("a slash before it", f'"/{page}"')


def _errors(view: DistributionView) -> Iterator[tuple[str, Part]]:
    for index, each in enumerate(parts_of(view.config, "customErrorResponses")):
        yield f"distribution.custom_error_responses[{index}]", each


@limit(
    code="NAWS-EDGE-103",
    title="An error page is for a status that CloudFront knows, and has one",
    source=_CODES,
    example=_SET.format("CustomErrorResponses", '[{"ErrorCode": 401, "ResponsePagePath": "/login.html"}]'),
    fix=_SET.format("CustomErrorResponses", "[]"),
)
def error_codes(view: DistributionView) -> Iterator[Finding]:
    """One of 400, 403, 404, 405, 414, 416 and 500 to 504, each once. A page and its status are given together."""
    seen: set[Any] = set()
    for path, each in _errors(view):
        code, status, page = each.get("errorCode"), each.get("responseCode"), each.get("responsePagePath")
        if is_whole(code) and (code not in _ERROR_CODES or code in seen):
            expected = f"{code} once" if code in seen else f"one of {', '.join(map(str, _ERROR_CODES))}"
            yield Field(f"{path}.error_code", code).finding(expected, _UNDO)
        seen.add(code if is_whole(code) else None)
        if is_whole(status) and status not in _PAGE_CODES:
            yield Field(f"{path}.response_code", status).finding(f"one of {', '.join(map(str, _PAGE_CODES))}", _UNDO)
        if bool(page) != (status is not None):
            missing = "response_code" if page else "response_page_path"
            other = "response_page_path" if page else "response_code"
            yield Field(f"{path}.{missing}", None).finding(f"given, with {other}", _UNDO)


@practice(
    code="NAWS-EDGE-104",
    title="An error stays an error",
    source=_ERRORS,
    example=_SET.format(
        "CustomErrorResponses", '[{"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/index.html"}]'
    ),
    fix=_SET.format("CustomErrorResponses", "[]"),
)
def no_masks(view: DistributionView) -> Iterator[Finding]:
    """These pages are of the whole distribution: an API's 404 would become `200 index.html`, and so would a lost chunk.

    The function at the edge has a single-page app answer, and lets errors through.
    """
    has_api = bool(parts_of(view.config, "cacheBehaviors"))
    for path, each in _errors(view):
        code, status = each.get("errorCode"), each.get("responseCode")
        if not each.get("responsePagePath"):
            continue
        if status == 200 or (is_text(status) and status == "200"):  # noqa: PLR2004  # the status
            yield Field(f"{path}.response_code", 200).finding(f"{code}, or no page", f'{_UNDO}\nkind="spa"')
        elif has_api:
            yield Field(path).finding(
                "none beside api, whose errors it would replace", _UNDO, shown=f"a page for {code}"
            )


@limit(
    code="NAWS-EDGE-105",
    title="A comment has 128 characters at most",
    source=_CONFIG,
    example=_SET.format("Comment", '"shop " * 40'),
    fix=_SET.format("Comment", '"shop"'),
)
def comment(view: DistributionView) -> Iterator[Finding]:
    """CloudFront refuses more."""
    given = view.config.get("comment")
    if is_text(given) and len(given) > _LONGEST_COMMENT:
        yield Field("distribution.comment").finding(
            f"at most {_LONGEST_COMMENT} characters", f'"{given[:20]}…"', shown=f"{len(given)} characters"
        )


@limit(
    code="NAWS-EDGE-106",
    title="Times of an origin are within CloudFront's",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html",
    example=_SET.format("Origins.1.CustomOriginConfig.OriginReadTimeout", "300"),
    fix=_SET.format("Origins.1.CustomOriginConfig.OriginReadTimeout", "60"),
)
def times(view: DistributionView) -> Iterator[Finding]:
    """1 to 120 seconds for an answer and for an idle connection, 1 to 10 to connect, 1 to 3 attempts.

    All of an answer has as long as its first byte, or longer.
    """
    for path, each in view.origins():
        yield from _ATTEMPTS.check(Field(f"{path}.connection_attempts", each.get("connectionAttempts")))
        yield from _CONNECT.check(Field(f"{path}.connection_timeout", each.get("connectionTimeout")))
        own = part_of(each, "customOriginConfig") or part_of(each, "vpcOriginConfig")
        reads = own.get("originReadTimeout")
        yield from _SECONDS.check(Field(f"{path}.origin_read_timeout", reads))
        yield from _SECONDS.check(Field(f"{path}.origin_keepalive_timeout", own.get("originKeepaliveTimeout")))
        whole, least = each.get("responseCompletionTimeout"), reads if is_whole(reads) else 30
        if is_whole(whole) and whole < least:
            yield Field(f"{path}.response_completion_timeout", whole).finding(f"{least} seconds or more", _UNDO)


@limit(
    code="NAWS-EDGE-107",
    title="Names and a certificate go together as they are deployed",
    source=_ALIASES,
    example=_SET.format("Aliases", '["www.example.com"]'),
    fix='domain_names=["www.example.com"]  # with certificate or hosted_zone',
)
def aliases(view: DistributionView) -> Iterator[Finding]:
    """CloudFront refuses names without a certificate; a certificate without names is never shown."""
    certificate = part_of(view.config, "viewerCertificate")
    shown = any(certificate.get(name) for name in ("acmCertificateArn", "iamCertificateId"))
    names = view.config.get("aliases")
    if names and not shown:
        yield Field("distribution.viewer_certificate").finding(
            "a certificate for the names", "domain_names=[…], certificate=…  # of the props", shown="CloudFront's own"
        )
    if shown and not names:
        yield Field("distribution.aliases").finding("the names that the certificate is for", _UNDO, shown="none")
    arn = certificate.get("acmCertificateArn")
    if is_text(arn) and arn.startswith("arn:") and arn.split(":")[3] != "us-east-1":
        yield Field("distribution.viewer_certificate").finding(
            "a certificate of us-east-1", "certificate=…  # of us-east-1", shown=f"one of {arn.split(':')[3]}"
        )


@practice(
    code="NAWS-EDGE-108",
    title="TLS is at least 1.2, with its safe ciphers, and nothing goes by plain HTTP",
    source=f"{_TLS}, {_CONTROLS}",
    example=_SET.format("DefaultCacheBehavior.ViewerProtocolPolicy", '"allow-all"'),
    fix=_SET.format("DefaultCacheBehavior.ViewerProtocolPolicy", '"redirect-to-https"'),
)
def encrypted(view: DistributionView) -> Iterator[Finding]:
    """Whoever is between would read along, and change what is shown. Security Hub: CloudFront.3 and CloudFront.15."""
    certificate = part_of(view.config, "viewerCertificate")
    version = certificate.get("minimumProtocolVersion")
    own = any(certificate.get(name) for name in ("acmCertificateArn", "iamCertificateId"))
    if own and (version is None or version in _OLD_TLS):
        shown = version or "not given, which is TLSv1"
        yield Field("distribution.minimum_protocol_version").finding(
            f"{_NEW_TLS} or newer", f'"{_NEW_TLS}"', shown=shown
        )
    for path, each in view.behaviours():
        if each.get("viewerProtocolPolicy") == "allow-all":
            yield Field(f"{path}.viewer_protocol_policy", "allow-all").finding("HTTPS alone", '"redirect-to-https"')


@limit(
    code="NAWS-EDGE-109",
    title="A restriction by countries has two capital letters of each, and one kind",
    source=_GEO,
    example=_SET.format(
        "Restrictions", '{"GeoRestriction": {"RestrictionType": "whitelist", "Locations": ["Germany"]}}'
    ),
    fix=_SET.format("Restrictions", '{"GeoRestriction": {"RestrictionType": "whitelist", "Locations": ["DE"]}}'),
)
def countries(view: DistributionView) -> Iterator[Finding]:
    """ISO 3166-1 alpha-2: either those that are let in, `whitelist`, or those that are not, `blacklist`."""
    given = part_of(part_of(view.config, "restrictions"), "geoRestriction")
    kind, path = given.get("restrictionType"), "distribution.geo_restriction"
    locations = texts_of(given, "locations")
    if is_text(kind) and kind not in ("whitelist", "blacklist", "none"):
        yield Field(f"{path}.restriction_type", kind).finding('"whitelist", "blacklist" or "none"', '"whitelist"')
    if (
        kind in ("whitelist", "blacklist")
        and isinstance(given.get("locations") or [], list)
        and not given.get("locations")
    ):
        yield Field(f"{path}.locations").finding("one country or more", '["DE", "AT", "CH"]', shown="none")
    for index, each in enumerate(locations):
        if not (len(each) == 2 and each.isascii() and each.isalpha() and each.isupper()) or each == "UK":  # noqa: PLR2004
            better = "GB" if each.upper() == "UK" else each.upper() if len(each) == 2 else "DE"  # noqa: PLR2004
            yield Field(f"{path}.locations[{index}]", each).finding("a code such as DE", f'"{better}"')


@practice(
    code="NAWS-EDGE-110",
    title="The site has a root object",
    source=f"{_CONTROLS}#cloudfront-1",
    example=_SET.format("DefaultRootObject", '""'),
    fix=_SET.format("DefaultRootObject", '"index.html"'),
)
def root(view: DistributionView) -> Iterator[Finding]:
    """Without it a request of the bare address could list the bucket. Security Hub reports it as CloudFront.1."""
    if view.config and not view.config.get("defaultRootObject"):
        yield Field("distribution.default_root_object").finding("index.html", _UNDO, shown="none")


@limit(
    code="NAWS-EDGE-111",
    title="The web ACL of a distribution is CloudFront's",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html",
    example=_SET.format("WebACLId", '"arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/a/b"'),
    fix="web_acl=WebAcl()",
)
def global_acl(view: DistributionView) -> Iterator[Finding]:
    """CloudFront refuses one of the scope REGIONAL, and one of another region than us-east-1."""
    arn = view.config.get("webAclId")
    if is_text(arn) and ":wafv2:" in arn and (":global/" not in arn or arn.split(":")[3] != "us-east-1"):
        shown = f"{arn.split(':')[5].partition('/')[0]}, of {arn.split(':')[3]}"
        yield Field("distribution.web_acl_id").finding(
            "one of scope CLOUDFRONT, of us-east-1", "web_acl=WebAcl()", shown=shown
        )


DISTRIBUTION_RULES: Sequence[Rule[DistributionView]] = (
    few,
    slashes,
    error_codes,
    no_masks,
    comment,
    times,
    aliases,
    encrypted,
    countries,
    root,
    global_acl,
)
"""Of the distribution as it will be deployed."""
