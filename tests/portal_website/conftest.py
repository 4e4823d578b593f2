"""Scenarios: one stack each, as a user would write it."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from naws.portal_website import (
    Alarms,
    Conventions,
    HttpEndpoint,
    Password,
    PortalWebsite,
    PortalWebsiteProps,
    SecurityHeaders,
    SignIn,
    WebAcl,
)
from naws.testing import scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]
SITES = Path(__file__).parent / "sites"
SHOP, PAGES = str(SITES / "shop"), str(SITES / "pages")
NOWHERE = {"NAWS-REGION-001": "it is tried out"}
HERE = cdk.Environment(account="123456789012", region="us-east-1")
THERE = cdk.Environment(account="123456789012", region="eu-central-1")


def minimal(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Portal")
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, acknowledge=NOWHERE))
    return stack


def apart(app: cdk.App) -> cdk.Stack:
    """What the service's own region has; the edge stacks are in `test_edge.py`."""
    stack = cdk.Stack(app, "Portal", env=THERE)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, sign_in=SignIn(), config={"stage": "test"}))
    return stack


def pages(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Portal", env=HERE)
    password = Password("team", sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    props = PortalWebsiteProps(source=PAGES, kind="pages", password=password, removal_policy=cdk.RemovalPolicy.DESTROY)
    PortalWebsite(stack, "Docs", props)
    return stack


def production_props(scope: Construct) -> PortalWebsiteProps:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
    )
    return PortalWebsiteProps(
        source=SHOP,
        domain_names=["www.example.com", "example.com"],
        hosted_zone=zone,
        api={"/api/*": HttpEndpoint.of_domain("api.example.com")},
        strip_prefix=True,
        config={"stage": "prod"},
        sign_in=SignIn(local=["http://localhost:5173"]),
        headers=SecurityHeaders(csp="enforce", csp_sources={"img-src": ["https://images.example.com"]}, frame="DENY"),
        web_acl=WebAcl(),
        dashboard=True,
        alarms=Alarms(topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call")),
        log_retention=logs.RetentionDays.ONE_YEAR,
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(scope, "Boundary", "boundary"),
    )


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Portal", env=HERE)
    Conventions(service="shop", stage="prod", owner="sales", name_prefix="shop-prod").apply(stack)
    PortalWebsite(stack, "Shop", production_props(stack))
    return stack


SCENARIOS: dict[str, Scenario] = {"minimal": minimal, "apart": apart, "pages": pages, "production": production}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)
