"""How CloudWatch notices that a schedule's runs no longer succeed. Pure.

    a schedule ── pauses of two days at most ────────────> a sliding window: no success for pause + lateness
               ── longer, on the same days of each week ─> a day: no success on a day on which it fires
               ── longer, up to a week ──────────────────> a sliding window, red from the third day to the first success
               ── longer than CloudWatch looks back ─────> nothing, which is advice
                  starts later than an alarm warms up ────> nothing until it is deployed again, which is advice
                  has an end ─────────────────────────────> what comes after its last time counts as a success
                  has a time that clocks leave out ───────> that hour of the year counts as a success

A window in days would do for daily schedules, too, but fires only when the day is over: a sliding window fires as soon
as a success is late. Both hold where clocks are changed: the pause is that of real firings, and the days are counted in
UTC, in a zone whose midnight lies where no run is at work.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile

from naws.core.planned_triggers import LONGEST_WARM_UP, SchedulePlan
from naws.core.schedules import ScheduleSyntaxError
from naws.core.schedules.cron import Cron
from naws.core.schedules.pauses import firings_of
from naws.core.tokens import has_token, known

LONGEST_LOOK_BACK = 604_800
"""Seconds. Source: CloudWatch API, PutMetricAlarm, Period: periods of an hour or more; shorter ones look back a day."""
_LEAST_LATENESS = 900
_MINUTE = 60
_FIVE_MINUTES = 300
_HOUR = 3600
_DAY = 86_400
_MOST_LATENESS_OF_A_DAY = 22 * _HOUR
_MOST_TIMES_A_DAY = 24
_FIRST_YEAR = 2027
_YEARS = 2


@dataclass(frozen=True, kw_only=True)
class MissedRunsAlarm:
    """The alarm on a schedule whose runs no longer succeed.

    Attributes:
        period: seconds of one data point.
        evaluation_periods: how many of them without a success make an alarm.
        warm_up: minutes after its creation in which the alarm does not fire.
        weekdays: the days that count, 1 for Monday to 7 for Sunday, of the period's beginning in UTC; empty for all.
        utc_offset: of the zone in which days begin, such as `-03:00`; None for a window that slides.
        early: whether it may fire before the first scheduled time, because no warm-up is long enough.
        excused: conditions of CloudWatch's metric math on the series `s`; a period that fulfils one has no run to miss.
    """

    period: int
    evaluation_periods: int
    warm_up: int
    weekdays: tuple[int, ...] = ()
    utc_offset: str | None = None
    early: bool = False
    excused: tuple[str, ...] = ()

    @property
    def looks_back(self) -> int:
        """Seconds without a success."""
        return self.period * self.evaluation_periods


def missed_runs_alarm(schedule: SchedulePlan, late_by: float | None, one_attempt: float) -> MissedRunsAlarm | None:
    """The alarm on a schedule; None when there cannot be one, or nothing to notice.

    Args:
        schedule: what starts the runs.
        late_by: seconds by which a success may be late, beyond the pause and the flexible window; None for a tenth of
            the pause, at least 15 minutes, plus one attempt.
        one_attempt: seconds that one attempt may take.
    """
    if not schedule.trigger.enabled or has_token((late_by, one_attempt)):
        return None
    pause = schedule.usual_pause
    if pause is None:
        return None
    late = _lateness(schedule, pause, late_by, one_attempt)
    if pause <= LONGEST_WARM_UP * _MINUTE:
        alarm = _sliding(pause + late)
    else:
        most = late if late_by is not None else max(min(late, _MOST_LATENESS_OF_A_DAY), one_attempt)
        alarm = _of_days(schedule, most) or _sliding(pause + late, early=True)
    return None if alarm is None else replace(alarm, excused=(*_clock_change(schedule), *_after_end(schedule, alarm)))


def waiting_for_start(
    schedule: SchedulePlan, alarm: MissedRunsAlarm, late_by: float | None, one_attempt: float
) -> MissedRunsAlarm | None:
    """The same alarm, which does not fire before the schedule's start; None when no warm-up is that long.

    Also None when the schedule has ended. Without a clock, or a start that is ahead, nothing changes.
    """
    start, end, now = schedule.trigger.start, schedule.trigger.end, schedule.now
    if now is None:
        return alarm
    if end is not None and end.tzinfo is not None and end <= now:
        return None
    pause = schedule.usual_pause
    if start is None or start.tzinfo is None or start <= now or pause is None:
        return alarm
    behind = next(_times(schedule, start), None)
    if behind and behind == next(_times(schedule, now), None):
        return alarm  # it would not fire sooner without the start
    first = behind or start + timedelta(seconds=pause)
    wait = (first - now).total_seconds() + _lateness(schedule, pause, late_by, one_attempt)
    if alarm.weekdays or wait > LONGEST_WARM_UP * _MINUTE:
        return None
    return replace(alarm, warm_up=LONGEST_WARM_UP)


def _lateness(schedule: SchedulePlan, pause: float, late_by: float | None, one_attempt: float) -> float:
    window = schedule.flexible_window
    late = max(_LEAST_LATENESS, pause / 10) + one_attempt if late_by is None else late_by
    return late + (0 if window is None or has_token(window) else window)


def _clock_change(schedule: SchedulePlan) -> Iterator[str]:
    """The hour of a change to daylight saving time, as if the firing that it leaves out had been in it."""
    found = schedule.left_out
    if found is None:
        return
    for month, first, last in found.days:
        day = f"DATE(s) >= {first} AND DATE(s) <= {last} AND DAY(s) == {found.weekday}"
        yield f"MONTH(s) == {month} AND {day} AND HOUR(s) == {found.hour}"


def _after_end(schedule: SchedulePlan, alarm: MissedRunsAlarm) -> Iterator[str]:
    """The condition on periods that begin so late that only a firing after the schedule's end could fill them."""
    end = schedule.trigger.end
    if end is None or end.tzinfo is None:
        return
    after = end - timedelta(seconds=(schedule.usual_pause or 0) + _DAY)
    firings = takewhile(lambda moment: moment <= end, _times(schedule, after))
    last = max(firings, default=end, key=datetime.timestamp).timestamp()
    # A window that slides is empty by right only when its newest period began so long after the last firing.
    since = last + 1 if alarm.weekdays else last + alarm.looks_back - alarm.period
    yield f"EPOCH(s) >= {math.floor(since)}"


def _times(schedule: SchedulePlan, after: datetime) -> Iterator[datetime]:
    """The next times of a schedule that has fixed ones; none in a zone that is not known, or is none."""
    parsed, zone = schedule.parsed, schedule.trigger.timezone
    if parsed is None or parsed.timing.kind != "cron" or not known(zone):
        return
    try:
        yield from parsed.times_after(after, zone)
    except ScheduleSyntaxError:
        return  # no zone: its own rule reports it


def _sliding(seconds: float, *, early: bool = False) -> MissedRunsAlarm | None:
    unit = _FIVE_MINUTES if seconds <= _DAY else _HOUR
    periods = math.ceil(seconds / unit)
    if periods * unit > LONGEST_LOOK_BACK:
        return None
    warm_up = min(LONGEST_WARM_UP, periods * unit // _MINUTE)
    return MissedRunsAlarm(period=unit, evaluation_periods=periods, warm_up=warm_up, early=early)


def _of_days(schedule: SchedulePlan, late: float) -> MissedRunsAlarm | None:
    """`_by_day` of a schedule; None for what has no fixed times, or is in a zone that is unknown, or none."""
    cron, zone = schedule.parsed and schedule.parsed.timing, schedule.trigger.timezone
    if not isinstance(cron, Cron) or not known(zone):
        return None
    try:
        return _by_day(cron, zone, late)
    except ScheduleSyntaxError:
        return None  # no zone: its own rule reports it


@cache
def _by_day(cron: Cron, timezone: str, late: float) -> MissedRunsAlarm | None:
    """One period of a day, whose end is the latest time at which a run may succeed; None when no day is like that.

    The alarm sees a day until the next one ends, so it sees the last scheduled time for that long, too: the warm-up
    hides a day whose time had passed when the alarm was created, and none whose time was still to come.
    """
    a_day = len(cron.hours) * len(cron.minutes)
    firings = firings_of(cron, timezone, _FIRST_YEAR, _YEARS) if a_day <= _MOST_TIMES_A_DAY else ()
    offsets = {firing % _DAY for firing in firings}
    ends = sorted({math.ceil((offset + late) / _FIVE_MINUTES) * _FIVE_MINUTES % _DAY for offset in offsets})
    # West of Greenwich a day has the same name there and in UTC where it begins: no doubt which one DAY means.
    for end in sorted((*ends, 0), key=lambda second: second > _DAY // 2):
        if any((offset - end) % _DAY + late > _DAY for offset in offsets):
            continue
        last = dict(divmod(firing - end, _DAY) for firing in firings)  # of each day the last that fires in it
        weekdays = _each_week(last.keys())
        if weekdays:
            seen = list(last.values())
            soonest = min(seen[1:-1] or seen)  # the years may begin and end within a day
            return MissedRunsAlarm(
                period=_DAY,
                evaluation_periods=1,
                warm_up=min(LONGEST_WARM_UP, math.ceil((2 * _DAY - soonest) / _MINUTE)),
                weekdays=weekdays,
                utc_offset=_offset(end),
            )
    return None


def _each_week(days: Collection[int]) -> tuple[int, ...]:
    """The days of the week that fire in every week, when no other day ever fires; empty otherwise.

    Args:
        days: by how many they come after the first of 1970, which was a Thursday.
    """
    weekdays = {(day + 3) % 7 + 1 for day in days}
    last_ones = sum(day + 7 not in days for day in days)
    return tuple(sorted(weekdays)) if last_ones == len(weekdays) else ()


def _offset(midnight: int) -> str:
    """The fixed offset of a zone whose days begin at that second of a day in UTC."""
    minutes = -midnight // _MINUTE if midnight <= _DAY // 2 else (_DAY - midnight) // _MINUTE
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
