"""A run that failed, as data: why, when, which messages are about it, and what puts it back."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from naws.cli.causes import in_words
from naws.cli.operate.queues import Message
from naws.cli.operate.times import utc

Way = Literal["start", "redrive", "invoke", "send"]
"""How a run is put back: by a new execution, by going on with its own, by an invocation, or through its queue."""
State = Literal["failed", "running", "succeeded", "step"]
"""What its execution is now. `step`: it belongs to the workflow that it is a step of."""
Source = Literal["failure queue", "dead-letter queue", "history"]

# What differs from run to run of one cause: ids, times, long numbers.
_OWN = re.compile(
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[.\d]*Z?|\b[0-9a-f]{8}-[0-9a-f-]{27}\b"
    r"|\b(?=[a-f]*\d)[0-9a-f]{12,}\b|\b\d{5,}\b"
)
_ATTEMPT = re.compile(r" \(attempt \d+, run [^)]*\)")
_CHARACTERS = 300


@dataclass(frozen=True)
class Cause:
    """Why a run failed.

    Attributes:
        error: Its name; may be empty.
        reason: In words; may be empty.
    """

    error: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """Both, without what is of the single run: the same for all runs of one cause."""
        return self._with(_OWN.sub("…", " ".join(_ATTEMPT.sub("", self.reason).split()))[:_CHARACTERS])

    @property
    def whole(self) -> str:
        """Both as they are."""
        return self._with(self.reason)

    def _with(self, reason: str) -> str:
        return in_words(self.error, reason) or "no cause was given"


@dataclass(frozen=True)
class Failure:
    """One run that failed, or could not start.

    Attributes:
        run: Its id.
        cause: Why.
        at: When, as far as it is known.
        source: Where it is known from.
        way: How it is put back; None: nothing can.
        given: The input that puts it back, as JSON text. None: its execution has it.
        execution: The ARN of the execution that failed. None: there was none.
        messages: What the queues have of it, the oldest first.
        state: What its execution is now.
        note: What else is to be known of it; why nothing can put it back.
        queue: The address of the queue that it came by.
        envelope: The id in the envelope, where a run of a function has its request's.
    """

    run: str
    cause: Cause
    at: datetime
    source: Source
    way: Way | None
    given: str | None = None
    execution: str | None = None
    messages: tuple[Message, ...] = ()
    state: State = "failed"
    note: str = ""
    queue: str = ""
    envelope: str = ""

    @property
    def key(self) -> str:
        """Names this failure, and no later one of the same execution."""
        return self.messages[-1].id if self.messages else f"{self.execution}@{self.at.timestamp():.0f}"

    @property
    def names(self) -> set[str]:
        """What a person may call it: its run, its envelope, its execution, its messages."""
        execution = {self.execution, self.execution.rpartition(":")[2]} if self.execution else set[str]()
        envelope = {self.envelope} if self.envelope else set[str]()
        return {self.run, *envelope, *execution, *(message.id for message in self.messages)}

    def begins(self, given: str) -> bool:
        """Whether this is the beginning of its id, or of its envelope's."""
        return self.run.startswith(given) or self.envelope.startswith(given)

    @property
    def open(self) -> bool:
        """Somebody has to see to it."""
        return self.state == "failed"

    def joined(self, other: "Failure") -> "Failure":
        """What two messages about one execution have together; the later one says why."""
        first, last = sorted((self, other), key=lambda each: each.at)
        messages = sorted((*self.messages, *other.messages), key=lambda each: each.sent)
        return replace(last, messages=tuple(messages), given=last.given or first.given)

    def new_names(self) -> tuple[str, str]:
        """The names of the execution that is started for it, so that a second start is refused by Step Functions.

        The second is for an execution that failed again after it was redriven, when the first name is taken.
        """
        first = self.execution or self.messages[-1].id
        return _hashed(first), _hashed(f"{first} {self.key}")

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "run": self.run,
            "envelope": self.envelope or None,
            "at": utc(self.at),
            "cause": self.cause.whole,
            "source": self.source,
            "state": self.state,
            "execution": self.execution,
            "messages": [message.id for message in self.messages],
            "redrive": self.way,
            "note": self.note,
        }


@dataclass(frozen=True)
class Group:
    """The runs that failed by one cause, the oldest first."""

    cause: str
    failures: tuple[Failure, ...]

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        first, last = self.failures[0], self.failures[-1]
        counted = {"count": len(self.failures), "first": utc(first.at), "last": utc(last.at), "example": last.run}
        return {"cause": self.cause, **counted, "runs": [each.data() for each in self.failures]}


def grouped(failures: Sequence[Failure]) -> list[Group]:
    """Failures by cause, the most frequent first."""
    by_cause: dict[str, list[Failure]] = {}
    for each in sorted(failures, key=lambda one: one.at):
        by_cause.setdefault(each.cause.text, []).append(each)
    found = [Group(cause, tuple(each)) for cause, each in by_cause.items()]
    return sorted(found, key=lambda group: -len(group.failures))


def _hashed(text: str) -> str:
    return f"redrive-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
