"""Ends this process when its parent is gone, however the parent ended."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable

_GRACE = 5.0


def exit_with_parent() -> None:
    """Send this process SIGTERM when the parent ends, and end it hard when that takes longer than five seconds.

    The parent holds the other end of standard input: it closes with the parent on every system, also after SIGKILL.
    ``PR_SET_PDEATHSIG`` would fire when the *thread* that started us ends.
    """
    threading.Thread(target=_wait, args=(os.getppid(), _end), name="naws-lifeline", daemon=True).start()


def _wait(parent: int, end: Callable[[], None]) -> None:
    stdin = sys.stdin.fileno()
    while os.getppid() == parent:
        readable, _, _ = select.select([stdin], [], [], 1.0)
        if readable and not os.read(stdin, 1024):
            break
    end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Timer(_GRACE, os._exit, args=(1,)).start()
