"""What the page of the website lists the resources, alarms and permissions of."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import Construct

from naws.portal_website import HttpEndpoint, Password, SignIn, WebAcl
from naws.testing.options import Option

SITES = Path(__file__).parent / "sites"
SHOP, PAGES = str(SITES / "shop"), str(SITES / "pages")


def required(_: Construct) -> dict[str, Any]:
    return {"source": SHOP}


def _named(scope: Construct) -> dict[str, Any]:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
    )
    return {"domain_names": ["www.example.com"], "hosted_zone": zone}


ENVIRONMENT = cdk.Environment(account="123456789012", region="us-east-1")
"""Where certificate, web ACL, alarms and logs are in the stack itself."""
OPTIONS: dict[str, Option] = {
    "only `source`": Option(lambda _: {}),
    "`domain_names`": Option(_named),
    "`api`": Option(lambda _: {"api": {"/api/*": HttpEndpoint.of_domain("api.example.com")}}),
    "`config`": Option(lambda _: {"config": {"stage": "prod"}}),
    "`sign_in`": Option(lambda _: {"sign_in": SignIn()}),
    "`password`": Option(lambda _: {"password": Password("team", sha256="0" * 64)}),
    "`web_acl`": Option(lambda _: {"web_acl": WebAcl()}),
    '`kind="pages"`': Option(lambda _: {"source": PAGES, "kind": "pages"}),
    "`removal_policy=DESTROY`": Option(lambda _: {"removal_policy": cdk.RemovalPolicy.DESTROY}),
}
