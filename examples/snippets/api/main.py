"""The smallest service: a health check that asks nobody, and an answer; uvicorn does the rest."""

import json
from typing import Any


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer one request (ASGI); of the server's start and stop there is nothing to do."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    while (await receive()).get("more_body"):
        pass
    body = {"status": "ok"} if scope["path"] == "/health" else {"order": scope["path"].rpartition("/")[2]}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
