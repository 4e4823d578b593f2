"""Shows runs as they happen, a line for each change, and a line for each permission that was missing."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from naws.cli import console
from naws.cli.aws import Aws
from naws.cli.live_services import LiveServices
from naws.cli.live_workflows import LiveWorkflows
from naws.cli.runs import Attempt, Run, RunHistory
from naws.cli.tasklogs import LogStream, last_lines, log_stream
from naws.cli.words import counted, duration

if TYPE_CHECKING:
    from naws.cli.embedded import Denial, ServiceEvent, WaitingTask
    from naws.cli.live_functions import LiveFunctions

_POLL_SECONDS = 0.5
# A task's id, or a log stream's end, differs from run to run: what is missing is one permission.
_KIND = re.compile(r"[0-9a-f]{8,}[0-9a-f-]*$")
# The reason that AWS gives for a denied call, after what failed by it, has this length.
_REASON_CHARACTERS = 600
_LOG_LINES = 5


class LiveRuns:
    """Prints the changes of runs, what went wrong with services, and the calls that were denied, since the last look.

    Attributes:
        last: The runs as they were at the last look.
        denied: Who was denied what until the last look, in AWS's words; once, however often and for whichever task.
    """

    def __init__(
        self,
        runs: RunHistory,
        denials: "Callable[[], list[Denial]]" = list,
        functions: "LiveFunctions | None" = None,
        services: "Callable[[], list[ServiceEvent]]" = list,
        waiting: "Callable[[], list[WaitingTask]]" = list,
    ) -> None:
        """Begin with nothing seen yet.

        Args:
            runs: What to look at.
            denials: Answers the calls that were refused until now; omitted, none is shown.
            functions: Prints what functions do; omitted, nothing of it is shown.
            services: Answers what went wrong with services until now; omitted, nothing of it is shown.
            waiting: Answers which tasks wait for an answer now; omitted, none is shown.
        """
        self._runs = runs
        self._denials = denials
        self._functions = functions
        self._services = LiveServices(services)
        self._workflows = LiveWorkflows(waiting)
        self._shown: dict[str, tuple[str, int, int]] = {}
        self._unread: set[str] = set()
        self.last: list[Run] = []
        self.denied: dict[tuple[str, str, str], str] = {}

    def look(self) -> list[Run]:
        """Print the changes and return all runs."""
        self.last = self._runs.read()
        for run in self.last:
            failed = run.failed_attempts
            now = (run.status, len(run.attempts), len(failed))
            before = self._shown.get(run.execution_arn)
            if before is None:
                console.run_event("started", "cyan", run, run.started, "")
            if self._workflows.look_at(run):
                before = ("RUNNING", *now[1:])
            if run.ended and (before is None or before[0] == "RUNNING"):
                status, style = console.status_of(run)
                console.run_event(status, style, run, run.ended, _outcome(run))
                self._show_log(run)
            elif not run.ended:
                # The last one's failure is the run's.
                for number, attempt in failed[before[2] if before else 0 :]:
                    what = f"failed: {attempt.failure[:_REASON_CHARACTERS]}"
                    console.run_event(f"attempt {number}", "yellow", run, None, what)
                if before and now[1] > max(1, before[1]):
                    console.run_event(f"attempt {now[1]}", "yellow", run, None, _why(run.attempts[-2]))
            self._shown[run.execution_arn] = now
        self._workflows.look(self.last)
        self._look_at_what_is_unread()
        if self._functions:
            self._functions.look()
        self._services.look()
        self._look_at_denials()
        return self.last

    def _show_log(self, run: Run) -> None:
        """What the last task of a run that failed printed last, and where the rest is."""
        if run.status == "SUCCEEDED" or not run.attempts:
            return
        if found := self._runs.about(run, lambda aws: _log_of(aws, run)):
            where, lines = found
            for text in lines:
                console.line(f"          | {text.rstrip()}", style="dim")
            console.line(f"          log: {where.group}  {where.stream}", style="dim")

    def _look_at_what_is_unread(self) -> None:
        for arn, reason in self._runs.unread.items():
            if arn not in self._unread:
                self._unread.add(arn)
                console.event("unread", "yellow", None, f"{arn}  {reason[:_REASON_CHARACTERS]}")

    def _look_at_denials(self) -> None:
        for denial in self._denials():
            # Sessions of one role are one caller to a reader.
            who = denial.principal.rpartition("/")[0] if ":assumed-role/" in denial.principal else denial.principal
            what = (who, denial.action, _KIND.sub("", denial.resource))
            if what not in self.denied:
                self.denied[what] = denial.sentence
                console.event("denied", "red", datetime.fromtimestamp(denial.at, UTC), denial.sentence)

    def counts(self) -> list[tuple[str, str, int, int, int]]:
        """What functions did, as `LiveFunctions` counts it."""
        return self._functions.counts() if self._functions else []

    def follow(self, until: Callable[[list[Run]], bool]) -> list[Run]:
        """Look again and again until the runs are as wanted."""
        while not until(runs := self.look()):
            time.sleep(_POLL_SECONDS)
        return runs


def _log_of(aws: Aws, run: Run) -> tuple[LogStream, list[str]] | None:
    where = log_stream(aws, run)
    return (where, last_lines(aws, where, _LOG_LINES)) if where else None


def _why(attempt: Attempt) -> str:
    """What went before an attempt, where that is not reported by itself."""
    return "" if attempt.failure else f"after {attempt.stopped_reason or 'an attempt without outcome'}"


def _outcome(run: Run) -> str:
    attempts = counted(len(run.attempts), "attempt")
    if run.path is not None:
        attempts = f"at {run.path.at}" if run.path.at else ""
    code = "" if run.exit_code is None else f"exit {run.exit_code}"
    parts = [attempts, code, duration(run.seconds), run.error]
    return "  ".join(part for part in parts if part)
