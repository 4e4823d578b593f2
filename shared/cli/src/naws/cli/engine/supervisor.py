"""Runs the command of one task as a process group; a script, started by `processes` with the task's environment.

Its stdin is a pipe that the server holds: each line names a signal for the task, and its end means that the server
is gone, however it went, so the task ends too. When the task is over one line of JSON goes to stdout.

    supervisor.py LOG_FILE MEMORY_BYTES COMMAND...          (0 bytes: no limit)
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_ORPHAN_GRACE_SECONDS = 2.0
_SIGNALLED = 128
_HAS_PROC = Path("/proc/self/statm").exists()
# Reading /proc costs microseconds; elsewhere each look starts a `ps`.
_LOOK_SECONDS = 0.05 if _HAS_PROC else 0.5


def signal_group(group: int, number: int) -> None:
    """Signal a process group that may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def obey(group: int) -> None:
    """Pass signals on until the server is gone, then end the task."""
    for line in sys.stdin:
        signal_group(group, signal.Signals[line.strip()])
    signal_group(group, signal.SIGTERM)
    time.sleep(_ORPHAN_GRACE_SECONDS)
    signal_group(group, signal.SIGKILL)


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and all its descendants."""
    if not _HAS_PROC:
        listing = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False).stdout
        rows = (line.split() for line in listing.splitlines())
        return sum(int(rss) * 1024 for pgid, rss in rows if int(pgid) == pid)
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return own + sum(resident_bytes(int(child)) for child in children)


def wait_for(task: "subprocess.Popen[bytes]", limit: int) -> bool:
    """Wait for the task; kill it when it exceeds its memory, as the kernel would kill a container.

    Returns:
        Whether it ran out of memory.
    """
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            task.wait(_LOOK_SECONDS)
            return False
        if limit and resident_bytes(task.pid) > limit:
            signal_group(task.pid, signal.SIGKILL)
            task.wait()
            return True


def main(log_file: str, memory_bytes: str, *command: str) -> None:
    """Run the command to its end and report it."""
    with Path(log_file).open("ab") as log:
        task = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
    threading.Thread(target=obey, args=(task.pid,), daemon=True).start()
    out_of_memory = wait_for(task, int(memory_bytes))
    signal_group(task.pid, signal.SIGKILL)
    code = task.returncode
    report = {"ExitCode": code if code >= 0 else _SIGNALLED - code, "OOMKilled": out_of_memory}
    os.write(sys.stdout.fileno(), json.dumps(report).encode())
    # The thread that obeys still waits on stdin: an orderly interpreter exit would wait for its lock.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
