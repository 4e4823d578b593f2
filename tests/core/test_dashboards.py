"""The dashboard of a stack: one for all who are shown, in whose sections everything has its place."""

import json
from typing import Any

import aws_cdk as cdk
import pytest

from naws.core import Conventions
from naws.core.build.alarms import Metric
from naws.core.build.dashboards import (
    MOST_SECTIONS,
    MOST_WIDGETS,
    Graph,
    HorizontalLine,
    LogGraph,
    Note,
    Section,
    Widget,
    show,
)
from naws.testing import cdk_app, synth_template
from tests.conformance.dashboards import MOST_WIDGETS as MOST_OF_AWS
from tests.conformance.dashboards import bodies, faults, lines_of, shown

FAILED = Metric(namespace="AWS/States", name="ExecutionsFailed", dimensions={"StateMachineArn": "arn"})
ABORTED = Metric(namespace="AWS/States", name="ExecutionsAborted", dimensions={"StateMachineArn": "arn"})


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def section(*widgets: Widget, alarms: int = 0, title: str = "### Orders") -> Section:
    arns = [f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a{number}" for number in range(alarms)]
    return Section(title=title, alarms=lambda: arns, widgets=lambda: widgets)


def graph(**given: Any) -> Graph:
    return Graph(**{"title": "Runs", "metrics": {"failed": FAILED}, **given})


def body_of(stack: cdk.Stack) -> dict[str, Any]:
    (body,) = bodies(synth_template(stack)).values()
    assert faults(body) == []
    return body


def name_of(stack: cdk.Stack) -> Any:
    return synth_template(stack)["Resources"]["NawsDashboard"]["Properties"]["DashboardName"]


def test_all_who_are_shown_are_on_one_dashboard(stack: cdk.Stack) -> None:
    show(stack, section(graph(), title="### Orders"), "lambda-service")
    show(stack, section(graph(), graph(), title="### Prices"), "ecs-service")
    texts = [each["properties"]["markdown"] for each in body_of(stack)["widgets"] if each["type"] == "text"]
    assert texts[1:] == ["### Orders", "### Prices"]
    assert texts[0].startswith("Deployed with the stack `Shop`")


def test_widgets_fill_rows_of_three_and_each_section_begins_a_new_one(stack: cdk.Stack) -> None:
    show(stack, section(*[graph()] * 4), "a")
    show(stack, section(*[graph()] * 3), "b")
    show(stack, section(graph()), "c")
    places = [(each["x"], each["y"]) for each in body_of(stack)["widgets"] if each["type"] == "metric"]
    assert places == [(0, 2), (8, 2), (16, 2), (0, 8), (0, 15), (8, 15), (16, 15), (0, 22)]


def test_what_is_added_later_is_shown_too(stack: cdk.Stack) -> None:
    later = list[Widget]()
    show(stack, Section(title="### Orders", alarms=list, widgets=lambda: later), "a")
    later.append(graph())
    assert list(shown(body_of(stack), "metric")) == ["Runs"]


def test_metrics_of_one_label_are_added_up(stack: cdk.Stack) -> None:
    show(stack, section(graph(metrics={"one": [FAILED], "both": [FAILED, ABORTED]})), "a")
    one, total, *parts = shown(body_of(stack), "metric")["Runs"]["metrics"]
    assert one[-1] == {"stat": "Sum", "label": "one"}
    assert total == [{"expression": "FILL(m1, 0) + FILL(m2, 0)", "label": "both", "id": "em1"}]
    assert [part[-1] for part in parts] == [{"stat": "Sum", "id": name, "visible": False} for name in ("m1", "m2")]


def test_a_line_is_where_its_value_is_known(stack: cdk.Stack) -> None:
    token = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    lines = [HorizontalLine("timeout", 30.0), HorizontalLine("later", token), HorizontalLine("none", None)]
    show(stack, section(graph(lines=lines)), "a")
    assert lines_of(shown(body_of(stack), "metric")["Runs"]) == {"timeout": 30}


def test_a_graph_is_of_the_stack_s_region_or_of_its_own() -> None:
    here = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    show(here, section(graph(title="here"), graph(title="there", region="us-east-1")), "a")
    graphs = shown(body_of(here), "metric")
    assert (graphs["here"]["region"], graphs["there"]["region"]) == ("eu-west-1", "us-east-1")


def test_a_query_and_a_note(stack: cdk.Stack) -> None:
    query = LogGraph(title="Memory", log_group="/shop", query=("filter a = 1", "stats max(b) by bin(5m)"))
    show(stack, section(query, Note(text="**nothing**")), "a")
    body = body_of(stack)
    assert shown(body, "log")["Memory"]["query"] == "SOURCE '/shop'\n| filter a = 1\n| stats max(b) by bin(5m)"
    assert body["widgets"][-1]["properties"] == {"markdown": "**nothing**"}


@pytest.mark.parametrize(("alarms", "widgets"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_a_widget_has_a_hundred_alarms_at_the_most(stack: cdk.Stack, alarms: int, widgets: list[int]) -> None:
    show(stack, section(alarms=alarms), "a")
    found = [each["properties"]["alarms"] for each in body_of(stack)["widgets"] if each["type"] == "alarm"]
    assert [len(each) for each in found] == widgets


def test_a_further_dashboard_begins_before_one_has_too_many_widgets(stack: cdk.Stack) -> None:
    full = [graph()] * (MOST_WIDGETS - 1)
    for _ in range(MOST_SECTIONS + 1):
        show(stack, section(*full), "a")
    found = bodies(synth_template(stack))
    assert {name: len(body["widgets"]) for name, body in found.items()} == {
        "NawsDashboard": 1 + MOST_SECTIONS * MOST_WIDGETS,
        "NawsDashboard2": 1 + MOST_WIDGETS,
    }
    assert MOST_SECTIONS * MOST_WIDGETS < MOST_OF_AWS
    assert [faults(body) for body in found.values()] == [[], []]


def test_a_name_has_the_prefix_and_a_part_of_the_stack_s_id(stack: cdk.Stack) -> None:
    """Dashboards are the account's, whatever the region: of one name the second would be written over the first."""
    Conventions(name_prefix="shop-prod").apply(stack)
    for number in range(MOST_SECTIONS + 1):
        show(stack, section(title=f"### {number}"), "a")
    named = [each["Properties"]["DashboardName"]["Fn::Join"][1] for each in resources(stack)]
    assert [first for first, _ in named] == ["shop-prod-Shop-", "shop-prod-Shop-2-"]
    assert {json.dumps(part) for _, part in named} == {json.dumps(named[0][1])}
    assert '"AWS::StackId"' in json.dumps(named)


@pytest.mark.parametrize(("stage", "stack_id", "name"), [("Prod", "Shop", "Prod-Shop-"), ("Prod", "S" * 300, None)])
def test_without_a_prefix_it_has_the_path_of_the_stack(stage: str, stack_id: str, name: str | None) -> None:
    stack = cdk.Stack(cdk.Stage(cdk_app(), stage), stack_id, stack_name="shop")
    show(stack, section(), "a")
    first, _ = name_of(stack)["Fn::Join"][1]
    assert first == name if name else len(first) + 8 <= 255


def test_a_nested_stack_has_its_own(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Part")
    show(nested, section(graph()), "a")
    show(stack, section(graph()), "a")
    assert list(bodies(synth_template(nested))) == list(bodies(synth_template(stack))) == ["NawsDashboard"]


def resources(stack: cdk.Stack) -> list[dict[str, Any]]:
    found = synth_template(stack)["Resources"].values()
    return [each for each in found if each["Type"] == "AWS::CloudWatch::Dashboard"]
