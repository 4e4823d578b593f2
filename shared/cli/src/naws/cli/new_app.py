"""`naws new app`: a folder with an app that works from the first minute."""

import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

from naws.cli import console
from naws.cli.errors import EXISTS, CliError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEMPLATES = Path(__file__).with_name("template_app")
_FILES = ("app.py", "cdk.json", "job/Dockerfile", "job/main.py", "tests/test_app.py", ".gitignore")


def new_app(target: Path, *, show: bool) -> tuple[int, Any]:
    """Write an app into a new folder.

    Args:
        target: The folder, whose name is the app's.
        show: Print what was written.

    Raises:
        CliError: The name is none, or the folder has something.
    """
    name = target.resolve().name
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        hint = f"naws new app {target.with_name(near)}" if near else "naws new app nightly-report"
        raise CliError(f"{name} is no name: small letters, digits and hyphens.", hint, code=2)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CliError(f"{target} is there, and not empty.", "Name another folder.", code=EXISTS)
    title = "".join(part.capitalize() for part in name.split("-"))
    for path in _FILES:
        file, text = target / path, (_TEMPLATES / f"{path.removeprefix('.')}.txt").read_text(encoding="utf-8")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(text).safe_substitute(title=title), encoding="utf-8")
    if show:
        for path in _FILES:
            console.line(f"{target / path}")
        console.line(f"its test: pip install pytest && (cd {shlex.quote(str(target))} && python -m pytest)")
        console.line(f"next: naws local {shlex.quote(str(target))}")
    return 0, {"folder": str(target), "files": [*_FILES]}
