"""Every dashboard of a scenario is one that AWS takes; and what judges it finds what is wrong."""

from copy import deepcopy
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from naws.testing import synth_template
from tests.conformance.dashboards import METRICS, bodies, faults, metrics_of

PATTERNS = ("ecs_service", "ecs_task_processor", "lambda_service", "portal_website", "step_function_executor")
NOT_SHOWN = {
    ("AWS/CertificateManager", "DaysToExpiry", "CertificateArn"),
    ("NAWS/EcsTaskProcessor", "RunsSucceeded", "Processor", "Trigger"),
    ("AWS/Lambda", "Errors", "ExecutedVersion", "FunctionName", "Resource"),
}
"""The days that a certificate has left; successes by trigger and errors by version, which those of all runs have."""


@cache
def template_of(pattern: str) -> dict[str, Any]:
    """Of the scenario with everything, which has a dashboard."""
    return synth_template(import_module(f"tests.{pattern}.conftest").SCENARIOS["production"])


@pytest.mark.parametrize("pattern", PATTERNS)
def test_aws_takes_it_and_has_every_metric(pattern: str) -> None:
    (body,) = bodies(template_of(pattern)).values()
    assert len(body["widgets"]) > 5
    assert faults(body) == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_alarms_are_on_is_shown(pattern: str) -> None:
    (body,) = bodies(template_of(pattern)).values()
    graphs = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    on_graphs = {
        (space, metric, *sorted(dimensions)) for each in graphs for space, metric, dimensions, _ in metrics_of(each)
    }
    measured = _of_alarms(template_of(pattern))
    assert measured
    assert measured - NOT_SHOWN <= on_graphs


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_alarm_that_notifies_somebody_is_on_it(pattern: str) -> None:
    template = template_of(pattern)
    alarms = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    notifying = {name for name, one in alarms.items() if "AlarmActions" in one["Properties"]}
    (dashboard,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Dashboard")
    parts: list[Any] = dashboard["Properties"]["DashboardBody"]["Fn::Join"][1]
    shown: set[str] = {
        part["Fn::GetAtt"][0] for part in parts if not isinstance(part, str) and "Arn" in part.get("Fn::GetAtt", ())
    }
    assert notifying == shown & alarms.keys()


def test_a_processor_counts_what_is_shown_of_it() -> None:
    machines = [
        str(one["Properties"]["DefinitionString"])
        for one in template_of("ecs_task_processor")["Resources"].values()
        if one["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    dimensions = " ".join(METRICS["NAWS/EcsTaskProcessor"]["dimensions"]).split()
    assert all(any(name in each for each in machines) for name in ("AttemptsNotSucceeded", *dimensions))


def _of_alarms(template: dict[str, Any]) -> set[tuple[str, ...]]:
    alarms = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    metrics = [each for each in alarms if "MetricName" in each]
    stats = [each["MetricStat"]["Metric"] for one in alarms for each in one.get("Metrics", ()) if "MetricStat" in each]
    return {
        (each["Namespace"], each["MetricName"], *sorted(one["Name"] for one in each["Dimensions"]))
        for each in (*metrics, *stats)
    }


GRAPH = {
    "type": "metric",
    "x": 0,
    "y": 0,
    "width": 8,
    "height": 6,
    "properties": {
        "title": "Runs",
        "region": "eu-west-1",
        "period": 300,
        "metrics": [["AWS/States", "ExecutionsFailed", "StateMachineArn", "a", {"stat": "Sum", "label": "failed"}]],
        "yAxis": {"left": {"min": 0}},
        "annotations": {"horizontal": [{"label": "timeout", "value": 30}]},
    },
}
WRONG: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "an unknown property": (("properties", "colour"), "red", "widget 0: colour='red' is not None"),
    "a text for a number": (("properties", "period"), "300", "period='300' is not"),
    "a place beside the grid": (("x",), 20, "wider than the dashboard"),
    "an unknown view": (("properties", "view"), "lines", "view='lines' is not"),
    "a metric that AWS has not": (("properties", "metrics", 0, 1), "ExecutionsLost", "has no ExecutionsLost"),
    "another dimension": (("properties", "metrics", 0, 2), "Machine", "has no ExecutionsFailed by ['Machine']"),
    "an unknown statistic": (("properties", "metrics", 0, 4, "stat"), "Most", "Most is no statistic"),
    "a line without a value": (("properties", "annotations", "horizontal", 0), {"label": "a"}, "line has no value"),
    "a calculation with nothing": (
        ("properties", "metrics", 0),
        [{"expression": "FILL(m7, 0)", "id": "e1"}],
        "m7 is no metric",
    ),
}


@pytest.mark.parametrize(("path", "value", "fault"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(path: tuple[Any, ...], value: Any, fault: str) -> None:
    widget = deepcopy(GRAPH)
    assert faults({"widgets": [widget]}) == []
    inner: Any = widget
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    found = faults({"widgets": [widget]})
    assert any(fault in each for each in found), found


def test_two_widgets_in_one_place_are_found() -> None:
    assert "widget 1 covers widget 0" in faults({"widgets": [GRAPH, GRAPH]})
