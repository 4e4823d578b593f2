"""What to ask next about a run: the command whose answer has lines."""

import shlex
from collections.abc import Sequence
from datetime import timedelta

from naws.cli import console
from naws.cli.causes import innermost
from naws.cli.operate.bodies import FAILED_STATES
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.lines import last_of
from naws.cli.operate.seen import Seen, by_execution, reported

_BEFORE = timedelta(minutes=1)
"""How much earlier than its run a function's log may begin: clocks differ."""


def logs_of(seen: Seen, patterns: Sequence[Deployed]) -> list[str]:
    """The commands that print something of a run, first what failed within it.

    Args:
        seen: The run, with its attempts.
        patterns: Among which what failed within it is looked for.
    """
    own = f"naws logs {shlex.quote(seen.run.short_id)}"
    if not seen.run.execution_arn:
        return [own]
    inner = failed_within(seen, patterns)
    within = [] if inner is None else [each for each in logs_of(inner, ()) if not each.endswith("--workflow")]
    return [*within, own if last_of(seen, 1) else f"{own} --workflow"]


def failed_within(seen: Seen, patterns: Sequence[Deployed]) -> Seen | None:
    """The run of another pattern that a run failed by; None where its cause names none, or nothing has it.

    Args:
        seen: The run.
        patterns: Whose it may be.
    """
    named = innermost(seen.run.failure[1])
    if ":execution:" in named:
        found = (by_execution(each, named) for each in patterns if each.runs.kind == "workflow")
        return next(filter(None, found), None)
    for each in patterns if named else ():
        runs = reported(each, seen.run.started - _BEFORE, named) if each.runs.kind == "function" else []
        if runs:
            return Seen(each, runs[0])
    return None


def show_next(commands: Sequence[str]) -> None:
    """Print them in a line."""
    console.line(f"next: {' · '.join(commands)}")


def redrive_of(seen: Seen, patterns: Sequence[Deployed] = ()) -> list[str]:
    """The command that puts a run back, of one that failed; of a step the one that has the run that it belongs to.

    Args:
        seen: The run.
        patterns: Among which the caller of a step is looked for.
    """
    run = seen.run
    if run.status not in FAILED_STATES:
        return []
    if run.trigger == "step":
        machine, _, name = run.caller.rpartition(":")
        known = any(each.arn.replace(":stateMachine:", ":execution:") == machine for each in patterns)
        return [f"naws show {shlex.quote(name)}"] if known else []
    return [f"naws redrive {shlex.quote(seen.pattern.runs.path)} {shlex.quote(run.id)}"]
