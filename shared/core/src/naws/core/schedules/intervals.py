"""``rate(N unit)`` and ``at(yyyy-mm-ddThh:mm:ss)``.

Source: EventBridge Scheduler user guide, "Schedule types"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based and #one-time). Scheduler takes
``rate(1 days)``; EventBridge rules do not (cfn-lint E3027), so the canonical form is the one that both take.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from typing import Literal

from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError

UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_UNITS = "minute(s), hour(s) or day(s)"
_RATE = re.compile(r"([0-9]+)\s+([a-z]+)")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_MOST_SECONDS = timedelta.max.total_seconds()
_MOST_DAYS = (datetime(MAXYEAR, 12, 31) - datetime(1970, 1, 1)).days  # noqa: DTZ001  # as far as the calendar goes


@dataclass(frozen=True)
class Rate:
    """Every so many minutes, hours or days; a day is 24 hours, whatever daylight saving time does."""

    count: int
    unit: str
    kind: Literal["rate"] = "rate"

    @property
    def expression(self) -> str:
        """The EventBridge form; the unit is singular exactly when the count is 1."""
        return f"rate({self._words()})"

    def period_seconds(self) -> int:
        """The time between two firings, in seconds."""
        return self.count * UNIT_SECONDS[self.unit]

    def instants(self, after: datetime) -> Iterator[datetime]:
        """``after`` plus one period, plus two, and so on, as far as the calendar goes."""
        while self.period_seconds() < _MOST_SECONDS:
            try:
                after += timedelta(seconds=self.period_seconds())
            except OverflowError:
                return
            if after.year == MAXYEAR:  # its local time in some zone may lie beyond the calendar
                return
            yield after

    def describe(self) -> str:
        """The interval in plain English."""
        return f"every {self.unit if self.count == 1 else self._words()}"

    def _words(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True)
class Once:
    """One firing at a wall-clock time (naive)."""

    moment: datetime
    kind: Literal["at"] = "at"

    @property
    def expression(self) -> str:
        """The EventBridge form."""
        return f"at({self.moment.isoformat()})"

    def describe(self, timezone: str) -> str:
        """The moment in plain English."""
        clock = f"{self.moment:%H:%M:%S}" if self.moment.second else f"{self.moment:%H:%M}"
        return f"once, on {self.moment.date().isoformat()} at {clock}, in {timezone}"

    def never_fires_after(self, moment: datetime) -> ScheduleProblem | None:
        """The problem that its moment is not later than ``moment`` (naive, same zone)."""
        if self.moment > moment:
            return None
        ahead = moment.replace(
            hour=self.moment.hour, minute=self.moment.minute, second=self.moment.second, microsecond=0
        )
        expected = f"a time after {moment:%Y-%m-%d %H:%M}"
        remedy = f"at({(ahead + timedelta(days=1)).isoformat()})"
        return ScheduleProblem(field="", value=self.expression, expected=expected, remedy=remedy)


def read_rate(body: str) -> Rate:
    """Read what stands between the parentheses; singular and plural units are both taken, as Scheduler does.

    Raises:
        ScheduleSyntaxError: the value, the unit or both are not legal.
    """
    match = _RATE.fullmatch(body.strip())
    if match is None:
        raise ScheduleSyntaxError.of("", f"rate({body})", f"a whole number from 1, a space and {_UNITS}")
    unit = match[2].removesuffix("s")
    problems: list[ScheduleProblem] = []
    if int(match[1]) < 1:
        problems.append(ScheduleProblem(field="value", value=match[1], expected="a whole number from 1"))
    if int(match[1]) * UNIT_SECONDS.get(unit, 0) > _MOST_DAYS * UNIT_SECONDS["day"]:
        expected = f"at most {_MOST_DAYS} days, after which the calendar ends: it would never fire"
        problems.append(ScheduleProblem(field="value", value=match[1], expected=expected))
    if unit not in UNIT_SECONDS:
        problems.append(ScheduleProblem(field="unit", value=match[2], expected=_UNITS))
    if problems:
        raise ScheduleSyntaxError(problems)
    return Rate(int(match[1]), unit)


def read_at(body: str) -> Once:
    """Read what stands between the parentheses.

    Raises:
        ScheduleSyntaxError: it is not ``yyyy-mm-ddThh:mm:ss``, or that date or time does not exist.
    """
    if not _MOMENT.fullmatch(body):
        raise ScheduleSyntaxError.of(
            "", f"at({body})", "at(yyyy-mm-ddThh:mm:ss), without an offset: the time zone is its own property"
        )
    try:
        return Once(datetime.fromisoformat(body))
    except ValueError as error:
        raise ScheduleSyntaxError.of("", f"at({body})", f"a date and time that exist: {error}") from None


def whole_minutes(minutes: int) -> Rate:
    """The rate of that many minutes, in the largest unit that holds them exactly."""
    for unit, seconds in reversed(UNIT_SECONDS.items()):
        if minutes * 60 % seconds == 0:
            return Rate(minutes * 60 // seconds, unit)
    raise AssertionError(minutes)  # pragma: no cover - every number of minutes divides by a minute
