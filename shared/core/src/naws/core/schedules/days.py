"""Which days of a month a cron schedule fires on: one rule per way of writing it.

Where AWS is silent the rules follow the calendar and nothing else: a day that a month does not have does not fire in
it, and the weekday nearest to a day stays in that day's month.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from naws.core.schedules.fields import DAY_OF_MONTH, DAY_OF_WEEK, read_values, runs
from naws.core.schedules.wording import ORDINALS, counted, day_name, listed, spans

_NEAREST = re.compile(r"([0-9]{1,2})W")
_OF_WEEKDAY = re.compile(r"(?P<day>[A-Z]+|[0-9])(?:L|#(?P<nth>[0-9]+))")
_FRIDAY = 6
_SATURDAY = 7


@dataclass(frozen=True)
class DayRule:
    """The days that fire, month by month.

    Attributes:
        words: the rule in English, to stand after a time of day; no two rules have the same.
        in_month: the days of a month of a year that fire, ascending; empty when none does.
    """

    words: str
    in_month: Callable[[int, int], Sequence[int]] = field(compare=False, repr=False)


def _month_days(days: tuple[int, ...]) -> DayRule:
    """Days by their number."""

    def in_month(year: int, month: int) -> Sequence[int]:
        length = monthrange(year, month)[1]
        return days if days[-1] <= length else [day for day in days if day <= length]

    return DayRule("every day" if len(days) == DAY_OF_MONTH.high else f"on {counted('day', days)}", in_month)


def _last_day(*, weekday_only: bool) -> DayRule:
    """The last day of the month (``L``), or its last Monday-to-Friday day (``LW``)."""

    def in_month(year: int, month: int) -> Sequence[int]:
        last = monthrange(year, month)[1]
        return (_nearest_weekday(year, month, last) if weekday_only else last,)

    return DayRule("on the last weekday (Monday to Friday)" if weekday_only else "on the last day", in_month)


def _weekday_nearest_to(day: int) -> DayRule:
    """The Monday-to-Friday day nearest to a day (``15W``)."""

    def in_month(year: int, month: int) -> Sequence[int]:
        return () if day > monthrange(year, month)[1] else (_nearest_weekday(year, month, day),)

    return DayRule(f"on the weekday (Monday to Friday) nearest to day {day}", in_month)


def _weekdays(days: tuple[int, ...]) -> DayRule:
    """Days of the week, 1 for Sunday to 7 for Saturday."""

    def in_month(year: int, month: int) -> Sequence[int]:
        return sorted(day for weekday in days for day in _all_of(weekday, year, month))

    every = len(days) == DAY_OF_WEEK.high
    return DayRule("every day" if every else f"every {listed(spans(runs(days), day_name))}", in_month)


def _nth_weekday(day: int, nth: int | None) -> DayRule:
    """The nth such day of the week in the month, 1-5, or the last one when ``nth`` is None (``6L``)."""

    def in_month(year: int, month: int) -> Sequence[int]:
        return _all_of(day, year, month)[-1:] if nth is None else _all_of(day, year, month)[nth - 1 : nth]

    return DayRule(f"on the {'last' if nth is None else ORDINALS[nth]} {day_name(day)}", in_month)


def read_day_of_month(text: str) -> tuple[str, DayRule]:
    """The canonical text and the rule of a day-of-month field other than ``?``.

    ``L`` is the last day, ``15W`` the weekday nearest to the 15th (AWS user guide, "Schedule types"), ``LW`` the last
    weekday: both letters are legal there, and EventBridge takes them together. ``L-3`` and lists that hold ``L`` or
    ``W`` are refused: AWS documents neither.

    Raises:
        ScheduleSyntaxError: the field is not legal.
    """
    if text in {"L", "LW"}:
        return text, _last_day(weekday_only=text == "LW")
    nearest = _NEAREST.fullmatch(text)
    if nearest and DAY_OF_MONTH.number(nearest[1]):
        return f"{int(nearest[1])}W", _weekday_nearest_to(int(nearest[1]))
    if "L" in text or "W" in text:
        raise DAY_OF_MONTH.refuse(text, "L, LW or a day with W (15W), alone and without an offset, or days 1-31")
    values = read_values(DAY_OF_MONTH, text)
    return values.text, _month_days(values.values)


def read_day_of_week(text: str) -> tuple[str, DayRule]:
    """The canonical text and the rule of a day-of-week field other than ``?``.

    ``L`` is Saturday, the last day of the week; ``6L`` the last Friday and ``3#2`` the second Tuesday of the month, and
    ``#`` allows one expression only (AWS user guide, "Schedule types"). Names before ``L`` and ``#`` become numbers.

    Raises:
        ScheduleSyntaxError: the field is not legal.
    """
    if text == "L":
        return text, _weekdays((_SATURDAY,))
    special = _OF_WEEKDAY.fullmatch(text)
    if special:
        day, nth = DAY_OF_WEEK.number(special["day"]), int(special["nth"]) if special["nth"] else None
        if day is None:
            raise DAY_OF_WEEK.refuse(text)
        if nth is not None and nth not in ORDINALS:
            raise DAY_OF_WEEK.refuse(text, "a count of 1-5 after '#': a month has no more of one day of the week")
        return f"{day}L" if nth is None else f"{day}#{nth}", _nth_weekday(day, nth)
    if "#" in text:
        raise DAY_OF_WEEK.refuse(text, "one expression only when '#' is used, such as 3#2 for the second Tuesday")
    values = read_values(DAY_OF_WEEK, text)
    return values.text, _weekdays(values.values)


def _weekday(year: int, month: int, day: int) -> int:
    """1 for Sunday to 7 for Saturday; `monthrange` counts Monday as 0."""
    return (monthrange(year, month)[0] + day) % 7 + 1


def _all_of(weekday: int, year: int, month: int) -> range:
    """The days of a month that are one day of the week."""
    return range(1 + (weekday - _weekday(year, month, 1)) % 7, monthrange(year, month)[1] + 1, 7)


def _nearest_weekday(year: int, month: int, day: int) -> int:
    weekday, last = _weekday(year, month, day), monthrange(year, month)[1]
    if weekday > _FRIDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == 1:
        return day + 1 if day < last else day - 2
    return day
