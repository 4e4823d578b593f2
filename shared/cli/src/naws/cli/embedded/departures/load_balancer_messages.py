"""A client's request to a load balancer, as the server has it, and what is sent back."""

import urllib.parse
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[str, str]]

SERVER = "awselb/2.0"
_PHRASES = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
_OF_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_FRAMING = frozenset({"content-length", "transfer-encoding"})


@dataclass
class ClientRequest:
    """A request that a client sent.

    Attributes:
        path: As it was sent, still encoded, without what only names the load balancer here.
        headers: In the order in which they were sent, their names in lower case.
        receive: Gives the body piece by piece, and then that the client is gone.
        started: Whether an answer has begun.
        reads_trailers: Whether the client may be sent headers behind the body.
        added: Headers for the answer, whoever gives it; each takes the place of the target's.
    """

    method: str
    path: str
    raw_query: str
    headers: Headers
    client_ip: str
    receive: Receive
    send: Send
    reads_trailers: bool = False
    started: bool = False
    added: Headers = field(default_factory=list[tuple[str, str]])

    @classmethod
    def of(cls, scope: Message, receive: Receive, send: Send) -> "ClientRequest":
        """The request of an ASGI connection."""
        raw = bytes(scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()).decode("latin-1")
        headers = [(key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in scope["headers"]]
        client = (scope.get("client") or ("127.0.0.1",))[0]
        query = bytes(scope.get("query_string", b"")).decode("latin-1")
        trailers = "http.response.trailers" in scope.get("extensions", ())
        return cls(str(scope["method"]), raw.partition("?")[0], query, headers, client, receive, send, trailers)

    @property
    def plain_path(self) -> str:
        """The path decoded, as rules see it."""
        return urllib.parse.unquote(self.path)

    @property
    def query(self) -> dict[str, list[str]]:
        """Its parameters with all their values."""
        return urllib.parse.parse_qs(self.raw_query, keep_blank_values=True)

    @property
    def host(self) -> str:
        """The name in its Host header, without the port."""
        return self.header("host").partition(":")[0].lower()

    def header(self, name: str) -> str:
        """The values of a header, joined; empty without one."""
        return self.joined().get(name, "")

    def joined(self) -> dict[str, str]:
        """Each header once, the values of several joined as HTTP allows it."""
        found: dict[str, str] = {}
        for name, value in self.headers:
            glue = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{glue}{value}" if name in found else value
        return found

    async def body(self) -> bytes:
        """The whole body."""
        pieces: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        return b"".join(pieces)

    async def begin(self, status: int, headers: Headers, *, more: bool = False) -> None:
        """Begin the answer, with the load balancer's own date; trailers may follow when ``more``."""
        replaced = {name.lower() for name, _ in self.added if name.lower() != "set-cookie"} | {"date"}
        kept = [(name, value) for name, value in headers if name.lower() not in replaced]
        sent = [*end_to_end(kept), *self.added, ("date", formatdate(usegmt=True))]
        self.started = True
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent]
        trailers = more and self.reads_trailers
        await self.send({"type": "http.response.start", "status": status, "headers": encoded, "trailers": trailers})

    async def write(self, data: bytes, *, more: bool = True) -> None:
        """Send a piece of the answer's body."""
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def end(self, trailers: Headers) -> None:
        """End an answer that was begun so that trailers may follow."""
        await self.write(b"", more=False)
        if not self.reads_trailers:
            return
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in trailers]
        await self.send({"type": "http.response.trailers", "headers": encoded, "more_trailers": False})

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""
        framed = [item for item in headers if item[0].lower() not in _FRAMING]
        await self.begin(status, [*framed, ("content-length", str(len(body)))])
        await self.write(body, more=False)

    async def fail(self, status: int, headers: Headers) -> None:
        """Send the page that the load balancer itself answers errors with."""
        phrase = f"{status} {_PHRASES.get(status) or HTTPStatus(status).phrase}"
        page = [f"<html>\r\n<head><title>{phrase}</title></head>", f"<body>\r\n<center><h1>{phrase}</h1></center>"]
        text = "\r\n".join([*page, "</body>\r\n</html>\r\n"])
        await self.answer(status, [("content-type", "text/html"), *headers], text.encode())


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers that are not of one connection only."""
    return [item for item in headers if item[0].lower() not in _OF_CONNECTION]
