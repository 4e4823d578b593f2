"""The CloudWatch metrics that Lambda publishes about invocations, by function and by what was invoked of it."""

import time
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures.async_references import LATEST, qualified
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.services import lambda_svc

REQUEST_ID: ContextVar[str] = ContextVar("naws_lambda_request", default="")
"""The request id of the invocation at hand, which all its attempts share; empty for one of its own."""


def measure(config: dict[str, Any], name: str, value: float, unit: str = "Count") -> None:
    """Publish one data point of a function, and of the alias, version or function that was invoked."""
    function, qualifier = qualified(config)
    resource = function if qualifier == LATEST else f"{function}:{qualifier}"
    version = str(config.get("Version", LATEST))
    every = [{"FunctionName": function}, {"FunctionName": function, "Resource": resource}]
    if qualifier not in (LATEST, version):
        every.append({**every[1], "ExecutedVersion": version})
    for dimensions in every:
        publish("AWS/Lambda", name, value, dimensions, unit)


@departure("Lambda Developer Guide, 'Types of metrics for Lambda functions' and 'Viewing metrics for Lambda functions'")
def function_metrics() -> None:
    """``AWS/Lambda`` counts what ran, by ``FunctionName`` and ``Resource``; what was throttled is no invocation.

    An alias has ``ExecutedVersion`` besides. All attempts of an asynchronous invocation have one request id.
    """
    wrap(lambda_svc, "_emit_lambda_metrics", _once)
    wrap(lambda_svc, "_execute_function_dispatch", _measured)
    wrap(lambda_svc, "_acquire_execution_slot", _throttled)


def _once(*_: Any, **__: Any) -> None:
    """MiniStack's own count, of some ways to invoke a function, and of throttled requests too."""


def _measured(
    original: Original, record: Any, config: dict[str, Any], event: Any, request_id: str, started: float
) -> dict[str, Any]:
    result = original(record, config, event, REQUEST_ID.get() or request_id, started)
    measure(config, "Invocations", 1)
    measure(config, "Errors", 1 if result.get("error") else 0)
    measure(config, "Duration", (time.time() - started) * 1000, "Milliseconds")
    return result


def _throttled(original: Original, record: Any, config: dict[str, Any]) -> tuple[str | None, str | None]:
    slot, limit = original(record, config)
    if slot is None:
        measure(config, "Throttles", 1)
    return slot, limit
