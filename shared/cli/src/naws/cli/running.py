"""The embedded AWS that `naws local` keeps running, as the other commands find it: by a file in its state directory."""

import contextlib
import json
import urllib.request
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli.destinations import Target
from naws.cli.embedded.settings import CONTROL_PREFIX

_FILE = "running.json"
_VERSION = 1
_PATIENCE = 3


@dataclass(frozen=True)
class Running:
    """One that answers.

    Attributes:
        endpoint_url: Where.
        targets: The accounts and regions that something was deployed to.
        state_dir: Its files.
    """

    endpoint_url: str
    targets: tuple[Target, ...]
    state_dir: Path


@contextlib.contextmanager
def noted(state_dir: Path) -> Generator[None]:
    """Take the note away again at the end."""
    try:
        yield
    finally:
        (state_dir / _FILE).unlink(missing_ok=True)


def note(state_dir: Path, endpoint_url: str, targets: Sequence[Target]) -> None:
    """Write down where the embedded AWS answers, and what was deployed to."""
    places = [{"account": one.account, "region": one.region} for one in dict.fromkeys(targets)]
    document = {"version": _VERSION, "endpoint": endpoint_url, "places": places}
    written = state_dir / f".{_FILE}"
    written.write_text(json.dumps(document))
    written.replace(state_dir / _FILE)


def find_running(folder: Path, state_dir: Path | None = None) -> Running | None:
    """The embedded AWS of a folder or of the nearest one above it; None when none answers.

    Args:
        folder: Where commands are given.
        state_dir: Its state directory, where it is another than one in `.naws`.
    """
    if state_dir is not None:
        return _answering(state_dir / _FILE)
    for each in (folder, *folder.parents):
        notes = sorted(each.glob(f".naws/*/{_FILE}"), key=_written, reverse=True)
        for found in map(_answering, notes):
            if found is not None:
                return found
    return None


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _answering(file: Path) -> Running | None:
    """What a file names, if it answers: who was killed leaves the file."""
    try:
        document: Any = json.loads(file.read_text())
        url = str(document["endpoint"])
        targets = tuple(Target(one["account"], one["region"]) for one in document["places"])
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}{CONTROL_PREFIX}/ready", timeout=_PATIENCE) as answer:
            json.loads(answer.read())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Running(url, targets, file.parent)
