"""Health checks: the requests that decide which targets get others."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.load_balancer_connections import TIMED_OUT, TargetError
from naws.cli.embedded.departures.load_balancer_http2 import Http2
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Message
from naws.cli.embedded.departures.load_balancer_proxy import Conversation, Http1, exchange
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import alb, responses
from naws.cli.embedded.departures.target_health import SPEED, Target, in_use, registered

_TICK = 0.05
_USER_AGENT = "ELB-HealthChecker/2.0"
_NO_MESSAGE = b"\0" * 5
"""A message of gRPC without content."""
_UNIMPLEMENTED = "12"
_MISMATCH = "Target.ResponseCodeMismatch"
_TIMEOUT = "Target.Timeout"
_FAILED = "Target.FailedHealthChecks"
_checking: set[asyncio.Task[None]] = set()


@departure(
    "Application Load Balancers, 'Health checks for Application Load Balancer target groups'; Elastic Load Balancing "
    "API Reference, TargetHealth"
)
def health_checks() -> None:
    """Each registered target of a group in use is asked for the group's path.

    A new target is healthy after one success. A healthy one is unhealthy after as many failures in a row as the group's
    threshold, and healthy again after as many successes. The reason is the last check's: a status that the matcher does
    not have, no answer within the timeout, or no connection. Each check has a connection of its own, and how long
    one takes does not delay the next.

    Here checks come twenty times as often as on AWS, and a new target is unhealthy after the failures of the same
    threshold, which AWS does not document.
    """
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(asyncio.run, _watch()), name="naws-health-checks", daemon=True).start()


def groups() -> Iterator[dict[str, Any]]:
    """The target groups of all accounts and regions, each within its own."""
    for (account, region, _), group in alb._tgs.all_items():
        with responses.request_scope(account, region):
            yield group


async def _watch() -> None:
    while True:
        for group in groups():
            _begin_checks(group)
        await asyncio.sleep(_TICK)


def _begin_checks(group: dict[str, Any]) -> None:
    items = registered(group["TargetGroupArn"])
    if group.get("TargetType") == "lambda" or not in_use(group["TargetGroupArn"]):
        return
    now = time.monotonic()
    for target in items:
        if now >= target.next_check:
            target.next_check = now + float(group["HealthCheckIntervalSeconds"]) / SPEED
            task = asyncio.create_task(_check(target, group))
            _checking.add(task)
            task.add_done_callback(_checking.discard)


async def _check(target: Target, group: dict[str, Any]) -> None:
    if target.reason.startswith("Elb.Registration"):
        target.reason, target.detail = "Elb.InitialHealthChecking", "Initial health checks in progress"
    timeout = float(group["HealthCheckTimeoutSeconds"])
    try:
        async with asyncio.timeout(timeout):
            status, code = await _asked(target, group, timeout)
    except TimeoutError:
        _failed(target, group, _TIMEOUT, "Request timed out")
    except TargetError as error:
        refused = _port(target, group) if isinstance(error.__cause__, ConnectionRefusedError) else None
        late = error.status == TIMED_OUT
        _failed(target, group, _TIMEOUT if late else _FAILED, "Request timed out" if late else "Health checks failed")
        target.refused = refused
    else:
        if matches(status, group["Matcher"].get("HttpCode") or "200") if code is None else matches(code, _codes(group)):
            _succeeded(target, group)
        else:
            found = status if code is None else code
            _failed(target, group, _MISMATCH, f"Health checks failed with these codes: [{found}]")


def _codes(group: dict[str, Any]) -> str:
    return str(group["Matcher"].get("GrpcCode") or _UNIMPLEMENTED)


def _port(target: Target, group: dict[str, Any]) -> int:
    port = str(group.get("HealthCheckPort") or "traffic-port")
    return target.port if port == "traffic-port" else int(port)


async def _asked(target: Target, group: dict[str, Any], seconds: float) -> tuple[int, int | None]:
    """The status that a target answered, and its status of gRPC, when it is asked by gRPC."""
    is_grpc = group.get("ProtocolVersion") == "GRPC"
    asked = Target(target.group_arn, target.id, _port(target, group))
    headers = [("host", f"{asked.id}:{asked.port}"), ("user-agent", _USER_AGENT)]
    headers += [("content-type", "application/grpc"), ("te", "trailers")] if is_grpc else [("connection", "close")]
    collected: list[Message] = []
    bodies: list[Message] = [{"type": "http.request", "body": _NO_MESSAGE if is_grpc else b"", "more_body": False}]

    async def receive() -> Message:
        if not bodies:
            await asyncio.Event().wait()
        return bodies.pop()

    async def send(message: Message) -> None:
        collected.append(message)

    path, _, query = str(group.get("HealthCheckPath") or "/").partition("?")
    request = ClientRequest("POST" if is_grpc else "GET", path, query, headers, "", receive, send, reads_trailers=True)
    secure = group.get("HealthCheckProtocol") == "HTTPS"
    answer = await exchange(request, asked, headers, conversation_of(group), secure=secure, idle=seconds)
    answered = dict(item for message in collected for item in message.get("headers", ()))
    return answer.status, int(answered.get(b"grpc-status", b"2")) if is_grpc else None


def conversation_of(group: dict[str, Any]) -> type[Conversation]:
    """The version of HTTP that a group's targets are asked in."""
    return Http2 if group.get("ProtocolVersion") in ("HTTP2", "GRPC") else Http1


def matches(status: int, matcher: str) -> bool:
    """Whether a status is one of a matcher, such as ``200,202`` or ``200-299``."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def _succeeded(target: Target, group: dict[str, Any]) -> None:
    target.successes, target.failures, target.refused = target.successes + 1, 0, None
    if target.health == "initial" or target.successes >= int(group["HealthyThresholdCount"]):
        target.health, target.reason, target.detail = "healthy", "", ""


def _failed(target: Target, group: dict[str, Any], reason: str, detail: str) -> None:
    target.failures, target.successes, target.refused = target.failures + 1, 0, None
    if target.health == "unhealthy" or target.failures >= int(group["UnhealthyThresholdCount"]):
        target.health, target.reason, target.detail = "unhealthy", reason, detail
