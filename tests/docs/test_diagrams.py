"""The guide's pictures, drawn without a browser."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CHARTS = [
    pytest.param(chart, id=f"{path.stem}-{number}")
    for path in TEXTS
    for number, chart in enumerate(re.findall(r"```mermaid\n(.*?)```", path.read_text(), re.DOTALL), 1)
]


@pytest.fixture(scope="module")
def diagrams() -> ModuleType:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("diagrams")
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_is_drawn_within_its_frame(diagrams: ModuleType, chart: str) -> None:
    for picture in ET.fromstring(diagrams.fence(chart)):
        _, _, width, height = map(float, picture.attrib["viewBox"].split())
        assert width < 900, "it would have to be made small on a wide page, too"
        edges = len(re.findall(r"-->|\.->", chart))
        assert len(list(picture.iter("path"))) >= edges
        for box in (
            each for each in picture.iter("rect") if "node" in each.attrib["class"] and each not in _inner(picture)
        ):
            assert float(box.attrib["x"]) >= -2
            assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_nodes_do_not_overlap(diagrams: ModuleType) -> None:
    chart = diagrams.read(
        "flowchart LR\n" + "\n".join(f"a{n}[one of nine] --> b{n % 3}[target] --> c" for n in range(9))
    )
    drawing = diagrams._Drawing(chart, across=True, longest=20)
    items = [*drawing._placed.nodes.values()]
    for number, one in enumerate(items):
        for other in items[:number]:
            apart = [abs(one.at[n] - other.at[n]) >= (size + more) / 2 - 0.01 for n, size, more in _sizes(one, other)]
            assert any(apart)


def test_what_it_shows_is_said(diagrams: ModuleType) -> None:
    drawn = diagrams.fence('flowchart LR\n    a[a queue] -->|"more than #35;1"| b{{an alarm}}')
    assert 'aria-label="Diagram: a queue to an alarm (more than #1)"' in drawn


def test_a_cycle_has_an_edge_back(diagrams: ModuleType) -> None:
    drawing = diagrams._Drawing(diagrams.read("flowchart LR\na --> b\nb -->|again| a"), across=True, longest=20)
    assert [route.back for route in drawing._placed.routes] == [False, True]


@pytest.mark.parametrize(
    "text",
    ["sequenceDiagram\n  a->>b: hi", "flowchart LR\n  a ==> b", "flowchart LR\n  a --> ", "flowchart LR\n  %% no"],
)
def test_what_cannot_be_drawn_fails_the_build(diagrams: ModuleType, text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be drawn|not a flowchart"):
        diagrams.read(text)


def _sizes(one, other):
    return (0, one.along, other.along), (1, one.across, other.across)


def _inner(picture: ET.Element) -> set[ET.Element]:
    """Boxes of the charts in frames, whose places are told from their frame's."""
    (group,) = picture
    return {box for inner in group.iter("g") if inner is not group for box in inner.iter("rect")}
