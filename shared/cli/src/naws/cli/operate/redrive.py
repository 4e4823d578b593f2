"""`naws redrive`: put back what failed; a message goes only when its run was accepted."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from naws.cli import console
from naws.cli.accounts import asked
from naws.cli.errors import INTERRUPTED, NOT_FOUND, PARTLY, CliError
from naws.cli.interrupts import Stopping, signals
from naws.cli.operate.again import Again, Outcome
from naws.cli.operate.agreeing import agree
from naws.cli.operate.deployed import find_deployed
from naws.cli.operate.failure import Failure, grouped
from naws.cli.operate.found import Found, find_failures, readers_of
from naws.cli.operate.history import LONGEST
from naws.cli.operate.journal import journal_of, opened
from naws.cli.operate.progress import Counting
from naws.cli.operate.queues import Message, Queue
from naws.cli.operate.redriven import ANY, Done, Plan, accepted, data, show_counts, show_done, show_notes, show_plan
from naws.cli.operate.where import Asked, find_where
from naws.cli.words import counted
from naws.core.spelling import nearest

PERMISSIONS = (
    "It takes what `naws failures` takes, sqs:DeleteMessage, and what puts runs back: states:StartExecution and "
    "RedriveExecution, lambda:InvokeFunction, sqs:SendMessage, events:ListTargetsByRule."
)
_EMPTY_ANSWERS = 3
_ReadAs = Callable[[Message], Failure | None]


@dataclass(frozen=True)
class Chosen:
    """Which runs, and how.

    Attributes:
        runs: Ids, or their beginnings; empty: all that failed.
        cause: A part of their causes; empty: any.
        history: Also executions that no message has: whoever took a message away may have put its run back.
        from_start: Start anew what could go on where it failed.
        dry_run: Only say what would be done.
        rate: The most runs in a second.
        agreed: Do not ask.
        journal: The file that remembers what was done; None: one in `.naws/redrive`.
    """

    runs: Sequence[str] = ()
    cause: str = ""
    history: bool = False
    from_start: bool = False
    dry_run: bool = False
    rate: float = 20
    agreed: bool = False
    journal: Path | None = None

    def of_cause(self, failure: Failure) -> bool:
        """Whether a run failed by the cause that is asked for."""
        return self.cause.lower() in failure.cause.text.lower()


def redrive(name: str | None, options: Asked, chosen: Chosen, *, show: bool) -> tuple[int, Any]:
    """Put runs of one pattern, of all patterns of a stack, or of all that is deployed, back.

    Args:
        name: As for `find_deployed`; None: all that is deployed.
        options: Where it is looked for.
        chosen: Which runs, and how.
        show: Print what was done.

    Returns:
        The exit code: 0 all of them, 5 not all or messages that cannot be seen, 130 interrupted; and what was done.

    Raises:
        CliError: Something that was named is not there, or AWS cannot be asked.
    """
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    with asked(PERMISSIONS):
        since = datetime.now(UTC) - LONGEST
        patterns = find_deployed(where, [] if name is None else [name])
        looked = chosen.history or bool(chosen.runs)
        found = [find_failures(each, since, all_of_it=looked, counting=Counting()) for each in patterns]
        plan = [(each, [*_chosen(each, chosen)]) for each in found]
        _check_names(name or ANY, found, plan, chosen)
        if show:
            show_plan(plan, name or ANY, from_start=chosen.from_start)
            show_notes(found, left_out=not looked)
        code = 0
        done: list[Done] = [(each, failures, {}) for each, failures in plan]
        if not chosen.dry_run and any(failures for _, failures in plan):
            _agree(sum(len(failures) for _, failures in plan), found, chosen)
            code, done = _put_back(plan, name, chosen, show=show)
        hidden = sum(each.unseen for each, *_ in done)
        # All that failed was asked for, and what nobody can see may be of it.
        all_seen = chosen.runs or chosen.dry_run or not (hidden or any(each.unread for each in found))
        document = {"where": where.data(), "dryRun": chosen.dry_run, "interrupted": code == INTERRUPTED}
        patterns = data(done, from_start=chosen.from_start)
        return code or (0 if all_seen else PARTLY), {**document, "hidden": hidden, "patterns": patterns}


def _put_back(plan: Plan, name: str | None, chosen: Chosen, *, show: bool) -> tuple[int, list[Done]]:
    done: list[Done] = []
    journals: list[Path] = []
    stopping = Stopping()
    with signals(stopping):
        for found, failures in plan:
            if not failures or stopping.asked:
                done.append((found, failures, {}))
                continue
            journals.append(chosen.journal or journal_of(found.pattern, Path.cwd()))
            with opened(journals[-1]) as journal:
                again = Again(found.pattern, journal, from_start=chosen.from_start, named=bool(chosen.runs))
                work = _Work(found, failures, again, stopping, chosen)
                work.do()
            done.append((work.found, work.failures, work.outcomes))
    counts = Counter(outcome.what for *_, outcomes in done for _, outcome in outcomes.values())
    total = sum(len(failures) for _, failures, _ in done)
    if show:
        show_done(done)
        show_counts(counts, total, name, journals, interrupted=stopping.asked)
    return INTERRUPTED if stopping.asked else 0 if accepted(counts) == total else PARTLY, done


class _Work:
    """Puts the runs of one pattern back, one after the other.

    Attributes:
        found: What is known of its queues, without what came up meanwhile in those that keep an order.
        failures: Which; what came up meanwhile is among them.
        outcomes: What became of each, by its key.

    Args:
        found: What failed of it.
        failures: Which of that.
        again: What puts one back.
        stopping: Whether to end after the present one.
        chosen: How, and which of those that come up.
    """

    def __init__(
        self, found: Found, failures: Sequence[Failure], again: Again, stopping: Stopping, chosen: Chosen
    ) -> None:
        self.found, self.failures, self._again = found, [*failures], again
        self._pattern, self._chosen = found.pattern, chosen
        self._hidden = {**found.hidden}
        self._stopping, self._pause = stopping, 1 / chosen.rate
        self.outcomes: dict[str, tuple[Failure, Outcome]] = {}
        self._progress: Callable[[int, int], None] = lambda _done, _total: None
        self._last = 0.0

    def do(self) -> None:
        """Put them back, those with messages as the queues show these."""
        wanted: dict[str, dict[str, Failure]] = {}
        for failure in self.failures:
            for message in failure.messages:
                wanted.setdefault(message.queue, {})[message.id] = failure
        with Counting().of(f"Putting back runs of {self._pattern.runs.path}", "runs") as progress:
            self._progress = progress
            for url, failures in wanted.items():
                self._of_queue(Queue(self._pattern.place.client("sqs"), url), failures)
            for failure in self.failures:
                if not failure.messages and not self._stopping.asked:
                    self._once(failure)
        self.found = replace(self.found, hidden=self._hidden)

    def _of_queue(self, queue: Queue, wanted: dict[str, Failure]) -> None:
        """Receive messages again, and delete each whose run was accepted; the others are given back.

        In a FIFO queue others of a message group come up when those before them went, and are put back, too. What stays
        of a group is received again with those behind it, ten at a time, as long as there are new ones.
        """
        read_as = readers_of(self._pattern)[queue.url] if queue.ordered and not self._chosen.runs else None
        held: dict[str, Message] = {}
        tried: set[str] = set()
        try:
            self._receive(queue, wanted, held, tried, read_as)
            groups = [*dict.fromkeys(each.group for each in held.values())] if read_as else []
            while groups and not self._stopping.asked:
                before, stays = len(tried), {each for each, message in held.items() if message.group == groups[0]}
                # Alone: while all other groups are held, SQS shows only those of this one.
                queue.give_back([held.pop(each) for each in stays])
                self._receive(queue, wanted, held, tried, read_as)
                groups = groups[len(tried) == before :]
        finally:
            queue.give_back(held.values())

    def _receive(
        self,
        queue: Queue,
        wanted: dict[str, Failure],
        held: dict[str, Message],
        tried: set[str],
        read_as: _ReadAs | None,
    ) -> None:
        """Receive until nothing comes, and put back what is wanted, or what comes up."""
        empty, most = 0, 1 if queue.ordered else _EMPTY_ANSWERS
        while (wanted or read_as) and empty < most and not self._stopping.asked:
            received = queue.receive()
            empty = 0 if any(each.id not in held for each in received) else empty + 1
            # Held before they are worked on: whatever ends this gives them back.
            held |= {each.id: each for each in received}
            for message in received:
                if self._stopping.asked:
                    return
                failure = wanted.pop(message.id, None)
                if read_as and failure is None and message.id not in tried:
                    failure = self._came_up(message, read_as)
                tried.add(message.id)
                if failure and self._once(failure).accepted:
                    queue.delete(message)
                    held.pop(message.id)

    def _came_up(self, message: Message, read_as: _ReadAs) -> Failure | None:
        """What a message is about that waited behind others; None when it was read before, or is not asked for."""
        if message.id in self.found.seen:
            return None
        self._hidden[message.queue] = max(0, self._hidden.get(message.queue, 0) - 1)
        failure = read_as(message)
        if failure is None or not self._chosen.of_cause(failure):
            return None
        self.failures.append(failure)
        return failure

    def _once(self, failure: Failure) -> Outcome:
        if failure.key in self.outcomes:
            return self.outcomes[failure.key][1]
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        outcome = self._again.put_back(failure)
        self.outcomes[failure.key] = (failure, outcome)
        self._progress(len(self.outcomes), len(self.failures))
        return outcome


def _chosen(found: Found, chosen: Chosen) -> Iterator[Failure]:
    """What failed and is asked for; of all, also the messages of what has succeeded since."""
    for failure in found.failures:
        known = bool(failure.messages)
        named = not chosen.runs or any(each in failure.names for each in chosen.runs) or _begins(failure, found, chosen)
        wanted = bool(chosen.runs) or failure.state == "succeeded" or (failure.open and (known or chosen.history))
        if named and chosen.of_cause(failure) and wanted:
            yield failure


def _begins(failure: Failure, found: Found, chosen: Chosen) -> bool:
    """The beginning of an id is as good, where no other has it."""
    for given in chosen.runs:
        if failure.begins(given) and sum(each.begins(given) for each in found.failures) == 1:
            return True
    return False


def _check_names(name: str, found: Sequence[Found], plan: Plan, chosen: Chosen) -> None:
    every = [failure for each in found for failure in each.failures]
    taken = [failure for _, failures in plan for failure in failures]
    for given in chosen.runs:
        if not any(given in each.names or each.begins(given) for each in taken):
            near = nearest(given, {name for each in every for name in (each.run, each.envelope) if name})
            hint = f"Did you mean {near}?" if near else f"naws failures {shlex.quote(name)} --all lists them."
            if hidden := sum(each.unseen for each in found):
                hint += f"\nAbout {counted(hidden, 'message')} cannot be seen: received, and not given back."
                hint += " In a FIFO queue they may wait behind others." if any(each.waiting for each in found) else ""
            raise CliError(f"No run {given} of {name} failed{_by(chosen)}.", hint, code=NOT_FOUND)
    if chosen.cause and not taken:
        causes = [group.cause for group in grouped([each for each in every if each.open])]
        near = nearest(chosen.cause, causes)
        hint = f"Did you mean {near!r}?" if near else "\n".join(causes) or "Nothing failed."
        raise CliError(f"Nothing of {name} failed{_by(chosen)}.", hint, code=NOT_FOUND)


def _by(chosen: Chosen) -> str:
    return f" by {chosen.cause!r}" if chosen.cause else ""


def _agree(count: int, found: Sequence[Found], chosen: Chosen) -> None:
    """Whoever names runs has agreed; for all of them we ask, where somebody can answer.

    Raises:
        CliError: Nobody agreed.
    """
    if chosen.agreed or chosen.runs:
        return
    behind = ", and what waits behind them in FIFO queues" if any(each.waiting for each in found) else ""
    agree(f"put back {counted(count, 'run')}{behind}", "Nothing was put back.")
