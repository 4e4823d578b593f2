"""The settings of a metric alarm that CloudWatch takes and keeps."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from naws.cli.embedded.alarm_states import WALL_CLOCK_PERIODS, period_of, values, zone_of
from naws.cli.embedded.departures.patching import Original, departure, nothing, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, failed
from naws.cli.embedded.departures.services import cloudwatch, provisioners
from naws.cli.embedded.metric_math import UnknownMathError

CHANGING = threading.RLock()
"""Held while an alarm is stored or evaluated: nobody is notified of one that is not whole yet."""
_KEPT = ("Metrics", "EvaluationWindow", "WarmUpConfiguration")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
_MOST_METRICS = 10
_LONGEST_WARM_UP = 2880
_SOME_TIME = 1_000_000_000

Settings = Mapping[str, Any]


@departure(
    "CloudWatch API Reference, PutMetricAlarm, EvaluationWindow, WallClockWindow and WarmUpConfiguration; "
    "CloudWatch User Guide, 'Limits that apply to alarms based on metric math expressions'; CloudFormation Template "
    "Reference, AWS::CloudWatch::Alarm"
)
def alarm_settings() -> None:
    """An alarm keeps its math, window and warm-up, also from a template, and what AWS refuses of them is refused.

    Math that is not known here is refused, too: a state that is guessed would be worse.
    """
    wrap(cloudwatch, "_put_metric_alarm", _putting)
    check_requests(cloudwatch, "_put_metric_alarm", _check_request)
    wrap(provisioners, "_cw_metric_alarm_record", _recording)


def is_incomplete(alarm: dict[str, Any]) -> bool:
    """Whether the alarm has neither a metric nor math: it is being stored."""
    return not (alarm.get("Metrics") or alarm.get("MetricName"))


def _check(settings: Settings) -> None:
    for wrong in _faults(settings):
        raise RefusedError(wrong, "ValidationError")


def _check_request(*given: Any) -> None:
    _check(_settings(*given))


def _settings(_: Any, data: Any, is_cbor: bool, is_json: bool = False) -> dict[str, Any]:
    return data if is_cbor or is_json else {}


def _kept(settings: Settings) -> dict[str, Any]:
    return {key: settings[key] for key in _KEPT if settings.get(key)}


def _putting(original: Original, *given: Any) -> Any:
    settings = _settings(*given)
    with CHANGING:
        whole = _kept(settings)
        if not whole:
            return original(*given)
        evaluate, cloudwatch._evaluate_alarm = cloudwatch._evaluate_alarm, nothing  # not whole yet
        try:
            answer = original(*given)
        finally:
            cloudwatch._evaluate_alarm = evaluate
        alarm = cloudwatch._alarms.get(settings["AlarmName"])
        if alarm is not None and not failed(answer):
            _complete(alarm, whole)
            evaluate(alarm)
        return answer


def _recording(original: Original, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    _check(properties)
    whole = _kept(properties)
    rest = {key: value for key, value in properties.items() if key not in _KEPT}
    if "Metrics" in whole:
        rest |= {"MetricName": "math", "Namespace": "math"}
    alarm = original(name, rest)
    _complete(alarm, whole)
    return alarm


def _complete(alarm: dict[str, Any], whole: Settings) -> None:
    alarm.update(whole)
    for key in _OF_ONE_METRIC if "Metrics" in whole else ():
        alarm.pop(key, None)


def _faults(settings: Settings) -> Iterator[str]:
    """The reasons why AWS refuses an alarm, and metric math that the embedded AWS does not know."""
    metrics: list[Settings] = settings.get("Metrics") or []
    stats = [query["MetricStat"] for query in metrics if "MetricStat" in query]
    if len(stats) > _MOST_METRICS:
        yield f"An alarm on metric math can have at most {_MOST_METRICS} metrics, not {len(stats)}"
    if metrics and (not stats or sum(query.get("ReturnData", True) for query in metrics) != 1):
        yield "Exactly one element of Metrics must return data, of at least one metric"
    if len({stat["Period"] for stat in stats}) > 1:
        yield "All metrics of an alarm on metric math must have the same period"
    if not metrics and not settings.get("Period"):
        return
    length = period_of(settings)
    yield from _window_faults(settings, length)
    try:
        values({**settings, "Period": length, "EvaluationPeriods": 1}, nothing, _SOME_TIME)
    except UnknownMathError as error:
        yield f"Not emulated in metric math: {error}"


def _window_faults(settings: Settings, length: int) -> Iterator[str]:
    window: Settings = settings.get("EvaluationWindow") or {}
    if len(window) > 1:
        yield "EvaluationWindow has exactly one of SlidingWindow and WallClockWindow"
    clock = window.get("WallClockWindow")
    if clock is not None:
        if length not in WALL_CLOCK_PERIODS:
            yield f"A wall clock window supports periods of {', '.join(map(str, WALL_CLOCK_PERIODS))}, not {length}"
        try:
            zone_of(clock.get("Timezone") or "UTC")
        except ValueError as error:
            yield str(error)
    warm_up = settings.get("WarmUpConfiguration")
    if warm_up and not 1 <= warm_up.get("WarmUpPeriodDurationInMinutes", 0) <= _LONGEST_WARM_UP:
        yield f"WarmUpPeriodDurationInMinutes must be between 1 and {_LONGEST_WARM_UP}"
