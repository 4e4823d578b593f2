"""Calls into Node are what building costs: the hundredth website makes as many as the second."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from folders import SHOP
from websites import HERE

from naws.core.context import PatternContext
from naws.core.homes import Home
from naws.core.validation import validate
from naws.portal_website import Alarms, Conventions, Password, PortalWebsite, PortalWebsiteProps, SignIn, WebAcl
from naws.portal_website.checks import CHECKS
from naws.testing import cdk_app
from naws.testing.calls import calls_of, node_calls

WHOLE = {
    "config": {"stage": "prod"},
    "password": Password("team", sha256="0" * 64),
    "sign_in": SignIn(),
    "web_acl": WebAcl(),
    "alarms": Alarms(detail=True),
}
SCENARIOS: dict[str, tuple[dict[str, Any], int]] = {"minimal": ({}, 83), "whole": (WHOLE, 95)}
"""What is given beside the folder, with no object of CDK in it, and the most that a further website makes."""


@pytest.mark.parametrize(("given", "most"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_further_website_makes_few_calls_and_never_more(given: dict[str, Any], most: int) -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=HERE)
    Conventions(alarm_topic=sns.Topic(stack, "OnCall")).apply(stack)
    props = PortalWebsiteProps(source=SHOP, **given)
    first, second, *more = [calls_of(PortalWebsite, stack, f"Site{number}", props) for number in range(5)]
    assert second <= most
    assert set(more) == {second}
    assert second < first


@pytest.mark.parametrize("given", [given for given, _ in SCENARIOS.values()], ids=SCENARIOS)
def test_planning_and_judging_plain_props_ask_nothing_of_node(given: dict[str, Any]) -> None:
    props = PortalWebsiteProps(source=SHOP, **given)
    home = Home(account="123456789012", region="eu-central-1")
    context = PatternContext(path="Portal/Shop", construct_id="Shop", conventions=Conventions(), home=home)
    with node_calls() as calls:
        plan = PortalWebsite.resolve(props, context)
        validate(context.path, plan, CHECKS, props.acknowledge)
    assert calls.by_kind == {}
