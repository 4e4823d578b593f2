"""Requests of a workflow to AWS, through the whole application, signed by a session of its role."""
# ruff: noqa: SLF001  # uses MiniStack's private names, as departures do

import asyncio
import re
import urllib.parse
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from naws.cli.embedded.departures import executions, judge, sessions
from naws.cli.embedded.departures.json_values import is_array
from naws.cli.embedded.departures.patching import core

_FIRST_ERROR_STATUS = 400
_NAMESPACE = re.compile(rb' xmlns="[^"]*"')


@lru_cache(maxsize=512)
def _session(role_arn: str, session_name: str) -> sessions.Keys:
    return sessions.open_session(role_arn, session_name)


def signed(original: Callable[..., Any]) -> Callable[..., Any]:
    """MiniStack's calls between its services, signed by a session of the current execution's role, if there is one."""
    app: Any = import_module("ministack.app")

    def call(  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        handler: Any,
        method: str,
        path: str,
        headers: dict[str, str],
        body: str | bytes,
        query: dict[str, Any],
        timeout: float | None = None,
    ) -> Any:
        execution = executions.current()
        if execution is None or not judge.evaluating():
            return original(handler, method, path, headers, body, query, timeout)
        name = next(key for key, known in app.SERVICE_HANDLERS.items() if known is handler)
        keys = _session(executions.role_of(execution), executions.session_of(execution))
        raw = body.encode() if isinstance(body, str) else body
        request = _sign(name, method, path, headers, raw, query, keys)
        future = asyncio.run_coroutine_threadsafe(_send(app.app, request, raw), app._MAIN_LOOP)
        return future.result(timeout)

    return call


def _sign(  # noqa: PLR0913, PLR0917  # the parts of a request
    name: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, Any],
    keys: sessions.Keys,
) -> AWSRequest:
    pairs = [(key, item) for key, value in query.items() for item in (value if is_array(value) else [value])]
    text = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)
    host = headers.get("host", f"{name}.amazonaws.com")
    url = f"http://{host}{urllib.parse.quote(path, safe='/~')}" + (f"?{text}" if text else "")
    kept = {key: value for key, value in headers.items() if key.lower() not in {"authorization", "content-length"}}
    request = AWSRequest(method=method, url=url, headers={**kept, "host": host}, data=body)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    signer = S3SigV4Auth if name == "s3" else SigV4Auth
    signer(credentials, name, core("responses").get_region()).add_auth(request)
    return request


async def _send(app: Any, request: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
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

    await app(scope, receive, send)
    answer = b"".join(chunks)
    # The reader of errors looks for elements without a namespace.
    return status, headers, answer if status < _FIRST_ERROR_STATUS else _NAMESPACE.sub(b"", answer)
