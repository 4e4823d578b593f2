"""The path of a run through the states of its workflow, read from the history of its execution."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from naws.cli.words import duration

_MOST_SHOWN = 8
_SHORTEST_SECONDS = 0.05
_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Step:
    """One visit to a state of the workflow's own level; what runs inside of a map or a parallel state is part of it.

    Attributes:
        name: The state.
        seconds: From its beginning, or the last redrive in it, to its end.
        items: Of a map, how many items came to which end; empty for other states.
    """

    name: str
    seconds: float
    items: str = ""

    def __str__(self) -> str:
        """The step as a part of a line."""
        took = duration(self.seconds) if self.seconds >= _SHORTEST_SECONDS else ""
        return " ".join(part for part in (self.name, self.items, took) if part)


@dataclass(frozen=True)
class Path:
    """The way of a run.

    Attributes:
        steps: The states that it left, in order.
        at: The state that it is in, or did not succeed in; empty when there is none.
        redrives: How often it went on after it had not succeeded.
    """

    steps: tuple[Step, ...] = ()
    at: str = ""
    redrives: int = 0


@dataclass
class _Reading:
    began: datetime | None = None
    at: str = ""
    length: int = 0
    good: int = 0
    bad: int = 0
    map_run: str = ""
    steps: list[Step] = field(default_factory=list[Step])
    redrives: int = 0

    def enter(self, name: str, when: datetime) -> None:
        self.began, self.at = when, name
        self.length = self.good = self.bad = 0
        self.map_run = ""

    def leave(self, when: datetime, items: str) -> None:
        began = self.began or when
        self.steps.append(Step(self.at, (when - began).total_seconds(), items))
        self.at = ""


def path_of(
    events: Iterable[Mapping[str, Any]], names: Collection[str], counts: Callable[[str], Mapping[str, int]]
) -> Path:
    """The path of an execution.

    Args:
        events: Its history.
        names: The states of the definition's own level.
        counts: Gives the item counts of a map run by its ARN, as `DescribeMapRun` has them.
    """
    reading = _Reading()
    for event in events:
        kind, when = str(event["type"]), cast("datetime", event["timestamp"])
        name = _details(event).get("name", "")
        if kind.endswith("StateEntered") and name in names:
            reading.enter(name, when)
        elif kind.endswith("StateExited") and name in names:
            reading.leave(when, _items(reading, counts))
        elif kind == "ExecutionRedriven":
            reading.redrives, reading.began = reading.redrives + 1, when
        elif kind == "MapRunStarted":
            reading.map_run = _details(event)["mapRunArn"]
        elif name == reading.at and kind.startswith("MapIteration"):
            reading.good += kind.endswith("Succeeded")
            reading.bad += kind.endswith("Failed")
        elif kind == "MapStateStarted" and not reading.length:
            reading.length = _details(event).get("length", 0)
    return Path(tuple(reading.steps), reading.at, reading.redrives)


def shown(steps: Iterable[Step]) -> str:
    """Steps as one line; of many the last ones, and those that follow each other with one name as one."""
    parts: list[tuple[str, list[Step]]] = []
    for step in steps:
        if parts and parts[-1][0] == step.name:
            parts[-1][1].append(step)
        else:
            parts.append((step.name, [step]))
    texts = [str(same[0]) if len(same) == 1 else f"{name} {len(same)} times" for name, same in parts]
    more = len(texts) - _MOST_SHOWN
    return " → ".join([f"{more} more", *texts[more:]] if more > 0 else texts)


def _items(reading: _Reading, counts: Callable[[str], Mapping[str, int]]) -> str:
    good, bad, total = reading.good, reading.bad, reading.length
    if reading.map_run:
        found = counts(reading.map_run)
        good, total = found["succeeded"], found["total"]
        bad = found["failed"] + found["timedOut"] + found["aborted"]
    if not total:
        return ""
    return f"{good} of {total} items" + (f", {bad} failed" if bad else "")


def _details(event: Mapping[str, Any]) -> dict[str, Any]:
    return next(
        (cast("dict[str, Any]", value) for key, value in event.items() if key.endswith("EventDetails")), _NOTHING
    )
