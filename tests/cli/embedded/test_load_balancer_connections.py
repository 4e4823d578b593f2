"""Connections from a load balancer to its targets: used again, and closed by whom."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cli.embedded.load_balancers import Balancer

pytestmark = pytest.mark.e2e
HEALTHY = "/health"


class _Handler(socketserver.StreamRequestHandler):
    """Answers the requests of one connection, as many as the program answers on each."""

    def handle(self) -> None:
        program, answered = self.server.program, 0
        while line := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            path = line.split()[1].decode()
            checked = path == HEALTHY
            if not checked:
                program.asked.append(self.client_address[1])
                if answered == program.most:
                    return
                answered += 1
            header = b"connection: close\r\n" if path == "/last" else b""
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + header + b"content-length: 2\r\n\r\nok")
            if checked or path == "/leave":
                return
        program.ended.append(self.client_address[1])


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Target:
    """A target: on which connection each request came, and which of them the load balancer ended."""

    def __init__(self, most: int = 1000) -> None:
        self.most, self.port = most, 0
        self.asked: list[int] = []
        self.ended: list[int] = []

    @contextmanager
    def running(self) -> Iterator["Target"]:
        with _Server(("127.0.0.1", 0), _Handler) as server:
            server.program = self
            self.port = server.server_address[1]
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield self
            server.shutdown()


@contextmanager
def behind(bench: Any, until: Any, target: Target) -> Iterator[Balancer]:
    balancer = Balancer(bench)
    with target.running():
        balancer.register(target)
        until(lambda: balancer.health(target)[0] == "healthy")
        yield balancer
        balancer.deregister(target)


def test_a_connection_is_used_again(bench: Any, until: Any) -> None:
    target = Target()
    with behind(bench, until, target) as balancer:
        assert [balancer.ask().status for _ in range(3)] == [200] * 3
        assert len(set(target.asked)) == 1
        assert not target.ended
        balancer.set_group(deregistration_delay__timeout_seconds=1)
        balancer.deregister(target)
        until(lambda: balancer.health() == [] and target.ended)


def test_a_target_that_closes_before_it_answers(bench: Any, until: Any) -> None:
    target = Target(most=1)
    with behind(bench, until, target) as balancer:
        assert [balancer.ask().status for _ in range(4)] == [200, 502, 200, 502]
        assert len(set(target.asked)) == len(target.asked) / 2


def test_a_connection_that_the_target_has_closed_is_not_used(bench: Any, until: Any) -> None:
    target = Target()
    with behind(bench, until, target) as balancer:
        assert balancer.ask("/last").status == 200
        assert balancer.ask("/leave").status == 200
        left = target.asked[-1]
        until(lambda: balancer.ask().status == 200 and target.asked[-1] != left)
        assert target.asked[0] != left


def test_an_idle_connection_is_closed_after_the_idle_timeout(bench: Any, until: Any) -> None:
    target = Target()
    with behind(bench, until, target) as balancer:
        balancer.set(idle_timeout__timeout_seconds=1)
        assert balancer.ask().status == 200
        until(lambda: target.ended == target.asked)
        assert balancer.ask().status == 200
        assert len(set(target.asked)) == 2
