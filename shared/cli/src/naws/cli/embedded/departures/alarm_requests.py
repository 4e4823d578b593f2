"""Requests about alarms and metric data that CloudWatch refuses."""

from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.alarm_states import period_of
from naws.cli.embedded.departures.patching import before, departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import cloudwatch

_HIGH_RESOLUTION = (10, 20, 30)
_HOUR, _DAY, _WEEK = 3600, 86_400, 604_800


@departure(
    "recorded answers of AWS: LocalStack's test_cloudwatch.snapshot.json; botocore cloudwatch PutMetricAlarm "
    "(Period: its values, and how long an alarm looks back at most)"
)
def alarm_requests() -> None:
    """An alarm looks back seven days at most, one day with periods below an hour; periods are full minutes, or short.

    So it is for an alarm of a template. States are the model's, a data point has one kind of value, and a statistic
    begins before it ends.
    """
    for name, check in (
        ("_put_metric_alarm", _check_alarm),
        ("_set_alarm_state", _check_state),
        ("_put_metric_data", _check_data),
        ("_get_metric_statistics", _check_range),
    ):
        check_requests(cloudwatch, name, partial(_checked, check))
    before(cloudwatch, "cloudformation_put_metric_alarm", _check_alarm)


def _checked(check: Callable[[dict[str, Any]], None], _: Any, request: dict[str, Any] | None, *__: Any) -> None:
    check(request or {})


def _check_alarm(alarm: dict[str, Any]) -> None:
    known = alarm.get("Period") or alarm.get("Metrics")
    period, count = period_of(alarm) if known else 0, int(alarm.get("EvaluationPeriods") or 1)
    text = ""
    if period and period not in _HIGH_RESOLUTION and period % 60:
        text = "Period must be 10, 20, 30 or a multiple of 60"
    elif period * count > _WEEK:
        text = f"Metrics cannot be checked across more than {_WEEK} seconds (EvaluationPeriods * Period)"
    elif period < _HOUR and period * count > _DAY:
        text = f"Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {_DAY})"
    if text:
        raise RefusedError(text, "ValidationError")


def _check_state(request: dict[str, Any]) -> None:
    check_model("cloudwatch", "SetAlarmState", request, "ValidationError")


def _check_data(request: dict[str, Any]) -> None:
    for index, datum in enumerate(request.get("MetricData") or (), start=1):
        at = f"MetricData.member.{index}."
        for other in ("Values", "StatisticValues"):
            if datum.get("Value") is not None and datum.get(other):
                both = f"{at}Value and {at}{other}"
                text = f"The parameters {both} are mutually exclusive and you have specified both."
                raise RefusedError(text, "InvalidParameterCombination")


def _check_range(request: dict[str, Any]) -> None:
    start, end = (cloudwatch._parse_ts(request.get(name)) for name in ("StartTime", "EndTime"))
    if start is not None and end is not None and start >= end:
        text = "The parameter StartTime must be less than the parameter EndTime."
        raise RefusedError(text, "InvalidParameterValue")
