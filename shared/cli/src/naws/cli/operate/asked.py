"""`naws runs`, `naws show` and `naws logs`: what runs there are, what became of one, and what it printed."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console, steps
from naws.cli.accounts import asked, code_of
from naws.cli.causes import of_start
from naws.cli.errors import INTERRUPTED, NOT_FOUND, CliError
from naws.cli.log_records import raised, shown
from naws.cli.operate.bodies import FAILED_STATES
from naws.cli.operate.deployed import Deployed, find_deployed, find_one, suggested
from naws.cli.operate.lines import GroupLines, RunLines, follow, last_of
from naws.cli.operate.next_steps import logs_of, redrive_of, show_next
from naws.cli.operate.requests import NoLogError, find_kept_run
from naws.cli.operate.seen import OF_FUNCTIONS, Seen, data, runs_of, whole
from naws.cli.operate.shown_lines import ShownLines
from naws.cli.operate.times import clock
from naws.cli.operate.where import Asked, Where, find_where
from naws.cli.runs import Run
from naws.cli.words import counted, duration

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, GetTemplate and ListStackResources; states:ListExecutions, "
    "DescribeExecution and GetExecutionHistory; logs:GetLogEvents and FilterLogEvents. ReadOnlyAccess has them."
)
_LAST_LINES = 10
_INPUT_CHARACTERS = 300


@dataclass(frozen=True)
class Chosen:
    """Which lines of a log.

    Attributes:
        since: Of a pattern: what is older is left out.
        attempt: Of a run: only this attempt's.
        workflow: Of a run: also its states.
        grep: Only lines with this in them.
        follow: Wait for more.
    """

    since: datetime
    attempt: int | None = None
    workflow: bool = False
    grep: str = ""
    follow: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which runs.

    Attributes:
        since: What began before is left out.
        limit: The most of each pattern.
        statuses: Only those with one of these; empty: all.
    """

    since: datetime
    limit: int = 20
    statuses: tuple[str, ...] = ()


def runs(name: str, options: Asked, wanted: Wanted, *, show: bool) -> tuple[int, Any]:
    """List the newest runs of patterns.

    Args:
        name: As for `find_deployed`.
        options: Where it is looked for.
        wanted: Which.
        show: Print them.

    Returns:
        The exit code, 0, and the runs.
    """
    where = _where(options, show=show)
    with asked(PERMISSIONS):
        found = [
            (each, *runs_of(each, wanted.since, wanted.limit, wanted.statuses)) for each in find_deployed(where, [name])
        ]
    every = sorted((run for _, runs, _ in found for run in runs), key=lambda run: run.started, reverse=True)
    if show:
        titles = ("started", "trigger", "id", "pattern", "attempts", "exit", "duration", "status")
        if every:
            console.columns(titles, map(_cells, every), right=(4, 5, 6))
        else:
            console.line("no runs" if not wanted.statuses else "no such runs")
    for pattern, _, note in found if show else ():
        if note:
            console.note(f"{pattern.runs.path}: {note}")
    patterns = [{**pattern.data(), "runs": [*map(data, runs)], "note": note} for pattern, runs, note in found]
    return 0, {"where": where.data(), "patterns": patterns}


def _cells(run: Run) -> list[str | tuple[str, str]]:
    code = "" if run.exit_code is None else str(run.exit_code)
    attempts = str(len(run.attempts)) if run.attempts else ""
    named = [clock(run.started), run.trigger, run.short_id, run.pattern]
    return [*named, attempts, code, duration(run.seconds), console.status_of(run)]


def show(name: str, options: Asked, of: Sequence[str], *, show: bool) -> tuple[int, Any]:
    """What became of a run.

    Args:
        name: As for `find_kept_run`.
        options: Where it is looked for.
        of: Only the runs of these, as for `find_deployed`.
        show: Print it.

    Returns:
        The exit code, 0, and the run.

    Raises:
        CliError: There is no such run.
    """
    where = _where(options, show=show)
    with asked(PERMISSIONS):
        patterns = find_deployed(where, of)
        seen = find_kept_run(patterns, name, datetime.now(UTC) - OF_FUNCTIONS)
        run = whole(seen)
        given, lines = _input_of(seen), last_of(Seen(seen.pattern, run), _LAST_LINES)
        steps_next = logs_of(Seen(seen.pattern, run), patterns) if show else []
    if show:
        _show(Seen(seen.pattern, run), given, lines)
        show_next([*steps_next, *redrive_of(seen, patterns)])
    states = [] if run.path is None else [{"state": each.name, "seconds": each.seconds} for each in run.path.steps]
    more = {"states": states, "input": given, "logGroup": seen.pattern.log_group, "lastLines": lines}
    return 0, {"where": where.data(), **seen.pattern.data(), **data(run), **more}


def _input_of(seen: Seen) -> str | None:
    if not seen.run.execution_arn:
        return None
    states = seen.pattern.place.client("stepfunctions")
    return states.describe_execution(executionArn=seen.run.execution_arn).get("input")


def _show(seen: Seen, given: str | None, lines: Sequence[str]) -> None:
    run = seen.run
    status, style = console.status_of(run)
    console.line(f"run {run.id} of {run.pattern}", style="bold")
    took = f"{status} after {duration(run.seconds)}" if run.ended else f"runs for {duration(run.seconds)}"
    took += f", {counted(len(run.attempts), 'attempt')}" if len(run.attempts) > 1 else ""
    console.line(f"  {took} · trigger {run.trigger or 'unknown'} · {clock(run.started)}", style=style)
    for number, each in enumerate(run.attempts, 1):
        size = f"{each.size[0]} cpu / {each.size[1]} MiB" if each.size else ""
        code = "" if each.exit_code is None else f"exit {each.exit_code}"
        seconds = "" if each.seconds is None else duration(each.seconds)
        reason = of_start(each.stopped_reason) if each.exit_code != 0 else ""
        parts = [f"attempt {number}", size, code, reason, seconds]
        console.line("  " + "  ".join(part for part in parts if part))
    if run.path is not None:
        at = f" → {run.path.at}" if run.path.at else ""
        console.line(f"  states: {steps.shown(run.path.steps)}{at}")
    # The report of a function has its error's class; what it is about is in the log.
    error = next((found for each in reversed(lines) if (found := raised(each)).startswith(run.error)), run.error)
    if run.error:
        console.line(f"  error: {error}", style="red")
    if given:
        console.line(
            f"  input: {given[:_INPUT_CHARACTERS]}{'…' if len(given) > _INPUT_CHARACTERS else ''}", style="dim"
        )
    if run.execution_arn:
        console.line(f"  execution: {run.execution_arn}", style="dim")
    for text in (each for one in lines for each in shown(one)) if run.status in FAILED_STATES else ():
        console.line(f"  | {text}", style="dim")


def logs(name: str, options: Asked, chosen: Chosen, *, as_json: bool) -> tuple[int, Any]:
    """What a run printed, or what a pattern's log group has.

    Args:
        name: A run, or a pattern.
        options: Where it is looked for.
        chosen: Which lines.
        as_json: Print each line that is followed as one JSON object, and others not at all.

    Returns:
        The exit code: 0, or of a run that was followed its own; and the lines.

    Raises:
        CliError: Nothing has this name, or it has no log group.
    """
    where = _where(options, show=not as_json)
    with asked(PERMISSIONS):
        lines = _lines_of(where, name, chosen)
        if chosen.follow:
            return _followed(lines, chosen, as_json=as_json)
        found = [line for line in lines.new() if chosen.grep in line.text]
        if not as_json:
            ShownLines().show(found)
        if not found and not as_json:
            _nothing(where, lines, chosen)
    pattern = lines.seen.pattern if isinstance(lines, RunLines) else lines.pattern
    if pattern.runs.kind == "website" and not as_json:
        bucket = pattern.access_logs or "of its access logs, if it has one: in us-east-1, with its …-EdgeOperations"
        console.aside(f"These are of what publishes its files. Who asked for what is in the bucket {bucket}.")
    return 0, {"where": where.data(), "logGroup": pattern.log_group, "lines": [each.data() for each in found]}


def _lines_of(where: Where, name: str, chosen: Chosen) -> RunLines | GroupLines:
    try:
        pattern = find_one(where, name)
    except CliError as error:
        if error.code != NOT_FOUND:
            raise
        try:
            seen = find_kept_run(find_deployed(where, ()), name, datetime.now(UTC) - OF_FUNCTIONS)
        except NoLogError:
            raise
        except CliError as neither:
            title = f"There is no run and no pattern {name} in {where.title}."
            raise CliError(title, suggested(error, neither), code=neither.code) from None
        return RunLines(seen, chosen.attempt, chosen.workflow)
    _check_options(pattern, chosen)
    if pattern.log_group is None and pattern.runs.kind == "website":
        title = f"{pattern.runs.path} was deployed before its log group was noted."
        raise CliError(title, "Deploy it again.", code=NOT_FOUND)
    if pattern.log_group is None:
        title = f"{pattern.runs.path} has no log group of its own: each step has its own."
        raise CliError(
            title, f"naws runs {shlex.quote(pattern.runs.path)}, then: naws logs RUN --workflow", code=NOT_FOUND
        )
    return GroupLines(pattern, chosen.since)


def _check_options(pattern: Deployed, chosen: Chosen) -> None:
    """What is of a single run would be left out of the lines of a pattern without a word."""
    if not (chosen.attempt or chosen.workflow):
        return
    option, path = "--attempt" if chosen.attempt else "--workflow", shlex.quote(pattern.runs.path)
    of_run = f"naws runs {path}, then: naws logs RUN {option}"
    hint = of_run if pattern.runs.kind in ("workflow", "function") else f"naws logs {path}"
    raise CliError(f"{option} is of a run, and {pattern.runs.path} is a {pattern.runs.kind}.", hint, code=2)


def _followed(lines: RunLines | GroupLines, chosen: Chosen, *, as_json: bool) -> tuple[int, Any]:
    terminal = ShownLines()
    try:
        for new in follow(lines):
            found = [line for line in new if chosen.grep in line.text]
            terminal.show(() if as_json else found)
            for line in found if as_json else ():
                print(json.dumps({"version": 1, **line.data()}), flush=True)  # noqa: T201  # no wrapping, no markup
    except KeyboardInterrupt:
        raise CliError(
            "Interrupted: the run goes on." if isinstance(lines, RunLines) else "Interrupted.", code=INTERRUPTED
        ) from None
    run = lines.run if isinstance(lines, RunLines) else None
    return (0 if run is None else exit_code(run)), None


def exit_code(run: Run) -> int:
    """A run's as an exit code: the program's own where it is known, else 1 of one that failed."""
    return 0 if run.status == "SUCCEEDED" else run.exit_code or 1


def _nothing(where: Where, lines: RunLines | GroupLines, chosen: Chosen) -> None:
    """Say that there are no lines, and where there are some."""
    attempt = chosen.attempt if isinstance(lines, RunLines) else None
    if isinstance(lines, RunLines) and attempt and attempt > len(lines.run.attempts):
        console.aside(f"there is no attempt {attempt}: it has {counted(len(lines.run.attempts), 'attempt')}")
    elif chosen.grep or attempt:
        console.aside("no such lines")
    elif isinstance(lines, GroupLines):
        console.aside("no lines within this time: --since 2d looks further back")
    else:
        console.aside("no lines")
        own = f"naws logs {shlex.quote(lines.run.short_id)}"
        found = [each for each in logs_of(lines.seen, find_deployed(where, ())) if each != own]
        if found and not chosen.workflow:
            console.aside(f"next: {' · '.join(found)}")


def _where(options: Asked, *, show: bool) -> Where:
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    return where


def kept(pattern: Deployed) -> bool:
    """Whether Step Functions keeps the history of a workflow's executions: not of an EXPRESS one."""
    states: Any = pattern.place.client("stepfunctions")
    try:
        return states.describe_state_machine(stateMachineArn=pattern.arn).get("type", "STANDARD") == "STANDARD"
    except ClientError as error:
        if code_of(error) == "StateMachineDoesNotExist" or "AccessDenied" in code_of(error):
            return True
        raise
