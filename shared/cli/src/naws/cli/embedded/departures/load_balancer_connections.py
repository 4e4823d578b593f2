"""Connections to targets, which are kept for the requests that follow."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import h11

from naws.cli.embedded.departures.target_health import Target

PIECE = 65_536
BAD_GATEWAY, TIMED_OUT = 502, 504
_CONNECT_SECONDS = 10.0
_MOST_IDLE = 64
"""The most that are kept of a target; ours, AWS names no number."""


class TargetError(Exception):
    """A target did not answer a request.

    Attributes:
        status: What the load balancer answers.
        unreachable: Whether no connection came about.
    """

    def __init__(self, status: int, why: str, *, unreachable: bool = False) -> None:
        super().__init__(why)
        self.status, self.unreachable = status, unreachable


@dataclass(eq=False)
class Connection:
    """A connection to a target.

    Attributes:
        http: How far a conversation in HTTP/1.1 is, over all requests of the connection.
        watch: Waits, while no request uses it, for its end.
    """

    target: Target
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    loop: asyncio.AbstractEventLoop
    http: h11.Connection
    watch: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Close it."""
        self.target.closers.discard(self.close_soon)
        self.writer.transport.abort()

    def close_soon(self) -> None:
        """Close it, from whatever thread."""
        self.loop.call_soon_threadsafe(self.close)


_idle: WeakKeyDictionary[Target, list[Connection]] = WeakKeyDictionary()


async def connection_to(target: Target, *, secure: bool) -> Connection:
    """A connection that was kept, the last one first, or a new one; one that the target has closed is not used.

    Raises:
        TargetError: No connection comes about.
    """
    while kept := _idle.get(target):
        connection = kept.pop()
        if connection.watch and connection.loop is asyncio.get_running_loop():
            connection.watch.cancel()
            await asyncio.wait([connection.watch])
            if connection.watch.cancelled() and not connection.reader.at_eof():
                return connection
        connection.close_soon()
    return await _connected(target, secure=secure)


async def _connected(target: Target, *, secure: bool) -> Connection:
    context = None
    if secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(target.id, target.port, ssl=context, limit=PIECE)
    except TimeoutError as error:
        raise TargetError(TIMED_OUT, "no connection within 10 s", unreachable=True) from error
    except OSError as error:
        raise TargetError(BAD_GATEWAY, f"no connection: {error.strerror or error}", unreachable=True) from error
    connection = Connection(target, reader, writer, asyncio.get_running_loop(), h11.Connection(h11.CLIENT))
    target.closers.add(connection.close_soon)
    return connection


def keep(connection: Connection, seconds: float) -> None:
    """Keep a connection over which nothing is open for the next request, until it was idle for ``seconds``."""
    kept = _idle.setdefault(connection.target, [])
    if len(kept) >= _MOST_IDLE or connection.writer.transport.is_closing():
        connection.close()
        return
    kept.append(connection)
    connection.watch = asyncio.create_task(_watched(connection, seconds))


async def _watched(connection: Connection, seconds: float) -> None:
    """Close a connection that the target closes, that it sends something unasked, or that is idle for too long."""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(seconds):
            await connection.reader.read(1)
    kept = _idle.get(connection.target) or []
    if connection in kept:
        kept.remove(connection)
    connection.close()
