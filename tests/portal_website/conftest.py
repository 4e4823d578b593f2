"""Scenarios: one stack each, as a user would write it."""

from collections.abc import Callable

import aws_cdk as cdk
from folders import PAGES, SHOP
from websites import HERE, NOWHERE, THERE, production_props

from naws.portal_website import (
    Conventions,
    Password,
    PortalWebsite,
    PortalWebsiteProps,
    SignIn,
)
from naws.testing import scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]


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


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Portal", env=HERE)
    Conventions(service="shop", stage="prod", owner="sales", name_prefix="shop-prod").apply(stack)
    PortalWebsite(stack, "Shop", production_props(stack))
    return stack


SCENARIOS: dict[str, Scenario] = {"minimal": minimal, "apart": apart, "pages": pages, "production": production}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)
