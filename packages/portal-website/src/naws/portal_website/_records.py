"""The names of a website in its hosted zone: a record for IPv4 and one for IPv6 of each."""

from aws_cdk import aws_route53 as route53
from constructs import Construct

from naws.core.authoring import asked, known
from naws.portal_website.plan import DomainPlan

_EDGE_ZONE = "Z2FDTNDATAQYW2"
"""Of every distribution. Source: Route 53 API, AliasTarget, HostedZoneId."""


def build_records(scope: Construct, domain: DomainPlan, target: str) -> None:
    """Lead the names to the distribution; without a zone somebody else does.

    Args:
        scope: the website.
        domain: its names.
        target: the distribution's own name.
    """
    if domain.zone is None or not domain.names:
        return
    zone = asked(domain.zone, "hosted_zone_id")
    alias = route53.CfnRecordSet.AliasTargetProperty(dns_name=target, hosted_zone_id=_EDGE_ZONE)
    for number, name in enumerate(domain.names, 1):
        for kind in ("A", "AAAA"):
            route53.CfnRecordSet(
                scope,
                f"{name if known(name) else f'Name{number}'} {kind}",
                name=f"{name}.",
                type=kind,
                hosted_zone_id=zone,
                alias_target=alias,
            )
