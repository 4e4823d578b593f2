"""The state of a metric alarm at a moment: which periods it looks at, their values, and what they come to.

Pure: an alarm is what `PutMetricAlarm` takes, and `Read` gives the statistic of one metric between two moments. Source:
CloudWatch User Guide, "Evaluating an alarm", "Configuring how alarms treat missing data", "Alarm evaluation window" and
"Alarm warm-up periods".
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from naws.cli.embedded.metric_math import Series, evaluate

Alarm = Mapping[str, Any]
Read = Callable[[Alarm, float, float], float | None]
"""The statistic of what names namespace, metric, dimensions and statistic, after one moment until another."""
MORE_PERIODS = 2
"""CloudWatch retrieves more data points than it needs, for those that are missing. How many is documented by its
example only: five for three."""
WALL_CLOCK_PERIODS = (60, 300, 3600, 86_400, 604_800)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{2}):([0-9]{2})")
_DAY = 86_400
_WEEK = 604_800


def state_at(alarm: Alarm, read: Read, now: float, *, created: float) -> tuple[str, str]:
    """The state of an alarm at this time, and its reason.

    Args:
        alarm: with `StateValue` and `StateReason`, the state until now.
        read: the metrics.
        now: seconds since 1970.
        created: when the alarm was created; changes do not matter.
    """
    if _warms_up(alarm, read, now, created):
        return "INSUFFICIENT_DATA", alarm["StateReason"]
    return judge(alarm, values(alarm, read, now))


def values(alarm: Alarm, read: Read, now: float) -> Series:
    """The values of the periods that are looked at, the newest first; None is missing data."""
    periods = windows(alarm, now, alarm["EvaluationPeriods"] + MORE_PERIODS)
    queries: list[Alarm] = alarm.get("Metrics") or []
    if not queries:
        return [read(alarm, begin, end) for begin, end in periods]
    metrics = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
    named = {name: {**stat["Metric"], "Statistic": stat["Stat"]} for name, stat in metrics.items()}
    series = {name: [read(metric, begin, end) for begin, end in periods] for name, metric in named.items()}
    (result,) = (query for query in queries if query.get("ReturnData", True))
    if result["Id"] in series:
        return series[result["Id"]]
    return evaluate(result["Expression"], series, [begin for begin, _ in periods])


def windows(alarm: Alarm, now: float, count: int) -> list[tuple[float, float]]:
    """So many periods, the newest first: the last complete ones of the wall clock, or those that end now."""
    length = period_of(alarm)
    window: Alarm = alarm.get("EvaluationWindow") or {}
    clock = window.get("WallClockWindow")
    if clock is None:
        return [(now - (index + 1) * length, now - index * length) for index in range(count)]
    bounds = _boundaries(datetime.fromtimestamp(now, UTC), length, zone_of(clock.get("Timezone") or "UTC"))
    ends = [next(bounds) for _ in range(count + 1)]
    return [(begin, end) for end, begin in pairwise(ends)]


def period_of(alarm: Alarm) -> int:
    """Seconds of one period; of math, that of its metrics, which have the same."""
    queries: list[Alarm] = alarm.get("Metrics") or []
    stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
    return int(stats[0]["Period"] if stats else alarm["Period"])


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name, of `Z`, or of an offset such as `+05:30` or `UTC+05:30`.

    Raises:
        ValueError: it is none, or not a multiple of five minutes.
    """
    if name == "Z":
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"Invalid time zone: {name}") from None
    minutes = int(offset[2]) * 60 + int(offset[3])
    if minutes % 5:
        raise ValueError(f"Time zone offset is no multiple of 5 minutes: {name}")
    return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))


def judge(alarm: Alarm, values: Series) -> tuple[str, str]:
    """Return state and reason for the values, the newest first.

    Data points from further back than the evaluated periods stand in for missing ones; only what is missing then is
    treated as the alarm says.
    """
    count = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or count)
    missing = alarm.get("TreatMissingData") or "missing"
    known = [(age, value) for age, value in enumerate(values, 1) if value is not None][:count]
    if not known and missing == "missing":
        return "INSUFFICIENT_DATA", "Insufficient Data: no data points in the evaluated periods"
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    bad = [age for age, value in known if breaches(value, alarm["Threshold"])]
    filled = count - len(known)
    breaching = len(bad) + (filled if missing == "breaching" else 0)
    state = "ALARM" if breaching >= needed else "OK"
    if state == "OK" and filled and len(bad) == len(known) and missing in ("missing", "ignore"):
        # All known data breach, but too few are known: missing data are waited for, as long as the alarm needs.
        old = missing == "missing" and bool(bad) and max(bad) >= needed
        if not old:
            return alarm["StateValue"], alarm["StateReason"]
        state = "ALARM"
    shown = ", ".join("missing" if value is None else f"{value:g}" for value in values[:count])
    return state, (
        f"Threshold {'' if state == 'ALARM' else 'not '}crossed: {breaching} of the last {count} datapoints "
        f"[{shown}] breach {alarm['ComparisonOperator']} {alarm['Threshold']:g}, {needed} needed"
    )


def _warms_up(alarm: Alarm, read: Read, now: float, created: float) -> bool:
    """Whether the warm-up still holds; unless it is to be waited for, data that fill the window end it."""
    warm_up = alarm.get("WarmUpConfiguration")
    if not warm_up or now >= created + warm_up["WarmUpPeriodDurationInMinutes"] * 60:
        return False
    if warm_up.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds"):
        return True
    full = now >= created + period_of(alarm) * alarm["EvaluationPeriods"]
    return not full or values(alarm, read, now)[0] is None


def _boundaries(now: datetime, length: int, zone: tzinfo) -> Iterator[float]:
    """The beginnings of periods of that zone's clock, back from the one that is not over."""
    local = now.astimezone(zone)
    if length < _DAY:
        into = (local.hour * 3600 + local.minute * 60 + local.second) % length
        newest = now.timestamp() - into - local.microsecond / 1e6
        while True:
            yield newest
            newest -= length
    day = local.date()
    if length == _WEEK:
        day -= timedelta(days=day.weekday())
    while True:
        yield datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        day -= timedelta(seconds=length)
