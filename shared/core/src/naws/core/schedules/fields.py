"""One field of a cron expression: its legal values, and how a list of values, ranges and steps is read.

Bounds and wildcards: EventBridge Scheduler user guide, "Schedule types", table "Cron-based schedules"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError

_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>[A-Z]+|[0-9]+)(?:-(?P<last>[A-Z]+|[0-9]+))?)(?:/(?P<step>[0-9]+))?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class FieldSpec:
    """The values and signs that one field of a cron expression takes.

    Attributes:
        name: the field's name in error texts.
        low: the smallest value.
        high: the largest value.
        top_step: the largest step after ``/`` that reaches a second value.
        names: names that stand for the values from ``low`` on.
        wildcards: the letters and signs that the field takes, for error texts.
        steps: whether AWS documents steps for it; if not, the values are listed.
        wraps: whether a range may run over the field's end.
    """

    name: str
    low: int
    high: int
    top_step: int
    names: tuple[str, ...] = ()
    wildcards: str = ", - * /"
    steps: bool = True
    wraps: bool = True

    @property
    def legal(self) -> str:
        """The legal values in words."""
        names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{names}, with the wildcards {self.wildcards}"

    def number(self, token: str) -> int | None:
        """The value that a number or a name stands for; None when it is neither or outside the range."""
        if token in self.names:
            return self.low + self.names.index(token)
        value = int(token) if token.isdecimal() else -1
        return value if self.low <= value <= self.high else None

    def refuse(self, value: str, expected: str | None = None) -> ScheduleSyntaxError:
        """The error for a value of this field; `expected` not given: the field's legal values."""
        return ScheduleSyntaxError.of(self.name, value, expected or self.legal)


@dataclass(frozen=True)
class FieldValues:
    """A field that was read: its canonical text, every value it selects, ascending, and what is legal but unlikely."""

    text: str
    values: tuple[int, ...]
    doubts: tuple[ScheduleProblem, ...] = ()


MINUTE = FieldSpec("minute", 0, 59, 59)
HOUR = FieldSpec("hour", 0, 23, 23)
DAY_OF_MONTH = FieldSpec("day-of-month", 1, 31, 31, wildcards=", - * ? / L W")
MONTH = FieldSpec("month", 1, 12, 12, names=_MONTHS)
DAY_OF_WEEK = FieldSpec("day-of-week", 1, 7, 7, names=_DAYS, wildcards=", - * ? L #", steps=False)
YEAR = FieldSpec("year", 1970, 2199, 229, wraps=False)
UNIX_DAY_OF_MONTH = FieldSpec("day-of-month", 1, 31, 31)
UNIX_DAY_OF_WEEK = FieldSpec("day-of-week", 0, 7, 7, names=_DAYS)


def read_values(spec: FieldSpec, text: str) -> FieldValues:
    """Read a list of values, ranges and steps.

    Whether AWS takes a range that runs over the field's end (``22-2``, ``FRI-MON``), a step longer than the field, or a
    step in day-of-week is not documented: each is written as the values that it can only mean. ``5/15`` means from 5 to
    the field's end in steps of 15, as AWS documents it.

    Raises:
        ScheduleSyntaxError: something in the list is not legal for this field.
    """
    parts = text.split(",")
    if len(parts) > 1 and "*" in parts:
        raise spec.refuse(text, f"'*' alone or a list without it: {spec.legal}")
    items = [_read_item(spec, part) for part in parts]
    values = sorted({value for item in items for value in item.values})
    doubts = tuple(doubt for item in items for doubt in item.doubts)
    return FieldValues(",".join(item.text for item in items), tuple(values), doubts)


def ranges(values: Iterable[int]) -> str:
    """Ascending values as a field's text: ``1,6-7``."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs(values))


def runs(values: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending values as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and value == found[-1][1] + 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def _read_item(spec: FieldSpec, text: str) -> FieldValues:
    match = _ITEM.fullmatch(text)
    if match is None:
        raise spec.refuse(text, None if text.isascii() else f"ASCII digits, letters and signs: {spec.legal}")
    step = int(match["step"] or 1)
    if step < 1:
        raise spec.refuse(text, f"a step of 1-{spec.top_step}")
    first, last = spec.low, spec.high
    if not match["all"]:
        first, last = _bound(spec, text, match["first"]), _bound(spec, text, match["last"] or match["first"])
        last = spec.high if match["last"] is None and match["step"] else last
    if first > last:
        return _over_the_end(spec, text, match, step)
    values = tuple(range(first, last + 1, step))
    if step > spec.top_step:
        expected = f"a step of 1-{spec.top_step}: a longer one reaches no second value, so that this is {first} alone"
        doubt = ScheduleProblem(field=spec.name, value=text, expected=expected)
        return FieldValues(str(first), values, (doubt,))
    if match["step"] and not spec.steps:
        return FieldValues("*" if step == 1 and match["all"] else ranges(values), values)
    if match["all"]:
        return FieldValues(text if step == 1 else f"*/{step}", values)
    return FieldValues(_canonical(match), values)


def _over_the_end(spec: FieldSpec, text: str, match: re.Match[str], step: int) -> FieldValues:
    """A range such as ``22-2`` as two that run upwards, which are the same times."""
    if not spec.wraps:
        raise spec.refuse(text, "a range that runs upwards")
    first, last = _bound(spec, text, match["first"]), _bound(spec, text, match["last"])
    top = spec.high if spec is not UNIX_DAY_OF_WEEK else spec.high - 1  # there 7 is 0 once more
    values = tuple(sorted([*range(first, top + 1), *range(spec.low, last + 1)][::step]))
    if step > 1:
        return FieldValues(",".join(map(str, values)), values)
    ends: tuple[object, ...] = (first, top, spec.low, last)
    if match["first"] in spec.names and match["last"] in spec.names:
        ends = (match["first"], spec.names[-1], spec.names[0], match["last"])
    pairs = (ends[:2], ends[2:])
    return FieldValues(",".join(f"{one}" if one == other else f"{one}-{other}" for one, other in pairs), values)


def _bound(spec: FieldSpec, text: str, token: str) -> int:
    value = spec.number(token)
    if value is None:
        raise spec.refuse(text)
    return value


def _canonical(match: re.Match[str]) -> str:
    first, last, step = (_plain(match[part]) for part in ("first", "last", "step"))
    return first + (f"-{last}" if last else "") + (f"/{step}" if step else "")


def _plain(token: str | None) -> str:
    """A number without leading zeros; a name or nothing as it is."""
    return str(int(token)) if token and token.isdecimal() else token or ""
