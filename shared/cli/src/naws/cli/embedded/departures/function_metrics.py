"""The CloudWatch metrics of functions, and their reserved concurrency."""

import time
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.function_runs import invoked, note_throttled
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import Original, departure, nothing, patch, replace, wrap
from naws.cli.embedded.departures.services import functions


@departure("AWS Lambda Developer Guide, 'Types of metrics for Lambda functions' ('Dimensions')")
def function_metrics() -> None:
    """``AWS/Lambda`` counts each run once, however it was asked for: a throttled request is no invocation.

    By function; by ``Resource``, such as ``orders:live``; and of an alias by ``ExecutedVersion``, too.
    """
    replace(functions, "_emit_lambda_metrics", nothing)
    wrap(functions, "_execute_function", _measured)


def _measured(original: Original, func: dict[str, Any], event: Any) -> Any:
    config = func.get("config") or func
    if functions._function_config_scope_mismatch(config):
        return original(func, event)  # it comes here again, in the function's own account and region
    started = time.time()
    result = original(func, event)
    if result.get("throttle"):
        note_throttled(config, event, started)
        measure(config, "Throttles", 1)
        return result
    milliseconds = result.get("milliseconds", (time.time() - started) * 1000)
    measure(config, "Invocations", 1)
    measure(config, "Errors", int(bool(result.get("error"))))
    measure(config, "Duration", milliseconds, "Milliseconds")
    return result


def measure(config: dict[str, Any], name: str, value: float, unit: str = "Count") -> None:
    """Publish one data point of a function, and of the alias, version or function that was invoked."""
    for dimensions in _dimensions(config):
        publish("AWS/Lambda", name, value, dimensions, unit)


def _dimensions(config: dict[str, Any]) -> Iterator[dict[str, str]]:
    name, qualifier = config["FunctionName"], invoked(config)[1]
    yield {}
    yield {"FunctionName": name}
    resource = {"FunctionName": name, "Resource": f"{name}:{qualifier}" if qualifier else name}
    yield resource
    if qualifier and not qualifier.isdecimal() and qualifier != "$LATEST":
        yield {**resource, "ExecutedVersion": config.get("Version", "$LATEST")}


@departure("AWS Lambda Developer Guide, 'Types of metrics for Lambda functions' ('Concurrency metrics')")
@patch(wrap, functions, "_acquire_execution_slot")
def concurrency_metric(original: Original, func: dict[str, Any], config: dict[str, Any]) -> Any:
    """``ConcurrentExecutions`` is how many runs there are at a moment, of the account and of a function."""
    slot, limit = original(func, config)
    if slot is not None:
        total, each = functions.executions_in_flight()
        publish("AWS/Lambda", "ConcurrentExecutions", total, {})
        publish("AWS/Lambda", "ConcurrentExecutions", each.get(slot, 1), {"FunctionName": config["FunctionName"]})
    return slot, limit


@departure("AWS Lambda Developer Guide, 'Configuring reserved concurrency for a function'")
@patch(wrap, functions, "_reserved_concurrency")
def reserved_for_all_versions(original: Original, func: dict[str, Any], config: dict[str, Any]) -> int | None:
    """What is reserved is of the function: of all its versions and aliases together."""
    return original(functions._functions.get(config["FunctionName"]) or func, config)


@departure(
    "Executions of AWS recorded (2025-11-24) in localstack/localstack, "
    "tests/aws/services/lambda_/test_lambda.snapshot.json, test_reserved_concurrency"
)
@patch(wrap, functions, "_throttle_response")
def throttles(original: Original, reason_code: str, **_: Any) -> dict[str, Any]:
    """A throttled request is answered with ``Rate Exceeded.`` and the reason."""
    result = original(reason_code, "Rate Exceeded.")
    return {**result, "body": {**result["body"], "Type": "User"}}
