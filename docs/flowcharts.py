"""Read the flowcharts of the guide's pages: the part of Mermaid's language that they and `naws` are written in.

    flowchart LR
        a([a time]) -->|a label| b[one<br>two] & c[(a queue)]
        b -.-> d{{an alarm}}
        c -. too late .-> d
        subgraph s["a frame"]
            e("inside")
        end

Anything else is refused, so that a build with a picture that cannot be drawn fails.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

_SHAPES = {
    ("[[", "]]"): "twice",
    ("[(", ")]"): "store",
    ("([", "])"): "pill",
    ("[/", "/]"): "slanted",
    ("{{", "}}"): "hexagon",
    ("[", "]"): "box",
    ("(", ")"): "round",
    ("{", "}"): "choice",
}
_NODE = re.compile(
    r"\s*(?P<id>\w+)(?:"
    + "|".join(rf"(?P<s{n}>{re.escape(a)})(.+?){re.escape(b)}" for n, (a, b) in enumerate(_SHAPES))
    + ")?"
)
_ARROW = re.compile(r"\s*(?:-\. (?P<word>.+?) \.->|(?P<line>-->|-\.->)(?:\|(?P<label>[^|]*)\|)?)")
_AND = re.compile(r"\s*&")
_FRAME = re.compile(r'subgraph (\w+)\["(.*)"\]$')
_BY_NUMBER = re.compile(r"#(\d+);")


@dataclass
class Node:
    """What stands in a chart.

    Attributes:
        lines: its text.
        shape: one of the names in `_SHAPES`, or `frame`.
        inside: of a frame, the chart in it.
    """

    lines: list[str]
    shape: str = "box"
    inside: "Chart | None" = None


@dataclass(frozen=True)
class Edge:
    """From one node to another; `label` is empty when there is none."""

    source: str
    target: str
    label: str
    dashed: bool


@dataclass
class Chart:
    """Nodes by id, and edges between them; `across` when it is drawn from left to right."""

    across: bool
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edges: list[Edge] = field(default_factory=list[Edge])


def read(text: str) -> Chart:
    """The chart that a text is.

    Raises:
        ValueError: it has a line that is none of the above.
    """
    head, *lines = (line.strip() for line in text.strip().splitlines() if line.strip())
    found = re.fullmatch(r"flowchart (LR|TD|TB)", head)
    if not found:
        raise ValueError(f"not a flowchart: {head}")
    chart = Chart(found[1] == "LR")
    open_charts = [chart]
    for line in lines:
        if frame := _FRAME.match(line):
            inside = Chart(chart.across)
            open_charts[-1].nodes[frame[1]] = Node(_lines(frame[2]), "frame", inside)
            open_charts.append(inside)
        elif line == "end":
            open_charts.pop()
        else:
            _statement(line, open_charts)
    return chart


def _statement(line: str, charts: list[Chart]) -> None:
    """A node, or a chain of nodes with arrows in between. Edges stand where both of their ends do."""
    groups, arrows, at = [], [], 0
    while True:
        group, at = _group(line, at, charts)
        groups.append(group)
        arrow = _ARROW.match(line, at)
        if not arrow:
            break
        arrows.append(arrow)
        at = arrow.end()
    if line[at:].strip():
        raise ValueError(f"cannot be drawn: {line}")
    for (sources, targets), arrow in zip(pairwise(groups), arrows, strict=True):
        label = _lines(arrow["label"] or arrow["word"] or "")
        for source in sources:
            chart = next(each for each in charts if source in each.nodes)
            chart.edges += [Edge(source, each, " ".join(label), arrow["line"] != "-->") for each in targets]


def _group(line: str, at: int, charts: list[Chart]) -> tuple[list[str], int]:
    names: list[str] = []
    while True:
        found = _NODE.match(line, at)
        if not found:
            raise ValueError(f"cannot be drawn: {line}")
        names.append(_declared(found, charts))
        at = found.end()
        more = _AND.match(line, at)
        if not more:
            return names, at
        at = more.end()


def _declared(found: "re.Match[str]", charts: list[Chart]) -> str:
    """The name of a node, which the innermost open chart gets when none has it."""
    name = found["id"]
    chart = next((each for each in charts if name in each.nodes), charts[-1])
    node = chart.nodes.setdefault(name, Node([name]))
    for number, shape in enumerate(_SHAPES.values()):
        if found[f"s{number}"]:
            text = found[found.re.groupindex[f"s{number}"] + 1]
            node.lines, node.shape = _lines(text), shape
    return name


def _lines(text: str) -> list[str]:
    plain = text.strip().removeprefix('"').removesuffix('"')
    return [_BY_NUMBER.sub(lambda found: chr(int(found[1])), line).strip() for line in plain.split("<br>")]
