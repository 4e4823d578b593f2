"""Failures for people: by pattern and cause, with an example that can be copied."""

import shlex
from collections.abc import Sequence

from naws.cli import console
from naws.cli.operate.failure import Failure, Group
from naws.cli.operate.found import Found
from naws.cli.operate.queues import HIDDEN_SECONDS
from naws.cli.operate.times import clock
from naws.cli.words import counted

BEHIND = "they wait behind others of their message group, or are received; naws redrive goes on with them"
"""Why messages of a FIFO queue cannot be seen."""
_SOURCES = {"failure queue": "", "dead-letter queue": "could not start", "history": "only in the history"}


def show_found(found: Found, *, every: bool) -> None:
    """Print what failed of one pattern.

    Args:
        found: It.
        every: Each run, and not only an example of each cause.
    """
    failed, groups = found.open, found.groups
    unseen = found.unseen or found.unread
    none = "nothing failed of what can be seen" if unseen else "nothing failed"
    words = f"{counted(len(failed), 'run')} failed, {counted(len(groups), 'cause')}" if failed else none
    console.line(f"{found.pattern.runs.path}  {found.pattern.runs.pattern}: {words}", style="bold")
    for group in groups:
        show_group(group, every=every)
    for state in ("succeeded", "running", "step"):
        others = [each for each in found.failures if each.state == state]
        if others:
            console.line(f"  {counted(len(others), 'run')} beside these: {_WORDS[state]}")
            for each in others if every else others[:1]:
                console.line(f"      {each.run}  {clock(each.at)}  {each.note}".rstrip(), style="dim")
    show_unseen(found)
    for note in found.notes:
        console.note(note)


def show_unseen(found: Found) -> None:
    """Print how many messages could not be read, and when they are back."""
    for url, count in found.hidden.items():
        if count:
            name = url.rpartition("/")[2]
            why = BEHIND if name.endswith(".fifo") else "received, and not given back"
            console.line(f"  about {counted(count, 'message')} of {name} cannot be seen: {why}")
    if found.unseen:
        minutes = HIDDEN_SECONDS // 60
        console.line(f"  What a naws command held that was killed is back within {minutes} minutes.", style="dim")


_WORDS = {
    "succeeded": "redriven, and have succeeded; `naws redrive` takes their messages away",
    "running": "redriven, and run now",
    "step": "steps of other workflows, with which they are redriven",
}


def show_group(group: Group, *, every: bool) -> None:
    """Print the runs of one cause."""
    first, last = group.failures[0], group.failures[-1]
    console.line(f"  {len(group.failures):,} x  {group.cause}", style="red")
    if not every:
        times = clock(last.at) if first is last else f"{clock(first.at)} to {clock(last.at)}"
        console.line(f"      {times} · for example {last.run}{_where(last)}")
        lost = sum(each.source == "history" for each in group.failures)
        if 0 < lost < len(group.failures) or (lost and last.source != "history"):
            console.line(f"      {lost:,} of them only in the history: no message is in a queue")
        return
    for each in group.failures:
        console.line(f"      {each.run}  {clock(each.at)}{_where(each)}")


def _where(failure: Failure) -> str:
    parts = [_SOURCES[failure.source], failure.note]
    return "".join(f" · {part}" for part in parts if part)


def next_lines(found: Sequence[Found]) -> list[str]:
    """The commands that put back what failed."""
    return [f"naws redrive {shlex.quote(each.pattern.runs.path)} --dry-run" for each in found if each.open]
