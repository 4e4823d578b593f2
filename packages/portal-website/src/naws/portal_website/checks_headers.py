"""Rules on what browsers get with every answer: headers of one's own, and the content security policy."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from naws.core.authoring import Field, Finding, Rule, Verbatim, advice, is_text, limit, practice
from naws.portal_website.plan_folder import Folder
from naws.portal_website.plan_headers import ENFORCED, LONGEST_VALUE, REPORTED, HeadersPlan

_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
_POLICIES = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html"
)
_CSP = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
_PRELOAD = "https://hstspreload.org/#removal"
_MOST_CUSTOM, _LONGEST_NAME, _LONGEST_OF_ALL = 10, 256, 10_240
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELDS = {
    "content-security-policy": 'csp="enforce"',
    "strict-transport-security": "hsts=cdk.Duration.days(730)",
    "x-frame-options": 'frame="DENY"',
    "x-content-type-options": "omit x-content-type-options from custom",
    "referrer-policy": "omit referrer-policy from custom",
    "x-xss-protection": "omit x-xss-protection from custom",
}
"""Security headers, which CloudFront takes by fields of their own alone, and what is given here for them."""
_WIDE = ("*", "'unsafe-eval'", "http:", "https:", "ws:", "wss:")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:(?://)?)?(?P<host>[^/:']+)(?::(?:\d+|\*))?(?:/.*)?", re.IGNORECASE)
_QUOTED = ("self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic", "unsafe-hashes", "wasm-unsafe-eval")


@dataclass(frozen=True, kw_only=True)
class HeadersPart:
    """What browsers get with every answer.

    Attributes:
        plan: as it is decided.
        pages: how many different scripts stand in the folder's pages.
        folder: the folder; None: it is not looked at.
        host: the main name of the site; empty when it is CloudFront's.
        zone: the name of the zone in which that is; empty when it is not known.
    """

    plan: HeadersPlan
    pages: int = 0
    folder: Folder | None = None
    host: str = ""
    zone: str = ""

    @property
    def custom(self) -> Mapping[str, str]:
        """Headers of one's own; with the policy that only reports, which CloudFront counts as one."""
        given = self.plan.given
        return {**given.custom, **({REPORTED: self.plan.policy()} if given.csp == "report" else {})}


def _of_header(name: str, expected: str, remedy: str, shown: str) -> Finding:
    return Finding(path=f'headers.custom["{name}"]', value=Verbatim(shown), expected=expected, remedy=remedy)


@limit(
    code="NAWS-EDGE-020",
    title="There are ten headers of one's own at most",
    source=_QUOTAS,
    example='headers=SecurityHeaders(custom={f"x-{n}": "1" for n in range(10)})',
    fix='headers=SecurityHeaders(custom={f"x-{n}": "1" for n in range(9)})',
)
def few(part: HeadersPart) -> Iterator[Finding]:
    """CloudFront refuses the eleventh, unless the quota was raised; a policy that only reports is one of them.

    Their names and values have 10,240 characters together.
    """
    count, reports = len(part.custom), part.plan.given.csp == "report"
    more = ", beside the policy that only reports" if reports else ""
    if count > _MOST_CUSTOM:
        own = len(part.plan.given.custom)
        first = list(part.plan.given.custom.items())[: _MOST_CUSTOM - reports]
        remedy = f"custom={{{', '.join(f'{name!r}: …' for name, _ in first[:2])}, …}}"
        yield Field("headers.custom").finding(
            f"at most {_MOST_CUSTOM - reports}{more}",
            f'csp="enforce"\n{remedy}' if own == _MOST_CUSTOM else remedy,
            shown=f"{own} headers",
        )
    every = [text for pair in part.plan.given.custom.items() for text in pair]
    most = _LONGEST_OF_ALL - (len(REPORTED) + len(part.plan.policy()) if reports else 0)
    if every and all(map(is_text, every)) and (length := sum(map(len, every))) > most:
        yield Field("headers.custom").finding(
            f"at most {max(most, 0):,} characters together{more}", "custom={…}", shown=f"{length:,} characters"
        )


@limit(
    code="NAWS-EDGE-021",
    title="A header has a name and a value that CloudFront takes",
    source=_QUOTAS,
    example='headers=SecurityHeaders(custom={"X Robots Tag": "noindex"})',
    fix='headers=SecurityHeaders(custom={"X-Robots-Tag": "noindex"})',
)
def has_form(part: HeadersPart) -> Iterator[Finding]:
    """A name has 256 characters at most and no blanks, a value has 1,783 in one line."""
    for name, value in part.plan.given.custom.items():
        if is_text(name) and not (_NAME.fullmatch(name) and len(name) <= _LONGEST_NAME):
            better = re.sub(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]+", "-", name.strip().rstrip(":"))[:_LONGEST_NAME]
            expected = f"a name of at most {_LONGEST_NAME} letters, digits and hyphens"
            yield _of_header(name, expected, f'custom={{"{better}": …}}', "a header")
        if is_text(value) and (len(value) > LONGEST_VALUE or not value.strip() or re.search(r"[\r\n\0]", value)):
            expected = f"1 to {LONGEST_VALUE:,} characters in one line"
            yield _of_header(name, expected, f'custom={{"{name}": "…"}}', f"{len(value):,} characters")


@limit(
    code="NAWS-EDGE-022",
    title="Security headers are given by fields of their own",
    source=_POLICIES,
    example='headers=SecurityHeaders(custom={"X-Frame-Options": "DENY"})',
    fix='headers=SecurityHeaders(frame="DENY")',
)
def not_security(part: HeadersPart) -> Iterator[Finding]:
    """CloudFront refuses them as headers of one's own: "is a security header and cannot be set as custom header"."""
    given = part.plan.given
    for name in given.custom:
        better = _FIELDS.get(name.lower())
        if better is not None:
            yield _of_header(name, f"none of {', '.join(_FIELDS)}", better, "a security header")
        elif name.lower() == REPORTED.lower() and given.csp == "report":
            yield _of_header(
                name, "csp_sources, which go with the policy that is made", "csp_sources={…}", "a second policy"
            )


@limit(
    code="NAWS-EDGE-023",
    title="The content security policy fits into its header",
    source=_QUOTAS,
    example='headers=SecurityHeaders(csp_sources={"img-src": [f"https://{n}.images.example.com" for n in range(60)]})',
    fix='headers=SecurityHeaders(csp_sources={"img-src": ["https://*.images.example.com"]})',
)
def csp_fits(part: HeadersPart) -> Iterator[Finding]:
    """CloudFront refuses a value of more than 1,783 characters. The hash of an inline script takes 54 of them."""
    policy = part.plan.policy()
    if part.plan.given.csp is None or not is_text(policy) or len(policy) <= LONGEST_VALUE:
        return
    path = "headers.csp_sources" if part.plan.given.csp_sources else "headers.csp"
    by_hash = 0 if part.plan.too_many else part.pages
    scripts = f", of which {by_hash} inline scripts take {54 * by_hash:,}" if by_hash else ""
    yield Field(path).finding(
        f"at most {LONGEST_VALUE:,}{scripts}",
        '<script src="/…">  <!-- in the place of inline scripts -->\ncsp=None'
        if scripts
        else "csp_sources={…}\ncsp=None",
        shown=f"a policy of {len(policy):,} characters",
    )


@practice(
    code="NAWS-EDGE-024",
    title="What a content security policy allows has names",
    source=_CSP,
    example='headers=SecurityHeaders(csp_sources={"script-src": ["\'unsafe-eval\'"]})',
    fix='headers=SecurityHeaders(csp_sources={"script-src": ["https://js.example.com"]})',
)
def csp_is_narrow(part: HeadersPart) -> Iterator[Finding]:
    """`*`, `https:` and 'unsafe-eval' allow an attacker's script, too: the policy would protect from nothing.

    Of images, fonts and media they are accepted.
    """
    for directive, sources in part.plan.given.csp_sources.items():
        for index, source in enumerate(sources):
            loose = source in _WIDE or (directive.startswith("script-src") and source in {"'unsafe-inline'", "data:"})
            if is_text(source) and loose and not directive.startswith(("img-", "font-", "media-")):
                path = f'headers.csp_sources["{directive}"][{index}]'
                remedy = '"https://js.example.com"' if "script" in directive else '"https://api.example.com"'
                yield Field(path, source).finding("the hosts that are needed, such as https://js.example.com", remedy)


@limit(
    code="NAWS-EDGE-025",
    title="A source of a content security policy is one that browsers know",
    source=_CSP,
    example='headers=SecurityHeaders(csp_sources={"connect-src": ["https://api.*.example.com"]})',
    fix='headers=SecurityHeaders(csp_sources={"connect-src": ["https://*.example.com"]})',
)
def csp_has_form(part: HeadersPart) -> Iterator[Finding]:
    """Browsers skip what they do not know. A * of a host is its first part, and words such as 'self' have quotes."""
    for directive, sources in part.plan.given.csp_sources.items():
        for index, source in enumerate(sources):
            better = _better_source(source) if is_text(source) else ""
            if better:
                path = f'headers.csp_sources["{directive}"][{index}]'
                expected = "a host such as https://*.example.com, a scheme such as data:, or a word in quotes"
                yield Field(path, source).finding(expected, f'"{better}"')


def _better_source(source: str) -> str:
    """A source as browsers know it; empty when it is one."""
    if source.strip("'") in _QUOTED:
        return "" if source.startswith("'") else f"'{source}'"
    if re.search(r"[\s;,]", source) or not source:
        return re.split(r"[\s;,]", source)[0] or "'self'"
    if re.match(r"'(sha(256|384|512)|nonce)-", source) or re.fullmatch(r"[a-z][a-z0-9+.-]*:", source) or source == "*":
        return ""
    if re.match(r"(sha(256|384|512)|nonce)-", source):
        return f"'{source}'"
    found = _HOST.fullmatch(source)
    host = found["host"] if found else source
    if "*" in host[1:] or (host.startswith("*") and not host.startswith("*.") and host != "*"):
        known = host.rpartition("*")[2].strip(".")
        return source.replace(host, f"*.{known if '.' in known else 'example.com'}")
    return ""


@dataclass(frozen=True, kw_only=True)
class BuiltHeaders:
    """The policy of response headers as its template has it.

    Attributes:
        properties: its properties, with a small first letter.
    """

    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def config(self) -> Mapping[str, Any]:
        """Its settings."""
        return part_of(self.properties, "responseHeadersPolicyConfig")


def part_of(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of properties; empty when it is not there, or not known."""
    found = given.get(name)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


@practice(
    code="NAWS-EDGE-026",
    title="The name is not on the list of names that browsers ask by HTTPS alone",
    source=_PRELOAD,
    example="""
    # CDK code sets preload of the policy's strictTransportSecurity.
    source="web/dist"
    """,
    fix='source="web/dist"',
)
def no_preload(view: BuiltHeaders) -> Iterator[Finding]:
    """The list comes with browsers: whoever leaves it waits for months, with every subdomain that there ever is."""
    security = part_of(view.config, "securityHeadersConfig")
    if part_of(security, "strictTransportSecurity").get("preload") is True:
        yield Field("headers.strict_transport_security.preload", value=True).finding("false", "preload: false")


@limit(
    code="NAWS-EDGE-027",
    title="The policy of headers is within CloudFront's quotas as it is deployed",
    source=_QUOTAS,
    example="""
    # CDK code adds eleven headers to the policy.
    source="web/dist"
    """,
    fix='source="web/dist"',
)
def built_within(view: BuiltHeaders) -> Iterator[Finding]:
    """What CDK code adds counts, too, and what sign-in adds to the content security policy."""
    items = part_of(view.config, "customHeadersConfig").get("items")
    custom = [cast("Mapping[str, Any]", each) for each in cast("list[Any]", items or []) if isinstance(each, Mapping)]
    if len(custom) > _MOST_CUSTOM:
        yield Field("headers.custom").finding(f"at most {_MOST_CUSTOM}", "custom={…}", shown=f"{len(custom)} headers")
    security = part_of(part_of(view.config, "securityHeadersConfig"), "contentSecurityPolicy")
    policies = [
        (ENFORCED, security.get("contentSecurityPolicy")),
        *((each.get("header"), each.get("value")) for each in custom),
    ]
    for name, value in policies:
        if is_text(value) and len(value) > LONGEST_VALUE:
            yield Field(f'headers["{name}"]').finding(
                f"at most {LONGEST_VALUE:,} characters", "csp_sources={…}", shown=f"{len(value):,} characters"
            )
        if is_text(name) and name.lower() in _FIELDS and name != ENFORCED:
            yield Field(f'headers["{name}"]').finding(
                "securityHeadersConfig", _FIELDS[name.lower()], shown="a custom header"
            )


@advice(
    code="NAWS-EDGE-033",
    title="The content security policy has the hash of each inline script",
    source=_QUOTAS,
    example="""
    # The pages of the folder have 40 different inline scripts.
    source="web/inline"
    """,
    fix="""
    # The pages of the folder have 40 different inline scripts.
    source="web/inline", headers=SecurityHeaders(csp=None)
    """,
)
def csp_knows_scripts(part: HeadersPart) -> Iterator[Finding]:
    """Where they do not fit into the header, the policy that only reports allows every inline script.

    Builds write the data of a page into a script in it, so that each page has another. What is enforced is not widened.
    """
    if part.plan.too_many:
        yield Field("headers.csp", part.plan.given.csp).finding(
            f"so few inline scripts that their hashes fit into {LONGEST_VALUE:,} characters: {part.pages} are different"
            ", and the policy has 'unsafe-inline' in their place",
            'headers=SecurityHeaders(csp=None)\n<script src="/…">  <!-- in the place of inline scripts -->',
        )


HEADER_RULES: tuple[Rule[HeadersPart], ...] = (
    few,
    has_form,
    not_security,
    csp_fits,
    csp_is_narrow,
    csp_has_form,
    csp_knows_scripts,
)
BUILT_HEADER_RULES: tuple[Rule[BuiltHeaders], ...] = (no_preload, built_within)
"""Of the policy as it will be deployed."""
