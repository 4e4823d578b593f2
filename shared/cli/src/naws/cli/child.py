"""Child processes of a command that end with it, with everything they started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_GRACE_SECONDS = 3


def run_to_end(
    command: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a command and capture its output; when we are interrupted, its whole process group ends first.

    Raises:
        OSError: It cannot be started.
    """
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        # Ctrl-C reaches us only, and we end the group in order: SIGINT in the middle of jsii leaves its Node behind.
        start_new_session=True,
    )
    try:
        out, err = process.communicate()
    finally:
        end_group(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def end_group(process: "subprocess.Popen[str]") -> None:
    """End a process that leads a group, and what it left behind: SIGTERM, then SIGKILL."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
