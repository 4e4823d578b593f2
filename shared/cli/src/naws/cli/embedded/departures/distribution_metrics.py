"""What CloudFront publishes of its distributions and functions."""

import threading
from collections import defaultdict
from typing import Any

from naws.cli.embedded.departures.distribution_config import REGION
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.metrics import evaluate, every
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import cloudfront, cloudwatch, responses

_NAMESPACE = "AWS/CloudFront"
_SECONDS = 1.0
_CLASSES = {4: "4xxErrorRate", 5: "5xxErrorRate"}
_DETAILED = (401, 403, 404, 502, 503, 504)

_Point = tuple[str, str, str, float, str]
"""Dimension that is not Region, its value, metric, value, unit."""
_lock = threading.Lock()
_points: defaultdict[str, list[_Point]] = defaultdict(list[_Point])


@departure(
    "Amazon CloudFront Developer Guide, 'Types of metrics for CloudFront': default and additional metrics of "
    "distributions, default metrics of functions; 'Monitor CloudFront metrics': in us-east-1, Region is Global"
)
def distribution_metrics() -> None:
    """``AWS/CloudFront`` in us-east-1 counts requests and bytes and has the rates of errors, in percent.

    Of distributions with a monitoring subscription also the rates of single statuses, the cache's hit rate and the
    origin's latency; of functions their invocations and the kinds of their failures. AWS publishes every minute; here
    it is every second.
    """
    every(_SECONDS, _publish, "naws-distribution-metrics")


def count_request(
    distribution: str, status: int, *, sent: int, received: int, hit: bool, latency: float | None
) -> None:
    """Count a request of a viewer.

    Args:
        distribution: Id.
        status: What the viewer got.
        sent: Bytes of the answer's body.
        received: Bytes of the request's body.
        hit: Whether it came from the cache.
        latency: Milliseconds until the origin had answered; None when it was not asked.
    """
    kind = status // 100
    rates = {name: 100.0 * (kind == number) for number, name in _CLASSES.items()}
    rates["TotalErrorRate"] = 100.0 * (kind in _CLASSES)
    if distribution in _subscribed():
        rates |= {f"{each}ErrorRate": 100.0 * (status == each) for each in _DETAILED}
        rates["CacheHitRate"] = 100.0 * hit
    counts: dict[str, tuple[float, str]] = {
        "Requests": (1, "None"),
        "BytesDownloaded": (sent, "None"),
        "BytesUploaded": (received, "None"),
        **{name: (value, "Percent") for name, value in rates.items()},
    }
    if latency is not None and distribution in _subscribed():
        counts["OriginLatency"] = (latency, "Milliseconds")
    with _lock:
        own = _points[responses.get_account_id()]
        own += [("DistributionId", distribution, name, value, unit) for name, (value, unit) in counts.items()]


def count_function(name: str, metric: str) -> None:
    """Count an invocation of a function, or a failure of one; no failure is counted as none."""
    values = {metric: 1.0}
    if metric == "FunctionInvocations":
        failures = ("FunctionExecutionErrors", "FunctionValidationErrors", "FunctionThrottles")
        values |= dict.fromkeys(failures, 0.0)
    with _lock:
        own = _points[responses.get_account_id()]
        own += [("FunctionName", name, each, value, "None") for each, value in values.items()]


def _subscribed() -> Any:
    records = cloudfront._distributions.items()
    status = "RealtimeMetricsSubscriptionStatus"
    return {key for key, record in records if members(record.get("MonitoringSubscription")).get(status) == "Enabled"}


def _publish() -> None:
    with _lock:
        collected = dict(_points)
        _points.clear()
    for account, points in collected.items():
        with responses.request_scope(account, REGION):
            for dimension, of, name, value, unit in points:
                cloudwatch.record_metric(_NAMESPACE, name, value, unit, {dimension: of, "Region": "Global"})
            evaluate(_NAMESPACE, {name for _, _, name, _, _ in points})
