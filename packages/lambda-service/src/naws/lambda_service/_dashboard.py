"""What a dashboard shows of a function, beside its queues."""

from collections.abc import Iterator

from naws.core.authoring import Graph, HorizontalLine, LogGraph, Metric, Widget, format_duration, is_number
from naws.lambda_service._alarms import api_metric, function_metric
from naws.lambda_service.plan import Plan

_SLOWEST = {"p50": "p50", "p99": "p99", "longest": "Maximum"}
_MEMORY = (
    'filter type = "platform.report"',
    "stats max(record.metrics.maxMemoryUsedMB) as most, max(record.metrics.memorySizeMB) as memory_size by bin(5m)",
)
"""What the report of each invocation has; the function logs as JSON, of the system what is INFO and above.

Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
"""


def function_widgets(plan: Plan, function: str, log_group: str, api_id: str | None) -> Iterator[Widget]:
    """Invocations, how long they took, how many there were at once, what they used, and how requests were answered.

    Args:
        plan: what was decided.
        function: its name.
        log_group: the name of its log group.
        api_id: of its HTTP API. None: it has none.
    """
    counts = {"invocations": "Invocations", "errors": "Errors", "throttles": "Throttles"}
    invoked = {label: function_metric(function, name) for label, name in counts.items()}
    yield Graph(title="Invocations", metrics=invoked)
    took = {label: function_metric(function, "Duration", statistic=each) for label, each in _SLOWEST.items()}
    yield Graph(title="Duration of invocations, ms", metrics=took, lines=_timeout(plan.function.timeout, "timeout"))
    reserved = plan.asynchronous.reserved
    at_once = {"at once": concurrency_metric(function)}
    line = HorizontalLine("reserved_concurrent_executions", reserved)
    yield Graph(title="Invocations at once", metrics=at_once, lines=[line])
    yield LogGraph(title="Memory of invocations, MB", log_group=log_group, query=_MEMORY)
    if api_id is not None and plan.endpoint is not None:
        names = {"requests": "Count", "4xx": "4xx", "5xx": "5xx"}
        yield Graph(title="Requests", metrics={label: api_metric(api_id, name) for label, name in names.items()})
        answers = {label: api_metric(api_id, "Latency", each) for label, each in _SLOWEST.items()}
        lines = _timeout(plan.endpoint.timeout, "timeout of the API")
        yield Graph(title="Duration of requests, ms", metrics=answers, lines=lines)
    if plan.asynchronous.keeps_failures:
        age = {"oldest": function_metric(function, "AsyncEventAge", statistic="Maximum")}
        yield Graph(
            title="Age of events, ms", metrics=age, lines=_timeout(plan.asynchronous.max_event_age, "max_event_age")
        )


def concurrency_metric(function: str) -> Metric:
    """Invocations at once, of all versions together, as the reserved concurrency counts them.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#concurrency-metrics
    """
    dimensions = {"FunctionName": function}
    return Metric(namespace="AWS/Lambda", name="ConcurrentExecutions", dimensions=dimensions, statistic="Maximum")


def _timeout(seconds: float, name: str) -> list[HorizontalLine]:
    return [HorizontalLine(f"{name}, {format_duration(seconds)}", seconds * 1000)] if is_number(seconds) else []
