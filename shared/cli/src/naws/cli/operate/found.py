"""What failed of one deployed pattern: in its queues, and in the history of its workflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.operate.bodies import Reader
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure, Group, grouped
from naws.cli.operate.given_queues import not_looked
from naws.cli.operate.history import History
from naws.cli.operate.progress import Counting
from naws.cli.operate.queues import Message, Queue
from naws.cli.operate.rule_inputs import RuleInputs
from naws.cli.words import counted

_KEEPS = {"workflow", "function"}


@dataclass(frozen=True)
class Found:
    """What failed of one pattern.

    Attributes:
        pattern: Which.
        failures: What failed, what became of it, and whose it is.
        queues: How many messages each queue has, by its address.
        notes: What could not be read, or not wholly.
        hidden: About how many messages each queue has that could not be read, by its address.
        unread: Those of the notes that are of queues that were not or not wholly read: what failed there is not known.
        seen: The ids of all messages that were read, those of others too.
    """

    pattern: Deployed
    failures: tuple[Failure, ...]
    queues: dict[str, int]
    notes: tuple[str, ...]
    hidden: Mapping[str, int] = field(default_factory=dict[str, int])
    unread: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()

    @property
    def open(self) -> list[Failure]:
        """What somebody has to see to."""
        return [each for each in self.failures if each.open]

    @property
    def unseen(self) -> int:
        """About how many messages could not be read: received by others, or behind those of their message group."""
        return sum(self.hidden.values())

    @property
    def waiting(self) -> bool:
        """Whether messages may wait behind others of their message group."""
        return any(count and url.endswith(".fifo") for url, count in self.hidden.items())

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
    notes, failures, seen = list[str](), list[Failure](), set[str]()
    unread = [*pattern.given.notes]
    for url, read_as in readers_of(pattern).items():
        name = url.rpartition("/")[2]
        try:
            with counting.of(f"Reading the queue {name}", "messages") as progress:
                reading = Queue(pattern.place.client("sqs"), url).read(progress)
        except ClientError as error:
            # What is others', too, they may not let us read.
            if url not in pattern.given.letters:
                raise
            unread.append(not_looked(pattern, url, error))
            continue
        own = [failure for message in reading.messages if (failure := read_as(message)) is not None]
        queues[url], hidden[url] = len(own), reading.hidden
        seen |= {message.id for message in reading.messages}
        unread += [f"{name} was not wholly read: {reading.problem}"] if reading.problem else []
        if others := len(reading.messages) - len(own):
            notes.append(f"{name} has {counted(others, 'message')} of others, which stay there")
        failures += own
    if pattern.runs.kind == "workflow":
        with counting.of(f"Asking for executions of {pattern.runs.path}", "executions") as progress:
            reconciled = History(pattern, since, all_of_it=all_of_it).reconciled(failures, progress)
        failures = [*reconciled.failures]
        notes += [reconciled.note] if reconciled.note else []
    within = tuple(each for each in failures if each.at >= since)
    return Found(pattern, within, queues, (*unread, *notes), hidden, tuple(unread), frozenset(seen))


def readers_of(pattern: Deployed) -> dict[str, Callable[[Message], Failure | None]]:
    """What reads the messages of each of its queues, by the queue's address; a message of others is None."""
    reader = Reader(pattern, RuleInputs(pattern).of)
    readers: dict[str, Callable[[Message], Failure | None]] = {}
    for url, given in pattern.given.letters.items():
        readers[url] = lambda message, given=given: (
            reader.not_started(message, given[message.came_by]) if message.came_by in given else None
        )
    if pattern.failure_queue:
        readers[pattern.failure_queue] = reader.kept
    sources = _sources(pattern) if pattern.own_dead_letter_queues else {}
    for url in pattern.own_dead_letter_queues:
        source = sources.get(Queue(pattern.place.client("sqs"), url).arn)
        readers[url] = lambda message, source=source: reader.not_started(message, source)
    return readers


def _sources(pattern: Deployed) -> dict[str, str]:
    """The address of the queue that each of its own dead-letter queues belongs to, by the ARN of the latter."""
    urls = [pattern.resources[name] for name in pattern.runs.queues if name in pattern.resources]
    queues = [Queue(pattern.place.client("sqs"), url) for url in urls]
    return {each.dead_letters_to: each.url for each in queues if each.dead_letters_to}
