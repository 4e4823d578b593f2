"""Rules on the names of headers and directives, and on settings of headers that change nothing."""

from collections.abc import Iterator

from naws.core.authoring import (
    Field,
    Finding,
    Rule,
    Verbatim,
    advice,
    as_duration,
    is_number,
    is_text,
    limit,
    nearest,
    practice,
)
from naws.portal_website.checks_headers import HeadersPart
from naws.portal_website.props import SecurityHeaders

_EDGE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html"
_CSP = "https://www.w3.org/TR/CSP3/#csp-directives"
_HSTS = (
    "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicyStrictTransportSecurity.html"
)
_POLICIES = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicyCustomHeader.html"
_ZONE = (
    'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")'
)
_OF_CONNECTION = (
    "connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "via", "warning", "x-cache", "x-forwarded-proto", "x-real-ip",
)  # fmt: skip
_OF_ANSWER = (
    "accept-ranges", "age", "cache-control", "content-disposition", "content-location", "content-range", "content-type",
    "date", "etag", "expires", "last-modified", "location", "set-cookie",
)  # fmt: skip
_OF_EDGE = ("proxy-", "x-accel-", "x-amz-cf-", "x-edge-")
DIRECTIVES = (
    "default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
    "img-src", "font-src", "connect-src", "media-src", "object-src", "frame-src", "child-src", "worker-src",
    "manifest-src", "prefetch-src", "fenced-frame-src", "base-uri", "form-action", "frame-ancestors", "sandbox",
    "report-to", "report-uri", "require-trusted-types-for", "trusted-types", "upgrade-insecure-requests",
)  # fmt: skip
"""Of Content Security Policy Level 3, and of the specifications that add to it."""


@practice(
    code="NAWS-EDGE-028",
    title="Headers of a connection, of one answer, and CloudFront's own, are not set",
    source=_EDGE,
    example='headers=SecurityHeaders(custom={"Transfer-Encoding": "chunked"})',
    fix='headers=SecurityHeaders(custom={"X-Robots-Tag": "noindex"})',
)
def not_of_connection(part: HeadersPart) -> Iterator[Finding]:
    """CloudFront writes the ones, and lets no function at the edge set them: answers that have them cannot be read.

    The others are of each file and of each answer of an API, and one for all would be in their place: a `Cache-Control`
    of a year would keep pages in browsers past the next release.
    """
    for name in filter(is_text, part.plan.given.custom):
        lower, why = name.lower(), ""
        if lower in _OF_CONNECTION or lower.startswith(_OF_EDGE):
            why = "CloudFront writes this one"
        elif lower in _OF_ANSWER:
            why = "this one is of each file and each answer, and would be the same for all"
        if why:
            yield Finding(
                path=f'headers.custom["{name}"]',
                value=Verbatim("a header"),
                expected=f"a header that is the site's: {why}",
                remedy=f"omit {name} from custom",
            )


@limit(
    code="NAWS-EDGE-029",
    title="A header is there once",
    source=_POLICIES,
    example='headers=SecurityHeaders(custom={"X-Robots-Tag": "noindex", "x-robots-tag": "none"})',
    fix='headers=SecurityHeaders(custom={"X-Robots-Tag": "noindex"})',
)
def once(part: HeadersPart) -> Iterator[Finding]:
    """Capitals make no other header: which of two values an answer had would be chance."""
    seen = dict[str, str]()
    for name in part.plan.given.custom:
        first = seen.setdefault(name.lower(), name) if is_text(name) else name
        if first != name:
            yield Finding(
                path=f'headers.custom["{name}"]',
                value=Verbatim("a header"),
                expected=f"one header of the name: {first} is there, too",
                remedy=f"omit {name} from custom",
            )


@practice(
    code="NAWS-EDGE-030",
    title="A directive of a content security policy is one that browsers know",
    source=_CSP,
    example='headers=SecurityHeaders(csp_sources={"scripts-src": ["https://js.example.com"]})',
    fix='headers=SecurityHeaders(csp_sources={"script-src": ["https://js.example.com"]})',
)
def known_directives(part: HeadersPart) -> Iterator[Finding]:
    """Browsers skip what they do not know: what was to be allowed is not. Accept one that is newer than this list."""
    for name in part.plan.given.csp_sources:
        if is_text(name) and name not in DIRECTIVES:
            near = nearest(name.strip().lower(), DIRECTIVES)
            remedy = f'csp_sources={{"{near}": …}}' if near else f"omit {name} from csp_sources"
            expected = "a directive such as script-src, img-src or connect-src"
            yield Finding(
                path=f'headers.csp_sources["{name}"]', value=Verbatim("sources"), expected=expected, remedy=remedy
            )


@limit(
    code="NAWS-EDGE-031",
    title="Sources are of a content security policy",
    source=_CSP,
    example='headers=SecurityHeaders(csp=None, csp_sources={"img-src": ["https://images.example.com"]})',
    fix='headers=SecurityHeaders(csp_sources={"img-src": ["https://images.example.com"]})',
)
def of_policy(part: HeadersPart) -> Iterator[Finding]:
    """With `csp=None` there is no policy that they could be in."""
    given = part.plan.given
    if given.csp is None and given.csp_sources:
        yield Field("headers.csp_sources").finding(
            'a policy, "report" or "enforce"',
            'csp="report"\nomit csp_sources',
            shown=", ".join(map(str, given.csp_sources)),
        )


@limit(
    code="NAWS-EDGE-032",
    title="Browsers ask by HTTPS alone for whole seconds",
    source=_HSTS,
    example="headers=SecurityHeaders(hsts=cdk.Duration.millis(90_500))",
    fix="headers=SecurityHeaders(hsts=cdk.Duration.seconds(91))",
)
def whole_seconds(part: HeadersPart) -> Iterator[Finding]:
    """CloudFront takes a whole number: the deployment would fail."""
    hsts = part.plan.hsts
    if is_number(hsts) and hsts % 1:
        better = f"hsts={as_duration(int(hsts) + 1)}"
        yield Field("headers.hsts", hsts).finding("whole seconds", better, shown=f"{hsts:g} seconds")


@advice(
    code="NAWS-EDGE-034",
    title="Subdomains of a whole domain are asked by HTTPS alone on purpose",
    source="https://www.rfc-editor.org/rfc/rfc6797#section-14.2",
    example=f'domain_names=["example.com", "www.example.com"], {_ZONE}',
    fix=f'domain_names=["example.com", "www.example.com"], {_ZONE}, headers=SecurityHeaders(hsts_subdomains=False)',
)
def with_subdomains(part: HeadersPart) -> Iterator[Finding]:
    """Every subdomain without HTTPS, of other teams too, stops in browsers that saw the site, and no rollback helps.

    With `hsts_subdomains=True` that is wanted: `Strict-Transport-Security` has `includeSubDomains`, as it has by
    default. Whether a name is that of a whole domain is known by its zone.
    """
    host, zone = part.host, part.zone
    if part.plan.given.hsts_subdomains is not None or not part.plan.hsts or not (is_text(host) and is_text(zone)):
        return
    if host and host.lower() == zone.lower().rstrip("."):
        # In the place of headers that are given it would take away the others of them.
        line = "headers=SecurityHeaders({})" if part.plan.given == SecurityHeaders() else "{}"
        yield Field("headers.hsts_subdomains", None).finding(
            f"False, or True where every name below {host.lower()} has HTTPS",
            "\n".join(line.format(f"hsts_subdomains={each}") for each in (False, True)),
        )


HEADER_NAME_RULES: tuple[Rule[HeadersPart], ...] = (
    not_of_connection,
    once,
    known_directives,
    of_policy,
    whole_seconds,
    with_subdomains,
)
