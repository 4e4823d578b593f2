"""One request to a target, streamed both ways."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import h11

from naws.cli.embedded.departures.load_balancer_connections import (
    BAD_GATEWAY,
    PIECE,
    TIMED_OUT,
    Connection,
    TargetError,
    connection_to,
    keep,
)
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Headers, end_to_end
from naws.cli.embedded.departures.target_health import Target

_CLIENT_GONE = 460


@dataclass(frozen=True)
class TargetAnswer:
    """What a target answered: its status, and the seconds until its answer began."""

    status: int
    seconds: float


class Conversation:
    """One request to a target and its answer, in a version of HTTP."""

    errors: tuple[type[Exception], ...] = ()
    """What the version's own library raises of a malformed answer."""

    def __init__(self, request: ClientRequest, connection: Connection) -> None:
        self.request, self.reader, self.writer = request, connection.reader, connection.writer
        self.began = time.monotonic()
        self._gone = False

    async def run(self, headers: Headers, idle: float) -> TargetAnswer:
        """Send the request and pass on the answer."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(idle) as timer:

                def alive() -> None:
                    if not timer.expired():
                        timer.reschedule(loop.time() + idle)

                body = asyncio.create_task(self._send(headers, alive))
                try:
                    return await self.answer(alive)
                finally:
                    body.cancel()
        except TimeoutError as error:
            raise TargetError(TIMED_OUT, f"no answer within the idle timeout of {idle:.0f} s") from error
        except (OSError, *self.errors) as error:
            if self._gone:
                raise TargetError(_CLIENT_GONE, "the client closed the connection") from error
            raise TargetError(BAD_GATEWAY, f"the connection ended or the answer is malformed: {error}") from error

    async def _send(self, headers: Headers, alive: Callable[[], None]) -> None:
        """Send the request, and then wait until the client is gone."""
        with suppress(OSError, *self.errors):
            self.begin(headers)
            more = True
            while more:
                message = await self.request.receive()
                if message["type"] == "http.disconnect":
                    self._client_gone()
                    return
                more = message.get("more_body", False)
                await self.write(message.get("body", b""), end=not more)
                await self.writer.drain()
                alive()
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self._client_gone()

    def _client_gone(self) -> None:
        self._gone = True
        self.writer.transport.abort()

    @property
    def target(self) -> str:
        """Path and query as the client sent them."""
        return self.request.path + (f"?{self.request.raw_query}" if self.request.raw_query else "")

    def begin(self, headers: Headers) -> None:
        """Send the head of the request."""
        raise NotImplementedError

    async def write(self, data: bytes, *, end: bool) -> None:
        """Send a piece of its body, which may be empty."""
        raise NotImplementedError

    async def answer(self, alive: Callable[[], None]) -> TargetAnswer:
        """Pass on the answer; ``alive`` is called whenever something came."""
        raise NotImplementedError

    def ends(self) -> bool:
        """Whether the connection ends with this request."""
        return True


async def exchange(
    request: ClientRequest, target: Target, headers: Headers, how: type[Conversation], *, secure: bool, idle: float
) -> TargetAnswer:
    """Send a request to a target and its answer to the client.

    A certificate of the target is not looked at, as on AWS.
    Source: Application Load Balancers, 'Target groups for your Application Load Balancers', 'Troubleshoot your
    Application Load Balancers': 502 when the target refuses or ends the connection, when its answer is malformed, or
    when the deregistration delay is over; 504 when it does not connect in ten seconds or not answer within the idle
    timeout; 460 when the client is gone. 'Edit attributes for your Application Load Balancer': a connection is open
    until it was idle for that timeout; of a target that closes it while a request is on its way it answers 502.

    Args:
        request: The client's.
        target: Who gets it.
        headers: What the target gets instead of the client's.
        how: The version of HTTP.
        secure: Whether by TLS.
        idle: Seconds without a byte in either direction after which it is given up.

    Raises:
        TargetError: There is no answer, or not all of it.
    """
    connection = await connection_to(target, secure=secure)
    conversation = how(request, connection)
    ends = True
    try:
        answer = await conversation.run(headers, idle)
        ends = conversation.ends()
        return answer
    finally:
        if ends:
            connection.close()
        else:
            keep(connection, idle)


class Http1(Conversation):
    """In HTTP/1.1."""

    errors = (h11.ProtocolError,)

    def __init__(self, request: ClientRequest, connection: Connection) -> None:
        super().__init__(request, connection)
        self._http = connection.http

    def begin(self, headers: Headers) -> None:
        """Send the head of the request."""
        self._flush(h11.Request(method=self.request.method, target=self.target, headers=headers))

    async def write(self, data: bytes, *, end: bool) -> None:
        """Send a piece of its body."""
        if data:
            self._flush(h11.Data(data=data))
        if end:
            self._flush(h11.EndOfMessage())

    def _flush(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        self.writer.write(self._http.send(event) or b"")

    async def answer(self, alive: Callable[[], None]) -> TargetAnswer:
        """Pass on the answer."""
        found: TargetAnswer | None = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self.reader.read(PIECE))
                alive()
            elif isinstance(event, h11.Response):
                found = TargetAnswer(event.status_code, time.monotonic() - self.began)
                raw = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
                await self.request.begin(event.status_code, end_to_end(raw))
            elif isinstance(event, h11.Data):
                await self.request.write(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and found:
                await self.request.write(b"", more=False)
                return found
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the target closed the connection")

    def ends(self) -> bool:
        """Whether the connection ends with this request."""
        if (self._http.our_state, self._http.their_state) != (h11.DONE, h11.DONE) or self._http.trailing_data[0]:
            return True
        self._http.start_next_cycle()
        return False
