"""A command line at a terminal of its own, as a person would type it."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Sequence

_PROGRAM = "from naws.cli.main import app; app()"
_PATIENCE = 60.0
LINES, COLUMNS = 40, 250


class Terminal:
    """`naws` with these arguments, at a pseudo-terminal; it finds the embedded AWS of a folder by itself."""

    def __init__(self, arguments: Sequence[str], folder: str) -> None:
        self._child, self._end = pty.fork()
        if self._child == 0:
            os.chdir(folder)
            kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            os.execve(sys.executable, [sys.executable, "-c", _PROGRAM, *arguments], {**kept, "NO_COLOR": "1"})
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def until(self, pattern: str) -> str:
        """What is printed up to a text; AssertionError without it."""
        deadline = time.monotonic() + _PATIENCE
        while not re.search(pattern, self.text):
            assert self._read(deadline), self.text
        return self.text

    def ended(self) -> tuple[int, str]:
        """Its exit code, and all that it printed."""
        deadline = time.monotonic() + _PATIENCE
        while self._read(deadline):
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        os.close(self._end)
        return code, self.text

    def _read(self, deadline: float) -> bool:
        assert select.select([self._end], [], [], max(0, deadline - time.monotonic()))[0], self.text
        try:
            data = os.read(self._end, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
