"""The server of the example: connections that are kept, and the end without a lost request."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.examples.catalogue.conftest import EXAMPLE

PROGRAM = """
from pathlib import Path
import sys, time
from serving import serve

def answer(request):
    Path(sys.argv[1]).touch()
    while not Path(sys.argv[2]).exists():
        time.sleep(0.02)
    return {"done": request.path}

serve(answer)
"""
Answer = Callable[[Any], Any]


class Running:
    """A server in this process."""

    def __init__(self, serving: ModuleType, answer: Answer, keep_alive: float) -> None:
        self.server = serving.Server(("127.0.0.1", 0), answer, keep_alive)
        self.port: int = self.server.server_port
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self._ended = False

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=10)

    def end(self) -> None:
        if not self._ended:
            self._ended = True
            self.server.end()
            self._thread.join()


Start = Callable[..., Running]


@pytest.fixture
def start(serving: ModuleType) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def start(answer: Answer, keep_alive: float = 30) -> Running:
            running = Running(serving, answer, keep_alive)
            stack.callback(running.end)
            return running

        yield start


def ask(connection: HTTPConnection, path: str, method: str = "GET", **more: Any) -> tuple[HTTPResponse, Any]:
    connection.request(method, path, **more)
    reply = connection.getresponse()
    return reply, json.loads(reply.read())


def echo(request: Any) -> Any:
    return {"path": request.path, "query": dict(request.query), "body": request.body.decode(), "trace": request.trace}


def test_a_request_has_its_parts(start: Start) -> None:
    with contextlib.closing(start(echo).connect()) as connection:
        reply, found = ask(connection, "/a%20b?x=1&y=%2C", "POST", body=b"text", headers={"X-Amzn-Trace-Id": "Root=1"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert found == {"path": "/a b", "query": {"x": "1", "y": ","}, "body": "text", "trace": "Root=1"}


def test_health_asks_nobody(start: Start) -> None:
    def never(_: Any) -> Any:
        raise AssertionError

    with contextlib.closing(start(never).connect()) as connection:
        assert ask(connection, "/health")[0].status == 200


def test_a_connection_is_kept_for_the_next_request(start: Start) -> None:
    with contextlib.closing(start(echo).connect()) as connection:
        ask(connection, "/one")
        kept = connection.sock
        ask(connection, "/two")
        assert connection.sock is kept is not None


def test_an_idle_connection_is_closed_after_its_time(start: Start) -> None:
    with contextlib.closing(start(echo, keep_alive=0.2).connect()) as connection:
        ask(connection, "/one")
        assert connection.sock.recv(1) == b""


def test_what_goes_wrong_is_json_and_logged_with_its_cause(
    start: Start, serving: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(request: Any) -> Any:
        if request.path == "/defect":
            raise KeyError("secret detail")
        raise serving.Refusal(503, "not now") from TimeoutError("timed out")

    running = start(fail)
    with contextlib.closing(running.connect()) as connection:
        trace = {"X-Amzn-Trace-Id": "Self=1-2;Root=1-3"}
        asked = [ask(connection, path, headers=trace) for path in ("/defect", "/refused")]
    assert [(reply.status, found) for reply, found in asked] == [
        (500, {"message": "Internal Server Error"}),
        (503, {"message": "not now"}),
    ]
    running.end()
    defect, refused = map(json.loads, capsys.readouterr().out.splitlines())
    assert "secret detail" in defect["cause"]
    assert refused.pop("milliseconds") >= 0
    cause = "TimeoutError: timed out"
    assert refused == {"level": "ERROR", "message": "GET /refused", "status": 503, "trace": "1-3", "cause": cause}


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", b"413"),
        (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", b"501"),
        (b'GET "/ a HTTP/1.1\r\n\r\n', b"400"),
    ],
)
def test_what_is_not_understood_ends_the_connection(start: Start, head: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", start(echo).port), timeout=10) as connection:
        connection.sendall(head)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.split()[1] == status
    assert "message" in json.loads(answer.partition(b"\r\n\r\n")[2])


def test_the_end_waits_for_open_requests_and_closes_idle_connections(start: Start) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(request: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return echo(request)

    running = start(slow)
    with contextlib.closing(running.connect()) as idle, contextlib.closing(running.connect()) as busy:
        ask(idle, "/health")
        busy.request("GET", "/slow")
        assert begun.wait(10)
        ending = threading.Thread(target=running.end)
        ending.start()
        assert idle.sock.recv(1) == b""
        assert ending.is_alive()
        go_on.set()
        reply = busy.getresponse()
        assert (reply.status, reply.headers["Connection"]) == (200, "close")
        assert json.loads(reply.read())["path"] == "/slow"
        ending.join(10)
        assert not ending.is_alive()
        with pytest.raises(ConnectionRefusedError):
            running.connect().connect()


def test_sigterm_ends_the_program_when_the_open_request_is_answered(tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    environment = {**os.environ, "PORT": "0", "PYTHONPATH": str(EXAMPLE), "NAWS_KEEP_ALIVE_SECONDS": "30"}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, begun, go_on], env=environment, stdout=subprocess.PIPE, text=True
    )
    with program:
        assert program.stdout
        port = json.loads(program.stdout.readline())["port"]
        with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/slow")
            while not begun.exists():
                assert program.poll() is None
                time.sleep(0.02)
            program.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                program.wait(0.3)
            go_on.touch()
            reply = connection.getresponse()
            assert (reply.status, json.loads(reply.read())) == (200, {"done": "/slow"})
        assert program.wait(20) == 0
        assert json.loads(program.stdout.read().splitlines()[-1]) == {"level": "INFO", "message": "ended"}
