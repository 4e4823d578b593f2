"""What a distribution needs of us-east-1: a certificate for its names, and a web ACL."""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from naws.core.authoring import asked, web_acl_arn
from naws.portal_website._edge_stacks import edge_scope, passed
from naws.portal_website._names import edge_name
from naws.portal_website.plan import Plan
from naws.portal_website.props import WebAcl

_MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
_COMMON = _MANAGED[1]
_BODY = "SizeRestrictions_BODY"


def certificate_of(scope: Construct, plan: Plan, pattern_name: str) -> tuple[str | None, cdk.CfnResource | None]:
    """The ARN of the certificate that the distribution shows, and the certificate itself when it is made here."""
    domain = plan.domain
    if not domain.names:
        return None, None
    if domain.certificate is not None:
        return asked(domain.certificate, "certificate_arn"), None
    first, *others = domain.names
    place = edge_scope(scope, plan.context, "before", pattern_name)
    zone = asked(domain.zone, "hosted_zone_id")
    made = acm.CfnCertificate(
        place,
        "Certificate",
        domain_name=first,
        subject_alternative_names=others or None,
        validation_method="DNS",
        domain_validation_options=[{"domainName": name, "hostedZoneId": zone} for name in domain.names],  # pyright: ignore[reportArgumentType]  # jsii takes a struct as data
    )
    return passed(scope, made, "CertificateArn", asked(made, "ref")), made


def web_acl_of(scope: Construct, plan: Plan, pattern_name: str) -> str | None:
    """The ARN of the web ACL that filters requests; None: nothing does."""
    given = plan.edge.web_acl
    if given is None:
        return None
    if not isinstance(given, WebAcl):
        return web_acl_arn(given)
    place = edge_scope(scope, plan.context, "before", pattern_name)
    made = wafv2.CfnWebACL(
        place,
        "WebAcl",
        scope="CLOUDFRONT",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow=wafv2.CfnWebACL.AllowActionProperty()),
        # It is the dimension WebACL of the metrics: two of one name would be counted together.
        visibility_config=cast("Any", _seen(edge_name(scope, "WebAcl"))),
        rules=cast("Any", _rules(given, uploads=bool(plan.apis))),
    )
    return passed(scope, made, "WebAclArn", asked(made, "attr_arn"))


def _rules(given: WebAcl, *, uploads: bool) -> list[Mapping[str, Any]]:
    """AWS's rules, and the limit of requests; with APIs a long body is counted, and not refused with a bare 403.

    Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    """
    found: list[Mapping[str, Any]] = []
    for priority, name in enumerate(_MANAGED, 1):
        group: dict[str, Any] = {"vendorName": "AWS", "name": name}
        if name == _COMMON and uploads:
            group["ruleActionOverrides"] = [{"name": _BODY, "actionToUse": {"count": {}}}]
        found.append(
            {
                "name": name,
                "priority": priority,
                "overrideAction": {"none": {}},
                "statement": {"managedRuleGroupStatement": group},
                "visibilityConfig": _seen(name),
            }
        )
    limited = {"limit": given.rate_limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
    return [
        *found,
        {
            "name": "RateLimit",
            "priority": len(found) + 1,
            "action": {"block": {}},
            "statement": {"rateBasedStatement": limited},
            "visibilityConfig": _seen("RateLimit"),
        },
    ]


def _seen(name: str) -> Mapping[str, Any]:
    return {"cloudWatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}
