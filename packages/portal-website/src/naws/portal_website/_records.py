"""The names of a website in its hosted zone: a record for IPv4 and one for IPv6 of each."""

from collections.abc import Iterator

from aws_cdk import aws_route53 as route53
from constructs import Construct

from naws.core.authoring import asked, known, node_of, path_of, reference_of
from naws.portal_website.plan import DomainPlan

_NAMES: dict[str, dict[str, tuple[str, ...]]] = {}
"""The names of each website by its path, by jsii's reference to the app."""
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


def register_names(scope: Construct, domain: DomainPlan) -> None:
    """Have the names of a website compared with those of the others in its app."""
    if domain.names:
        _NAMES.setdefault(_app_of(scope), {})[path_of(scope)] = domain.names


def names_beside(scope: Construct) -> Iterator[tuple[str, str]]:
    """The names of the websites that were in the app before this one, each with the path of its website.

    Of two that have the same name the second alone says so.
    """
    for path, names in _NAMES.get(_app_of(scope), {}).items():
        if path == path_of(scope):
            return
        yield from ((name, path) for name in names)


def _app_of(scope: Construct) -> str:
    return reference_of(node_of(scope).root)
