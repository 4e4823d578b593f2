"""What a dashboard has of a website: beside its alarms, wherever these are."""

from typing import Any

import aws_cdk as cdk
import pytest
from folders import SHOP
from websites import HERE, NOWHERE, THERE

from naws.core import HttpEndpoint
from naws.core.naming import short_hash
from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps
from naws.testing import cdk_app
from tests.conformance.dashboards import bodies, faults, lines_of, metrics_of, shown

QUIET: dict[str, Any] = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}


def bodies_of(env: cdk.Environment | None, **given: Any) -> dict[str, dict[str, Any]]:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=env)
    website = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, dashboard=True, **given))
    website.add_api("/api/*", HttpEndpoint.of_domain("api.example.com"))
    made = {each.stack_name: bodies(each.template) for each in app.synth().stacks}
    return {name: body for name, found in made.items() for body in found.values()}


@pytest.mark.parametrize(
    ("env", "given", "where"),
    [
        (HERE, {}, "Portal"),
        (THERE, {}, "Portal-eu-central-1-EdgeOperations"),
        (THERE, QUIET, "Portal"),
        (None, {"acknowledge": NOWHERE}, "Portal"),
    ],
    ids=["us-east-1", "another region", "another region without alarms", "an unknown region"],
)
def test_it_stands_where_the_alarms_are(env: cdk.Environment | None, given: dict[str, Any], where: str) -> None:
    ((name, body),) = bodies_of(env, **given).items()
    assert name == where
    assert faults(body) == []
    assert bool(shown(body, "alarm")) == (env is not None and given is not QUIET)
    assert bool(lines_of(shown(body, "metric")["Answers that are errors, % of requests"])) == bool(shown(body, "alarm"))


def test_all_of_it_is_of_us_east_1() -> None:
    (body,) = bodies_of(THERE).values()
    graphs = shown(body, "metric")
    assert {graph["region"] for graph in graphs.values()} == {"us-east-1"}
    assert lines_of(graphs["Answers that are errors, % of requests"]) == {"alarm on 5xx": 1}
    assert {dimensions["Region"] for graph in graphs.values() for _, _, dimensions, _ in metrics_of(graph)} == {
        "Global"
    }


def test_the_function_of_an_api_that_is_added_later_is_shown() -> None:
    (body,) = bodies_of(HERE, strip_prefix=True).values()
    used = shown(body, "metric")["Compute utilization of functions, %"]
    labels = [each[-1]["label"].split("-")[-4] for each in used["metrics"]]
    assert labels == ["SiteFunction", f"ApiFunction{short_hash('/api')}"]
