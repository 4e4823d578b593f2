"""Rules on the names of a site: their certificate and zone, and what filters requests to them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.authoring import (
    Bounds,
    Field,
    Finding,
    Rule,
    advice,
    certificate_names,
    certifies,
    is_no_web_acl,
    is_text,
    is_whole,
    limit,
    out_of_zone,
    practice,
    web_acl_scope,
    zone_name,
)
from naws.portal_website.plan import EDGE_REGION, DomainPlan, EdgePlan
from naws.portal_website.plan_viewer import ascii_host
from naws.portal_website.props import WebAcl

_HTTPS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"
_NAMES = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html"
_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
_RECORDS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-cloudfront-distribution.html"
_WAF = "https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html"
_RATES = "https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html"
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)(\*\.)?({_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")
_MOST_NAMES = 100
_NAME = 'domain_names=["www.example.com"]'
_ZONE = (
    'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")'
)
_CERTIFICATE = (
    'certificate=acm.Certificate.from_certificate_arn(self, "Certificate", '
    '"arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab")'
)
_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")  # of the stack'
_ACL_EXAMPLE = (
    'web_acl=wafv2.CfnWebACL(stack, "Filter", scope="{}", default_action={{"allow": {{}}}}, '
    'visibility_config={{"cloudWatchMetricsEnabled": True, "metricName": "a", "sampledRequestsEnabled": True}})'
)
_LIMITS = Bounds(low=10, high=2_000_000_000, unit="requests in five minutes")


@dataclass(frozen=True, kw_only=True)
class DomainPart:
    """The names of a site, and where its stack is.

    Attributes:
        plan: the names, their certificate and zone.
        edge: what AWS wants in us-east-1.
        others: the names of websites that were in the app before, each with the path of its construct.
    """

    plan: DomainPlan
    edge: EdgePlan
    others: Sequence[tuple[str, str]] = ()

    @property
    def known(self) -> Sequence[tuple[int, str]]:
        """The names that are known and are such, in small letters, with their places."""
        every = ((index, name.lower()) for index, name in enumerate(self.plan.names) if is_text(name))
        return [(index, name) for index, name in every if _HOST.fullmatch(name)]


@limit(
    code="NAWS-EDGE-040",
    title="Names of one's own have a certificate, or a zone in which one is proved",
    source=_HTTPS,
    example=_NAME,
    fix=f"{_NAME}, {_CERTIFICATE}",
)
def certified(part: DomainPart) -> Iterator[Finding]:
    """CloudFront refuses a name without a certificate that has it. With a zone of Route 53 one is made."""
    plan = part.plan
    if plan.names and plan.certificate is None and plan.zone is None:
        names = ", ".join(map(str, plan.names)) if all(map(is_text, plan.names)) else "the names"
        yield Field("certificate", None).finding(
            f"a certificate for {names}, of {EDGE_REGION}, or the zone in which one is proved",
            f"{_ZONE}\n{_CERTIFICATE}\nomit domain_names",
        )


@limit(
    code="NAWS-EDGE-041",
    title="A certificate and a zone are for names",
    source=_HTTPS,
    example=_ZONE,
    fix=f"{_NAME}, {_ZONE}",
)
def named(part: DomainPart) -> Iterator[Finding]:
    """Without `domain_names` neither would do anything: the site would have CloudFront's name alone."""
    plan = part.plan
    given = [
        name for name, value in (("certificate", plan.certificate), ("hosted_zone", plan.zone)) if value is not None
    ]
    if given and not plan.names:
        zone, names = zone_name(plan.zone), certificate_names(plan.certificate)
        name = names[0].replace("*", "www") if names else f"www.{zone if is_text(zone) else 'example.com'}"
        yield Field("domain_names", None).finding(
            f"the names that {' and '.join(given)} {'is' if len(given) == 1 else 'are'} for",
            f'domain_names=["{name}"]\nomit {given[0]}',
        )


@limit(
    code="NAWS-EDGE-042",
    title="A name is a host in small letters, and is there once",
    source=_NAMES,
    example=f'domain_names=["https://www.example.com/"], {_CERTIFICATE}',
    fix=f"{_NAME}, {_CERTIFICATE}",
)
def host_names(part: DomainPart) -> Iterator[Finding]:
    """No scheme, no path, no dot at its end, and letters of ASCII: `xn--bcher-kva.example` is `bücher.example`.

    A * is its first part; the first name has none, as others lead to it.
    """
    seen: set[str] = set()
    for index, name in enumerate(part.plan.names):
        field = Field(f"domain_names[{index}]", name)
        if not is_text(name):
            continue
        if not _HOST.fullmatch(name):
            expected, better = _better_host(name, is_first=not index)
            yield field.finding(expected, f'"{better}"')
        elif name.startswith("*") and not index:
            yield field.finding("a name without *: the others lead to it", f'"{name.replace("*", "www")}"')
        elif name in seen:
            yield field.finding("each name once", f"omit domain_names[{index}]")
        seen.add(name.lower())


def _better_host(name: str, *, is_first: bool) -> tuple[str, str]:
    """What a name has to be that is no host, and the host that it may be."""
    given = name.strip().lower()
    bare = re.split(r"[/?#:]", re.sub(r"^[a-z][a-z0-9+.-]*://", "", given), maxsplit=1)[0]
    host = ascii_host(bare.rstrip("."))
    below = host.rpartition("*")[2].lstrip(".")
    starred = [f"www.{below}" if is_first else f"*.{below}"] if "*" in host else [host]
    every = (*starred, re.sub(r"[^a-z0-9.-]+", "-", host), "www.example.com")
    better = next(each for each in every if _HOST.fullmatch(each))
    if not bare.isascii():
        return "letters of ASCII, as DNS has them", better
    if bare != given:
        return "a host alone, without a scheme, a port and a path", better
    if _HOST.fullmatch(given.rstrip(".")):
        return "no dot at its end" if given.endswith(".") else "small letters", better
    return "such as www.example.com" + ("" if is_first else ", or *.example.com for all below"), better


@limit(
    code="NAWS-EDGE-043",
    title="A site has 100 names at most",
    source=_QUOTAS,
    example=f'domain_names=[f"shop{{n}}.example.com" for n in range(101)], {_CERTIFICATE}',
    fix=f'domain_names=["shop.example.com", "*.example.com"], {_CERTIFICATE}',
)
def few_names(part: DomainPart) -> Iterator[Finding]:
    """CloudFront refuses the 101st, unless the quota was raised. One with * has all that are one part longer."""
    count = len(part.plan.names)
    if count > _MOST_NAMES:
        first = part.plan.names[0]
        wide = f'"{first}", "*.{first.partition(".")[2]}"' if is_text(first) else "…"
        yield Field("domain_names").finding(f"at most {_MOST_NAMES}", f"domain_names=[{wide}]", shown=f"{count} names")


@limit(
    code="NAWS-EDGE-044",
    title="A certificate has the names that it is for",
    source=_HTTPS,
    example='domain_names=["example.com"], certificate=acm.Certificate(stack, "C", domain_name="*.example.com")',
    fix=f'{_NAME}, certificate=acm.Certificate(stack, "C", domain_name="*.example.com")',
)
def covers(part: DomainPart) -> Iterator[Finding]:
    """CloudFront refuses a name that it has not. `*.example.com` has `a.example.com`, but not `example.com`."""
    names = certificate_names(part.plan.certificate)
    for index, name in part.known:
        if names and not any(certifies(each, name) for each in names):
            near = names[0].replace("*", "www")
            field = Field(f"domain_names[{index}]", name)
            expected = f"a name of {part.plan.certificate_path}, which has {', '.join(names)}"
            yield field.finding(expected, f'"{near}"\ncertificate=…  # with {name}, too')


@limit(
    code="NAWS-EDGE-045",
    title="A name lies in its zone",
    source=_RECORDS,
    example=f'domain_names=["www.example.org"], {_ZONE}',
    fix=f"{_NAME}, {_ZONE}",
)
def in_zone(part: DomainPart) -> Iterator[Finding]:
    """Route 53 refuses to write a name of another zone, while the stack is deployed."""
    for index, name in part.known:
        field, shared = Field(f"domain_names[{index}]", name), part.plan.zone_path != "hosted_zone"
        yield from out_of_zone(field, part.plan.zone, shared=shared)


@advice(
    code="NAWS-EDGE-046",
    title="A domain and its www lead to one site",
    source=_RECORDS,
    example=f'domain_names=["example.com"], {_ZONE}',
    fix=f'domain_names=["example.com", "www.example.com"], {_ZONE}',
)
def with_www(part: DomainPart) -> Iterator[Finding]:
    """People type both. All names but the first lead to it; accept this where the other one is another site's."""
    zone, names = zone_name(part.plan.zone), [name for _, name in part.known]
    zone = zone.lower().rstrip(".") if is_text(zone) else None
    for name in names:
        other = name.removeprefix("www.") if name.startswith("www.") else f"www.{name}" if name == zone else ""
        if other and len(names) == len(part.plan.names) and not any(certifies(each, other) for each in names):
            better = ", ".join(f'"{each}"' for each in (*names, other))
            yield Field("domain_names", list(names)).finding(f"{other} beside {name}", f"domain_names=[{better}]")


@limit(
    code="NAWS-EDGE-047",
    title="A name is of one website",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-options.html",
    example="""
    # Another website of the app has www.example.com, too.
    domain_names=["www.example.com"]
    """,
    fix="""
    # No other website of the app has it.
    domain_names=["shop.example.com"]
    """,
)
def of_one(part: DomainPart) -> Iterator[Finding]:
    """CloudFront refuses a name that another distribution has: CNAMEAlreadyExists, in every account."""
    owners = {name.lower(): path for name, path in part.others if is_text(name)}
    names = [name for _, name in part.known]
    for path in dict.fromkeys(owners.values()):
        taken = [name for name in names if owners.get(name) == path]
        if taken:
            better = dict.fromkeys(_free(part, taken[0]) if name in taken else name for name in names)
            listed = ", ".join(f'"{name}"' for name in better)
            remedy = f"domain_names=[{listed}]\nomit domain_names"
            yield Field("domain_names", taken).finding(f"names that {path} has not", remedy)


def _free(part: DomainPart, name: str) -> str:
    """Another name beside one, in its zone and of its certificate, that no website of the app has."""
    zone, certified = zone_name(part.plan.zone), certificate_names(part.plan.certificate)
    within = f".{zone.lower().rstrip('.')}" if is_text(zone) else ""
    used = {each.lower() for each in (*part.plan.names, *(other for other, _ in part.others)) if is_text(each)}
    bare = name.removeprefix("*.").removeprefix("www.")
    # Whether what is above a name is one's own, or `co.uk`, only its zone and its certificate know.
    above = [bare.partition(".")[2]] if within or certified else []
    names = [f"{label}.{parent}" for parent in (*above, bare, name.removeprefix("*.")) for label in ("shop", "site")]
    fitting = (
        each
        for each in names
        if each not in used
        and each.endswith(within)
        and (not certified or any(certifies(by, each) for by in certified))
    )
    return next(fitting, names[-1])


@limit(
    code="NAWS-EDGE-048",
    title="The region is known where something is made in us-east-1",
    source=_HTTPS,
    example=f"{_NAME}, {_ZONE}",
    fix=f"{_NAME}, {_CERTIFICATE}",
)
def region_is_known(part: DomainPart) -> Iterator[Finding]:
    """CloudFront takes certificates and web ACLs of us-east-1: beside a stack of another region they have one there.

    A stack without `env` may be in any region, and nobody knows whether that is needed.
    """
    if part.edge.place is not None:
        return
    if part.plan.makes_certificate:
        yield Field("certificate", None).finding(
            f"a certificate of {EDGE_REGION}, or a stack whose region is known", f"{_CERTIFICATE}\n{_ENV}"
        )
    if isinstance(part.edge.web_acl, WebAcl):
        yield Field(part.edge.web_acl_path, part.edge.web_acl).finding(
            f"a web ACL of {EDGE_REGION}, or a stack whose region is known", f"omit web_acl\n{_ENV}"
        )


@limit(
    code="NAWS-EDGE-049",
    title="A web ACL before CloudFront has the scope CLOUDFRONT",
    source=_WAF,
    example=_ACL_EXAMPLE.format("REGIONAL"),
    fix=_ACL_EXAMPLE.format("CLOUDFRONT"),
)
def global_acl(part: DomainPart) -> Iterator[Finding]:
    """CloudFront refuses one of the scope REGIONAL, which is for load balancers and APIs. It is made in us-east-1."""
    acl = part.edge.web_acl
    if acl is None or isinstance(acl, WebAcl):
        return
    scope, region = web_acl_scope(acl)
    field = Field(part.edge.web_acl_path)
    if is_no_web_acl(acl):
        remedy = f'web_acl="arn:aws:wafv2:{EDGE_REGION}:…:global/webacl/…"\nweb_acl=WebAcl()'
        yield Field(part.edge.web_acl_path, acl).finding("a web ACL, or the ARN of one", remedy)
    elif scope == "REGIONAL":
        yield field.finding("one of scope CLOUDFRONT", "web_acl=WebAcl()\nomit web_acl", shown="scope REGIONAL")
    elif region is not None and region != EDGE_REGION:
        yield field.finding(f"one of {EDGE_REGION}", "web_acl=WebAcl()\nomit web_acl", shown=f"a web ACL of {region}")


@limit(
    code="NAWS-EDGE-050",
    title="Requests of one address are limited to 10 in five minutes at least",
    source=_RATES,
    example="web_acl=WebAcl(rate_limit=5)",
    fix="web_acl=WebAcl(rate_limit=100)",
)
def rates(part: DomainPart) -> Iterator[Finding]:
    """WAF refuses less, and more than two thousand million."""
    if isinstance(part.edge.web_acl, WebAcl):
        yield from _LIMITS.check(Field(f"{part.edge.web_acl_path}.rate_limit", part.edge.web_acl.rate_limit))


@practice(
    code="NAWS-EDGE-051",
    title="Many people behind one address are let in",
    source=_RATES,
    example="web_acl=WebAcl(rate_limit=50)",
    fix="web_acl=WebAcl(rate_limit=2_000)",
)
def offices(part: DomainPart) -> Iterator[Finding]:
    """A page is some 20 to 50 requests, and a whole office has one address: it would be refused after the first."""
    acl, least = part.edge.web_acl, 100
    if isinstance(acl, WebAcl) and is_whole(acl.rate_limit) and _LIMITS.low <= acl.rate_limit < least:
        yield Field(f"{part.edge.web_acl_path}.rate_limit", acl.rate_limit).finding(
            f"{least} requests in five minutes, or more", "rate_limit=2000"
        )


DOMAIN_RULES: tuple[Rule[DomainPart], ...] = (
    certified,
    named,
    host_names,
    few_names,
    covers,
    in_zone,
    with_www,
    of_one,
    region_is_known,
    global_acl,
    rates,
    offices,
)
