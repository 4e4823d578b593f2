"""How CloudWatch evaluates a metric alarm."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import operator
import time
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.seam import departure, replace, service

_EVALUATION_SECONDS = 1.0
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@departure(
    source="CloudWatch User Guide, 'Evaluating an alarm' and 'Configuring how alarms treat missing data'",
    replaces=(
        "cloudwatch._evaluate_alarm",
        "cloudwatch._evaluate_all_alarms",
        "cloudwatch._metrics",
        "cloudwatch._calc_stats",
        "cloudwatch._stat_value",
        "cloudwatch._dims_from_list",
        "cloudwatch._dims_key",
        "cloudwatch._record_history",
        "cloudwatch._dispatch_alarm_actions",
        "cloudwatch._evaluate_parent_alarms",
    ),
)
def alarm_evaluation() -> None:
    """An alarm reads the metric with exactly its dimensions, M out of N periods, and treats missing data as it says.

    It goes back when the data do, also because none come any more. AWS aligns periods to the clock and looks every
    minute; here the last period ends now and is looked at every second, so that a person sees it happen.
    """
    cloudwatch = service("cloudwatch")
    replace(cloudwatch, "_evaluate_alarm", lambda _: _evaluate)
    every(_EVALUATION_SECONDS, cloudwatch._evaluate_all_alarms, "naws-alarms")


def _evaluate(alarm: dict[str, Any]) -> None:
    if alarm.get("ComparisonOperator") not in _COMPARISONS:
        return
    state, reason = judge(alarm, _periods(alarm))
    if state == alarm["StateValue"]:
        return
    cloudwatch, old = service("cloudwatch"), alarm["StateValue"]
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm: dict[str, Any], values: list[float | None]) -> tuple[str, str]:
    """Return state and reason for the values of the evaluated periods, the newest first; None is missing data."""
    needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    missing = alarm.get("TreatMissingData") or "missing"
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    known = [value for value in values if value is not None]
    if not known and missing == "missing":
        return "INSUFFICIENT_DATA", "Insufficient Data: no data points in the evaluated periods"
    if not known and missing == "ignore":
        return alarm["StateValue"], alarm["StateReason"]
    breaching = sum(breaches(value, alarm["Threshold"]) for value in known)
    if missing == "breaching":
        breaching += len(values) - len(known)
    state = "ALARM" if breaching >= needed else "OK"
    shown = ", ".join("missing" if value is None else f"{value:g}" for value in values)
    reason = (
        f"Threshold {'' if state == 'ALARM' else 'not '}crossed: {breaching} of the last {len(values)} datapoints "
        f"[{shown}] breach {alarm['ComparisonOperator']} {alarm['Threshold']:g}, {needed} needed"
    )
    return state, reason


def _periods(alarm: dict[str, Any]) -> list[float | None]:
    cloudwatch = service("cloudwatch")
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points: list[dict[str, Any]] = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []
    now, length = time.time(), alarm["Period"]
    values: list[float | None] = []
    for index in range(alarm["EvaluationPeriods"]):
        start, end = now - (index + 1) * length, now - index * length
        inside = [point for point in points if start < point["Timestamp"] <= end]
        values.append(_statistic(alarm, inside) if inside else None)
    return values


def _statistic(alarm: dict[str, Any], points: list[dict[str, Any]]) -> float | None:
    cloudwatch = service("cloudwatch")
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)
