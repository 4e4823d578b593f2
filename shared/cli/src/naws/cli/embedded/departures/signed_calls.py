"""Requests of a workflow to AWS, through the whole application, signed by a session of its role."""

import asyncio
import re
import urllib.parse
from functools import lru_cache
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from naws.cli.embedded.departures import executions, judge, sessions
from naws.cli.embedded.departures.json_values import listed
from naws.cli.embedded.departures.patching import Original
from naws.cli.embedded.departures.refusals import FIRST_ERROR_STATUS
from naws.cli.embedded.departures.services import app, responses

_NAMESPACE = re.compile(rb' xmlns="[^"]*"')


_session = lru_cache(maxsize=512)(sessions.open_session)


def signed(original: Original, handler: Any, *request: Any) -> Any:
    """MiniStack's calls between its services, signed by a session of the current execution's role, if there is one."""
    execution = executions.current()
    if execution is None or not judge.evaluating():
        return original(handler, *request)
    method, path, headers, body, query, *timeout = request
    name = next(key for key, known in app.SERVICE_HANDLERS.items() if known is handler)
    pairs = [(key, item) for key, value in query.items() for item in listed(value)]
    text = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)
    host = headers.get("host", f"{name}.amazonaws.com")
    url = f"http://{host}{urllib.parse.quote(path, safe='/~')}" + (f"?{text}" if text else "")
    kept = {key: value for key, value in headers.items() if key.lower() not in {"authorization", "content-length"}}
    raw = body.encode() if isinstance(body, str) else body
    prepared = AWSRequest(method=method, url=url, headers={**kept, "host": host}, data=raw)
    signer = S3SigV4Auth if name == "s3" else SigV4Auth
    keys = _session(executions.role_of(execution), executions.session_of(execution))
    signer(keys, name, responses.get_region()).add_auth(prepared)
    return asyncio.run_coroutine_threadsafe(_send(prepared, raw), app._MAIN_LOOP).result(*timeout)


async def _send(request: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
    url = urllib.parse.urlsplit(str(request.url))
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": urllib.parse.unquote(str(url.path)),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [
            *((key.lower().encode(), str(value).encode()) for key, value in request.headers.items()),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 0),
    }
    incoming = iter([{"type": "http.request", "body": body, "more_body": False}])
    status, headers, chunks = 500, dict[str, str](), list[bytes]()

    async def receive() -> dict[str, Any]:  # ASGI's form
        return next(incoming, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:  # ASGI's form
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update({key.decode(): value.decode() for key, value in message.get("headers", [])})
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app.app(scope, receive, send)
    answer = b"".join(chunks)
    # The reader of errors looks for elements without a namespace.
    return status, headers, answer if status < FIRST_ERROR_STATUS else _NAMESPACE.sub(b"", answer)
