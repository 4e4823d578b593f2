"""What a function's process writes: lines of text, and frames of its logger between them, in one pipe.

A frame is a whole message, however many lines it has: type (4 bytes), length (4), time in microseconds (8), message.
Source: awslambdaric, ``FramedTelemetryLogSink``.
"""

import os
import select
import threading
import time
from dataclasses import dataclass

_FRAME = b"\xa5\x5a\x00"
_HEADER_BYTES = 16
_CHUNK = 65536
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Line:
    """One event of a function's log.

    Attributes:
        at: Milliseconds since the epoch.
    """

    text: str
    at: int


class Output:
    """Reads a process's output while it runs, so that a full pipe never stops it.

    Attributes:
        writer: The end that the process writes to; closed here once it has it.
    """

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._lock = threading.Lock()
        self._bytes = b""
        self._open = True

    def follow(self) -> None:
        """Begin to read; the process has its own copy of the writing end."""
        os.close(self.writer)
        threading.Thread(target=self._follow, daemon=True).start()

    def take(self) -> list[Line]:
        """Everything written until now, which is then forgotten."""
        self._read()
        with self._lock:
            written, self._bytes = self._bytes, b""
        return _parsed(written)

    def close(self) -> None:
        """Stop reading."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._reader)

    def _follow(self) -> None:
        while self._open:
            try:
                ready = select.select([self._reader], [], [], _POLL_SECONDS)[0]
            except (OSError, ValueError):
                return
            if ready and not self._read():
                return

    def _read(self) -> bool:
        """Read what is there; false at the end."""
        with self._lock:
            while self._open:
                try:
                    chunk = os.read(self._reader, _CHUNK)
                except BlockingIOError:
                    return True
                if not chunk:
                    return False
                self._bytes += chunk
        return False


def _parsed(written: bytes) -> list[Line]:
    """The lines in order; one of plain text was written before the frame after it, and has its time."""
    lines: list[Line] = []
    while written:
        start = written.find(_FRAME)
        plain = written if start < 0 else written[:start]
        head = b"" if start < 0 else written[start : start + _HEADER_BYTES]
        at = int.from_bytes(head[8:], "big") // 1000 if head else int(time.time() * 1000)
        lines += [Line(text, at) for text in plain.decode(errors="replace").splitlines() if text.strip()]
        length = int.from_bytes(head[4:8], "big")
        written = written[len(plain) + len(head) :]
        if head:
            lines.append(Line(written[:length].decode(errors="replace").rstrip("\n"), at))
        written = written[length:]
    return lines
