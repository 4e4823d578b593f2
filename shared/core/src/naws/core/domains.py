"""What is known at synthesis of the things behind a name of one's own: its certificate, its zone, its web ACL."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_wafv2 as wafv2

from naws.core.homes import Home, home_of, home_of_arn
from naws.core.rule import Finding
from naws.core.rules.values import Field, is_text
from naws.core.stacks import asked, node_of, stack_of
from naws.core.tokens import known
from naws.core.type_checks import jsii_classes

_ACL = re.compile(r"arn:[^:]+:wafv2:(?P<region>[^:]*):[^:]*:(?P<scope>\w+)/")


def certificate_names(certificate: object) -> list[str]:
    """The names of a certificate that is made in this app; none of one that is imported."""
    if not isinstance(certificate, acm.Certificate):
        return []
    made: Any = asked(node_of(certificate), "default_child")
    more: Sequence[str] = made.subject_alternative_names or ()
    names = [made.domain_name, *more]
    return [each.lower() for each in names] if all(map(known, names)) else []


def certifies(by: str, name: str) -> bool:
    """Whether one of its names covers another: the same, or with a star for its first part."""
    own = name.lower().rstrip(".")
    return own == by or (by.startswith("*.") and own.partition(".")[2] == by[2:])


def zone_name(zone: Any) -> str | None:
    """The name of a zone; None of one that is known by its id alone."""
    if zone is None:
        return None
    try:
        return asked(zone, "zone_name")
    except RuntimeError:  # CDK's, of a zone by its id
        return None


def is_private_zone(zone: object) -> bool:
    """Whether a zone is known to be private; of those that were imported only their interface shows it."""
    names = (str(getattr(each, "__jsii_type__", "")) for each in jsii_classes(zone))
    if any(name.endswith("PrivateHostedZone") for name in names):
        return True
    made = asked(node_of(zone), "default_child") if isinstance(zone, route53.HostedZone) else None
    return isinstance(made, route53.CfnHostedZone) and bool(stack_of(made).resolve(made.vpcs))


def out_of_zone(field: Field, zone: Any, *, shared: bool) -> Iterator[Finding]:
    """What is wrong with a name that is not in a zone: Route 53 refuses to write it, while the stack is deployed.

    Args:
        field: the name.
        zone: the zone; None: no name is wrong.
        shared: whether the conventions give it, which something of another domain does without.
    """
    own, within = field.value.lower().rstrip("."), zone_name(zone)
    if not is_text(within) or f".{own}".endswith(f".{within.lower().rstrip('.')}"):
        return
    within = within.lower().rstrip(".")
    argument = "" if field.name.endswith("]") else f"{field.name}="
    other = f'{argument}"{own.partition(".")[0]}.{within}"\nhosted_zone=…  # that of {own}'
    unset = (
        f"Conventions(hosted_zone=…)  # that of {own}\nConventions(hosted_zone=Unset).apply(self)  # others write it"
    )
    expected = f"a name in the zone {within}" + (" of the conventions" if shared else "")
    yield field.finding(expected, unset if shared else other)


def web_acl_arn(acl: Any) -> str:
    """The ARN of a web ACL, which may be given as it is."""
    return acl if isinstance(acl, str) else asked(acl.web_acl_ref, "web_acl_arn")


def web_acl_home(acl: Any) -> Home:
    """The account and region of a web ACL."""
    return home_of(acl) if isinstance(acl, wafv2.CfnWebACL) else home_of_arn(web_acl_arn(acl))


def is_no_web_acl(acl: object) -> bool:
    """Whether a text that is known is no ARN of a web ACL."""
    return isinstance(acl, str) and known(acl) and _ACL.match(acl) is None


def web_acl_scope(acl: Any) -> tuple[str | None, str | None]:
    """The scope and the region of a web ACL, as far as they are known."""
    if isinstance(acl, wafv2.CfnWebACL):
        return (acl.scope if known(acl.scope) else None), home_of(acl).region
    found = _ACL.match(web_acl_arn(acl))
    if found is None:
        return None, None
    scope = {"regional": "REGIONAL", "global": "CLOUDFRONT"}.get(found["scope"])
    return scope, found["region"] or None
