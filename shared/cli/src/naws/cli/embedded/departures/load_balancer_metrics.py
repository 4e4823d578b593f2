"""What load balancers publish of their requests and targets."""

import threading
from collections import Counter
from typing import Any

from naws.cli.embedded.departures.metrics import evaluate, every
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.services import alb, cloudwatch
from naws.cli.embedded.departures.target_health import balancers_of, registered

_NAMESPACE = "AWS/ApplicationELB"
_SECONDS = 1.0
_FIRST_COUNTED = 300
_COUNTED_ALONE = (500, 502, 503, 504)

Key = tuple[str, str, str]
"""Name of the metric, full names of load balancer and target group; one of the latter two may be empty."""
_lock = threading.Lock()
_counts: Counter[Key] = Counter()
_times: list[tuple[str, str, float]] = []


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
                _counts[key] += 1 / targets  # pyright: ignore[reportArgumentType]  # a share of one


def count_answer(balancer_arn: str, group_arn: str, status: int, seconds: float) -> None:
    """Count what a target answered, and how long it took."""
    balancer, group = _full(balancer_arn), _full(group_arn)
    with _lock:
        _count(f"HTTPCode_Target_{status // 100}XX_Count", balancer, group)
        _times.append((balancer, group, seconds))


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


def _count(name: str, balancer: str, group: str) -> None:
    _counts[name, balancer, ""] += 1
    if group:
        _counts[name, balancer, group] += 1


def _full(arn: str) -> str:
    """Full name of a load balancer (``app/shop/0123``) or of a target group (``targetgroup/shop/0123``)."""
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def _publish() -> None:
    with _lock:
        counts, times = dict(_counts), list(_times)
        _counts.clear()
        _times.clear()
    for (name, balancer, group), value in counts.items():
        _record(name, balancer, group, value)
    for balancer, group, seconds in times:
        _record("TargetResponseTime", balancer, "", seconds, "Seconds")
        _record("TargetResponseTime", balancer, group, seconds, "Seconds")
    hosts = _publish_hosts()
    evaluate(_NAMESPACE, {name for name, _, _ in counts} | hosts | ({"TargetResponseTime"} if times else set()))


def _publish_hosts() -> set[str]:
    names: set[str] = set()
    for group in list(alb._tgs.values()):
        arn = group["TargetGroupArn"]
        health = Counter(item.health for item in registered(arn))
        for balancer in balancers_of(arn) if health else ():
            for name, value in (("HealthyHostCount", health["healthy"]), ("UnHealthyHostCount", health["unhealthy"])):
                _record(name, _full(balancer), _full(arn), value)
                names.add(name)
    return names


def _record(name: str, balancer: str, group: str, value: float, unit: str = "Count") -> None:
    dimensions: dict[str, Any] = {"LoadBalancer": balancer, "TargetGroup": group}
    named = {key: text for key, text in dimensions.items() if text}
    cloudwatch.record_metric(_NAMESPACE, name, value, unit, named)
