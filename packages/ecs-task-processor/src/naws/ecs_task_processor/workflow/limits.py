"""The most that a run can reach, read off its workflow: events of its history and bytes of a state.

Step Functions ends an execution that exceeds either; a catcher helps only where a task's result is too large.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.authoring import HISTORY_LIMIT, STATE_LIMIT
from naws.ecs_task_processor.plan_runs import MOST_POLLS, RunPolicy
from naws.ecs_task_processor.workflow.expressions import REASON_LENGTH, TRIES, States
from naws.ecs_task_processor.workflow.fan_out import MOST_LOOKS

_SURROUNDING = 1_024
"""Bytes that an envelope, the key of a payload or the names of a message add to a payload."""
_REASON = 6 * REASON_LENGTH + 2_048
"""Bytes of what went wrong in a failure's message: JSON may write a character of a reason as six."""
LARGEST_INPUT = STATE_LIMIT - _SURROUNDING - _REASON
"""Bytes of a payload with which no state exceeds its limit, whatever goes wrong.

The largest thing that a state is given is the message that keeps a run whose payload could not be put into S3.
"""


@dataclass(frozen=True, kw_only=True)
class History:
    """Events of one execution at the most.

    Attributes:
        once: of what happens once, the beginning and the end included.
        attempt: of one attempt, its calls repeated as often as they may be.
        attempts: how many of them there can be.
        waiting: of one try for a free lease; 0 when a run does not wait for one.
        count: of one count of a run's items; 0 without them.
    """

    once: int
    attempt: int
    attempts: int
    waiting: int
    count: int

    @property
    def _around(self) -> int:
        return self.once + MOST_POLLS * self.waiting + MOST_LOOKS * self.count

    @property
    def events(self) -> int:
        """The number of events, with every attempt."""
        return self._around + self.attempts * self.attempt

    @property
    def most_attempts(self) -> int:
        """The number of attempts that would fit."""
        return (HISTORY_LIMIT - self._around) // self.attempt


def history(states: States, policy: RunPolicy) -> History:
    """The longest history that a workflow of these states can have; each item of a map has its own."""
    waits = policy.waits_for_lease
    reached = {name: _reached(name, states) for name in states}

    def around(name: str) -> set[str]:
        """The states of the loop through it: those that it leads to and that lead back."""
        return {other for other in reached[name] if name in reached[other]} | {name} if name in states else set()

    attempt, count = around("Run task"), around("Count items")
    waiting = around("Take lease") if waits else set[str]()
    events = {name: _events(state) for name, state in states.items()}

    def of(names: set[str]) -> int:
        return sum(events[name] for name in names)

    calls = sum(tries * of(around(name)) for name, tries in TRIES.items())
    called = {state for name in TRIES for state in around(name)}
    return History(
        once=2 + calls + of(set(states) - attempt - waiting - count - called),
        attempt=of(attempt),
        attempts=policy.most_attempts,
        waiting=of(waiting),
        count=of(count),
    )


def _reached(name: str, states: States) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        state = states[waiting.pop()]
        following = {state[name] for name in ("Next", "Default") if name in state}
        following |= {one["Next"] for name in ("Choices", "Catch") for one in state.get(name, ())}
        waiting += following - found
        found |= following
    return found


def _events(state: Mapping[str, Any]) -> int:
    """Entered and exited; of a call also scheduled, started and ended, for each time that it is made.

    A call that is waited for has been submitted, too; branches start and end.
    Source: Step Functions API, HistoryEvent, type.
    """
    if state["Type"] == "Parallel":
        return 4 + sum(_events(inner) for branch in state["Branches"] for inner in branch["States"].values())
    if state["Type"] not in ("Task", "Map"):
        return 2
    calls = 1 + sum(retrier["MaxAttempts"] for retrier in state.get("Retry", ()))
    return 2 + calls * (3 if state["Type"] == "Task" and not state["Resource"].endswith(".sync") else 4)
