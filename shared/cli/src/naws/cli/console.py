"""Output of the commands on the terminal: lines, tables, errors, and the form of values in them."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from naws.cli.errors import INTERRUPTED, CliError
from naws.cli.runs import Run
from naws.cli.words import duration
from naws.core.terminal import coloured

_STATUS_STYLE = {"SUCCEEDED": "green", "RUNNING": "cyan"}
_JSON_VERSION = 1
"""The version of the form of every command's JSON document."""

STOPPED = "Interrupted; everything that was started has been stopped."

# An ARN is no emoji: `:secret:` would become one.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(highlight=False, soft_wrap=True, emoji=False, stderr=True)


def heading(text: str) -> None:
    """Print the heading of a part of the output."""
    out.print(f"\n[bold]{escape(text)}[/bold]")


def line(text: str, *, style: str = "") -> None:
    """Print one line of plain text."""
    out.print(escape(text), style=style or None)


def event(what: str, style: str, when: datetime | None, text: str) -> None:
    """Print one line of what happens: its time, now if none is given, and what it is, in its colour."""
    clock = (when or datetime.now(UTC)).astimezone().strftime("%H:%M:%S")
    out.print(f"[dim]{clock}[/dim]  [{style}]{what:<10}[/{style}]  {escape(text)}")


def run_event(what: str, style: str, run: Run, when: datetime | None, more: str) -> None:
    """Print one line of what happens to a run."""
    named = [run.short_id, *([run.pattern] if run.pattern else [])]
    event(what, style, when, "  ".join([f"{run.trigger:<8}", *named, more]).rstrip())


def aside(text: str) -> None:
    """Text beside the result: on stderr, where no program reads it."""
    err.print(escape(text))


def note(text: str) -> None:
    """Print a note to stderr."""
    err.print(f"[yellow]note[/yellow]  {escape(text)}")


def failed(error: CliError) -> None:
    """Print an error: its title, and its detail if it has one."""
    err.print(f"[bold red]error[/bold red]  {escape(error.title)}")
    if error.detail:
        err.print(Text.from_ansi(coloured(error.detail)))


def columns(
    titles: Sequence[str], rows: Iterable[Sequence[str | tuple[str, str]]], *, right: Collection[int] = ()
) -> None:
    """Print rows under titles, each in one line however wide the terminal is: what stands in it can be copied.

    Args:
        titles: Of the columns; without any, there is no line of them.
        rows: Texts, or texts with their styles.
        right: The columns whose texts end below each other.
    """
    cells = [[(cell, "") if isinstance(cell, str) else cell for cell in row] for row in rows]
    head = [[(title, "bold") for title in titles]] if any(titles) else []
    widths = [max(len(row[at][0]) for row in (*head, *cells)) for at in range(len(titles))] if head or cells else []
    for row in (*head, *cells):
        text = Text()
        for at, (cell, style) in enumerate(row):
            padded = cell.rjust(widths[at]) if at in right else cell.ljust(widths[at])
            text.append(padded if at < len(row) - 1 else padded.rstrip(), style).append(
                "  " if at < len(row) - 1 else ""
            )
        out.print(text)


def runs_table(runs: Iterable[Run]) -> None:
    """Print runs, one a row, their ids whole."""
    titles = ("trigger", "id", "pattern", "attempts", "exit", "duration", "status")
    columns(titles, map(_cells, runs), right=(3, 4, 5))


def counts_table(rows: Iterable[tuple[str, str, int, int, int]]) -> Table:
    """Functions and what brought their work: how often it ran, failed, and was throttled, one a row."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("function", "trigger"):
        table.add_column(title, no_wrap=True)
    for title in ("runs", "failed", "throttled"):
        table.add_column(title, justify="right", no_wrap=True)
    for function, trigger, runs, failures, throttles in rows:
        shown = f"[red]{failures}[/red]" if failures else "0"
        refused = f"[yellow]{throttles}[/yellow]" if throttles else "0"
        table.add_row(escape(function), escape(trigger), str(runs), shown, refused)
    return table


def _cells(run: Run) -> list[str | tuple[str, str]]:
    code = "" if run.exit_code is None else str(run.exit_code)
    return [run.trigger, run.short_id, run.pattern, str(len(run.attempts)), code, duration(run.seconds), status_of(run)]


def status_of(run: Run) -> tuple[str, str]:
    """A run's status for people, and its colour."""
    return run.status.lower().replace("_", " "), _STATUS_STYLE.get(run.status, "red")


def as_document(values: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command; an error in one line, as it may follow objects of which each is one."""
    indent = None if "error" in values else 2
    print(json.dumps({"version": _JSON_VERSION, **values}, indent=indent))  # noqa: T201  # no wrapping, no markup


def reported(run: Callable[[], tuple[int, Any]], *, as_json: bool) -> int:
    """Run a command whose result is data: with `--json` one document on stdout, also for an error.

    Args:
        run: Gives the exit code and the document; prints for people unless `as_json`. Without a document nothing is
            printed here: it printed objects, one a line, as they came.
        as_json: Whether the document is printed.

    Raises:
        CliError: What `run` raises, unless `as_json`.
        KeyboardInterrupt: As above.
    """
    try:
        code, document = run()
    except CliError as error:
        if not as_json:
            raise
        code, document = error.code, {"error": {"title": error.title, "detail": error.detail}}
        failed(error)
    except KeyboardInterrupt:
        if not as_json:
            raise
        code, document = INTERRUPTED, {"error": {"title": STOPPED, "detail": ""}}
        err.print(f"\n{STOPPED}")
    if as_json and document is not None:
        as_document(document)
    return code
