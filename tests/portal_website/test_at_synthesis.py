"""Rules on what will be deployed: what CDK code changed of the distribution, and names that two websites have."""

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk.assertions import Annotations, Match
from folders import SHOP
from websites import production_props

import naws.portal_website as ours
from naws.core.authoring import Rule
from naws.portal_website.checks_behaviours import BEHAVIOUR_RULES
from naws.portal_website.checks_distribution import DISTRIBUTION_RULES
from naws.testing import cdk_app, synth_template

ENVIRONMENT = cdk.Environment(account="123456789012", region="us-east-1")
EXECUTABLE = [each for each in (*DISTRIBUTION_RULES, *BEHAVIOUR_RULES) if "then=" in each.example]


def website(app: cdk.App, name: str = "Shop", **given: Any) -> ours.PortalWebsite:
    stack = cdk.Stack(app, name, env=ENVIRONMENT)
    api = {"/api/*": ours.HttpEndpoint.of_domain("api.example.com")}
    return ours.PortalWebsite(stack, "Portal", ours.PortalWebsiteProps(**{"source": SHOP, "api": api, **given}))


def codes(made: ours.PortalWebsite) -> list[str]:
    stack = cdk.Stack.of(made)
    try:
        synth_template(stack)
    except RuntimeError as error:
        return re.findall(r"(NAWS-[A-Z]+-\d{3}) \(", str(error))
    warned = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return re.findall(r"(NAWS-[A-Z]+-\d{3}) \(", str([each.entry.data for each in warned]))


def built(text: str) -> ours.PortalWebsite:
    names = {name: getattr(ours, name) for name in ours.__all__} | {"cloudfront": cloudfront, "cdk": cdk}
    given = eval(f"dict({text})", names)  # the rules' own
    then = given.pop("then", str)
    made = website(cdk_app(), **given)
    then(made)
    return made


@pytest.mark.parametrize("rule", EXECUTABLE, ids=lambda rule: rule.code)
def test_the_example_of_a_rule_breaks_it(rule: Rule[Any]) -> None:
    assert rule.code in codes(built(rule.example))


@pytest.mark.parametrize("rule", [each for each in EXECUTABLE if "then=" in each.fix], ids=lambda rule: rule.code)
def test_its_fix_does_not(rule: Rule[Any]) -> None:
    assert rule.code not in codes(built(rule.fix))


def test_a_name_is_of_one_website() -> None:
    app = cdk_app()
    for name in ("Shop", "Other"):
        stack = cdk.Stack(app, name, env=ENVIRONMENT)
        made = ours.PortalWebsite(stack, "Portal", production_props(stack))
    assert codes(made) == ["NAWS-EDGE-047"]  # and the first does not say so, too


def test_a_website_breaks_none_of_them() -> None:
    assert codes(website(cdk_app())) == []
