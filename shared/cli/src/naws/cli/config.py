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
        console.out.print(_table(pattern["settings"]))
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


def _table(settings: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False, padding=(0, 1, 0, 1))
    for _ in range(3):
        table.add_column(overflow="fold")
    for each in settings:
        table.add_row(escape(each["name"]), escape(_value(each)), escape(_origin(each)))
    return table


def _value(setting: dict[str, Any]) -> str:
    return setting["omitted"] if setting["value"] is None and setting["omitted"] else str(setting["value"])


def _origin(setting: dict[str, Any]) -> str:
    return f"Conventions at {setting['at'] or 'the app'}" if setting["from"] == "conventions" else setting["from"]
