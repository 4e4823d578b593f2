"""What CloudWatch refuses of alarms and data."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable
from typing import Any

from naws.cli.embedded.alarm_states import period_of
from naws.cli.embedded.departures.patching import before, departure, replace, service
from naws.cli.embedded.departures.request_shapes import violations

_HIGH_RESOLUTION = (10, 20, 30)
_HOUR, _DAY, _WEEK = 3600, 86_400, 604_800


@departure(
    source="recorded answers of AWS: LocalStack's test_cloudwatch.snapshot.json; botocore cloudwatch PutMetricAlarm "
    "(Period: its values, and how long an alarm looks back at most)",
    replaces=(
        "cloudwatch._put_metric_alarm",
        "cloudwatch._set_alarm_state",
        "cloudwatch._put_metric_data",
        "cloudwatch._get_metric_statistics",
        "cloudwatch.cloudformation_put_metric_alarm",
        "cloudwatch._error",
    ),
)
def alarm_requests() -> None:
    """An alarm looks back seven days at most, one day with periods below an hour; periods are full minutes, or short.

    So it is for an alarm of a template. States are the model's, a data point has one kind of value, and a statistic
    begins before it ends.
    """
    cloudwatch = service("cloudwatch")
    for name, wrong in (
        ("_put_metric_alarm", _wrong_alarm),
        ("_set_alarm_state", _wrong_state),
        ("_put_metric_data", _wrong_data),
        ("_get_metric_statistics", _wrong_range),
    ):
        replace(cloudwatch, name, _judged(wrong))
    replace(cloudwatch, "cloudformation_put_metric_alarm", before(_judge_template))


def _judged(wrong: Callable[[dict[str, Any]], tuple[str, str] | None]) -> Callable[[Any], Any]:
    def build(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(parameters: Any, request: Any, is_cbor: Any, is_json: Any = False) -> Any:  # noqa: FBT002  # MiniStack's own signature
            found = wrong(request or {})
            if found is None:
                return original(parameters, request, is_cbor, is_json)
            return service("cloudwatch")._error(*found, 400, use_json=is_json, use_cbor=is_cbor)

        return call

    return build


def _judge_template(alarm: dict[str, Any]) -> None:
    wrong = _wrong_alarm(alarm)
    if wrong:
        raise ValueError(wrong[1])


def _wrong_alarm(alarm: dict[str, Any]) -> tuple[str, str] | None:
    known = alarm.get("Period") or alarm.get("Metrics")
    period, count = period_of(alarm) if known else 0, int(alarm.get("EvaluationPeriods") or 1)
    text = ""
    if period and period not in _HIGH_RESOLUTION and period % 60:
        text = "Period must be 10, 20, 30 or a multiple of 60"
    elif period * count > _WEEK:
        text = f"Metrics cannot be checked across more than {_WEEK} seconds (EvaluationPeriods * Period)"
    elif period < _HOUR and period * count > _DAY:
        text = f"Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {_DAY})"
    return ("ValidationError", text) if text else None


def _wrong_state(request: dict[str, Any]) -> tuple[str, str] | None:
    text = violations("cloudwatch", "SetAlarmState", request)
    return ("ValidationError", text) if text else None


def _wrong_data(request: dict[str, Any]) -> tuple[str, str] | None:
    for index, datum in enumerate(request.get("MetricData") or (), start=1):
        at = f"MetricData.member.{index}."
        for other in ("Values", "StatisticValues"):
            if datum.get("Value") is not None and datum.get(other):
                both = f"{at}Value and {at}{other}"
                text = f"The parameters {both} are mutually exclusive and you have specified both."
                return "InvalidParameterCombination", text
    return None


def _wrong_range(request: dict[str, Any]) -> tuple[str, str] | None:
    parse = service("cloudwatch")._parse_ts
    start, end = parse(request.get("StartTime")), parse(request.get("EndTime"))
    if start is not None and end is not None and start >= end:
        return "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."
    return None
