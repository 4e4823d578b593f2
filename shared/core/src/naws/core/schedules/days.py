"""Which days of a month a cron schedule fires on: one rule per way of writing it.

Where AWS is silent the rules follow the calendar and nothing else: a day that a month does not have does not fire in
it, and the weekday nearest to a day stays in that day's month.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from naws.core.schedules.fields import DAY_OF_MONTH, DAY_OF_WEEK, read_values, runs
from naws.core.schedules.wording import ORDINALS, counted, day_name, listed, spans

_NEAREST = re.compile(r"([0-9]{1,2})W")
_LAST_OF_WEEKDAY = re.compile(r"([A-Z]+|[0-9])L")
_NTH = re.compile(r"([A-Z]+|[0-9])#([0-9]+)")
_FRIDAY = 6
_SATURDAY = 7


class DayRule(Protocol):
    """The days that fire, month by month."""

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """The days of that month that fire, ascending; empty when none does."""
        ...

    def words(self) -> str:
        """The rule in English, to stand after a time of day."""
        ...


@dataclass(frozen=True)
class MonthDays:
    """Days by their number; all of 1-31 is every day."""

    days: tuple[int, ...]

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """See `DayRule`."""
        length = monthrange(year, month)[1]
        return self.days if self.days[-1] <= length else [day for day in self.days if day <= length]

    def words(self) -> str:
        """See `DayRule`."""
        if len(self.days) == DAY_OF_MONTH.high:
            return "every day"
        return f"on {counted('day', self.days)}"


@dataclass(frozen=True)
class LastDay:
    """The last day of the month (``L``), or its last Monday-to-Friday day (``LW``)."""

    weekday_only: bool

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """See `DayRule`."""
        last = monthrange(year, month)[1]
        return (_nearest_weekday(last, _weekday(year, month, last), last),) if self.weekday_only else (last,)

    def words(self) -> str:
        """See `DayRule`."""
        return "on the last weekday (Monday to Friday)" if self.weekday_only else "on the last day"


@dataclass(frozen=True)
class NearestWeekday:
    """The Monday-to-Friday day nearest to a day (``15W``)."""

    day: int

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """See `DayRule`."""
        last = monthrange(year, month)[1]
        if self.day > last:
            return ()
        return (_nearest_weekday(self.day, _weekday(year, month, self.day), last),)

    def words(self) -> str:
        """See `DayRule`."""
        return f"on the weekday (Monday to Friday) nearest to day {self.day}"


@dataclass(frozen=True)
class Weekdays:
    """Days of the week, 1 for Sunday to 7 for Saturday."""

    days: tuple[int, ...]

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """See `DayRule`."""
        length = monthrange(year, month)[1]
        first = _weekday(year, month, 1)
        return sorted(day for wanted in self.days for day in range(1 + (wanted - first) % 7, length + 1, 7))

    def words(self) -> str:
        """See `DayRule`."""
        if len(self.days) == DAY_OF_WEEK.high:
            return "every day"
        return f"every {listed(spans(runs(self.days), day_name))}"


@dataclass(frozen=True)
class NthWeekday:
    """The nth such day of the week in the month, 1-5, or the last one when ``nth`` is None (``6L``)."""

    day: int
    nth: int | None

    def in_month(self, year: int, month: int) -> Sequence[int]:
        """See `DayRule`."""
        found = Weekdays((self.day,)).in_month(year, month)
        if self.nth is None:
            return found[-1:]
        return found[self.nth - 1 : self.nth]

    def words(self) -> str:
        """See `DayRule`."""
        return f"on the {'last' if self.nth is None else ORDINALS[self.nth]} {day_name(self.day)}"


def read_day_of_month(text: str) -> tuple[str, DayRule]:
    """The canonical text and the rule of a day-of-month field other than ``?``.

    ``L`` is the last day, ``15W`` the weekday nearest to the 15th (AWS user guide, "Schedule types"), ``LW`` the last
    weekday: both letters are legal there, and EventBridge takes them together. ``L-3`` and lists that hold ``L`` or
    ``W`` are refused: AWS documents neither.

    Raises:
        ScheduleSyntaxError: the field is not legal.
    """
    if text in {"L", "LW"}:
        return text, LastDay(weekday_only=text == "LW")
    nearest = _NEAREST.fullmatch(text)
    if nearest and DAY_OF_MONTH.number(nearest[1]):
        return f"{int(nearest[1])}W", NearestWeekday(int(nearest[1]))
    if "L" in text or "W" in text:
        raise DAY_OF_MONTH.refuse(text, "L, LW or a day with W (15W), alone and without an offset, or days 1-31")
    values = read_values(DAY_OF_MONTH, text)
    return values.text, MonthDays(values.values)


def read_day_of_week(text: str) -> tuple[str, DayRule]:
    """The canonical text and the rule of a day-of-week field other than ``?``.

    ``L`` is Saturday, the last day of the week; ``6L`` the last Friday and ``3#2`` the second Tuesday of the month, and
    ``#`` allows one expression only (AWS user guide, "Schedule types"). Names before ``L`` and ``#`` become numbers.

    Raises:
        ScheduleSyntaxError: the field is not legal.
    """
    if text == "L":
        return text, Weekdays((_SATURDAY,))
    special = _NTH.fullmatch(text) or _LAST_OF_WEEKDAY.fullmatch(text)
    if special:
        return _read_special(text, special)
    if "#" in text:
        raise DAY_OF_WEEK.refuse(text, "one expression only when '#' is used, such as 3#2 for the second Tuesday")
    values = read_values(DAY_OF_WEEK, text)
    return values.text, Weekdays(values.values)


def _read_special(text: str, match: re.Match[str]) -> tuple[str, DayRule]:
    day = DAY_OF_WEEK.number(match[1])
    if day is None:
        raise DAY_OF_WEEK.refuse(text)
    if "#" not in text:
        return f"{day}L", NthWeekday(day, None)
    nth = int(match[2])
    if nth not in ORDINALS:
        raise DAY_OF_WEEK.refuse(text, "a count of 1-5 after '#': a month has no more of one day of the week")
    return f"{day}#{nth}", NthWeekday(day, nth)


def _weekday(year: int, month: int, day: int) -> int:
    """1 for Sunday to 7 for Saturday; `monthrange` counts Monday as 0."""
    return (monthrange(year, month)[0] + day) % 7 + 1


def _nearest_weekday(day: int, weekday: int, last: int) -> int:
    if weekday > _FRIDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == 1:
        return day + 1 if day < last else day - 2
    return day
