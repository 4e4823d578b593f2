"""An HTTP server for a task behind a load balancer, of the standard library alone: copy it.

PORT                       where it listens
NAWS_KEEP_ALIVE_SECONDS    how long it keeps an idle connection: longer than the load balancer, which would answer 502
                           to a request that it sends into a connection that is just being closed
SIGTERM                    it accepts nothing more, answers the requests that are open, and ends
"""

import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

TRACE = "X-Amzn-Trace-Id"
"""The header by which one request is found in the logs of every service that it went through."""
LONGEST_BODY = 1024 * 1024
MOST_UNREAD, PATIENCE = 64 * 1024 * 1024, 2.0
"""Bytes and seconds that the rest of a request is read for whose answer closes its connection."""


class Refusal(Exception):  # noqa: N818  # no error of the program
    """An answer that is no success: its status, and what the client reads; what only the log has is its cause."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """What a client asks for.

    Attributes:
        method: such as GET.
        path: without the query, decoded.
        query: of each parameter the last value.
        body: up to a MiB.
        trace: the header by which the load balancer names the request, to be sent on; empty when there is none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    trace: str


Answer = Callable[[Request], Any]
"""Returns what is sent as JSON with status 200, or raises a Refusal."""


def log(level: str, message: str, **fields: Any) -> None:
    """Write a line of JSON, whose fields CloudWatch Logs Insights finds by themselves."""
    sys.stdout.write(json.dumps({"level": level, "message": message, **fields}) + "\n")
    sys.stdout.flush()


def serve(answer: Answer, environ: Mapping[str, str] = os.environ) -> None:
    """Answer requests until SIGTERM; `/health` is answered here, and asks nobody else."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    server = Server(("", int(environ.get("PORT", "8080"))), answer, float(environ.get("NAWS_KEEP_ALIVE_SECONDS", "65")))
    accepting = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    accepting.start()
    log("INFO", "listening", port=server.server_port)
    ending.wait()
    server.end()
    log("INFO", "ended")


class Server(ThreadingHTTPServer):
    """A thread for each connection; its threads are waited for."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Answer, keep_alive: float) -> None:
        self.answer, self.keep_alive, self.ending = answer, keep_alive, False
        self._idle = set[socket.socket]()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def end(self) -> None:
        """Accept nothing more, close what is idle, and wait until what is open is answered.

        ECS has taken the task out of the load balancer by then. What takes longer than the stop timeout is killed.
        """
        self.shutdown()
        with self._lock:
            self.ending = True
            for connection in self._idle:
                _read_no_more(connection)
        self.server_close()

    @contextmanager
    def idle(self, connection: socket.socket) -> Generator[None]:
        """Count a connection among those without an open request."""
        with self._lock:
            if self.ending:
                _read_no_more(connection)
            self._idle.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._idle.discard(connection)


def _read_no_more(connection: socket.socket) -> None:
    """End what waits for a request; one that has arrived already is still read."""
    with suppress(OSError):  # the client may have closed it
        connection.shutdown(socket.SHUT_RD)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    @property
    def _server(self) -> Server:
        return cast("Server", self.server)

    def setup(self) -> None:
        """Keep the connection as long as the server shall."""
        super().setup()
        self.connection.settimeout(self._server.keep_alive)

    def handle_one_request(self) -> None:
        """Wait for a request, and answer it."""
        with self._server.idle(self.connection):
            try:
                begun = cast("Any", self.rfile).peek(1)
            except OSError:  # the time is over, or the client is gone
                begun = b""
        self.close_connection = True
        if begun:
            super().handle_one_request()

    def do_GET(self) -> None:
        """Answer a request of any method."""
        began, path = time.monotonic(), unquote(urlsplit(self.path).path)
        trace, cause = self.headers.get(TRACE, ""), ""
        try:
            status, found = HTTPStatus.OK, self._answer(path, trace)
        except Refusal as refusal:
            status, found, cause = refusal.status, {"message": str(refusal)}, _cause_of(refusal)
        except Exception:  # noqa: BLE001  # a request that fails must not end the connection of others
            status, found = HTTPStatus.INTERNAL_SERVER_ERROR, {"message": "Internal Server Error"}
            cause = traceback.format_exc()
        self._send(status, found)
        if path != "/health":
            level = "ERROR" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "INFO"
            more = {"cause": cause} if cause else {}
            milliseconds = round((time.monotonic() - began) * 1000)
            asked = f"{self.command} {path}"
            log(level, asked, status=status, milliseconds=milliseconds, trace=_root_of(trace), **more)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815  # the library's names

    def _answer(self, path: str, trace: str) -> Any:
        body = self._body()
        if path == "/health":
            return {"status": "ok"}
        method = "GET" if self.command == "HEAD" else self.command
        query = dict(parse_qsl(urlsplit(self.path).query))
        return self._server.answer(Request(method, path, query, body, trace))

    def _body(self) -> bytes:
        """The body, whole: what is not read would be taken for the next request."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "expected a Content-Length")
        if int(length) > LONGEST_BODY:
            self.close_connection = True
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {LONGEST_BODY} bytes")
        return self.rfile.read(int(length))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, in JSON too."""
        del explain
        self.close_connection = True
        self._send(HTTPStatus(code), {"message": message or HTTPStatus(code).phrase})

    def _send(self, status: HTTPStatus, found: Any) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection or self._server.ending:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if self.close_connection:
            self._let_it_be_read()

    def _let_it_be_read(self) -> None:
        """Read what the client still sends: closed before that, the load balancer would answer 502 in its place.

        Source: https://www.rfc-editor.org/rfc/rfc9112.html#section-9.6
        """
        left = MOST_UNREAD
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(PATIENCE)
            while left > 0 and (found := self.connection.recv(65_536)):
                left -= len(found)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Write nothing: each request has its line already."""


def _root_of(trace: str) -> str:
    """The part of the header that is the same in every service that a request goes through."""
    return next((part.removeprefix("Root=") for part in trace.split(";") if part.startswith("Root=")), "")


def _cause_of(error: BaseException) -> str:
    return "" if error.__cause__ is None else f"{type(error.__cause__).__name__}: {error.__cause__}"
