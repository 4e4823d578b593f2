"""The control surface beside the AWS APIs, on the same port: ``/_naws/...``."""

import asyncio
import json
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict
from typing import Any

from naws.cli.embedded import faults, http_records
from naws.cli.embedded.departures import (
    ecs_services_failures,
    ecs_sessions,
    function_runs,
    http_messages,
    judge,
    permissions,
    placeholders,
    scheduler,
    task_tokens,
)
from naws.cli.embedded.settings import CONTROL_PREFIX

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def with_control(app: App) -> App:
    """Return ``app`` with the control surface in front of it."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or not path.startswith(f"{CONTROL_PREFIX}/"):
            await asyncio.sleep(faults.delay_of_requests())
            permissions.begin(scope)
            http_messages.begin(scope)
            await app(scope, receive, send)
            return
        raw = bytes(scope.get("raw_path", path.encode())).decode().partition("?")[0]
        status, answer = await asyncio.to_thread(_answer, str(scope["method"]), raw.removeprefix(CONTROL_PREFIX))
        await _send_json(send, status, answer)

    return wrapped


_ANSWERS: dict[str, Callable[[], Any]] = {
    "ready": dict[str, Any],
    "not-emulated": placeholders.recorded,
    "function-runs": lambda: [asdict(run) for run in function_runs.runs()],
    "service-failures": lambda: [asdict(failure) for failure in ecs_services_failures.failures()],
    "service-events": lambda: [asdict(event) for event in ecs_services_failures.events()],
    "denials": lambda: [asdict(denial) for denial in judge.denials()],
    "waiting-tasks": lambda: [asdict(task) for task in task_tokens.without_answer()],
    "http-requests": lambda: [asdict(record) for record in http_records.records()],
}


def _answer(method: str, path: str) -> tuple[int, Any]:
    match (method, path.strip("/").split("/")):
        case ("GET", [what]) if what in _ANSWERS:
            return 200, _ANSWERS[what]()
        case ("GET", ["sessions", session_id, token]):
            started = ecs_sessions.opened(session_id, token)
            return (200, started) if started else (404, {"message": f"There is no session {session_id} to be opened."})
        case ("POST", ["schedules", group, name]):
            try:
                scheduler.fire_now(urllib.parse.unquote(group), urllib.parse.unquote(name))
            except scheduler.CannotFireError as error:
                return 409, {"message": str(error)}
            return 200, {}
        case ("POST", ["faults", action, every, milliseconds]) if every.isdecimal() and milliseconds.isdecimal():
            faults.inject(urllib.parse.unquote(action), int(every), int(milliseconds))
            return 200, {}
        case _:
            return 404, {"message": f"There is no {method} {CONTROL_PREFIX}{path}"}


async def _send_json(send: Send, status: int, answer: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
