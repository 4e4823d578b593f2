"""``cron(minute hour day-of-month month day-of-week year)``: reading it, and the local times it fires at.

Source: EventBridge Scheduler user guide, "Schedule types", and the API reference of CreateSchedule, which says six
fields where the guide calls the year optional; six is what both accept.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice, pairwise, product
from typing import Literal

from naws.core.schedules.days import DayRule, read_day_of_month, read_day_of_week
from naws.core.schedules.fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    YEAR,
    FieldSpec,
    FieldValues,
    read_values,
    runs,
)
from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError
from naws.core.schedules.wording import clock, listed, month_name, spans, years

CRON_FIELDS = 6
_NAMES = "minute hour day-of-month month day-of-week year"
_DAY_SECONDS = 86_400
# A schedule without two days in a row fires on at most 16 days a month: so many dates hold every month, leap years too.
_TELLING_DATES = 1500
_TELLING_YEAR = 2027
# A pause of up to a week comes back within a year: months repeat, and so do week days.
_TELLING_DAYS = 430


@dataclass(frozen=True)
class Cron:
    """A cron schedule: its canonical text and, ascending, every value each field selects.

    Attributes:
        doubts: what is legal but probably a mistake.
    """

    expression: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]
    doubts: tuple[ScheduleProblem, ...] = field(default=(), compare=False, repr=False)
    kind: Literal["cron"] = "cron"

    @property
    def every_year(self) -> bool:
        """Whether it may fire in every year that EventBridge knows."""
        return len(self.years) > YEAR.high - YEAR.low

    def dates(self, year: int, month: int) -> Iterator[tuple[int, int, int]]:
        """The year, month and day of each date on which it fires, ascending, from the beginning of a month on."""
        for each_year in self.years[bisect_left(self.years, year) :]:
            for each_month in self.months:
                if each_year > year or each_month >= month:
                    for day in self.days.in_month(each_year, each_month):
                        yield each_year, each_month, day

    def local_times(self, after: datetime) -> Iterator[datetime]:
        """The wall-clock times (naive) later than ``after`` (naive), ascending, until the last year."""
        clock_times = list(product(self.hours, self.minutes))
        for year, month, day in self.dates(after.year, after.month):
            midnight = datetime(year, month, day)  # noqa: DTZ001 - wall-clock time, the zone is applied by the caller
            if midnight.date() < after.date():
                continue
            for hour, minute in clock_times:
                moment = midnight.replace(hour=hour, minute=minute)
                if moment > after:
                    yield moment

    def period_seconds(self) -> int | None:
        """The shortest time between two firings on the wall clock, in seconds; None when it fires only once.

        A change to daylight saving time can bring two firings closer by the shift, usually one hour.
        """
        times = [hour * 3600 + minute * 60 for hour, minute in product(self.hours, self.minutes)]
        within = min((later - sooner for sooner, later in pairwise(times)), default=None)
        overnight = _DAY_SECONDS - times[-1] + times[0]
        if within is not None and within <= overnight:
            return within
        days = self._shortest_day_gap()
        across = None if days is None else (days - 1) * _DAY_SECONDS + overnight
        return min((gap for gap in (within, across) if gap is not None), default=None)

    @lru_cache(maxsize=128)  # noqa: B019  # by value and bounded: each part of a plan asks for it
    def longest_pause_seconds(self) -> float:
        """The longest time between two firings on the wall clock, in seconds; infinite when it fires only once."""
        times = [hour * 3600 + minute * 60 for hour, minute in product(self.hours, self.minutes)]
        within = max((later - sooner for sooner, later in pairwise(times)), default=0)
        dates = (date(*each).toordinal() for each in self.dates(_TELLING_YEAR, 1))
        first = next(dates, 0)
        days = [later - sooner for sooner, later in pairwise(chain((first,), _until(dates, first + _TELLING_DAYS)))]
        across = (max(days) - 1) * _DAY_SECONDS + _DAY_SECONDS - times[-1] + times[0] if days else math.inf
        return max(within, across)

    def describe(self, timezone: str) -> str:
        """When it fires, in plain English."""
        months = listed(spans(runs(self.months), month_name))
        times, day = clock(self.minutes, self.hours), self.days.words
        if len(self.months) < MONTH.high:
            day += f" {'in' if day.startswith('every') else 'of'} {months}"
        elif not day.startswith("every"):
            day += " of every month"
        elif day == "every day" and "every" in times:
            day = ""
        year = "" if self.every_year else f" {years(self.years)}"
        return f"{f'{times} {day}'.rstrip()}{year}, in {timezone}"

    def never_fires_after(self, moment: datetime) -> ScheduleProblem | None:
        """The problem that no wall-clock time later than ``moment`` (naive) is left."""
        if next(self.local_times(moment), None) is not None:
            return None
        *fields, year = self.expression[len("cron(") : -1].split()
        expected = f"a year in which it fires after {moment:%Y-%m-%d %H:%M}"
        return ScheduleProblem(field=YEAR.name, value=year, expected=expected, remedy=f"cron({' '.join(fields)} *)")

    def occurs(self) -> bool:
        """Whether any date of its months and years exists."""
        return next(self.dates(YEAR.low, 1), None) is not None

    def _shortest_day_gap(self) -> int | None:
        dates = islice(self.dates(YEAR.low, 1), _TELLING_DATES if self.every_year else None)
        shortest: int | None = None
        for sooner, later in pairwise(date(*each).toordinal() for each in dates):
            shortest = min(shortest or later - sooner, later - sooner)
            if shortest == 1:
                break
        return shortest


def _until(numbers: Iterator[int], last: int) -> Iterator[int]:
    """The numbers up to `last`, and one more: the pause after them counts, too."""
    for number in numbers:
        yield number
        if number > last:
            return


def read_cron(body: str) -> Cron:
    """Read what stands between the parentheses; names and letters may be small, as EventBridge's console takes them.

    Raises:
        ScheduleSyntaxError: with one problem for each field that is wrong.
    """
    fields = (body.upper() if body.isascii() else body).split()
    if len(fields) != CRON_FIELDS:
        seconds = "; there are no seconds" if len(fields) > CRON_FIELDS else ""
        expected = f"six fields, {_NAMES}, not {len(fields)}{seconds}"
        raise ScheduleSyntaxError.of("", f"cron({body})", expected)
    return from_fields(fields)


def from_fields(fields: list[str]) -> Cron:
    """The schedule of six fields.

    Raises:
        ScheduleSyntaxError: with one problem for each field that is wrong.
    """
    problems: list[ScheduleProblem] = []
    minute, hour, month, year = (
        _read(spec, fields[index], problems) for index, spec in ((0, MINUTE), (1, HOUR), (3, MONTH), (5, YEAR))
    )
    days = _read_days(fields, problems)
    if problems or days is None:
        raise ScheduleSyntaxError(sorted(problems, key=lambda problem: _NAMES.find(problem.field)))
    text = " ".join((minute.text, hour.text, days[0], month.text, days[1], year.text))
    day_doubts = (*_doubts(DAY_OF_MONTH, fields[2]), *_doubts(DAY_OF_WEEK, fields[4]))
    doubts = (*minute.doubts, *hour.doubts, *day_doubts, *month.doubts, *year.doubts)
    cron = Cron(f"cron({text})", minute.values, hour.values, days[2], month.values, year.values, doubts)
    if not cron.occurs():
        raise ScheduleSyntaxError([_no_such_date(cron, fields)])
    return cron


def _read(spec: FieldSpec, text: str, problems: list[ScheduleProblem]) -> FieldValues:
    try:
        return read_values(spec, text)
    except ScheduleSyntaxError as error:
        problems += error.problems
        return FieldValues(text, ())


def _doubts(spec: FieldSpec, text: str) -> tuple[ScheduleProblem, ...]:
    """The doubts about a day field; one that is no list of values has none."""
    try:
        return read_values(spec, text).doubts
    except ScheduleSyntaxError:
        return ()


def _read_days(fields: list[str], problems: list[ScheduleProblem]) -> tuple[str, str, DayRule] | None:
    """Both day fields as text, and the one rule they make; None when there is a problem."""
    found: list[tuple[str, str, DayRule]] = []
    for index, read in ((2, read_day_of_month), (4, read_day_of_week)):
        if fields[index] == "?":
            continue
        try:
            text, rule = read(fields[index])
        except ScheduleSyntaxError as error:
            problems += error.problems
        else:
            found.append((text, "?", rule) if read is read_day_of_month else ("?", text, rule))
    if (fields[2] == "?") == (fields[4] == "?"):
        problems.append(_question_mark(fields))
        return None
    return found[0] if found else None


def _question_mark(fields: list[str]) -> ScheduleProblem:
    """The problem of a cron in which not exactly one of the day fields is ``?``."""
    minute, hour, of_month, month, of_week, year = fields
    expected = "'?' in exactly one of day-of-month and day-of-week"
    if of_month != "?" and "*" not in {of_month, of_week}:
        expected += (
            "; 'one or the other' takes two schedules: "
            f"cron({minute} {hour} {of_month} {month} ? {year}) and cron({minute} {hour} ? {month} {of_week} {year})"
        )
    return ScheduleProblem(field="day-of-week", value=of_week, expected=expected)


def _no_such_date(cron: Cron, fields: list[str]) -> ScheduleProblem:
    months = listed(spans(runs(cron.months), month_name))
    within = "" if cron.every_year else f" {years(cron.years)}"
    expected = f"a date that exists in {months}{within}: this schedule would never run"
    if fields[2] == "?":
        return ScheduleProblem(field="day-of-week", value=fields[4], expected=expected)
    return ScheduleProblem(field="day-of-month", value=fields[2], expected=expected)
