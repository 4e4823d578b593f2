"""Where the nodes and edges of a chart stand: in layers along its direction, with few crossings, long edges straight.

As Sugiyama, Tagawa and Toda have it (1981): break cycles, give each node a layer, put a point of no size into each
layer that an edge passes, order the layers, then move everything as near to its neighbours as its order allows. A label
is such a point, with its size, in a layer between two of nodes.

Everything here is computed along (the direction of the chart) and across it; `diagrams.py` turns that into x and y.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_ROUNDS = 24
_BETWEEN = 26.0
"""Across, between two nodes of a layer."""
_PASSING = 14.0
"""Across, beside a point at which an edge passes."""
_LAYERS = 24.0
"""Along, between two layers; there is one for labels between two of nodes."""

_NEAR = 2
"""So many layers away from what it leads to, a beginning stands with the other ones."""


@dataclass
class Item:
    """What a layer holds: a node, a label, or a point at which an edge passes.

    Attributes:
        along, across: its size.
        band: the size of its layer along, through which edges go straight.
        at: the middle of it, along and across.
    """

    along: float
    across: float
    layer: int = 0
    passing: bool = False
    band: float = 0.0
    at: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Route:
    """An edge: its items from source to target, and the number of the one that has the label."""

    path: tuple[Item, ...]
    label: int | None
    back: bool


@dataclass(frozen=True)
class Placed:
    """Items by the id of their node, an edge's route by its number, and the size of it all."""

    nodes: Mapping[str, Item]
    routes: Sequence[Route]
    along: float
    across: float


def placed(sizes: Mapping[str, tuple[float, float]], edges: Sequence[tuple[str, str, tuple[float, float]]]) -> Placed:
    """Place nodes of these sizes, (along, across), with edges: source, target, and the size of the label or (0, 0)."""
    nodes = {name: Item(*size) for name, size in sizes.items()}
    back = _backward(nodes, [(source, target) for source, target, _ in edges])
    forward = [(target, source) if n in back else (source, target) for n, (source, target, _) in enumerate(edges)]
    for name, layer in _layers(nodes, forward).items():
        nodes[name].layer = 2 * layer
    routes, points = [], list[Item]()
    for number, ((first, last), (_, _, label)) in enumerate(zip(forward, edges, strict=True)):
        between = _between(nodes[first], nodes[last], label)
        points += between
        named = next((n for n, each in enumerate(between, 1) if each.across), None)
        path = (nodes[first], *between, nodes[last])
        if number in back:
            path, named = path[::-1], None if named is None else len(path) - 1 - named
        routes.append(Route(path, named, number in back))
    layers = _ordered([*nodes.values(), *points], routes)
    along = _stack(layers)
    return Placed(nodes, routes, along, _settle(layers, routes))


def _backward(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> set[int]:
    """The edges that close a cycle, by their numbers: seen from the first node on."""
    back, open_nodes, done = set[int](), set[str](), set[str]()

    def visit(name: str) -> None:
        open_nodes.add(name)
        for number, (source, target) in enumerate(edges):
            if source != name:
                continue
            if target in open_nodes:
                back.add(number)
            elif target not in done:
                visit(target)
        open_nodes.discard(name)
        done.add(name)

    for name in nodes:
        if name not in done:
            visit(name)
    return back


def _layers(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """As far from the start as the longest way to it; what nothing leads to is not far from what it leads to."""
    layer = dict.fromkeys(nodes, 0)
    for _ in layer:
        for source, target in edges:
            layer[target] = max(layer[target], layer[source] + 1)
    reached = {target for _, target in edges}
    for name in layer:
        after = [layer[target] for source, target in edges if source == name]
        if name not in reached and min(after, default=0) > _NEAR:
            layer[name] = min(after) - 1
    return layer


def _between(first: Item, last: Item, label: tuple[float, float]) -> list[Item]:
    """A point in each layer between two items; the label, if there is one, in the first that is for labels."""
    points = [Item(0, 0, layer, passing=True) for layer in range(first.layer + 1, last.layer)]
    if label != (0, 0):
        points[0].along, points[0].across = label
    return points


def _ordered(items: Sequence[Item], routes: Sequence[Route]) -> list[list[Item]]:
    layers = [[each for each in items if each.layer == n] for n in range(max(each.layer for each in items) + 1)]
    before, after = _neighbours(routes)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, after)
    for turn in range(_ROUNDS):
        downwards = turn % 2 == 0
        near = before if downwards else after
        for layer in layers if downwards else layers[::-1]:
            place = {id(each): n for row in layers for n, each in enumerate(row)}
            middles = {id(each): _middle([place[id(one)] for one in near.get(id(each), ())]) for each in layer}
            layer.sort(key=lambda each: place[id(each)] if middles[id(each)] is None else middles[id(each)])
        if (now := _crossings(layers, after)) < fewest:
            best, fewest = [list(layer) for layer in layers], now
    return best


def _neighbours(routes: Sequence[Route]) -> tuple[dict[int, list[Item]], dict[int, list[Item]]]:
    """By the id of an item, those of the layer before it that it is joined to, and those of the layer after it."""
    before, after = dict[int, list[Item]](), dict[int, list[Item]]()
    for route in routes:
        for one, other in pairwise(route.path[::-1] if route.back else route.path):
            before.setdefault(id(other), []).append(one)
            after.setdefault(id(one), []).append(other)
    return before, after


def _middle(places: Sequence[float]) -> float | None:
    return sum(places) / len(places) if places else None


def _crossings(layers: Sequence[Sequence[Item]], after: Mapping[int, Sequence[Item]]) -> int:
    place = {id(each): n for layer in layers for n, each in enumerate(layer)}
    count = 0
    for layer in layers:
        ends = [(place[id(one)], place[id(other)]) for one in layer for other in after.get(id(one), ())]
        count += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[:n])
    return count


def _stack(layers: Sequence[Sequence[Item]]) -> float:
    """Give each layer its place along the chart, and return the chart's length."""
    at = 0.0
    for number, layer in enumerate(layers):
        size = max((each.along for each in layer), default=0.0)
        for each in layer:
            each.band, each.at = size, (at + size / 2, each.at[1])
        at += size + (_LAYERS if number < len(layers) - 1 else 0)
    return at


def _settle(layers: Sequence[Sequence[Item]], routes: Sequence[Route]) -> float:
    """Move items near to their neighbours, in their order and apart; return the size across."""
    before, after = _neighbours(routes)
    across: dict[int, float] = {}
    for layer in layers:
        place = 0.0
        for one, gap in zip(layer, [0.0, *_gaps(layer)], strict=True):
            place += gap
            across[id(one)] = place
    for turn in range(_ROUNDS):
        both = turn > _ROUNDS - 6
        sides = (before, after) if both else ((before,), (after,))[turn % 2]
        for layer in layers if turn % 2 == 0 else layers[::-1]:
            wanted, weights = [], []
            for each in layer:
                near = [one for side in sides for one in side.get(id(each), ())]
                wanted.append(_middle([across[id(one)] for one in near]) if near else None)
                weights.append(1.0 + 4.0 * each.passing + 4.0 * any(one.passing for one in near))
            places = [across[id(each)] if want is None else want for each, want in zip(layer, wanted, strict=True)]
            weights = [0.05 if want is None else each for each, want in zip(weights, wanted, strict=True)]
            for each, place in zip(layer, _apart(places, weights, _gaps(layer)), strict=True):
                across[id(each)] = place
    items = [each for layer in layers for each in layer]
    least = min(across[id(each)] - each.across / 2 for each in items)
    for each in items:
        each.at = (each.at[0], across[id(each)] - least)
    return max(each.at[1] + each.across / 2 for each in items)


def _gaps(layer: Sequence[Item]) -> list[float]:
    return [
        (one.across + other.across) / 2 + (_PASSING if one.passing or other.passing else _BETWEEN)
        for one, other in pairwise(layer)
    ]


def _apart(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to those wanted that keep the gaps: what collides moves as one, to its weighted middle."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[list[float]] = []  # middle, weight, number
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        blocks.append([want - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            middle, heavy, number = blocks.pop()
            blocks[-1][0] = (blocks[-1][0] * blocks[-1][1] + middle * heavy) / (blocks[-1][1] + heavy)
            blocks[-1][1] += heavy
            blocks[-1][2] += number
    middles = [middle for middle, _, number in blocks for _ in range(int(number))]
    return [middle + offset for middle, offset in zip(middles, offsets, strict=True)]
