"""The Runtime API of Lambda: what a runtime asks for its next invocation, and tells what became of it.

Source: AWS Lambda Developer Guide, 'Using the Lambda runtime API for custom runtimes'.
"""

import io
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESPONSE_LIMIT_BYTES = 6_291_556
_PREFIX = "/2018-06-01/runtime"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Report:
    """What became known of a process.

    Attributes:
        kind: ``ready`` for its next invocation; ``response`` or ``error`` of the current one; ``init`` when it failed
            before its first; ``exit`` when it ended.
        body: JSON that it sent.
        error_type: Of a failure.
    """

    kind: str
    body: bytes = b""
    error_type: str = ""


@dataclass(frozen=True)
class NextInvocation:
    """The answer to ``GET /runtime/invocation/next``."""

    headers: Mapping[str, str]
    payload: bytes


class RuntimeApi:
    """One process's Runtime API, on a port of its own.

    Attributes:
        address: Host and port, as ``AWS_LAMBDA_RUNTIME_API`` has them.
        reports: What the process reported, in order.
    """

    def __init__(self) -> None:
        self.reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self.waiting: queue.SimpleQueue[NextInvocation | None] = queue.SimpleQueue()
        self._server = _Server(self)
        self.address = f"{_LOOPBACK}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 1.0}, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.waiting.put(None)
        self._server.close_now()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__((_LOOPBACK, 0), _Handler)

    def close_now(self) -> None:
        threading.Thread(target=self._close, daemon=True).start()

    def _close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that was killed in the middle of a request is no event."""


class _Lines(io.BufferedReader):
    """Requests without the headers that are longer than Python's server takes.

    The client sends the cause of an error in a header of up to 1 MiB, which only X-Ray reads.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if len(line) != size:
            return line
        while line and not line.endswith(b"\n"):
            line = super().readline(size)
        return self.readline(size)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.rfile = _Lines(self.rfile.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        pass

    def do_GET(self) -> None:  # the base's name
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(200)  # restore/next: the snapshot of a function with SnapStart is never taken here
            return
        self.server.api.reports.put(Report("ready"))
        given = self.server.api.waiting.get()
        if given is not None:
            self._answer(200, given.payload, given.headers)

    def do_POST(self) -> None:  # the base's name
        body = self._body()
        kind = "init" if "/init/" in self.path else self.path.rpartition("/")[2]
        too_large = kind == "response" and len(body) > RESPONSE_LIMIT_BYTES
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        report = Report("too-large") if too_large else Report(kind, body, error_type)
        self.server.api.reports.put(report)
        self._answer(413 if too_large else 202, b'{"status":"OK"}')

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        every = {"Content-Type": "application/json", **(headers or {}), "Content-Length": str(len(body))}
        for name, value in every.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
