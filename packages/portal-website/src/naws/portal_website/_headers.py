"""The policy by which CloudFront adds headers to every answer, errors too.

A function at the edge is not asked when an answer is an error; this policy is.
Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from naws.portal_website._names import edge_name
from naws.portal_website.plan_headers import REPORTED, HeadersPlan


def build_headers(scope: Construct, plan: HeadersPlan, connects: Sequence[str]) -> cloudfront.CfnResponseHeadersPolicy:
    """The policy. What an API answers with itself stays, but for what makes HTTPS the only way.

    Args:
        scope: the website.
        plan: what was decided.
        connects: addresses that scripts ask beside the site's own.
    """
    given, csp = plan.given, plan.policy(connects)
    custom = [{"header": name, "value": value, "override": True} for name, value in given.custom.items()]
    if given.csp == "report":
        custom.append({"header": REPORTED, "value": csp, "override": False})
    security: dict[str, Any] = {
        "contentTypeOptions": {"override": True},
        "frameOptions": {"frameOption": given.frame, "override": False},
        "referrerPolicy": {"referrerPolicy": "strict-origin-when-cross-origin", "override": False},
    }
    if given.csp == "enforce":
        security["contentSecurityPolicy"] = {"contentSecurityPolicy": csp, "override": False}
    if plan.hsts:
        security["strictTransportSecurity"] = {
            "accessControlMaxAgeSec": plan.hsts,
            "includeSubdomains": given.hsts_subdomains is not False,
            "override": True,
        }
    config: Mapping[str, Any] = {
        "name": edge_name(scope, "Headers", longest=128),
        "securityHeadersConfig": security,
        "removeHeadersConfig": {"items": [{"header": "Server"}]},
        **({"customHeadersConfig": {"items": custom}} if custom else {}),
    }
    return cloudfront.CfnResponseHeadersPolicy(scope, "Headers", response_headers_policy_config=config)
