"""What one run of a pattern costs, and the same work on a service that runs all the time."""

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.cost_idle import polls_a_queue, processor_of
from naws.cli.cost_rows import CPU, MIB, SMALLEST, SPOT, Row, Size, row, size_of, total
from naws.cli.prices import HOURS
from naws.core.parsed_json import is_object
from naws.core.runs import Runs

_REQUESTS = 3
"""Of SQS for one message: sent, received, deleted."""
_EXPRESS_GB = 64 / MIB
"""Of an EXPRESS run: its memory is paid in steps of 64 MB."""


@dataclass(frozen=True)
class Work:
    """What a run is taken to be.

    Attributes:
        minutes: Of a task.
        milliseconds: Of a function, and of an EXPRESS workflow.
        runs: In a month; None: 30 of a workflow, 100,000 of a function.
        log_mib: That it prints; None: 1 of a workflow, a thousandth of a function.
    """

    minutes: float = 5
    milliseconds: float = 200
    runs: int | None = None
    log_mib: float | None = None

    def runs_of(self, runs: Runs) -> int:
        """In a month, of a pattern."""
        return self.runs if self.runs is not None else 100_000 if runs.kind == "function" else 30

    def log_of(self, runs: Runs) -> float:
        """MiB, of a run of a pattern."""
        return self.log_mib if self.log_mib is not None else 0.001 if runs.kind == "function" else 1


def pattern(stack: StackArtifact, runs: Runs, work: Work) -> dict[str, Any]:
    """One pattern's account, for a program."""
    resources: dict[str, Any] = stack.template.get("Resources", {})
    own = {
        name: one for name, one in resources.items() if stack.paths.get(name, "").strip("/").startswith(f"{runs.path}/")
    }
    logical = next(name for name, one in stack.runs.items() if one is runs)
    rows = [*_run(resources[logical], own, runs, work)]
    per_run, compared = total(rows), _compared(own, runs)
    service, count = total(compared), work.runs_of(runs)
    return {
        "path": runs.path,
        "pattern": runs.pattern,
        "perRun": [each.data() for each in rows],
        "usdPerRun": per_run,
        "usdPerMonth": round(per_run * count, 6),
        "runsPerMonth": count,
        "service": [each.data() for each in compared],
        "servicePerMonth": service,
        "asDearFrom": int(service / per_run) if per_run and service else None,
    }


def _run(started: Mapping[str, Any], own: Mapping[str, Any], runs: Runs, work: Work) -> Iterator[Row]:
    """What one run that succeeds at once costs."""
    if runs.kind == "workflow":
        yield from _workflow(started, work)
        spot = SPOT in json.dumps(started.get("Properties", {}).get("DefinitionString"))
        minutes = max(1.0, work.minutes)
        for definition in _first(own, "AWS::ECS::TaskDefinition"):
            yield size_of(definition).row(1, minutes / 60, f"for {minutes:g} min", spot=spot)
    if runs.kind == "function":
        for function in _first(own, "AWS::Lambda::Function"):
            memory = int(function.get("Properties", {}).get("MemorySize", 128))
            yield row(f"lambda-{processor_of(function)}", memory / MIB * work.milliseconds / 1000)
        yield row("lambda-request", 1)
    if runs.kind in {"workflow", "function"}:
        yield from _trigger(own, runs)
        yield row("logs", work.log_of(runs) / 1024)


def _trigger(own: Mapping[str, Any], runs: Runs) -> Iterator[Row]:
    """What starts a run: of several triggers the dearest, which is a queue."""
    if runs.queues or any(map(polls_a_queue, own.values())):
        yield row("sqs", _REQUESTS)
        yield from [row("pipe", 1)] if runs.kind == "workflow" else []
    elif runs.schedules:
        yield row("schedule", 1)
    elif any(one["Type"] == "AWS::ApiGatewayV2::Api" for one in own.values()):
        yield row("api", 1)


def _workflow(machine: Mapping[str, Any], work: Work) -> Iterator[Row]:
    properties = machine.get("Properties", {})
    if properties.get("StateMachineType") == "EXPRESS":
        yield row("express", 1)
        yield row("express-time", _EXPRESS_GB * work.milliseconds / 1000)
    else:
        yield row("transition", transitions(properties.get("DefinitionString", "{}")))


def transitions(definition: Any) -> int:
    """How many states the shortest way to success enters, of a map one item; what CloudFormation fills in is left out.

    Without a way to success, or when the definition is nowhere in the template, every state counts once.
    """
    text = definition if isinstance(definition, str) else ""
    if is_object(definition) and "Fn::Join" in definition:
        text = "".join(part if isinstance(part, str) else "x" for part in definition["Fn::Join"][1])
    try:
        machine: dict[str, Any] = json.loads(text or "{}")
    except ValueError:
        return 0
    return _fewest(machine)


def _fewest(machine: Mapping[str, Any]) -> int:
    states: dict[str, dict[str, Any]] = machine.get("States", {})
    waiting = [(0, str(machine.get("StartAt")))]
    entered: set[str] = set()
    while waiting:
        before, name = heapq.heappop(waiting)
        if name in entered or name not in states:
            continue
        entered.add(name)
        state = states[name]
        count = before + 1 + sum(map(_fewest, _inner(state)))
        if state.get("Type") == "Succeed" or state.get("End"):
            return count
        for following in _next(state):
            heapq.heappush(waiting, (count, following))
    return len(states)


def _inner(state: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    item = state.get("ItemProcessor", state.get("Iterator"))
    return [*state.get("Branches", ()), *([item] if item else [])]


def _next(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (each["Next"] for each in state.get("Choices", ()) if "Next" in each)
    yield from (state[key] for key in ("Default", "Next") if key in state)


def _compared(own: Mapping[str, Any], runs: Runs) -> list[Row]:
    """One task that runs all the time: of a processor its own size, of a function Fargate's smallest."""
    sizes: list[Size] = []
    if runs.kind == "workflow":
        sizes = [size_of(each) for each in _first(own, "AWS::ECS::TaskDefinition")]
    elif runs.kind == "function":
        processors = [processor_of(each) for each in _first(own, "AWS::Lambda::Function")]
        sizes = [Size(SMALLEST[0] / CPU, SMALLEST[1] / MIB, _FARGATE[each]) for each in processors]
    return [size.row(1, HOURS, "for a month") for size in sizes]


_FARGATE = {"arm64": "ARM64", "x86_64": "X86_64"}


def _first(own: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [one for one in own.values() if one["Type"] == kind][:1]
