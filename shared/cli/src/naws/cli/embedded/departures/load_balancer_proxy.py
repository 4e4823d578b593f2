"""One request to a target: over a connection of its own, streamed both ways."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import h11

from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Headers, end_to_end
from naws.cli.embedded.departures.target_health import Target

_CONNECT_SECONDS = 10.0
_PIECE = 65_536
_CLIENT_GONE = 460
_BAD_GATEWAY, _TIMED_OUT = 502, 504


class TargetError(Exception):
    """A target did not answer a request.

    Attributes:
        status: What the load balancer answers.
        unreachable: Whether no connection came about.
    """

    def __init__(self, status: int, why: str, *, unreachable: bool = False) -> None:
        super().__init__(why)
        self.status, self.unreachable = status, unreachable


@dataclass(frozen=True)
class TargetAnswer:
    """What a target answered: its status, and the seconds until its answer began."""

    status: int
    seconds: float


def is_secure(protocol: str | None) -> bool:
    """Whether a target is spoken to by TLS."""
    return protocol == "HTTPS"


async def connect(target: Target, port: int, *, secure: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to a target; its certificate is not looked at, as on AWS.

    Source: Application Load Balancers, 'Target groups' ('Protocol': certificates of targets are not validated).
    """
    context = None
    if secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection(target.id, port, ssl=context, limit=_PIECE)


async def exchange(
    request: ClientRequest, target: Target, headers: Headers, *, secure: bool, idle: float
) -> TargetAnswer:
    """Send a request to a target and its answer to the client.

    Source: Application Load Balancers, 'Troubleshoot your Application Load Balancers': 502 when the target refuses or
    ends the connection, when its answer is malformed, or when the deregistration delay is over; 504 when it does not
    connect in ten seconds or not answer within the idle timeout; 460 when the client is gone.

    Args:
        request: The client's.
        target: Who gets it.
        headers: What the target gets instead of the client's.
        secure: Whether by TLS.
        idle: Seconds without a byte in either direction after which it is given up.

    Raises:
        TargetError: There is no answer, or not all of it.
    """
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await connect(target, target.port, secure=secure)
    except TimeoutError as error:
        raise TargetError(_TIMED_OUT, "no connection within 10 s", unreachable=True) from error
    except OSError as error:
        raise TargetError(_BAD_GATEWAY, f"no connection: {error.strerror or error}", unreachable=True) from error
    loop = asyncio.get_running_loop()
    closer = _closer(loop, writer)
    target.closers.add(closer)
    call = _Call(request, reader, writer)
    try:
        return await call.run(headers, idle)
    finally:
        target.closers.discard(closer)
        writer.transport.abort()


def _closer(loop: asyncio.AbstractEventLoop, writer: asyncio.StreamWriter) -> Callable[[], object]:
    """What closes a connection, from whatever thread."""
    return lambda: loop.call_soon_threadsafe(writer.transport.abort)


class _Call:
    def __init__(self, request: ClientRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._request, self._reader, self._writer = request, reader, writer
        self._http = h11.Connection(h11.CLIENT)
        self._gone = False

    async def run(self, headers: Headers, idle: float) -> TargetAnswer:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(idle) as timer:

                def alive() -> None:
                    timer.reschedule(loop.time() + idle)

                body = asyncio.create_task(self._send(headers, alive))
                try:
                    return await self._answer(alive)
                finally:
                    body.cancel()
        except TimeoutError as error:
            raise TargetError(_TIMED_OUT, f"no answer within the idle timeout of {idle:.0f} s") from error
        except (OSError, h11.ProtocolError) as error:
            if self._gone:
                raise TargetError(_CLIENT_GONE, "the client closed the connection") from error
            raise TargetError(_BAD_GATEWAY, f"the connection ended or the answer is malformed: {error}") from error

    async def _send(self, headers: Headers, alive: Callable[[], None]) -> None:
        """Send the request, and then wait until the client is gone."""
        request = self._request
        path = request.path + (f"?{request.raw_query}" if request.raw_query else "")
        with suppress(OSError, h11.LocalProtocolError):
            self._write(h11.Request(method=request.method, target=path, headers=headers))
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    self._client_gone()
                    return
                if message.get("body"):
                    self._write(h11.Data(data=message["body"]))
                more = message.get("more_body", False)
                if not more:
                    self._write(h11.EndOfMessage())
                await self._writer.drain()
                alive()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self._client_gone()

    def _client_gone(self) -> None:
        self._gone = True
        self._writer.transport.abort()

    def _write(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        self._writer.write(self._http.send(event) or b"")

    async def _answer(self, alive: Callable[[], None]) -> TargetAnswer:
        began, request = time.monotonic(), self._request
        answer: TargetAnswer | None = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(_PIECE))
                alive()
            elif isinstance(event, h11.Response):
                answer = TargetAnswer(event.status_code, time.monotonic() - began)
                raw = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
                await request.begin(event.status_code, end_to_end(raw))
            elif isinstance(event, h11.Data):
                await request.write(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and answer:
                await request.write(b"", more=False)
                return answer
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the target closed the connection")
