"""The dashboard of a stack: a section for each of its patterns that wants one.

stack ── NawsDashboard ── section of a pattern ── alarms | graphs of metrics | results of log queries | notes

A section is written when the app is synthesised, so that it has what is added to a pattern after it was made. What a
graph shows are the descriptions of metrics that alarms are on, too.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from naws.core.build.alarms import Metric
from naws.core.conventions import conventions_of
from naws.core.json_text import json_text
from naws.core.naming import LIMITS, of_this_stack, physical_name, shortened
from naws.core.rules.values import is_number
from naws.core.shared import SHARED_DASHBOARD_ID, shared
from naws.core.stacks import PATTERN_TAG, id_of, path_of, reference_of, region_of, stack_of

COLUMNS, WIDTH, HEIGHT = 24, 8, 6
"""Of a dashboard, and of a graph on it."""
MOST_SECTIONS, MOST_WIDGETS = 40, 12
"""Of a dashboard, and of a section: together they stay below the 500 widgets that a dashboard may have."""
_MOST_ALARMS = 100
"""Of a widget."""
_PERIOD = 300
_DAY = "-P1D"
_WARNING = "Deployed with the stack `{}`: what is changed here is lost with its next deployment."


@dataclass(frozen=True)
class HorizontalLine:
    """A horizontal line, such as a timeout.

    Attributes:
        label: what it is.
        value: in the unit of the graph. A token, which only the deployment knows, and None: there is no line.
    """

    label: str
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Metrics over time.

    Attributes:
        title: with the unit.
        metrics: by label; several of one label are added up.
        lines: what they stand against. Omitted: nothing.
        region: of the metrics. Omitted: the stack's.
    """

    title: str
    metrics: Mapping[str, Metric | Sequence[Metric]]
    lines: Sequence[HorizontalLine] = ()
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogGraph:
    """Results of a query of CloudWatch Logs Insights over time; each look at it is paid by the bytes that it reads.

    Attributes:
        title: with the unit.
        log_group: the name of the log group.
        query: its commands, in their order.
    """

    title: str
    log_group: str
    query: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text in Markdown, where there is nothing else to show."""

    text: str


Widget = Graph | LogGraph | Note


@dataclass(frozen=True, kw_only=True)
class Section:
    """What a dashboard has of one pattern.

    Attributes:
        title: a line of Markdown.
        alarms: their ARNs, each made when it is asked for.
        widgets: likewise.
    """

    title: str
    alarms: Callable[[], Sequence[str]]
    widgets: Callable[[], Sequence[Widget]]


def show(scope: Construct, section: Section, pattern: str) -> None:
    """Add a section to the dashboard of the stack, which the first one makes.

    Args:
        scope: anything in the stack.
        section: what is shown.
        pattern: the name of the pattern; a dashboard is tagged with the first one's.
    """

    def make(stack: cdk.Stack) -> cloudwatch.CfnDashboard:
        board = _Board(stack)
        made = cloudwatch.CfnDashboard(
            stack, construct_id, dashboard_name=_name(stack, construct_id), dashboard_body=cdk.Lazy.string(board)
        )
        cdk.Tags.of(made).add(PATTERN_TAG, pattern)
        _BOARDS[reference_of(made)] = board
        return made

    for number in count(1):
        construct_id = f"{SHARED_DASHBOARD_ID}{number if number > 1 else ''}"
        board = _BOARDS[reference_of(shared(stack_of(scope), construct_id, make))]
        if len(board.sections) < MOST_SECTIONS:
            board.sections.append(section)
            return


def _name(stack: cdk.Stack, construct_id: str) -> str:
    """A name that no other has: dashboards are the account's, whatever the region, and one of the same is overwritten.

    It can be given always: a dashboard is replaced only with its name.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    """
    limit, purpose = LIMITS["dashboard"], construct_id.removeprefix(SHARED_DASHBOARD_ID)
    named = physical_name(conventions_of(stack).name_prefix, id_of(stack), purpose, "dashboard")
    return of_this_stack(stack, named or shortened(f"{path_of(stack)}{purpose}", limit), limit)


@jsii.implements(cdk.IStableStringProducer)
class _Board:
    """What a dashboard has, until the app is synthesised."""

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack, self.sections = stack, list[Section]()

    def produce(self) -> str:
        """The body."""
        return json_text(self._stack, {"start": _DAY, "widgets": list(self._placed())})

    def _placed(self) -> Iterator[Mapping[str, Any]]:
        """The widgets, each in its place: from left to right, and on."""
        region, x, y = region_of(self._stack), 0, 1
        yield _wide(0, _WARNING.format(path_of(self._stack)))
        for section in self.sections:
            yield _wide(y, section.title)
            x, y = 0, y + 1
            for written in _widgets(section, region):
                yield {**written, "x": x, "y": y, "width": WIDTH, "height": HEIGHT}
                x = (x + WIDTH) % COLUMNS
                y += HEIGHT * (x == 0)
            y += HEIGHT * (x > 0)


_BOARDS: dict[str, _Board] = {}
"""By jsii's reference to the dashboard."""


def _wide(y: int, text: str) -> Mapping[str, Any]:
    properties = {"markdown": text, "background": "transparent"}
    return {"type": "text", "x": 0, "y": y, "width": COLUMNS, "height": 1, "properties": properties}


def _widgets(section: Section, region: str) -> Iterator[Mapping[str, Any]]:
    alarms = list(section.alarms())
    for first in range(0, len(alarms), _MOST_ALARMS):
        shown = {"title": "Alarms", "alarms": alarms[first:][:_MOST_ALARMS], "sortBy": "stateUpdatedTimestamp"}
        yield {"type": "alarm", "properties": shown}
    for widget in section.widgets():
        match widget:
            case Graph():
                yield {"type": "metric", "properties": _graph(widget, region)}
            case LogGraph():
                query = "\n| ".join((f"SOURCE '{widget.log_group}'", *widget.query))
                properties = {"title": widget.title, "region": region, "view": "timeSeries", "query": query}
                yield {"type": "log", "properties": properties}
            case Note():
                yield {"type": "text", "properties": {"markdown": widget.text}}


def _graph(graph: Graph, region: str) -> Mapping[str, Any]:
    lines = [{"label": each.label, "value": _whole(each.value)} for each in graph.lines if is_number(each.value)]
    return {
        "title": graph.title,
        "region": graph.region or region,
        "view": "timeSeries",
        "period": _PERIOD,
        "metrics": list(_metrics(graph)),
        "yAxis": {"left": {"min": 0, "showUnits": False}},
        **({"annotations": {"horizontal": lines}} if lines else {}),
    }


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _metrics(graph: Graph) -> Iterator[list[Any]]:
    numbers = count(1)
    for label, shown in graph.metrics.items():
        if isinstance(shown, Metric):
            yield _metric(shown, label=label)
        elif len(shown) == 1:
            yield _metric(shown[0], label=label)
        else:
            ids = [f"m{next(numbers)}" for _ in shown]
            total = " + ".join(f"FILL({each}, 0)" for each in ids)
            yield [{"expression": total, "label": label, "id": f"e{ids[0]}"}]
            yield from (_metric(each, id=name, visible=False) for each, name in zip(shown, ids, strict=True))


def _metric(metric: Metric, **rendering: Any) -> list[Any]:
    dimensions = [part for pair in sorted(metric.dimensions.items()) for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **rendering}]
