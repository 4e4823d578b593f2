"""What `naws redrive` would do, and what it did: for people, and as data."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from naws.cli import console
from naws.cli.operate.again import ACCEPTED, Outcome, way_of
from naws.cli.operate.failure import Failure, grouped
from naws.cli.operate.found import Found
from naws.cli.operate.printed import show_group, show_unseen
from naws.cli.words import counted

Outcomes = Mapping[str, tuple[Failure, Outcome]]
Plan = Sequence[tuple[Found, list[Failure]]]
Done = tuple[Found, list[Failure], Outcomes]

_WAYS = {
    "started": "would be started anew with the same id",
    "redriven": "would go on where they failed (RedriveExecution)",
    "invoked": "would be invoked again with the same payload",
    "sent": "would be sent back to their queue",
    "refused": "cannot be put back",
}
ANY = "what is deployed"
"""What stands for the name where none was given."""
_DONE = {
    "started": "started anew",
    "redriven": "go on where they failed",
    "invoked": "invoked again",
    "sent": "sent back to their queue",
    "already": "were put back, or have succeeded, before: their messages are gone now",
    "running": "run already",
    "doubtful": "perhaps put back before",
    "refused": "not put back",
}


def show_plan(plan: Plan, name: str, *, from_start: bool) -> None:
    """Print the runs by cause, and what would become of them; of messages that are hidden nobody knows."""
    if not any(failures for _, failures in plan):
        unseen = any(found.unseen or found.unread for found, _ in plan)
        console.line(f"nothing of {name} failed{' of what can be seen' if unseen else ''}")
    for found, failures in plan:
        if not failures:
            continue
        runs = found.pattern.runs
        console.line(f"{runs.path}  {runs.pattern}: {counted(len(failures), 'run')}", style="bold")
        for group in grouped(failures):
            show_group(group, every=False)
        ways = Counter(_way(each, from_start=from_start) for each in failures)
        for way, count in ways.items():
            console.line(f"  {count:,} {way}")


def show_notes(found: Sequence[Found], *, left_out: bool) -> None:
    """Print what was not or cannot be read, and how many are left out because no message is about them."""
    for each in found:
        show_unseen(each)
        for note in each.notes:
            console.note(note)
        lost = sum(not failure.messages for failure in each.open)
        if lost and left_out:
            count = counted(lost, "execution")
            console.note(f"{each.pattern.runs.path}: {count} without a message failed, too: name them, or --history")


def _way(failure: Failure, *, from_start: bool) -> str:
    if failure.state == "succeeded":
        return "have succeeded since: only their messages would go"
    if not failure.open:
        return f"would be left: {failure.note}"
    way = _WAYS[way_of(failure, from_start=from_start)]
    return way if failure.way else f"{way}: {failure.note}"


def show_done(done: Sequence[Done]) -> None:
    """Print each run that was not put back, and why; and what still waits behind others."""
    for found, _, outcomes in done:
        if found.waiting and outcomes:
            show_unseen(found)
        for failure, outcome in outcomes.values():
            if not outcome.accepted:
                console.line(f"  {failure.run}  {_DONE[outcome.what]}: {outcome.reason}", style="red")


def show_counts(
    counts: Counter[str], total: int, name: str | None, journals: Sequence[Path], *, interrupted: bool
) -> None:
    """Print how many became what, and how it goes on."""
    parts = [f"{count:,} {_DONE[what]}" for what, count in counts.items()]
    left = total - sum(counts.values())
    console.line(" · ".join([*parts, *([f"{left:,} left"] if left else [])]), style="bold")
    console.line(f"journal: {', '.join(map(str, journals))}", style="dim")
    if interrupted:
        console.aside("Interrupted: nothing is lost. The same command goes on with what is left.")
    elif accepted(counts) < total:
        console.line(" ".join(["next: naws failures", *([shlex.quote(name)] if name else [])]))


def accepted(counts: Mapping[str, int]) -> int:
    """How many were put back."""
    return sum(counts.get(what, 0) for what in ACCEPTED)


def data(done: Sequence[Done], *, from_start: bool) -> list[dict[str, Any]]:
    """The patterns with runs or notes, for a program; a run that nothing was done with has an empty `outcome`."""
    return [
        {
            **found.pattern.data(),
            "runs": [_data(each, outcomes, from_start=from_start) for each in failures],
            "hidden": found.unseen,
            "notes": [*found.notes],
        }
        for found, failures, outcomes in done
        if failures or found.unseen or found.notes
    ]


def _data(failure: Failure, outcomes: Outcomes, *, from_start: bool) -> dict[str, Any]:
    _, outcome = outcomes.get(failure.key, (failure, None))
    became = {} if outcome is None else {"outcome": outcome.what, "started": outcome.started, "reason": outcome.reason}
    planned = way_of(failure, from_start=from_start)
    return {**failure.data(), "planned": planned, "outcome": "", "started": "", "reason": "", **became}
