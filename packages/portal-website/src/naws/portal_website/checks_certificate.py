"""Rules on the certificate that is made for the names of a site, and on the zone in which it is proved."""

from collections.abc import Iterator

from naws.core.authoring import Field, Finding, Rule, is_private_zone, is_text, limit, practice
from naws.portal_website.checks_domain import DomainPart
from naws.portal_website.plan import EDGE_REGION

_PROVED = "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"
_QUOTAS = "https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html"
_REQUEST = "https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"
_MOST_NAMES, _LONGEST_NAME = 10, 64
_NAME = 'domain_names=["www.example.com"]'
_PRIVATE = 'hosted_zone=route53.PrivateHostedZone(stack, "Zone", vpc=ec2.Vpc(stack, "Vpc"), zone_name="example.com")'
_MADE = 'hosted_zone=route53.HostedZone(stack, "Zone", zone_name="example.com")'
_ZONE = (
    'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")'
)
_CERTIFICATE = (
    'certificate=acm.Certificate.from_certificate_arn(self, "Certificate", '
    f'"arn:aws:acm:{EDGE_REGION}:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab")'
)


@limit(
    code="NAWS-EDGE-052",
    title="A certificate is proved in a public zone",
    source=_PROVED,
    example=f"{_NAME}, {_PRIVATE}",
    fix=f"{_NAME}, {_ZONE}",
)
def public_zone(part: DomainPart) -> Iterator[Finding]:
    """ACM looks for its record from the internet: it finds none in a private zone, and the deployment waits."""
    plan = part.plan
    if plan.makes_certificate and is_private_zone(plan.zone):
        yield Field(plan.zone_path).finding(
            "a public zone: the certificate is proved from the internet",
            f"{_ZONE}\n{_CERTIFICATE}",
            shown="a private one",
        )


@limit(
    code="NAWS-EDGE-053",
    title="The zone of a certificate is made before it",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
    example=f'env="given", {_NAME}, {_MADE}',
    fix=f'env="given", {_NAME}, {_ZONE}',
)
def zone_before(part: DomainPart) -> Iterator[Finding]:
    """The certificate stands in us-east-1, in a stack before the site's: it cannot wait for a zone of the site's stack.

    In a stack of its own the zone comes first, and its registrar can be given its name servers before.
    """
    plan = part.plan
    if plan.makes_certificate and plan.zone_waits and part.edge.place == "apart":
        yield Field(plan.zone_path).finding(
            f"a zone of another stack, which the certificate in {EDGE_REGION} can wait for",
            'hosted_zone=route53.HostedZone(cdk.Stack(app, "Names", env=…), "Zone", zone_name="example.com")\n'
            f"{_CERTIFICATE}",
            shown="a zone of this stack",
        )


@practice(
    code="NAWS-EDGE-054",
    title="A certificate that is made has ten names",
    source=_QUOTAS,
    example=f'domain_names=[f"shop{{n}}.example.com" for n in range(11)], {_ZONE}',
    fix=f'domain_names=["shop.example.com", "*.example.com"], {_ZONE}',
)
def ten_names(part: DomainPart) -> Iterator[Finding]:
    """ACM refuses the eleventh unless the quota was raised, to 100 at most. Accept it where it was."""
    names = part.plan.names
    if part.plan.makes_certificate and len(names) > _MOST_NAMES and is_text(names[0]):
        wide = f'domain_names=["{names[0]}", "*.{names[0].partition(".")[2]}"]'
        yield Field("domain_names").finding(f"at most {_MOST_NAMES}", wide, shown=f"{len(names)} names")


@limit(
    code="NAWS-EDGE-055",
    title="The first name of a certificate that is made has 64 characters at most",
    source=_REQUEST,
    example=f'domain_names=["{"a" * 60}.example.com"], {_ZONE}',
    fix=f'domain_names=["www.example.com", "{"a" * 60}.example.com"], {_ZONE}',
)
def common_name(part: DomainPart) -> Iterator[Finding]:
    """It is the common name, of which RFC 5280 allows as many. The others may have 253."""
    first = part.plan.names[0] if part.plan.names else None
    if part.plan.makes_certificate and is_text(first) and len(first) > _LONGEST_NAME:
        shorter = f"www.{'.'.join(first.split('.')[-2:])}"
        better = f'"{shorter}", "{first}"' if len(shorter) <= _LONGEST_NAME else '"www.example.com"'
        expected = f"at most {_LONGEST_NAME} characters of the first, where it has {len(first)}"
        yield Field("domain_names[0]", first).finding(expected, f"domain_names=[{better}]")


@limit(
    code="NAWS-EDGE-056",
    title="The names of a certificate are known before it",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
    example=f'env="given", domain_names=[cdk.CfnParameter(stack, "Name").value_as_string], {_ZONE}',
    fix=f'env="given", {_NAME}, {_ZONE}',
)
def names_before(part: DomainPart) -> Iterator[Finding]:
    """The certificate stands in us-east-1, in a stack before the site's, which alone knows its parameters.

    With a certificate that is given, names may be anything.
    """
    if part.plan.makes_certificate and part.edge.place == "apart":
        for index in part.plan.names_wait:
            yield Field(f"domain_names[{index}]").finding(
                f"a name that the certificate in {EDGE_REGION} can have before this stack is deployed",
                f'"www.example.com"\nssm.StringParameter.value_from_lookup(self, "…")  # as it is now\n{_CERTIFICATE}',
                shown="a value of this stack",
            )


CERTIFICATE_RULES: tuple[Rule[DomainPart], ...] = (public_zone, zone_before, names_before, ten_names, common_name)
