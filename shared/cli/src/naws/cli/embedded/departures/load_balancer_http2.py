"""A request to a target in HTTP/2, which gRPC is, too."""

import asyncio
import time
from collections.abc import Callable

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from naws.cli.embedded.departures.load_balancer_connections import PIECE, Connection
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Headers, end_to_end
from naws.cli.embedded.departures.load_balancer_proxy import Conversation, TargetAnswer

_STREAM = 1


class Http2(Conversation):
    """In HTTP/2, without asking whether the target knows it, as a load balancer does."""

    errors = (ProtocolError,)

    def __init__(self, request: ClientRequest, connection: Connection) -> None:
        super().__init__(request, connection)
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding="latin-1"))
        self._room = asyncio.Event()
        self._http.initiate_connection()

    def begin(self, headers: Headers) -> None:
        """Send the head of the request."""
        host = next((value for name, value in headers if name == "host"), "")
        own = [(":method", self.request.method), (":path", self.target), (":scheme", "http"), (":authority", host)]
        more = [("te", "trailers")] if self.request.header("te") == "trailers" else []
        self._http.send_headers(_STREAM, [*own, *(item for item in end_to_end(headers) if item[0] != "host"), *more])
        self._flush()

    async def write(self, data: bytes, *, end: bool) -> None:
        """Send a piece of its body, as soon as the target has room for it."""
        while data:
            size = min(self._http.local_flow_control_window(_STREAM), self._http.max_outbound_frame_size)
            if size:
                self._http.send_data(_STREAM, data[:size])
                data = data[size:]
                self._flush()
            else:
                self._room.clear()
                await self._room.wait()
        if end:
            self._http.end_stream(_STREAM)
            self._flush()

    def _flush(self) -> None:
        self.writer.write(self._http.data_to_send())

    async def answer(self, alive: Callable[[], None]) -> TargetAnswer:
        """Pass on the answer, and its trailers to a client that reads them."""
        found: TargetAnswer | None = None
        trailers: Headers = []
        while data := await self.reader.read(PIECE):
            for event in self._http.receive_data(data):
                if isinstance(event, ResponseReceived):
                    named = [(str(name), str(value)) for name, value in event.headers]
                    found = TargetAnswer(int(dict(named)[":status"]), time.monotonic() - self.began)
                    await self.request.begin(found.status, [item for item in named if item[0] != ":status"], more=True)
                elif isinstance(event, DataReceived):
                    await self.request.write(event.data)
                    self._http.acknowledge_received_data(event.flow_controlled_length, _STREAM)
                elif isinstance(event, TrailersReceived):
                    trailers = [(str(name), str(value)) for name, value in event.headers]
                elif isinstance(event, StreamEnded) and found:
                    await self.request.end(trailers)
                    return found
                elif isinstance(event, StreamReset | ConnectionTerminated):
                    raise ConnectionResetError("the target reset the stream")
                elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
                    self._room.set()
            self._flush()
            alive()
        raise ConnectionResetError("the target closed the connection")
