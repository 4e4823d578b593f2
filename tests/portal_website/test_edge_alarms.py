"""Alarms on the functions at the edge: each function is in one of them."""

from typing import Any

import aws_cdk as cdk
import pytest
from folders import SHOP
from websites import HERE

from naws.portal_website import HttpEndpoint, PortalWebsite, PortalWebsiteProps
from naws.testing import cdk_app, synth_template
from naws.testing.rules import resources_of
from naws.testing.templates import of_type


def endpoint(number: int) -> HttpEndpoint:
    return HttpEndpoint.of_domain(f"api{number}.example.com")


def watched(template: dict[str, Any]) -> dict[str, list[str]]:
    """The functions of each alarm."""
    found = dict[str, list[str]]()
    for name, alarm in resources_of(template, "AWS::CloudWatch::Alarm").items():
        metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        assert len(metrics) <= 10
        named = [one["Value"] for each in metrics for one in each["Dimensions"] if one["Name"] == "FunctionName"]
        if named:
            found[name] = list(dict.fromkeys(named))
            assert len(named) == 3 * len(found[name])
    return found


@pytest.mark.parametrize(
    ("given", "added", "alarms"), [(0, 0, 1), (2, 0, 1), (5, 0, 2), (0, 5, 2), (1, 2, 2), (4, 4, 3)]
)
def test_every_function_is_watched_once(given: int, added: int, alarms: int) -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=HERE)
    api = {f"/api{number}/*": endpoint(number) for number in range(given)}
    site = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, api=api, strip_prefix=True))
    for number in range(given, given + added):
        site.add_api(f"/api{number}/*", endpoint(number))
    template = synth_template(stack)
    found = watched(template)
    every = [each["Name"] for each in of_type(template, "AWS::CloudFront::Function")]
    assert sorted(name for each in found.values() for name in each) == sorted(every)
    assert len(found) == alarms
    assert len(site.alarms) == len(resources_of(template, "AWS::CloudWatch::Alarm"))
