"""Folders of code that the tests pack: what the examples of the rules name, and one with dependencies."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HANDLER = "def handler(event, context):\n    return 1\n"
PROJECT = """\
[project]
name = "orders"
version = "0"
requires-python = ">=3.11"
dependencies = ["MarkupSafe >=3.0.3, <3.1", "six==1.17.0"]

[dependency-groups]
dev = ["iniconfig==2.1.0"]
"""
ASKING = '[project]\nname = "half"\nversion = "0"\ndependencies = ["certifi", "idna"]\n'


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a folder's files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def write_examples(here: Path) -> None:
    """The folders that the examples of NAWS-PKG name."""
    write(here / "orders", {"app.py": HANDLER})
    write(here / "waiting", {"app.py": f"async {HANDLER}"})
    write(here / "newer", {"app.py": "match = case\n\tsyntax of tomorrow\n"})
    write(here / "unlocked", {"app.py": HANDLER, "pyproject.toml": PROJECT})
    write(here / "hiding", {"app.py": HANDLER, "logging.py": ""})
    write(here / "incomplete", {"app.py": f"import requests\n{HANDLER}"})
    write(here / "half", {"app.py": HANDLER, "pyproject.toml": ASKING, "requirements.txt": "idna==3.10\n"})
    (write(here / "dangling", {"app.py": HANDLER}) / "link").symlink_to("nowhere")
    write(here, {"outside.txt": "of somebody else"})
    (write(here / "linking", {"app.py": HANDLER}) / "link.txt").symlink_to("../outside.txt")
    write(here / "careless", {"app.py": HANDLER, ".env": "PASSWORD=hunter2\n"})


def write_locked(folder: Path) -> Path:
    """A folder with a `uv.lock`, of a project for an interpreter that is newer than any here."""
    write(folder, {"app.py": HANDLER, "pyproject.toml": PROJECT})
    command = ["uv", "lock", "--quiet", f"--project={folder}", f"--python={sys.executable}"]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("pyproject.toml", "uv.lock"):
        file = folder / name
        file.write_text(file.read_text().replace('">=3.11"', '">=3.14"'))
    return folder
