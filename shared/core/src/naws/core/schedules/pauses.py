"""The pauses of a cron schedule where clocks change: real time, and the local times that a change leaves out.

Away from a change the time between two firings is that on the wall clock; around one it is an hour longer or shorter,
and a firing that has no moment does not happen (`moment_of`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product

from naws.core.schedules.cron import Cron
from naws.core.schedules.zones import moment_of, parse_timezone

_YEARS = 8
_TELLING_YEAR = 2027
_CALENDARS = 28
"""Years until each date has fallen on each day of the week."""
_WEEK_DAYS = 7
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SETTLED = timedelta(hours=4)
"""Behind a change by so much, two firings are apart again as on the wall clock. No zone changes by more than a day's
quarter."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A firing that does not happen.

    Attributes:
        local: the wall-clock time that no clock shows.
        pause: seconds between the firings before and after it.
    """

    local: datetime
    pause: float


@dataclass(frozen=True, kw_only=True)
class YearlyLeftOut:
    """Firings that do not happen on one day of each year, by a rule that holds for 28 years.

    Attributes:
        days: months with the first and the last day on which clocks can be put forward over them; all is of the
            change, in UTC. Two months when the week begins in one and ends in the other.
        weekday: 1 for Monday to 7 for Sunday.
        hour: of the change.
        pause: seconds between two firings at the most, were the change itself one.
    """

    days: tuple[tuple[int, int, int], ...]
    weekday: int
    hour: int
    pause: float


@cache
def clock_changes(timezone: str, first_year: int) -> tuple[datetime, ...]:
    """The moments, to the minute, at which a zone's clocks are changed within eight years.

    Raises:
        ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
    """
    zone = parse_timezone(timezone)
    changes: list[datetime] = []
    day = datetime(first_year, 1, 1, tzinfo=UTC)
    for _ in range(_YEARS * 366):
        before, after = day, day + _DAY
        day = after
        if before.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
            continue
        while after - before > _MINUTE:
            middle = before + (after - before) / 2
            same = middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset()
            before, after = (middle, after) if same else (before, middle)
        changes.append(after.replace(second=0, microsecond=0))
    return tuple(changes)


@cache
def longest_at_changes(cron: Cron, timezone: str) -> float:
    """Seconds of the longest pause around a change of the clocks; 0 where they are never changed.

    Args:
        cron: a schedule that fires at least once a week.
        timezone: where the clocks are.

    Raises:
        ScheduleSyntaxError: the zone is not one.
    """
    changes = clock_changes(timezone, _TELLING_YEAR)
    return max((pause for change in changes for pause, _ in _around(cron, timezone, change)), default=0)


def first_left_out(cron: Cron, timezone: str, after: datetime) -> LeftOut | None:
    """The next firing later than `after` that a change leaves out, and for which no other stands in.

    A schedule that fires every quarter of an hour misses nothing: its pause is no longer than ever.

    Raises:
        ScheduleSyntaxError: the zone is not one.
    """
    return next((found for change, found in _all_left_out(cron, timezone, after.year) if change > after), None)


@cache
def _all_left_out(cron: Cron, timezone: str, first_year: int) -> tuple[tuple[datetime, LeftOut], ...]:
    """Each change that leaves out firings within eight years, with each of these."""
    longest = cron.longest_pause_seconds()
    return tuple(
        (change, LeftOut(local=missing, pause=pause))
        for change in clock_changes(timezone, first_year)
        for pause, missing in _around(cron, timezone, change)
        if missing is not None and pause > longest
    )


@cache
def yearly_left_out(cron: Cron, timezone: str) -> YearlyLeftOut | None:
    """The firings that clock changes leave out each year; None without any, or on days that no such rule finds.

    Raises:
        ScheduleSyntaxError: the zone is not one.
    """
    longest = usual = cron.longest_pause_seconds()
    found: set[datetime] = set()
    for first_year in range(_TELLING_YEAR, _TELLING_YEAR + _CALENDARS, _YEARS):
        for change in clock_changes(timezone, first_year):
            for pause, missing in _around(cron, timezone, change):
                if missing is None or pause <= longest:
                    usual = max(usual, pause)
                else:
                    found.add(change)
    months = {change.month: [each.day for each in found if each.month == change.month] for change in found}
    days = tuple((month, min(dates), max(dates)) for month, dates in sorted(months.items()))
    moments = {(change.isoweekday(), change.hour) for change in found}
    if len(moments) != 1 or sum(last - first + 1 for _, first, last in days) > _WEEK_DAYS:
        return None
    ((weekday, hour),) = moments
    return YearlyLeftOut(days=days, weekday=weekday, hour=hour, pause=usual)


def firings_of(cron: Cron, timezone: str, first_year: int, years: int) -> list[int]:
    """When it fires in the years of UTC, ascending, in seconds of Unix time.

    Walks days, not times: where a day's clocks are not changed, all its times are apart from UTC by the same.

    Raises:
        ScheduleSyntaxError: the zone is not one.
    """
    zone = parse_timezone(timezone)
    times = [hour * 3600 + minute * 60 for hour, minute in product(cron.hours, cron.minutes)]
    first, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first_year, first_year + years))
    found: list[int] = []
    for each in cron.dates(first_year - 1, 12):
        midnight = datetime(*each)  # noqa: DTZ001 - wall-clock time
        offset, behind = (zone.utcoffset(moment) for moment in (midnight, midnight + _DAY))
        if offset is not None and offset == behind:
            begin = int((midnight - offset).replace(tzinfo=UTC).timestamp())
            found += [begin + time for time in times]
        else:
            moments = (moment_of(midnight + timedelta(seconds=time), zone) for time in times)
            found += [int(moment.timestamp()) for moment in moments if moment is not None]
        if found and found[-1] >= end:
            break
    return [moment for moment in found if first <= moment < end]


def _around(cron: Cron, timezone: str, change: datetime) -> Iterator[tuple[float, datetime | None]]:
    """The pauses that begin before a change and a little after it, each with a local time that was left out in it."""
    zone = parse_timezone(timezone)
    sooner = timedelta(seconds=cron.longest_pause_seconds()) + _SETTLED
    last: datetime | None = None
    missing: datetime | None = None
    for local in cron.local_times((change - sooner).astimezone(zone).replace(tzinfo=None)):
        moment = moment_of(local, zone)
        if moment is None:
            missing = local
            continue
        now = moment.astimezone(UTC)
        if last is not None:
            yield (now - last).total_seconds(), missing
        last, missing = now, None
        if now > change + _SETTLED:
            return
