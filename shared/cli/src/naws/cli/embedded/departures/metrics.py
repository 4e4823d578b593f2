"""The CloudWatch metrics that AWS services publish about themselves."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service

_LOG = logging.getLogger(__name__)
_SAMPLE_SECONDS = 1.0
_UNCHANGED_SECONDS = 30.0
_EXECUTION_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def publish(namespace: str, name: str, value: float, dimensions: dict[str, str], unit: str = "Count") -> None:
    """Publish one data point of the service's own namespace and evaluate the alarms that read it."""
    cloudwatch = service("cloudwatch")
    cloudwatch.record_metric(namespace, name, value, unit, dimensions)
    for alarm in list(cloudwatch._alarms.values()):
        if (namespace, name) in _reads(alarm):
            cloudwatch._evaluate_alarm(alarm)


def _reads(alarm: dict[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    """The metrics of an alarm: its own, or those of its math."""
    yield alarm.get("Namespace"), alarm.get("MetricName")
    queries: list[dict[str, Any]] = alarm.get("Metrics") or []
    for query in queries:
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]["Namespace"], query["MetricStat"]["Metric"]["MetricName"]


@departure(
    source="AWS Step Functions Developer Guide, 'Monitoring Step Functions metrics using CloudWatch'",
    replaces=("stepfunctions._emit_execution_status_event", "cloudwatch.record_metric", "cloudwatch._evaluate_alarm"),
)
def execution_metrics() -> None:
    """``AWS/States`` counts executions by their status and measures ``ExecutionTime``, by ``StateMachineArn``."""
    replace(service("stepfunctions"), "_emit_execution_status_event", _counting)


def _counting(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def emit(execution: dict[str, Any]) -> None:
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        publish("AWS/States", _EXECUTION_METRICS[execution["status"]], 1, dimensions)
        if execution.get("stopDate"):
            elapsed = _epoch(execution["stopDate"]) - _epoch(execution["startDate"])
            publish("AWS/States", "ExecutionTime", elapsed * 1000, dimensions, "Milliseconds")
        original(execution)

    return emit


def _epoch(stamp: str) -> float:
    return datetime.fromisoformat(stamp).astimezone(UTC).timestamp()


@departure(
    source="Amazon SQS Developer Guide, 'Available CloudWatch metrics for Amazon SQS'",
    replaces=("sqs._queues", "sqs._refresh_counts", "sqs._queues_lock"),
)
def queue_metrics() -> None:
    """``AWS/SQS`` reports visible, invisible and delayed messages and the age of the oldest one, by ``QueueName``.

    AWS samples every minute; here every second, so that a person sees an alarm happen.
    """
    every(_SAMPLE_SECONDS, _sample_queues, "naws-queue-metrics")


def every(seconds: float, action: Callable[[], None], name: str) -> None:
    """Run ``action`` again and again in a thread of its own; a failure is logged and does not end it."""

    def loop() -> None:
        while True:
            time.sleep(seconds)
            try:
                action()
            except Exception:  # noqa: BLE001  # of whatever kind: the next round must still come
                _LOG.exception("%s", name)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(loop,), name=name, daemon=True).start()


_sampled: dict[tuple[str, str], tuple[float, float]] = {}


def _sample(queue: str, metric: str, value: float, unit: str = "Count") -> None:
    """Publish what changed, and what did not change every half minute: an idle queue must not fill the store."""
    now = time.monotonic()
    last, moment = _sampled.get((queue, metric), (None, 0.0))
    if value != last or now - moment >= _UNCHANGED_SECONDS:
        _sampled[queue, metric] = (value, now)
        publish("AWS/SQS", metric, value, {"QueueName": queue}, unit)


def _sample_queues() -> None:
    sqs = service("sqs")
    for queue in list(sqs._queues.values()):
        with sqs._queues_lock:
            sqs._refresh_counts(queue)
            attributes = dict(queue["attributes"])
            sent = [float(message["sent_at"]) for message in queue["messages"]]
        name = queue["name"]
        for state in ("Visible", "NotVisible", "Delayed"):
            suffix = "" if state == "Visible" else state
            _sample(
                name, f"ApproximateNumberOfMessages{state}", float(attributes[f"ApproximateNumberOfMessages{suffix}"])
            )
        age = max((time.time() - moment for moment in sent), default=0)
        _sample(name, "ApproximateAgeOfOldestMessage", int(age), "Seconds")
