"""Draw the guide's flowcharts while it is built: pictures in the page itself, in the colours of the page.

A browser that draws them needs three and a half megabytes of JavaScript, which has to come from somewhere; these come
with the page, on paper and without scripts too, and a chart that cannot be drawn fails the build. What they are written
in is what code hosts draw of the same text. Each is drawn twice: as it is written, and from top to bottom for a phone.

A hook of MkDocs: see `hooks` in mkdocs.yml.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from flowcharts import Chart, Node, read  # beside this file
from layout import Item, Placed, Route, placed

_SIZE, _LINE = 13.0, 17.0
_SMALL = 11.5
_PADDING = (13.0, 9.0)
_EXTRA = {
    "pill": (8.0, 0.0),
    "hexagon": (12.0, 0.0),
    "choice": (22.0, 8.0),
    "store": (0.0, 9.0),
    "slanted": (10.0, 0.0),
}
"""What a shape takes beyond its text, to the sides and above and below."""
_WIDEST = 880.0
"""From left to right, what is wider would have to be made too small to be read."""
_PORT = 15.0
"""What each edge takes of the side of a node."""
_NARROW, _WIDE = set("iljtfr.,:;'|!()[]I "), set("mwMWQO@%")


def on_config(config: Any) -> Any:
    """Draw what stands in a fence of `mermaid`."""
    fences = config["mdx_configs"]["pymdownx.superfences"]["custom_fences"]
    fences.append({"name": "mermaid", "class": "diagram", "format": fence})
    return config


def fence(source: str, *_: Any, **__: Any) -> str:
    """The HTML of one chart."""
    chart = read(source)
    wide, tall = _Drawing(chart, across=chart.across, longest=26), _Drawing(chart, across=False, longest=15)
    if wide.width > _WIDEST:
        wide = _Drawing(chart, across=False, longest=22)
    return f'<figure class="diagram" tabindex="0">{wide.svg("wide")}{tall.svg("tall")}</figure>'


@dataclass(frozen=True)
class _Box:
    """A node as it is drawn: its lines, broken; and of a frame what is in it."""

    node: Node
    lines: Sequence[str]
    width: float
    height: float
    inside: "_Drawing | None" = None


class _Drawing:
    """A chart, placed. Lines of text have about `longest` characters."""

    def __init__(self, chart: Chart, *, across: bool, longest: int) -> None:
        self._chart, self._across, self._longest = chart, across, longest
        self._boxes = {name: self._box(name, node) for name, node in chart.nodes.items()}
        self._labels = [_broken([edge.label], longest) for edge in chart.edges]
        sizes = {name: self._turned(box.width, box.height) for name, box in self._boxes.items()}
        edges = [
            (
                edge.source,
                edge.target,
                self._turned(*_text_size(label, _SMALL, (5.0, 2.0))) if edge.label else (0.0, 0.0),
            )
            for edge, label in zip(chart.edges, self._labels, strict=True)
        ]
        self._placed: Placed = placed(sizes, edges)
        self.width, self.height = self._turned(self._placed.along, self._placed.across)

    def svg(self, kind: str) -> str:
        """The picture; what it shows is said in words, too."""
        width, height = self.width + 4, self.height + 4
        return (
            f'<svg class="diagram-{kind}" role="img" aria-label="{escape(self._said())}" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="-2 -2 {width:.0f} {height:.0f}">{"".join(self.parts(0, 0))}</svg>'
        )

    def parts(self, x: float, y: float) -> Iterator[str]:
        """Its elements, moved by x and y: edges below nodes, labels on top."""
        ports = self._ports()
        labels = zip(self._chart.edges, self._labels, self._placed.routes, strict=True)
        yield f'<g transform="translate({x:.1f} {y:.1f})">'
        for number, (edge, _, route) in enumerate(labels):
            yield self._line(route, ports[number], dashed=edge.dashed)
        for name, box in self._boxes.items():
            yield from self._node(box, *self._turned(*self._placed.nodes[name].at))
        for lines, route in zip(self._labels, self._placed.routes, strict=True):
            if route.label is not None:
                middle = self._turned(*route.path[route.label].at)
                width, height = _text_size(lines, _SMALL, (3.0, 0.0))
                yield _rect("label", *middle, size=(width, height), round_=3)
                yield from _words(lines, *middle, "label")
        yield "</g>"

    def _said(self) -> str:
        said = [
            f"{_plain(self._chart.nodes[edge.source])} to {_plain(self._chart.nodes[edge.target])}"
            + (f" ({edge.label})" if edge.label else "")
            for edge in self._chart.edges
        ]
        inner = [f"in {_plain(box.node)}: {_plain_all(box.node)}" for box in self._boxes.values() if box.inside]
        return "Diagram: " + "; ".join([*said, *inner])

    def _turned(self, along: float, across: float) -> tuple[float, float]:
        return (along, across) if self._across else (across, along)

    def _box(self, name: str, node: Node) -> _Box:
        lines = _broken(node.lines, self._longest)
        joined = [
            (edge.source, edge.target).index(name) for edge in self._chart.edges if name in (edge.source, edge.target)
        ]
        side = max(joined.count(0), joined.count(1)) * _PORT + 10
        more = _EXTRA.get(node.shape, (0.0, 0.0))
        width, height = _text_size(lines, _SIZE, (_PADDING[0] + more[0], _PADDING[1] + more[1]))
        if node.inside is None:
            return _Box(
                node, lines, max(width, 44, 0 if self._across else side), max(height, side if self._across else 0)
            )
        inside = _Drawing(node.inside, across=self._across, longest=self._longest)
        title = _text_size(lines, _SMALL, (10.0, 0.0))
        return _Box(node, lines, max(title[0], inside.width + 28), inside.height + title[1] + 28, inside)

    def _ports(self) -> Mapping[int, tuple[float, float]]:
        """For each edge, how far from the middle of its source and of its target it begins and ends."""
        ends: dict[tuple[int, bool], list[tuple[float, int, int]]] = {}
        for number, route in enumerate(self._placed.routes):
            for end, (item, neighbour) in enumerate(((route.path[0], route.path[1]), (route.path[-1], route.path[-2]))):
                side = (id(item), neighbour.layer > item.layer)
                ends.setdefault(side, []).append((neighbour.at[1], number, end))
        shifts: dict[int, list[float]] = {number: [0.0, 0.0] for number in range(len(self._placed.routes))}
        across = {id(item): item.across for item in self._placed.nodes.values()}
        for (item, _), joined in ends.items():
            step = min(_PORT, across[item] * 0.6 / len(joined))
            for place, (_, number, end) in enumerate(sorted(joined)):
                shifts[number][end] = (place - (len(joined) - 1) / 2) * step
        return {number: (first, last) for number, (first, last) in shifts.items()}

    def _line(self, route: Route, shift: tuple[float, float], *, dashed: bool) -> str:
        """An edge: straight through each layer, curved between them, with a head at its end."""
        sign = -1 if route.back else 1
        first, last = route.path[0], route.path[-1]
        head = 8.0
        stops = [
            (first.at[0] + sign * first.along / 2, first.at[1] + shift[0]),
            (first.at[0] + sign * first.band / 2, first.at[1] + shift[0]),
            *_through(route.path[1:-1], sign),
            (last.at[0] - sign * last.band / 2, last.at[1] + shift[1]),
            (last.at[0] - sign * (last.along / 2 + head - 1), last.at[1] + shift[1]),
        ]
        path = "M{:.1f} {:.1f}".format(*self._turned(*stops[0]))
        for number, (one, other) in enumerate(pairwise(stops)):
            if number % 2:
                half = (one[0] + other[0]) / 2
                bends = (self._turned(half, one[1]), self._turned(half, other[1]), self._turned(*other))
                path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in bends)
            else:
                path += "L{:.1f} {:.1f}".format(*self._turned(*other))
        tip, base = last.at[0] - sign * last.along / 2, stops[-1][0]
        corners = ((tip, stops[-1][1]), (base - sign, stops[-1][1] - 4), (base - sign, stops[-1][1] + 4))
        points = " ".join("{:.1f},{:.1f}".format(*self._turned(*corner)) for corner in corners)
        kind = "line dashed" if dashed else "line"
        return f'<path class="{kind}" d="{path}"/><polygon class="head" points="{points}"/>'

    def _node(self, box: _Box, x: float, y: float) -> Iterator[str]:
        yield _shape(box, x, y)
        if box.inside is None:
            yield from _words(box.lines, x, y + (4 if box.node.shape == "store" else 0), "text")
            return
        title = _text_size(box.lines, _SMALL, (0.0, 0.0))[1]
        yield from _words(box.lines, x, y - box.height / 2 + 8 + title / 2, "label title")
        yield from box.inside.parts(x - box.inside.width / 2, y + box.height / 2 - 14 - box.inside.height)


def _through(items: Sequence[Item], sign: int) -> Iterator[tuple[float, float]]:
    for item in items:
        yield item.at[0] - sign * item.band / 2, item.at[1]
        yield item.at[0] + sign * item.band / 2, item.at[1]


def _shape(box: _Box, x: float, y: float) -> str:
    left, top, width, height = x - box.width / 2, y - box.height / 2, box.width, box.height
    right, bottom, kind = left + width, top + height, f"node {box.node.shape}"
    match box.node.shape:
        case "store":
            arc = f"a{width / 2:.1f} 5 0 0 "
            body = f"M{left:.1f} {top + 5:.1f}{arc}1 {width:.1f} 0V{bottom - 5:.1f}{arc}1 {-width:.1f} 0Z"
            lid = f"M{left:.1f} {top + 5:.1f}{arc}0 {width:.1f} 0"
            return f'<path class="{kind}" d="{body}"/><path class="{kind} lid" d="{lid}"/>'
        case "hexagon" | "choice" | "slanted":
            cut = {"hexagon": 11, "slanted": 10}.get(box.node.shape, width / 2)
            across = [
                (left + cut, top),
                (right - cut, top),
                (right, y),
                (right - cut, bottom),
                (left + cut, bottom),
                (left, y),
            ]
            if box.node.shape == "slanted":
                across = [(left + cut, top), (right, top), (right - cut, bottom), (left, bottom)]
            points = " ".join(f"{px:.1f},{py:.1f}" for px, py in across)
            return f'<polygon class="{kind}" points="{points}"/>'
        case "twice":
            return _rect(kind, x, y, size=(width, height), round_=4) + _rect(
                kind, x, y, size=(width - 8, height - 6), round_=3
            )
        case "pill":
            return _rect(kind, x, y, size=(width, height), round_=height / 2)
        case "round":
            return _rect(kind, x, y, size=(width, height), round_=12)
        case _:
            return _rect(kind, x, y, size=(width, height), round_=5)


def _rect(kind: str, x: float, y: float, *, size: tuple[float, float], round_: float) -> str:
    width, height = size
    return (
        f'<rect class="{kind}" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{round_:.1f}"/>'
    )


def _words(lines: Sequence[str], x: float, y: float, kind: str) -> Iterator[str]:
    size = _SIZE if kind == "text" else _SMALL
    line = _LINE * size / _SIZE
    first = y - (len(lines) - 1) * line / 2 + size * 0.35
    for number, text in enumerate(lines):
        more = " more" if number and kind == "text" else ""
        yield f'<text class="{kind}{more}" x="{x:.1f}" y="{first + number * line:.1f}">{escape(text)}</text>'


def _text_size(lines: Sequence[str], size: float, padding: tuple[float, float]) -> tuple[float, float]:
    """Of text in the fonts that systems have, which nobody knows to the pixel."""
    longest = max(sum(_em(each) for each in line) for line in lines)
    return longest * size + 2 * padding[0], len(lines) * _LINE * size / _SIZE + 2 * padding[1]


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.34
    return 0.86 if character in _WIDE else 0.68 if character.isupper() else 0.56


def _broken(lines: Sequence[str], longest: int) -> list[str]:
    return [part for line in lines for part in wrap(line, longest, break_long_words=False) or [""]]


def _plain(node: Node) -> str:
    return " ".join(node.lines)


def _plain_all(node: Node) -> str:
    return ", ".join(_plain(each) for each in node.inside.nodes.values()) if node.inside else ""
