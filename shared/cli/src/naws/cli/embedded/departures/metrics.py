"""The CloudWatch metrics that AWS services publish about themselves."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import cloudwatch, sqs, states
from naws.cli.embedded.departures.shapes import epoch

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
    cloudwatch.record_metric(namespace, name, value, unit, dimensions)
    evaluate(namespace, {name})


def evaluate(namespace: str, names: Collection[str]) -> None:
    """Evaluate the alarms that read any of these metrics."""
    for alarm in list(cloudwatch._alarms.values()):
        if any(space == namespace and name in names for space, name in _reads(alarm)):
            cloudwatch._evaluate_alarm(alarm)


def _reads(alarm: dict[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    """The metrics of an alarm: its own, or those of its math."""
    yield alarm.get("Namespace"), alarm.get("MetricName")
    queries: list[dict[str, Any]] = alarm.get("Metrics") or []
    for query in queries:
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]["Namespace"], query["MetricStat"]["Metric"]["MetricName"]


@departure("AWS Step Functions Developer Guide, 'Monitoring Step Functions metrics using CloudWatch'")
@patch(wrap, states, "_emit_execution_status_event")
def execution_metrics(original: Original, execution: dict[str, Any]) -> None:
    """``AWS/States`` counts executions by their status and measures ``ExecutionTime``, by ``StateMachineArn``.

    So it does by that and ``Version``, or ``Alias``. What was redriven is counted by itself, too.
    """
    names = [_EXECUTION_METRICS[execution["status"]]]
    if execution.get("redriveCount"):
        began = execution["status"] == "RUNNING"
        names = ["ExecutionsRedriven"] if began else [*names, f"Redriven{names[0]}"]
    for dimensions in _dimensions(execution):
        for name in names:
            publish("AWS/States", name, 1, dimensions)
        if execution.get("stopDate"):
            elapsed = epoch(execution["stopDate"]) - epoch(execution["startDate"])
            publish("AWS/States", "ExecutionTime", elapsed * 1000, dimensions, "Milliseconds")
    original(execution)


def _dimensions(execution: dict[str, Any]) -> Iterator[dict[str, str]]:
    machine = {"StateMachineArn": execution["stateMachineArn"]}
    yield machine
    for name, given in (("Version", "stateMachineVersionArn"), ("Alias", "stateMachineAliasArn")):
        if execution.get(given):
            yield {**machine, name: execution[given].rpartition(":")[2]}


@departure("Amazon SQS Developer Guide, 'Available CloudWatch metrics for Amazon SQS'")
def queue_metrics() -> None:
    """``AWS/SQS`` reports visible, invisible and delayed messages and the age of the oldest one, by ``QueueName``.

    AWS samples every minute; here every second, so that a person sees an alarm happen.
    """
    every(_SAMPLE_SECONDS, _sample_queues, "naws-queue-metrics")


def every(seconds: float, action: Callable[[], None], name: str) -> None:
    """Run ``action`` again and again in a thread of its own; a failure is logged and does not end it."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(forever, seconds, action, name), name=name, daemon=True).start()


def forever(seconds: float, action: Callable[[], None], name: str) -> None:
    """Run ``action`` again and again; a failure is logged and does not end it."""
    while True:
        time.sleep(seconds)
        try:
            action()
        except Exception:  # noqa: BLE001  # of whatever kind: the next round must still come
            _LOG.exception("%s", name)


_sampled: dict[tuple[str, str], tuple[float, float]] = {}


def _sample(queue: str, metric: str, value: float, unit: str = "Count") -> None:
    """Publish what changed, and what did not change every half minute: an idle queue must not fill the store."""
    now = time.monotonic()
    last, moment = _sampled.get((queue, metric), (None, 0.0))
    if value != last or now - moment >= _UNCHANGED_SECONDS:
        _sampled[queue, metric] = (value, now)
        publish("AWS/SQS", metric, value, {"QueueName": queue}, unit)


def _sample_queues() -> None:
    for queue in list(sqs._queues.values()):
        with sqs._queues_lock:
            sqs._refresh_counts(queue)
            attributes = dict(queue["attributes"])
            sent = [float(message["sent_at"]) for message in queue["messages"]]
        name = queue["name"]
        for state in ("Visible", "NotVisible", "Delayed"):
            count = attributes[f"ApproximateNumberOfMessages{state.removeprefix('Visible')}"]
            _sample(name, f"ApproximateNumberOfMessages{state}", float(count))
        age = max((time.time() - moment for moment in sent), default=0)
        _sample(name, "ApproximateAgeOfOldestMessage", int(age), "Seconds")
