"""Requests and answers of HTTP APIs and function URLs, and the payload of version 2.0 between them and a function."""

import base64
import json
import secrets
import time
import urllib.parse
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.services import apigateway

MOST_BYTES = 10 * 1024 * 1024
"""Of a request's body. Source: API Gateway Developer Guide, 'Quotas for configuring and running an HTTP API'."""
_STATUSES = range(100, 600)
_OWN_HEADERS = frozenset({"connection", "content-length", "transfer-encoding"})

_scope: ContextVar[MutableMapping[str, Any]] = ContextVar("naws_http_scope")


def begin(scope: MutableMapping[str, Any]) -> None:
    """Note a request as the server has it: with each header as it was sent."""
    _scope.set(scope)


def raw_path() -> str:
    """The path of the request at hand as it was sent, with its escapes."""
    scope = _scope.get()
    return bytes(scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()).decode().partition("?")[0]


@dataclass
class Answer:
    """What the client gets; names of headers are in lower case, and a header of several lines is a list."""

    status: int
    headers: dict[str, Any]
    body: bytes


class AnsweredError(Exception):
    """The service answers by itself, and no function does.

    Attributes:
        answer: What the client gets.
        reason: What the access log has as the error; empty where it has none.
    """

    def __init__(self, status: int, message: str, reason: str = "", **headers: str) -> None:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        body = json.dumps({"message": message}, separators=(",", ":")).encode()
        self.answer = Answer(status, {"content-type": "application/json", **named}, body)
        self.reason = reason
        super().__init__(message)


class MalformedError(ValueError):
    """A function's answer that is none of the documented forms."""


@dataclass
class HttpRequest:
    """A request, its headers joined by commas and without its cookies, which stand by themselves."""

    method: str
    path: str
    raw_query: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: list[str] = field(default_factory=list[str])
    protocol: str = "HTTP/1.1"
    source_ip: str = "127.0.0.1"
    id: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(11)).decode())
    at: float = field(default_factory=time.time)

    @property
    def query(self) -> dict[str, list[str]]:
        """Its parameters with all their values."""
        return urllib.parse.parse_qs(self.raw_query, keep_blank_values=True)

    @property
    def time(self) -> str:
        """When it arrived, in the Common Log Format."""
        return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self.at))


def current_request(prefix: str, body: bytes) -> HttpRequest:
    """The request at hand, with the path behind ``prefix``."""
    scope = _scope.get()
    path = apigateway.decode_http_api_path(raw_path().removeprefix(prefix)) or "/"
    request = HttpRequest(str(scope["method"]), path, bytes(scope.get("query_string", b"")).decode(), body)
    request.protocol = f"HTTP/{scope.get('http_version', '1.1')}"
    request.source_ip = (scope.get("client") or (request.source_ip,))[0]
    for name, value in ((key.decode("latin-1").lower(), item.decode("latin-1")) for key, item in scope["headers"]):
        if name == "cookie":
            request.cookies += [each.strip() for each in value.split(";")]
        elif name not in _OWN_HEADERS - {"content-length"}:
            request.headers[name] = f"{request.headers[name]},{value}" if name in request.headers else value
    return request


def event_of(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The event of payload version 2.0; what is not given is left out, as AWS leaves it out.

    Args:
        request: What the client sent.
        context: Of ``requestContext``, what is not the request's own; ``pathParameters`` and ``stageVariables``, too.
    """
    own = {key: context.pop(key, None) for key in ("pathParameters", "stageVariables")}
    first_hop = request.headers.get("x-forwarded-for")
    seen = {
        "x-amzn-trace-id": f"Root=1-{int(request.at):08x}-{secrets.token_hex(12)}",
        "x-forwarded-for": f"{first_hop}, {request.source_ip}" if first_hop else request.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    http = {
        "method": request.method,
        "path": request.path,
        "protocol": request.protocol,
        "sourceIp": request.source_ip,
        "userAgent": request.headers.get("user-agent", ""),
    }
    times = {"time": request.time, "timeEpoch": int(request.at * 1000)}
    text = apigateway._v2_request_body_is_text(request.headers.get("content-type"))
    body = (request.body.decode(errors="replace") if text else base64.b64encode(request.body).decode()) or None
    event = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": request.path,
        "rawQueryString": request.raw_query,
        "cookies": request.cookies or None,
        "headers": request.headers | seen,
        "queryStringParameters": {key: ",".join(values) for key, values in request.query.items()} or None,
        "requestContext": {**context, "http": http, **times},
        "body": body,
        **{key: value or None for key, value in own.items()},
        "isBase64Encoded": bool(body) and not text,
    }
    return {key: value for key, value in event.items() if value is not None}


def answer_of(returned: bytes, *, plain: str) -> Answer:
    """A function's answer in any of the forms of payload version 2.0.

    Args:
        returned: The JSON that the function returned.
        plain: The content type of an answer with a ``statusCode`` and without one of its own.

    Raises:
        MalformedError: It has a ``statusCode``, and is not as documented.
    """
    payload: Any = json.loads(returned)
    if not is_object(payload) or "statusCode" not in payload:
        body = payload.encode() if isinstance(payload, str) else returned
        return Answer(200, {"content-type": "application/json"}, body)
    wrong = next((name for name, right in _FIELDS.items() if name in payload and not right(payload[name])), None)
    if wrong:
        raise MalformedError(wrong)
    given: dict[str, Any] = payload.get("headers") or {}
    headers: dict[str, Any] = {key.lower(): _text(value) for key, value in given.items()}
    headers = {"content-type": plain} | {key: value for key, value in headers.items() if key not in _OWN_HEADERS}
    if payload.get("cookies"):
        headers["set-cookie"] = [*payload["cookies"], *([headers["set-cookie"]] if "set-cookie" in headers else ())]
    return Answer(payload["statusCode"], headers, _bytes(payload))


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "statusCode": lambda value: isinstance(value, int) and value in _STATUSES,
    "headers": lambda value: value is None or (is_object(value) and all(map(_is_plain, value.values()))),
    "cookies": lambda value: value is None or (is_array(value) and all(isinstance(each, str) for each in value)),
    "body": lambda value: value is None or isinstance(value, str),
    "isBase64Encoded": lambda value: value is None or isinstance(value, bool),
}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bytes(payload: dict[str, Any]) -> bytes:
    body: str = payload.get("body") or ""
    if not payload.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedError("body") from error
