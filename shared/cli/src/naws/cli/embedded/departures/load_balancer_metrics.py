"""What load balancers publish of their requests and targets."""

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.load_balancer_checks import groups
from naws.cli.embedded.departures.metrics import evaluate, every
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import cloudwatch, responses
from naws.cli.embedded.departures.target_health import balancers_of, registered

_NAMESPACE = "AWS/ApplicationELB"
_TIME = "TargetResponseTime"
_SECONDS = 1.0
_FIRST_COUNTED = 300
_COUNTED_ALONE = (500, 502, 503, 504)

Key = tuple[str, str, str]
"""Name of the metric, full names of load balancer and target group; one of the latter two may be empty."""


@dataclass
class _Collected:
    """What one account has to publish of one region."""

    counts: defaultdict[Key, float] = field(default_factory=lambda: defaultdict[Key, float](float))
    times: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])


_lock = threading.Lock()
_collected: defaultdict[tuple[str, str], _Collected] = defaultdict(_Collected)


@departure("Application Load Balancers, 'CloudWatch metrics for your Application Load Balancer'")
def load_balancer_metrics() -> None:
    """``AWS/ApplicationELB`` counts requests and status codes and measures targets' response times and their health.

    By load balancer, by load balancer and target group, and ``RequestCountPerTarget`` by target group alone, too.
    ``HealthyHostCount`` and ``UnHealthyHostCount`` are there as long as a group has targets, and everything else only
    with requests. AWS publishes every minute and by Availability Zone, too; here it is every second, without zones.
    """
    every(_SECONDS, _publish, "naws-load-balancer-metrics")


def count_request(balancer_arn: str, group_arn: str, *, targets: int) -> None:
    """Count a request that one of so many targets was chosen for; others are no requests of this metric."""
    balancer, group = _full(balancer_arn), _full(group_arn)
    with _lock:
        _count("RequestCount", balancer, group)
        if targets:
            for key in (("RequestCountPerTarget", balancer, group), ("RequestCountPerTarget", "", group)):
                _here().counts[key] += 1 / targets


def count_answer(balancer_arn: str, group_arn: str, status: int, seconds: float) -> None:
    """Count what a target answered, and how long it took."""
    balancer, group = _full(balancer_arn), _full(group_arn)
    with _lock:
        _count(f"HTTPCode_Target_{status // 100}XX_Count", balancer, group)
        _here().times.append((balancer, group, seconds))


def count_own(balancer_arn: str, status: int, name: str = "") -> None:
    """Count a status that the load balancer answered itself, and what it did, such as ``HTTP_Redirect_Count``."""
    balancer = _full(balancer_arn)
    with _lock:
        if name:
            _count(name, balancer, "")
        if status >= _FIRST_COUNTED:
            _count(f"HTTPCode_ELB_{status // 100}XX_Count", balancer, "")
        if status in _COUNTED_ALONE:
            _count(f"HTTPCode_ELB_{status}_Count", balancer, "")


def count_unreachable(balancer_arn: str, group_arn: str) -> None:
    """Count a connection to a target that did not come about."""
    with _lock:
        _count("TargetConnectionErrorCount", _full(balancer_arn), _full(group_arn))


def _here() -> _Collected:
    return _collected[responses.get_account_id(), responses.get_region()]


def _count(name: str, balancer: str, group: str) -> None:
    _here().counts[name, balancer, ""] += 1
    if group:
        _here().counts[name, balancer, group] += 1


def _full(arn: str) -> str:
    """Full name of a load balancer (``app/shop/0123``) or of a target group (``targetgroup/shop/0123``)."""
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def _publish() -> None:
    with _lock:
        collected = dict(_collected)
        _collected.clear()
    for scope, own in collected.items():
        with responses.request_scope(*scope):
            _publish_requests(own)
    for group in groups():
        _publish_hosts(group["TargetGroupArn"])


def _publish_requests(own: _Collected) -> None:
    for (name, balancer, group), value in own.counts.items():
        _record(name, balancer, group, value)
    for balancer, group, seconds in own.times:
        _record(_TIME, balancer, "", seconds, "Seconds")
        _record(_TIME, balancer, group, seconds, "Seconds")
    evaluate(_NAMESPACE, {_TIME, *(name for name, _, _ in own.counts)})


def _publish_hosts(group_arn: str) -> None:
    health = Counter(item.health for item in registered(group_arn))
    balancers = balancers_of(group_arn) if health else []
    for balancer in balancers:
        _record("HealthyHostCount", _full(balancer), _full(group_arn), health["healthy"])
        _record("UnHealthyHostCount", _full(balancer), _full(group_arn), health["unhealthy"])
    if balancers:
        evaluate(_NAMESPACE, {"HealthyHostCount", "UnHealthyHostCount"})


def _record(name: str, balancer: str, group: str, value: float, unit: str = "Count") -> None:
    dimensions: dict[str, Any] = {"LoadBalancer": balancer, "TargetGroup": group}
    named = {key: text for key, text in dimensions.items() if text}
    cloudwatch.record_metric(_NAMESPACE, name, value, unit, named)
