"""What `naws redrive` has begun and done, a line each, so that a second call goes on where the first one ended."""

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from naws.cli.errors import REFUSED, CliError
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure
from naws.cli.operate.times import utc

Step = Literal["starting", "accepted", "refused"]
_DIRECTORY = Path(".naws/redrive")


def journal_of(pattern: Deployed, folder: Path) -> Path:
    """The file of a pattern, in the folder in which the command is given."""
    parts = (pattern.place.account, pattern.place.region, *re.findall(r"[\w.-]+", pattern.runs.path))
    return folder / _DIRECTORY / f"{'-'.join(parts)}.jsonl"


class Journal:
    """The journal of one pattern.

    Args:
        file: Open for reading and appending.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._last: dict[str, Mapping[str, Any]] = {}
        file.seek(0)
        for line in file:
            with contextlib.suppress(ValueError):  # the last line of a machine that lost its power
                self._remember(json.loads(line))

    def last(self, failure: Failure) -> Mapping[str, Any]:
        """The last line about a failure; empty when there is none."""
        return self._last.get(failure.key, {})

    def write(self, failure: Failure, step: Step, **more: Any) -> None:
        """Append a line, which is on the disk before this returns."""
        about = {"run": failure.run, "execution": failure.execution}
        keys = [each.id for each in failure.messages] or [failure.key]
        entry = {"at": utc(datetime.now(UTC)), "step": step, "keys": keys, **about, **more}
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._remember(entry)

    def _remember(self, entry: Mapping[str, Any]) -> None:
        self._last |= dict.fromkeys(entry["keys"], entry)


@contextlib.contextmanager
def opened(path: Path) -> Generator[Journal]:
    """The journal in a file, which is ours until the end; made when it is missing.

    Raises:
        CliError: It cannot be written, or another command writes it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent.name == _DIRECTORY.name:
            (path.parent / ".gitignore").write_text("*\n")
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise CliError(
            f"The journal {path} cannot be written: {error.strerror}.", "Name another by --journal.", code=REFUSED
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CliError(
                f"Another `naws redrive` writes {path}.", "Wait for its end, or end it by Ctrl-C.", code=REFUSED
            ) from error
        yield Journal(file)
