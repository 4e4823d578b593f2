"""Targets that are asked by HTTP/2 and by gRPC."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, TrailersReceived
from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.cli.embedded.load_balancers import Balancer

pytestmark = pytest.mark.e2e


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the version of HTTP and the number of bytes it was sent, and with trailers as gRPC has them."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    headers = [(b"x-version", scope["http_version"].encode()), (b"content-type", b"application/grpc")]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": True})
    await send({"type": "http.response.body", "body": str(size).encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    code = b"12" if scope["path"] == "/AWS.ALB/healthcheck" else b"0"
    await send({"type": "http.response.trailers", "headers": [(b"grpc-status", code)]})


@pytest.fixture
def program() -> Any:
    with _running() as port:
        yield SimpleNamespace(port=port)


@contextmanager
def _running() -> Any:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config, loop, done = Config(), asyncio.new_event_loop(), asyncio.Event()
    config.bind, config.graceful_timeout = [f"fd://{listener.detach()}"], 0.1
    served: Any = serve(answer, config, shutdown_trigger=done.wait)  # type: ignore[arg-type]
    thread = threading.Thread(target=loop.run_until_complete, args=(served,), daemon=True)
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def test_a_target_of_http2_gets_what_a_client_of_http1_sent(bench: Any, program: Any, until: Any) -> None:
    made = Balancer(bench, ProtocolVersion="HTTP2", HealthCheckPath="/")
    made.register(program)
    until(lambda: made.health(program) == ("healthy", ""))
    reply = made.ask("/x", "POST", body=b"x" * 1_000_000)
    assert (reply.status, reply.headers["x-version"], reply.body) == (200, "2", b"1000000")


def test_a_target_of_grpc_is_healthy_by_its_code_and_its_trailers_reach_the_client(
    bench: Any, program: Any, until: Any
) -> None:
    made = Balancer(bench, ProtocolVersion="GRPC", HealthCheckPath="/AWS.ALB/healthcheck")
    group = made.elb.describe_target_groups(TargetGroupArns=[made.group])["TargetGroups"][0]
    assert (group["ProtocolVersion"], group["Matcher"]) == ("GRPC", {"GrpcCode": "12"})
    made.register(program)
    until(lambda: made.health(program) == ("healthy", ""))
    assert called(bench, made.dns) == (b"5", "0")
    made.elb.modify_target_group(TargetGroupArn=made.group, HealthCheckPath="/other.Service/Call")
    until(lambda: made.health(program) == ("unhealthy", "Target.ResponseCodeMismatch"))


def called(bench: Any, host: Any) -> Any:
    """What a client of gRPC gets of one call: body and status."""
    name, port = bench.aws.endpoint_url.removeprefix("http://").split(":")
    client = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
    client.initiate_connection()
    named = {":method": "POST", ":path": "/shop.Orders/Get", ":scheme": "http", ":authority": host, "te": "trailers"}
    client.send_headers(1, [*named.items(), ("content-type", "application/grpc")])
    client.send_data(1, b"\0" * 5, end_stream=True)
    body, status = b"", ""
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(client.data_to_send())
        while True:
            for event in client.receive_data(connection.recv(65_536)):
                if isinstance(event, DataReceived):
                    body += event.data
                if isinstance(event, TrailersReceived | ResponseReceived):
                    status = dict(event.headers).get("grpc-status", status)
                if isinstance(event, StreamEnded):
                    return body, status
            connection.sendall(client.data_to_send())
