"""The body of a dashboard held against AWS's page on its structure, and its metrics against AWS's lists of them.

`dashboard_body.json` has the properties of each kind of widget, `metrics.json` what each namespace has under which
dimensions, both with their source; a fault is a line of what they do not have.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

BODY: dict[str, Any] = json.loads(Path(__file__).with_name("dashboard_body.json").read_text())
METRICS: dict[str, Any] = json.loads(Path(__file__).with_name("metrics.json").read_text())
MOST_WIDGETS, MOST_OF_WIDGET, MOST_OF_DASHBOARD, MOST_ALARMS, COLUMNS = 500, 500, 2_500, 100, 24
"""Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html, dashboards."""
_TYPES: dict[str, Any] = {"text": str, "list": list, "object": dict, "truth": bool, "number": int | float}


def bodies(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The bodies of a template's dashboards by logical id; each token is the word `token`."""
    resources = template.get("Resources", {}).items()
    found = {name: one["Properties"] for name, one in resources if one["Type"] == "AWS::CloudWatch::Dashboard"}
    return {name: json.loads(text(properties["DashboardBody"])) for name, properties in found.items()}


def text(value: Any) -> str:
    """A text of a template, in which each token is the word `token`."""
    if isinstance(value, str):
        return value
    if "Fn::Sub" in value:
        return re.sub(r"\$\{[^}]+\}", "token", value["Fn::Sub"])
    return "".join(each if isinstance(each, str) else "token" for each in value["Fn::Join"][1])


def shown(body: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of widgets of a kind, by title."""
    return {each["properties"]["title"]: each["properties"] for each in body["widgets"] if each["type"] == kind}


def lines_of(widget: dict[str, Any]) -> dict[str, float]:
    """The horizontal lines of a graph, by label."""
    return {each["label"]: each["value"] for each in widget.get("annotations", {}).get("horizontal", ())}


def faults(body: dict[str, Any]) -> list[str]:
    """What AWS would not take, or not show."""
    return [*_as_listed("body", body, "body"), *_of_widgets(body["widgets"])]


def metrics_of(widget: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str], dict[str, Any]]]:
    """Namespace, name, dimensions and rendering of each metric; expressions left out."""
    for each in widget["metrics"]:
        if isinstance(each[0], str):
            namespace, name, *pairs, rendering = each
            yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), rendering


def _as_listed(where: str, value: dict[str, Any], kind: str) -> Iterator[str]:
    listed = BODY[kind]
    yield from (f"{where} has no {name}" for name in listed["required"] if name not in value)
    for name, given in value.items():
        wanted = listed["properties"].get(name)
        if not _is(given, wanted):
            yield f"{where}: {name}={given!r} is not {wanted}"


def _is(given: object, wanted: Any) -> bool:
    if wanted is None:
        return False
    if isinstance(wanted, str):
        return isinstance(given, _TYPES[wanted]) and (wanted != "number" or not isinstance(given, bool))
    if isinstance(wanted, list):
        return given in cast("list[Any]", wanted)
    least, most = wanted.get("least"), wanted.get("most", given)
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


def _of_widgets(widgets: list[dict[str, Any]]) -> Iterator[str]:
    taken: dict[tuple[int, int], int] = {}
    metrics = 0
    for number, widget in enumerate(widgets):
        where = f"widget {number}"
        yield from _as_listed(where, widget, "widget")
        yield from _as_listed(where, widget["properties"], widget["type"])
        if widget["x"] + widget["width"] > COLUMNS:
            yield f"{where} is wider than the dashboard"
        for place in _places(widget):
            if place in taken:
                yield f"{where} covers widget {taken[place]}"
            taken[place] = number
        if widget["type"] == "metric":
            metrics += len(list(metrics_of(widget["properties"])))
            yield from _of_graph(where, widget["properties"])
        if widget["type"] == "alarm" and not 1 <= len(widget["properties"]["alarms"]) <= MOST_ALARMS:
            yield f"{where} has too many alarms, or none"
        if widget["type"] == "log" and not re.match(r"SOURCE '[^']+'\n\| ", widget["properties"]["query"]):
            yield f"{where} names no log group"
    if len(widgets) > MOST_WIDGETS or metrics > MOST_OF_DASHBOARD:
        yield f"{len(widgets)} widgets, {metrics} metrics"


def _places(widget: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for x in range(widget["x"], widget["x"] + widget["width"]):
        yield from ((x, y) for y in range(widget["y"], widget["y"] + widget["height"]))


def _of_graph(where: str, graph: dict[str, Any]) -> Iterator[str]:
    if _is(graph["period"], {"least": 60}) and graph["period"] % 60:
        yield f"{where}: period {graph['period']} is not of whole minutes"
    if not 1 <= len(graph["metrics"]) <= MOST_OF_WIDGET:
        yield f"{where}: {len(graph['metrics'])} metrics"
    yield from _as_listed(where, graph.get("annotations", {}), "annotations")
    for line in graph.get("annotations", {}).get("horizontal", ()):
        yield from _as_listed(f"{where}, line", line, "horizontal")
    yield from _as_listed(where, graph["yAxis"], "yAxis")
    for axis in graph["yAxis"].values():
        yield from _as_listed(f"{where}, axis", axis, "axis")
    ids = [each[-1]["id"] for each in graph["metrics"] if "id" in each[-1]]
    if len(ids) != len(set(ids)) or not all(re.fullmatch(r"[a-z]\w*", each) for each in ids):
        yield f"{where}: ids {ids}"
    yield from _of_metrics(where, graph, set(ids))


def _of_metrics(where: str, graph: dict[str, Any], ids: set[str]) -> Iterator[str]:
    for each in graph["metrics"]:
        if isinstance(each[0], dict):
            yield from _as_listed(f"{where}, expression", each[0], "expression")
            names = set(re.findall(r"\b[a-z]\w*\b", each[0]["expression"]))
            yield from (f"{where}: {name} is no metric" for name in names - ids)
    for namespace, name, dimensions, rendering in metrics_of(graph):
        yield from _as_listed(f"{where}, metric", rendering, "rendering")
        known = METRICS.get(namespace, {"dimensions": {}})["dimensions"].get(" ".join(sorted(dimensions)), ())
        if name not in known:
            yield f"{where}: {namespace} has no {name} by {sorted(dimensions)}"
        if not re.fullmatch(BODY["statistic"], rendering["stat"]):
            yield f"{where}: {rendering['stat']} is no statistic"
