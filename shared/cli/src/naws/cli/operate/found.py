"""What failed of one deployed pattern: in its queues, and in the history of its workflow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from naws.cli.operate.bodies import Reader
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure, Group, grouped
from naws.cli.operate.history import History
from naws.cli.operate.progress import Counting
from naws.cli.operate.queues import Queue, Reading
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
    """

    pattern: Deployed
    failures: tuple[Failure, ...]
    queues: dict[str, int]
    notes: tuple[str, ...]

    @property
    def open(self) -> list[Failure]:
        """What somebody has to see to."""
        return [each for each in self.failures if each.open]

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
            "queues": [{"url": url, "messages": count} for url, count in self.queues.items()],
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
    queues, notes, failures = dict[str, int](), list[str](), list[Failure]()
    for url, read_as in _readers(pattern).items():
        name = url.rpartition("/")[2]
        with counting.of(f"Reading the queue {name}", "messages") as progress:
            reading = Queue(pattern.place.client("sqs"), url).read(progress)
        queues[url] = len(reading.messages)
        notes += _notes(name, reading)
        failures += [read_as(message) for message in reading.messages]
    if pattern.runs.kind == "workflow":
        with counting.of(f"Asking for executions of {pattern.runs.path}", "executions") as progress:
            reconciled = History(pattern, since, all_of_it=all_of_it).reconciled(failures, progress)
        failures = [*reconciled.failures]
        notes += [reconciled.note] if reconciled.note else []
    return Found(pattern, tuple(each for each in failures if each.at >= since), queues, tuple(notes))


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


def _notes(name: str, reading: Reading) -> list[str]:
    hidden = f"{name}: about {reading.hidden:,} messages are received by somebody else now" if reading.hidden else ""
    problem = f"{name} was not wholly read: {reading.problem}" if reading.problem else ""
    return [note for note in (hidden, problem) if note]
