"""What failed of one deployed pattern: in its queues, and in the history of its workflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from naws.cli.operate.bodies import Reader
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure, Group, grouped
from naws.cli.operate.history import History
from naws.cli.operate.progress import Counting
from naws.cli.operate.queues import Queue
from naws.cli.operate.rule_inputs import RuleInputs

_KEEPS = {"workflow", "function"}


@dataclass(frozen=True)
class Found:
    """What failed of one pattern.

    Attributes:
        pattern: Which.
        failures: What failed, what became of it, and whose it is.
        queues: How many messages each queue has, by its address.
        notes: What could not be read, or not wholly.
        hidden: About how many messages each queue has that somebody else has received, by its address.
    """

    pattern: Deployed
    failures: tuple[Failure, ...]
    queues: dict[str, int]
    notes: tuple[str, ...]
    hidden: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def open(self) -> list[Failure]:
        """What somebody has to see to."""
        return [each for each in self.failures if each.open]

    @property
    def unseen(self) -> int:
        """About how many messages could not be read, since somebody else has received them."""
        return sum(self.hidden.values())

    @property
    def groups(self) -> list[Group]:
        """The same by cause."""
        return grouped(self.open)

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        others = [each.data() for each in self.failures if not each.open]
        return {
            **self.pattern.data(),
            "failed": len(self.open),
            "causes": [group.data() for group in self.groups],
            "others": others,
            "queues": [
                {"url": url, "messages": count, "hidden": self.hidden.get(url, 0)} for url, count in self.queues.items()
            ],
            "hidden": self.unseen,
            "notes": [*self.notes],
        }


def find_failures(pattern: Deployed, since: datetime, *, all_of_it: bool, counting: Counting) -> Found:
    """Read the queues of a pattern and the history of its workflow.

    Args:
        pattern: Which.
        since: What failed before is left out.
        all_of_it: Look into all executions without a message, however many.
        counting: Shows how far it is.
    """
    if pattern.runs.kind not in _KEEPS:
        return Found(pattern, (), {}, ())
    queues, hidden = dict[str, int](), dict[str, int]()
    notes, failures = list[str](), list[Failure]()
    for url, read_as in _readers(pattern).items():
        name = url.rpartition("/")[2]
        with counting.of(f"Reading the queue {name}", "messages") as progress:
            reading = Queue(pattern.place.client("sqs"), url).read(progress)
        queues[url], hidden[url] = len(reading.messages), reading.hidden
        notes += [f"{name} was not wholly read: {reading.problem}"] if reading.problem else []
        failures += [read_as(message) for message in reading.messages]
    if pattern.runs.kind == "workflow":
        with counting.of(f"Asking for executions of {pattern.runs.path}", "executions") as progress:
            reconciled = History(pattern, since, all_of_it=all_of_it).reconciled(failures, progress)
        failures = [*reconciled.failures]
        notes += [reconciled.note] if reconciled.note else []
    within = tuple(each for each in failures if each.at >= since)
    return Found(pattern, within, queues, tuple(notes), hidden)


def _readers(pattern: Deployed) -> dict[str, Callable[[Any], Failure]]:
    """What reads the messages of each of its queues, by the queue's address."""
    reader = Reader(pattern, RuleInputs(pattern).of)
    readers: dict[str, Callable[[Any], Failure]] = {}
    if pattern.failure_queue:
        readers[pattern.failure_queue] = reader.kept
    sources = _sources(pattern) if pattern.dead_letter_queues else {}
    for url in pattern.dead_letter_queues:
        source = sources.get(Queue(pattern.place.client("sqs"), url).arn)
        readers[url] = lambda message, source=source: reader.not_started(message, source)
    return readers


def _sources(pattern: Deployed) -> dict[str, str]:
    """The address of the queue that each dead-letter queue belongs to, by the ARN of the latter."""
    queues = [Queue(pattern.place.client("sqs"), url) for url in pattern.queues]
    return {each.dead_letters_to: each.url for each in queues if each.dead_letters_to}
