"""Runs one server until stdin ends, which it does with the process that holds it, and removes the server's files.

    keeper.py FOLDER USER:GROUP COMMAND...          (`:` runs it as ourselves)

A script of its own: the embedded AWS may be killed, and what a server runs as cannot remove its own folder.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from typing import Any

_LOOK_SECONDS = 0.2
_GRACE_SECONDS = 5


def main(folder: str, account: str, *command: str) -> None:
    """Start the server, and end it when nobody holds our stdin any more."""
    user, _, group = account.partition(":")
    identity: dict[str, Any] = {"user": int(user), "group": int(group), "extra_groups": []} if user else {}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, cwd=folder, **identity)
    while server.poll() is None:
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], _LOOK_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1):
            break
    # Its data goes, too: nothing has to be written any more.
    server.send_signal(signal.SIGQUIT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(_GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(server.returncode)


if __name__ == "__main__":
    # Ctrl-C and the end of a terminal are for those who hold stdin.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main(*sys.argv[1:])
