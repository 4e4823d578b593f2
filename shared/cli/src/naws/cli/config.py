"""`naws config`: what each setting of an app's patterns comes to, and where it came from.

The app itself writes it, into a file that it is given in its environment; see `naws.core.pattern.settings`.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from naws.cli import console
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.synth import App, run_app
from naws.core.pattern.settings import FILE
from naws.core.spelling import nearest

Pattern = dict[str, Any]
"""As `record_settings` writes it."""


def config(app: App, name: str | None, *, show: bool = True) -> tuple[int, dict[str, Any]]:
    """The settings of an app's patterns.

    Args:
        app: What to run.
        name: A pattern's construct path, or the end of it. None: all of them.
        show: Whether a table is printed.

    Returns:
        The exit code, and the same for a program.

    Raises:
        CliError: The app failed, or has no such pattern.
    """
    patterns = _chosen(_recorded(app), name)
    for pattern in patterns if show else ():
        console.heading(f"{pattern['path']}  {pattern['pattern']}")
        rows = [(each["name"], _value(each), _origin(each)) for each in pattern["settings"]]
        if console.out.is_terminal:
            console.out.print(_table(rows))
        else:
            console.out.print(_lines(rows), markup=False, highlight=False, soft_wrap=True)
    return 0, {"patterns": patterns}


def _recorded(app: App) -> list[Pattern]:
    """What the app says of its patterns; those that look something up have CDK's stand-ins where nobody answered."""
    with tempfile.TemporaryDirectory(prefix="naws-config-") as scratch:
        file = Path(scratch) / "settings"
        run_app(app, Path(scratch) / "cdk.out", app.context, {FILE: str(file)})
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    by_path = {pattern["path"]: pattern for pattern in map(json.loads, lines)}
    return list(by_path.values())


def _chosen(patterns: Sequence[Pattern], name: str | None) -> list[Pattern]:
    if not patterns:
        raise CliError("The app has no pattern.", code=NOT_FOUND)
    found = [each for each in patterns if name is None or f"/{each['path']}".endswith(f"/{name}")]
    if not found:
        paths = [each["path"] for each in patterns]
        near = nearest(str(name), [*paths, *(path.rpartition("/")[2] for path in paths)])
        hint = f"Did you mean {near}?" if near else f"It has {', '.join(paths)}."
        raise CliError(f"The app has no pattern {name}.", hint, code=NOT_FOUND)
    return found


def _table(rows: Sequence[tuple[str, str, str]]) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False, padding=(0, 1, 0, 1))
    for wraps in (False, True, True):
        table.add_column(overflow="fold", no_wrap=not wraps)
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _lines(rows: Sequence[tuple[str, str, str]]) -> str:
    """The rows for a file or another program: each is one line, however long."""
    names, values = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return "\n".join(f" {name:<{names}}  {value:<{values}}  {origin}" for name, value, origin in rows)


def _value(setting: dict[str, Any]) -> str:
    return setting["omitted"] if setting["value"] is None and setting["omitted"] else str(setting["value"])


def _origin(setting: dict[str, Any]) -> str:
    return f"Conventions at {setting['at'] or 'the app'}" if setting["from"] == "conventions" else setting["from"]
