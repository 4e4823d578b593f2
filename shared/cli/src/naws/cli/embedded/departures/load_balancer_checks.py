"""Health checks: the requests that decide which targets get others."""

import asyncio
import contextvars
import threading
import time
from typing import Any

import h11

from naws.cli.embedded.departures.load_balancer_proxy import connect, is_secure
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.target_health import SPEED, Target, groups, in_use, registered

_TICK = 0.05
_USER_AGENT = "ELB-HealthChecker/2.0"
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
    threshold, which AWS does not document. Targets are asked by HTTP/1.1 whatever the group's protocol version.
    """
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(asyncio.run, _watch()), name="naws-health-checks", daemon=True).start()


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
    try:
        async with asyncio.timeout(float(group["HealthCheckTimeoutSeconds"])):
            status = await _status(target, group)
    except TimeoutError:
        _failed(target, group, _TIMEOUT, "Request timed out")
    except (OSError, h11.ProtocolError):
        _failed(target, group, _FAILED, "Health checks failed")
    else:
        if matches(status, group["Matcher"].get("HttpCode") or "200"):
            _succeeded(target, group)
        else:
            _failed(target, group, _MISMATCH, f"Health checks failed with these codes: [{status}]")


async def _status(target: Target, group: dict[str, Any]) -> int:
    wanted = str(group.get("HealthCheckPort") or "traffic-port")
    port = target.port if wanted == "traffic-port" else int(wanted)
    reader, writer = await connect(target, port, secure=is_secure(group.get("HealthCheckProtocol")))
    try:
        http = h11.Connection(h11.CLIENT)
        headers = [("host", f"{target.id}:{port}"), ("user-agent", _USER_AGENT), ("connection", "close")]
        path = group.get("HealthCheckPath") or "/"
        writer.write(http.send(h11.Request(method="GET", target=path, headers=headers)) or b"")
        writer.write(http.send(h11.EndOfMessage()) or b"")
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Response):
                return event.status_code
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError
    finally:
        writer.transport.abort()


def matches(status: int, matcher: str) -> bool:
    """Whether a status is one of a matcher, such as ``200,202`` or ``200-299``."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def _succeeded(target: Target, group: dict[str, Any]) -> None:
    target.successes, target.failures = target.successes + 1, 0
    if target.health == "initial" or target.successes >= int(group["HealthyThresholdCount"]):
        target.health, target.reason, target.detail = "healthy", "", ""


def _failed(target: Target, group: dict[str, Any], reason: str, detail: str) -> None:
    target.failures, target.successes = target.failures + 1, 0
    if target.health == "unhealthy" or target.failures >= int(group["UnhealthyThresholdCount"]):
        target.health, target.reason, target.detail = "unhealthy", reason, detail
