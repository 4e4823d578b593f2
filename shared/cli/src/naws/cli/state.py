"""The directory in which one embedded AWS keeps its files."""

import contextlib
import fcntl
import shutil
from collections.abc import Generator
from pathlib import Path

from naws.cli.errors import CliError

MARKER = ".naws-state"
"""A file that a directory has which we may empty."""


@contextlib.contextmanager
def state_directory(path: Path) -> Generator[Path]:
    """An emptied directory that is ours until the end; it hides itself from git.

    Raises:
        CliError: Another command uses it now, or it holds something else.
    """
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True)
    lock = path.parent / f".{path.name}.lock"
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CliError(f"{path} is in use by another naws command.", "Use --state-dir to name another.") from error
        _empty(path)
        (path / MARKER).touch()
        (path / ".gitignore").write_text("*\n")
        yield path


def _empty(path: Path) -> None:
    if any(path.iterdir()) and not (path / MARKER).exists():
        raise CliError(f"{path} holds files that are not ours.", "A state directory is emptied at each start.")
    shutil.rmtree(path)
    path.mkdir()
