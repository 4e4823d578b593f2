"""Plain English for numbers, days, months and times."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from naws.core.schedules.fields import runs

ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MOST_LISTED = 6


def day_name(day: int) -> str:
    """The name of a day of the week; 1 is Sunday."""
    return _DAYS[day - 1]


def month_name(month: int) -> str:
    """The name of a month; 1 is January."""
    return _MONTHS[month - 1]


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def spans(found: Iterable[tuple[int, int]], name: Callable[[int], str] = str) -> list[str]:
    """Runs of values as ``3``, ``8 to 17``; two neighbours stay two values."""
    words: list[str] = []
    for first, last in found:
        if last - first > 1:
            words.append(f"{name(first)} to {name(last)}")
        else:
            words += [name(value) for value in range(first, last + 1)]
    return words


def counted(noun: str, values: Sequence[int]) -> str:
    """``day 1``, ``days 1 and 15``, ``hours 8 to 17``; even steps of three values or more are written as such."""
    if len(values) == 1:
        return f"{noun} {values[0]}"
    step = values[1] - values[0]
    even = all(later - sooner == step for sooner, later in pairwise(values))
    if even and step > 1 and len(values) > _MOST_LISTED:
        return f"every {step} {noun}s from {noun} {values[0]} to {values[-1]}"
    return f"{noun}s {listed(spans(runs(values)))}"


def years(values: Sequence[int]) -> str:
    """``in 2030``, ``in 2030 to 2035``, ``every 2 years from year 1970 to 2198``."""
    if len(runs(values)) > _MOST_LISTED:
        return counted("year", values)
    return f"in {listed(spans(runs(values)))}"


def clock(minutes: Sequence[int], hours: Sequence[int]) -> str:
    """The times of a day in words: ``at 05:30``, ``every 15 minutes``, ``every minute of hours 8 to 17``."""
    if len(minutes) * len(hours) <= _MOST_LISTED:
        return "at " + listed([f"{hour:02}:{minute:02}" for hour in hours for minute in minutes])
    all_day = len(hours) == 24  # noqa: PLR2004 - hours of a day
    within = "" if all_day else f" of {counted('hour', hours)}"
    step = 60 // len(minutes)
    if tuple(minutes) == tuple(range(0, 60, step)) and len(minutes) > 1:  # a step that is kept up across hours
        return f"every {'minute' if step == 1 else f'{step} minutes'}{within}"
    chosen = counted("minute", minutes)
    return f"{chosen if chosen.startswith('every') else 'at ' + chosen}{within or ' of every hour'}"
