"""`parse_schedule` and what it returns."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from naws.core.schedules.cron import Cron
from naws.core.schedules.intervals import Once, Rate
from naws.core.schedules.pauses import LeftOut, YearlyLeftOut, first_left_out, longest_at_changes, yearly_left_out
from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError
from naws.core.schedules.reading import read
from naws.core.schedules.remedies import rate_for, remedy_for
from naws.core.schedules.unix import preset_of
from naws.core.schedules.zones import moment_of, parse_timezone

_HOUR = 3600
_WEEK = 604_800


@dataclass(frozen=True)
class ParsedSchedule:
    """A schedule that EventBridge Scheduler takes; made by `parse_schedule`.

    Attributes:
        kind: ``"rate"``, ``"cron"`` or ``"at"``.
        expression: the EventBridge form: no needless blanks or zeros, the unit of a rate in the right number.
        timing: the expression as values.
        doubts: what is legal but probably a mistake, each with the likelier expression when one is known.
    """

    kind: Literal["rate", "cron", "at"]
    expression: str
    timing: Cron | Rate | Once = field(repr=False)
    doubts: tuple[ScheduleProblem, ...] = field(default=(), compare=False)

    @property
    def shortest(self) -> str:
        """The expression as people write it: its shorthand such as ``@daily`` if it has one."""
        return (preset_of(self.timing) if isinstance(self.timing, Cron) else "") or self.expression

    def period_seconds(self) -> int | None:
        """The shortest time between two firings, in seconds; None when it fires only once.

        For cron it is the time on the wall clock: a change to daylight saving time can bring two firings closer.
        """
        return None if isinstance(self.timing, Once) else self.timing.period_seconds()

    def next_times(self, after: datetime, count: int, timezone: str = "UTC") -> tuple[datetime, ...]:
        """The first of `times_after`; fewer when no more are left.

        Raises:
            ValueError: ``after`` has no time zone, or ``count`` is negative.
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        return tuple(islice(self.times_after(after, timezone), count))

    def times_after(self, after: datetime, timezone: str = "UTC") -> Iterator[datetime]:
        """The firing times after a moment, ascending, as aware times in the zone.

        A local time that the change to daylight saving time leaves out does not fire; one that the change back repeats
        fires once, the first time. A rate has no fixed times: it is counted from ``after``, as from its last firing.
        Source: EventBridge Scheduler user guide, "Schedule types", "Daylight savings time".

        Raises:
            ValueError: ``after`` has no time zone.
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        # In UTC: two times of one zone compare by their wall clocks, which repeat.
        start = _aware(after).astimezone(UTC)
        zone = parse_timezone(timezone)
        if isinstance(self.timing, Rate):
            return (moment.astimezone(zone) for moment in self.timing.instants(start))
        local = start.astimezone(zone).replace(tzinfo=None)
        candidates = [self.timing.moment] if isinstance(self.timing, Once) else self.timing.local_times(local)
        moments = (moment_of(candidate, zone) for candidate in candidates)
        return (moment for moment in moments if moment and moment.astimezone(UTC) > start)

    def longest_pause(self, timezone: str | None = "UTC") -> float | None:
        """The longest time between two firings, in seconds, cron's to the hour; None when it is over a week.

        None also when it fires only once. Cron's is real time: where clocks change it is an hour longer once a year,
        and two days instead of one for a time that the change to daylight saving time leaves out.

        Args:
            timezone: where the clocks are; None when that is not known, which adds the hour.

        Raises:
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        if isinstance(self.timing, Once):
            return None
        if isinstance(self.timing, Rate):
            period = self.timing.period_seconds()
            return None if period > _WEEK else period
        longest = self.timing.longest_pause_seconds()
        if longest > _WEEK:
            return None
        real = longest + _HOUR if timezone is None else max(longest, longest_at_changes(self.timing, timezone))
        pause = math.ceil(real / _HOUR) * _HOUR
        return None if pause > _WEEK + _HOUR else pause

    def left_out(self, after: datetime, timezone: str) -> LeftOut | None:
        """The next firing later than ``after`` that does not happen because clocks are put forward over it.

        None when all of the next years happen, or others right before and after stand in.

        Raises:
            ValueError: ``after`` has no time zone.
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        return first_left_out(self.timing, timezone, _aware(after)) if isinstance(self.timing, Cron) else None

    def yearly_left_out(self, timezone: str) -> YearlyLeftOut | None:
        """The day of each year on which clocks are put forward over firings; None when no rule finds it.

        Raises:
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        return yearly_left_out(self.timing, timezone) if isinstance(self.timing, Cron) else None

    def describe(self, timezone: str = "UTC") -> str:
        """When it fires in plain English: ``at 05:30 on day 1 of every month, in Europe/Berlin``."""
        return self.timing.describe() if isinstance(self.timing, Rate) else self.timing.describe(timezone)

    def never_fires_after(self, moment: datetime, timezone: str = "UTC") -> ScheduleProblem | None:
        """The problem that it will not fire later than ``moment``; None when it will.

        Raises:
            ValueError: ``moment`` has no time zone.
            ScheduleSyntaxError: the zone is not one, see `parse_timezone`.
        """
        if self.next_times(moment, 1, timezone) or isinstance(self.timing, Rate):
            return None
        local = _aware(moment).astimezone(parse_timezone(timezone)).replace(tzinfo=None)
        expected = f"a time that the clocks in {timezone} show: they are put forward over this one"
        skipped = ScheduleProblem(field="", value=self.expression, expected=expected)
        return self.timing.never_fires_after(local) or skipped


def parse_schedule(expression: str) -> ParsedSchedule:
    """Read a schedule expression and write it as EventBridge Scheduler does.

    Taken are ``rate(N unit)``, ``cron(minute hour day-of-month month day-of-week year)``, ``at(yyyy-mm-ddThh:mm:ss)``,
    five unix cron fields, ``@hourly``, ``@daily``, ``@midnight``, ``@weekly``, ``@monthly``, ``@yearly``, ``@annually``
    and ``@every`` with a Go duration of whole minutes (``90m``, ``1h30m``). The clock is not read: whether the schedule
    lies in the past says `ParsedSchedule.never_fires_after`.

    Source: EventBridge Scheduler user guide, "Schedule types"; at most 256 characters by the API reference of
    CreateSchedule. Where AWS is silent the expression is put into a form that it documents: capital letters, two ranges
    for one that runs over its field's end (``FRI-MON``), the values of a step in day-of-week or of one that is longer
    than its field. What has no such form is refused: ``L-3``, a list that holds ``L`` or ``W``.

    Raises:
        ScheduleSyntaxError: with all problems of the expression, each with the corrected expression when one is
            known.
    """
    try:
        timing = read(expression)
    except ScheduleSyntaxError as error:
        remedy = remedy_for(expression)
        problems = [problem if problem.remedy else replace(problem, remedy=remedy) for problem in error.problems]
        raise ScheduleSyntaxError(problems) from None
    doubts = timing.doubts if isinstance(timing, Cron) else ()
    mended = tuple(replace(doubt, remedy=rate_for(expression)) for doubt in doubts)
    return ParsedSchedule(timing.kind, timing.expression, timing, mended)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment with a time zone is needed, such as datetime.now(UTC)")
    return moment
