"""The scripted answers of the tasks of one run, the requests that it made, and its own clock."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from naws.testing._distributed import Fill, MapRun, Start, run_map
from naws.testing._services import argument_problems

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Returns:
    """The task succeeds with `value` as its result (`$states.result`)."""

    value: Any = None


@dataclass(frozen=True)
class Throws:
    """The task fails with `error`, e.g. "States.TaskFailed", and `cause`, often JSON as text."""

    error: str
    cause: str = ""


Answer = Callable[[Any], Returns | Throws]
"""Decides from the evaluated arguments of the call."""

Outcome = Returns | Throws | Answer

Outcomes = Sequence[Outcome] | Answer
"""One outcome for each call in order, or one answer for every call."""


class TaskRequest(NamedTuple):
    """One call that a Task state made: its name, its `Resource`, its evaluated `Arguments` or `Parameters`."""

    state: str
    resource: str
    arguments: Any


def _cannot_start(*_: Any) -> Any:
    raise NotImplementedError


def _require(state: str, outcome: Any) -> Any:
    """An outcome, as long as it is one.

    Raises:
        TypeError: it is something else, such as a bare result.
    """
    if isinstance(outcome, Returns | Throws) or callable(outcome):
        return outcome
    raise TypeError(
        f"the state '{state}' is scripted to answer {outcome!r}: expected Returns(…), Throws(…) or a function that "
        "gives one of them"
    )


def _require_all(state: str, outcomes: Any) -> None:
    if callable(outcomes):
        return
    if isinstance(outcomes, Returns | Throws | str | Mapping) or not isinstance(outcomes, Sequence):
        raise TypeError(
            f"the state '{state}' is scripted with {outcomes!r}: expected a list of outcomes, one for each call, or a "
            "function that gives one"
        )
    for outcome in cast("Sequence[Any]", outcomes):
        _require(state, outcome)


class Script:
    """Plays the outcomes of one run and records what happened."""

    def __init__(self, outcomes: Mapping[str, Outcomes], *, check_arguments: bool) -> None:
        self._check_arguments = check_arguments
        self._every_call = {state: plan for state, plan in outcomes.items() if callable(plan)}
        for state, plan in outcomes.items():
            _require_all(state, plan)
        self._queues = {state: deque(plan) for state, plan in outcomes.items() if not callable(plan)}
        self.requests: list[TaskRequest] = []
        self.states: list[str] = []
        self.waits: list[float] = []
        self.faults: list[Exception] = []

        self.maps: dict[str, Mapping[str, Any]] = {}
        self.start: Start = _cannot_start
        self._map_runs: dict[str, MapRun] = {}

    def items_of(self, name: str) -> Returns | Throws | None:
        """The scripted outcome of the items of a distributed map; None when there is none."""
        queue = self._queues.get(name)
        outcome = self._every_call.get(name) or (queue.popleft() if queue else None)
        return _require(name, outcome({})) if callable(outcome) else outcome

    def run_map(self, name: str, given: Mapping[str, Any], fill: Fill) -> Any:
        """Run a distributed map; each of its executions counts as one that the run has made."""
        state = self.maps[name]
        label = state.get("Label", name)
        arn = f"arn:aws:states:us-east-1:123456789012:mapRun:workflow/{label}:run-{len(self._map_runs)}"
        done = run_map(state, given, arn, fill, self.start)
        if done.arn is not None:
            self._map_runs[done.arn] = done
        self.requests.append(TaskRequest(name, "arn:aws:states:::map", done.inputs))
        return done.result

    @property
    def unused(self) -> dict[str, int]:
        """The number of outcomes that were never asked for, by state."""
        return {state: len(queue) for state, queue in self._queues.items() if queue}

    @property
    def now(self) -> float:
        """Seconds since the epoch: the start and every wait since."""
        return START.timestamp() + sum(self.waits)

    def answer(self, request: TaskRequest) -> Returns | Throws:
        """The outcome of the next call of that state.

        Raises:
            AssertionError: nothing is scripted for this call, or the service would not take its arguments.
        """
        self.requests.append(request)
        problems = argument_problems(request.resource, request.arguments) if self._check_arguments else ""
        if problems:
            raise AssertionError(f"task '{request.state}' calls {request.resource} wrongly: {problems}")
        outcome = self._every_call.get(request.state) or self._next(request)
        return _require(request.state, outcome(copy.deepcopy(request.arguments))) if callable(outcome) else outcome

    def _next(self, request: TaskRequest) -> Outcome:
        queue = self._queues.get(request.state)
        if queue is None and request.resource.endswith(":sfn:describeMapRun"):
            return Returns({"ItemCounts": self._map_runs[request.arguments["MapRunArn"]].counts})
        if not queue:
            calls = sum(made.state == request.state for made in self.requests)
            raise AssertionError(
                f"task '{request.state}' was called {calls} time(s), but only {calls - 1} outcome(s) are scripted; "
                f"path so far: {' > '.join(self.states)}; the last call's arguments: {request.arguments}"
            )
        return queue.popleft()
