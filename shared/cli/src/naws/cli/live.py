"""Shows runs as they happen, a line for each change."""

import time
from collections.abc import Callable
from datetime import datetime

from rich.markup import escape

from naws.cli import console
from naws.cli.runs import Attempt, Run, Runs

_POLL_SECONDS = 0.5
# What AWS says of a denied call, after what failed by it, has this length.
_REASON_CHARACTERS = 600


class LiveRuns:
    """Prints what changed since the last look.

    Attributes:
        last: The runs as they were at the last look.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._shown: dict[str, tuple[str, int]] = {}
        self.last: list[Run] = []

    def look(self) -> list[Run]:
        """Print the changes and return all runs."""
        self.last = self._runs.read()
        for run in self.last:
            now = (run.status, len(run.attempts))
            before = self._shown.get(run.execution_arn)
            if before is None:
                _print("started", "cyan", run, run.started, "")
            if run.ended and (before is None or before[0] == "RUNNING"):
                _print(
                    run.status.lower().replace("_", " "),
                    console.status_style(run.status),
                    run,
                    run.ended,
                    _outcome(run),
                )
            elif before and now[1] > max(1, before[1]):
                _print(f"attempt {now[1]}", "yellow", run, None, _why(run.attempts[-2]))
            self._shown[run.execution_arn] = now
        return self.last

    def follow(self, until: Callable[[list[Run]], bool]) -> list[Run]:
        """Look again and again until the runs are as wanted."""
        while not until(runs := self.look()):
            time.sleep(_POLL_SECONDS)
        return runs


def _print(what: str, style: str, run: Run, when: datetime | None, more: str) -> None:
    clock = (when or datetime.now().astimezone()).astimezone().strftime("%H:%M:%S")
    text = f"[dim]{clock}[/dim]  [{style}]{what:<10}[/{style}]  {run.trigger:<8}  {escape(console.shortened(run.id))}"
    console.out.print(f"{text}  {escape(more)}".rstrip())


def _why(attempt: Attempt) -> str:
    code = "" if attempt.exit_code is None else f"exit {attempt.exit_code}"
    return "after " + (code or attempt.stopped_reason[:_REASON_CHARACTERS] or "an attempt without outcome")


def _outcome(run: Run) -> str:
    attempts = f"{len(run.attempts)} attempt{'' if len(run.attempts) == 1 else 's'}"
    code = "" if run.exit_code is None else f"exit {run.exit_code}"
    parts = [attempts, code, console.duration(run.seconds), run.error]
    return "  ".join(part for part in parts if part)
