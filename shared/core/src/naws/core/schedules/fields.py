"""One field of a cron expression: its legal values, and how a list of values, ranges and steps is read.

Bounds and wildcards: EventBridge Scheduler user guide, "Schedule types", table "Cron-based schedules"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from naws.core.schedules.problems import ScheduleProblem

_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>[A-Z]+|[0-9]+)(?:-(?P<last>[A-Z]+|[0-9]+))?)(?:/(?P<step>[0-9]+))?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class FieldError(ValueError):
    """One field is wrong; carries the problem, without a remedy yet."""

    def __init__(self, field: str, value: str, expected: str) -> None:
        self.problem = ScheduleProblem(field=field, value=value, expected=expected)
        super().__init__(self.problem)


@dataclass(frozen=True)
class FieldSpec:
    """What one field may hold.

    Attributes:
        name: the field's name in error texts.
        low: the smallest value.
        high: the largest value.
        top_step: the largest step after ``/``; 0 means that the field takes no step.
        names: names that stand for the values from ``low`` on.
        wildcards: the letters and signs that the field takes, for error texts.
    """

    name: str
    low: int
    high: int
    top_step: int
    names: tuple[str, ...] = ()
    wildcards: str = ", - * /"

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

    def refuse(self, value: str, expected: str | None = None) -> FieldError:
        """The error for a value of this field; says the legal values unless told otherwise."""
        return FieldError(self.name, value, expected or self.legal)


@dataclass(frozen=True)
class FieldValues:
    """A field that was read: its canonical text and every value it selects, ascending."""

    text: str
    values: tuple[int, ...]


MINUTE = FieldSpec("minute", 0, 59, 59)
HOUR = FieldSpec("hour", 0, 23, 23)
DAY_OF_MONTH = FieldSpec("day-of-month", 1, 31, 31, wildcards=", - * ? / L W")
MONTH = FieldSpec("month", 1, 12, 12, names=_MONTHS)
DAY_OF_WEEK = FieldSpec("day-of-week", 1, 7, 0, names=_DAYS, wildcards=", - * ? L #")
YEAR = FieldSpec("year", 1970, 2199, 229)
UNIX_DAY_OF_MONTH = FieldSpec("day-of-month", 1, 31, 31)
UNIX_DAY_OF_WEEK = FieldSpec("day-of-week", 0, 7, 7, names=_DAYS)


def read_values(spec: FieldSpec, text: str) -> FieldValues:
    """Read a list of values, ranges and steps.

    A range that runs backwards (``22-2``, ``FRI-MON``) is refused: AWS does not say what it does with one, and two
    ranges say the same. ``5/15`` means from 5 to the field's end in steps of 15, as AWS documents it.

    Raises:
        FieldError: something in the list is not legal for this field.
    """
    parts = text.split(",")
    if len(parts) > 1 and "*" in parts:
        raise spec.refuse(text, f"'*' alone or a list without it: {spec.legal}")
    items = [_read_item(spec, part) for part in parts]
    values = sorted({value for item in items for value in item.values})
    return FieldValues(",".join(item.text for item in items), tuple(values))


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
        raise spec.refuse(text, _spelling(spec, text))
    step = _step(spec, text, match["step"])
    if match["all"]:
        return FieldValues(text if step == 1 else f"*/{step}", tuple(range(spec.low, spec.high + 1, step)))
    first, last = _bound(spec, text, match["first"]), _bound(spec, text, match["last"] or match["first"])
    if first > last:
        raise spec.refuse(text, "a range that runs upwards: AWS documents none that wraps around; write two")
    if match["last"] is None and match["step"]:
        last = spec.high
    return FieldValues(_canonical(match), tuple(range(first, last + 1, step)))


def _spelling(spec: FieldSpec, text: str) -> str:
    """What is expected where a text does not even look like an item."""
    if not text.isascii():
        return f"ASCII digits, letters and signs: {spec.legal}"
    return f"capital letters: {spec.legal}" if _ITEM.fullmatch(text.upper()) else spec.legal


def _step(spec: FieldSpec, text: str, step: str | None) -> int:
    if step is None:
        return 1
    if not spec.top_step:
        raise spec.refuse(text, f"no step: AWS documents none for this field; list the values: {spec.legal}")
    if not 1 <= int(step) <= spec.top_step:
        raise spec.refuse(text, f"a step of 1-{spec.top_step}")
    return int(step)


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
