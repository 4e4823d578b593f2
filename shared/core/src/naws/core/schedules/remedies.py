"""Corrections of the mistakes that people make in schedule expressions.

Every correction is a guess that was read back: only one that is a legal expression is offered.

    text -> spelled out in ASCII -> form by its keyword -> candidates, likeliest first -> the first that reads
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from itertools import chain

from naws.core.schedules.days import read_day_of_month, read_day_of_week
from naws.core.schedules.fields import (
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    UNIX_DAY_OF_WEEK,
    YEAR,
    FieldError,
    ranges,
    read_values,
)
from naws.core.schedules.intervals import UNIT_SECONDS
from naws.core.schedules.problems import ScheduleSyntaxError
from naws.core.schedules.reading import LONGEST, read

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_CALL = re.compile(r"(?P<word>[A-Za-z]+)\s*[(\[{]\s*(?P<body>[^)\]}]*?)\s*[)\]}]*")
_AMOUNT = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)")
_UNIT = re.compile(r"[A-Za-z]+")
_UNITS = {
    "s": "second",
    "sec": "second",
    "second": "second",
    "m": "minute",
    "min": "minute",
    "mins": "minute",
    "minute": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "hour": "hour",
    "d": "day",
    "day": "day",
    "w": "week",
    "wk": "week",
    "week": "week",
}
_UNIT_MINUTES = {"second": 1 / 60, "minute": 1, "hour": 60, "day": 1440, "week": 10_080}
_SPELLED = re.compile(r"[A-Z]{4,}")
_DATE = re.compile(
    r"(?P<date>[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4})(?:[T\s]+(?P<clock>[0-9]{1,2}(?::[0-9]{1,2}){0,2}))?"
)
_SPECS = (MINUTE, HOUR, None, MONTH, DAY_OF_WEEK, YEAR)
# Neighbours first: minute with hour, day-of-week with year, day-of-month with month, month with day-of-week.
_SWAPS = ((0, 1), (4, 5), (2, 3), (3, 4))


def remedy_for(expression: str) -> str:
    """A legal expression that is likely what was meant; ``""`` when none can be told."""
    text = unicodedata.normalize("NFKC", expression).translate(_DASHES).strip("\"'` \t\r\n;")
    if len(text) > LONGEST:
        return ""
    return next((legal for each in chain([text], _candidates(text)) if (legal := _canonical(each))), "")


def rate_for(expression: str) -> str:
    """The rate that a step longer than its field was likely meant as; ``""`` when none can be told."""
    text = expression.strip()
    call = _CALL.fullmatch(text)
    fields = (call["body"] if call else text).upper().split()
    return next((legal for each in _long_steps(fields) if (legal := _canonical(each))), "")


def _canonical(text: str) -> str:
    try:
        return read(text).expression
    except ScheduleSyntaxError:
        return ""


def _candidates(text: str) -> Iterator[str]:
    call = _CALL.fullmatch(text)
    word = call["word"].lower() if call else ""
    body: str = call["body"] if call else re.sub(r"^(?:rate|cron|at)\b\s*", "", text, flags=re.IGNORECASE).rstrip(") ")
    near = get_close_matches(word, ("rate", "cron", "at", "every"), n=1)
    kinds = {"cron": _crons, "rate": _rates, "every": _rates, "at": _moments}
    if near:
        yield from kinds[near[0]](body)
    if not call:
        yield f"@{text.lower().lstrip('@')}"
        yield from _after_seconds(body)
    yield from chain(_moments(body), _crons(body), _rates(body))


def _rates(body: str) -> Iterator[str]:
    """``5 min``, ``minutes 5``, ``1.5 hours``, ``30 seconds``, ``2 weeks``, ``0 minutes``, ``1 month``."""
    yield f"@every {body.lower().replace(' ', '')}"
    words = _UNIT.findall(body.lower().replace("every", ""))
    amounts = _AMOUNT.findall(body)
    if len(words) > 1 or len(amounts) > 1 or not (words or amounts) or "*" in body:
        return
    number = float(amounts[0]) if amounts else 1.0
    if words in (["month"], ["months"]):
        yield from ["cron(0 0 1 * ? *)"] if number == 1 else []
        return
    unit = _unit(words[0]) if words else "minute"
    if number.is_integer() and number and unit in UNIT_SECONDS:
        yield f"rate({int(number)} {unit})"
    elif unit:
        yield f"@every {max(1, round(number * _UNIT_MINUTES[unit]))}m"


def _unit(word: str) -> str:
    known = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    near = get_close_matches(word, _UNITS, n=1, cutoff=0.75)
    return known or (_UNITS[near[0]] if near else "")


def _moments(body: str) -> Iterator[str]:
    """A date and time that lacks seconds, padding or the T, has an offset, or names a day the month does not have."""
    match = _DATE.match(body)
    if match is None:
        return
    date = [int(part) for part in re.split(r"[-/.]", match["date"])]
    clock = [int(part) for part in (match["clock"] or "0").split(":")] + [0, 0]
    if date[0] < date[2]:
        date.reverse()
        if date[1] > 12 >= date[2]:  # noqa: PLR2004 - months of a year
            date[1:] = date[2], date[1]
    for day in range(date[2], max(date[2] - 4, 0), -1):
        try:
            moment = datetime(date[0], date[1], day, clock[0], clock[1], clock[2])  # noqa: DTZ001 - wall-clock time
        except ValueError:
            continue
        yield f"at({moment.isoformat()})"


def _crons(body: str) -> Iterator[str]:
    fields = [_spelled(field) for field in body.upper().split()]
    if len(fields) == 5:  # noqa: PLR2004 - unix cron, or EventBridge's without the year
        if "?" in fields:
            yield from _six([*fields, "*"])
        yield " ".join(fields)
        yield from _six([*fields[:4], _renumbered(fields[4]), "*"])
    elif len(fields) == 6:  # noqa: PLR2004 - EventBridge's fields, or unix cron after seconds
        yield from _after_seconds(body) if fields[5] == "?" else ()
        yield from _six(fields)
    elif len(fields) == 7:  # noqa: PLR2004 - EventBridge's fields after seconds
        yield from _six(fields[1:])


def _after_seconds(body: str) -> Iterator[str]:
    """Six fields that start with seconds, as Quartz and Spring have them, which put ``?`` elsewhere or leave it out."""
    fields = body.upper().split()
    if len(fields) == 6 and "?" not in {fields[2], fields[4]}:  # noqa: PLR2004 - seconds and unix cron's fields
        yield from _crons(" ".join(fields[1:]))


def _six(fields: list[str]) -> Iterator[str]:
    """Six fields as they are, then with each field mended, then with two of them swapped."""
    mended = [_mended(place, field) for place, field in enumerate(fields)]
    yield _cron(_marked(fields))
    yield _cron(_marked(mended))
    yield from _long_steps(mended)
    if mended[2] in {"29", "30", "31"}:
        yield _cron(_marked([*mended[:2], "L", *mended[3:]]))
    for one, other in _SWAPS if _misplaced(mended) else ():
        # A value out of range beside a '*' is a wrong value, not a wrong place.
        if "*" not in {mended[one], mended[other]} or "?" in {mended[one], mended[other]}:
            swapped = list(mended)
            swapped[one], swapped[other] = mended[other], mended[one]
            yield _cron(_marked(swapped))


def _misplaced(fields: list[str]) -> bool:
    """Whether some field holds what is not legal in its place."""
    try:
        for spec, field in zip(_SPECS, fields, strict=True):
            if spec is None or spec is DAY_OF_WEEK:
                _ = field == "?" or (read_day_of_month(field) if spec is None else read_day_of_week(field))
            else:
                read_values(spec, field)
    except FieldError:
        return True
    return False


def _cron(fields: list[str]) -> str:
    return f"cron({' '.join(fields)})"


def _marked(fields: list[str]) -> list[str]:
    """The day fields with ``?`` in exactly one, where that can be told."""
    of_month, of_week = fields[2], fields[4]
    if of_month == of_week == "?":
        of_month = "*"
    elif "?" not in {of_month, of_week}:
        of_month, of_week = ("?", of_week) if of_month == "*" and of_week != "*" else (of_month, of_week)
        of_week = "?" if of_week == "*" else of_week
    return [*fields[:2], of_month, fields[3], of_week, fields[5]]


def _spelled(field: str) -> str:
    """MONDAY as MON, SEPT as SEP."""
    names = DAY_OF_WEEK.names + MONTH.names
    return _SPELLED.sub(lambda word: word[0][:3] if word[0][:3] in names else word[0], field)


def _mended(place: int, field: str) -> str:
    spec = _SPECS[place]
    if "*" in field.split(","):
        return "*"
    if field == "?" and spec is not DAY_OF_WEEK and spec is not None:
        return "*"
    if spec is DAY_OF_WEEK:
        field = _days_of_week(field)
    if {MINUTE: "60", HOUR: "24"}.get(spec) == field:  # pyright: ignore[reportArgumentType] - the day field has no spec
        return "0"
    return ",".join(_mended_item(place, item) for item in field.split(","))


def _mended_item(place: int, item: str) -> str:
    spec = _SPECS[place]
    if item.startswith("/"):
        return f"{1 if spec is None else spec.low}{item}"
    return item


def _days_of_week(field: str) -> str:
    """Unix numbers when there is a 0 among them."""
    if "0" in re.split(r"[^0-9]+", field):
        return _renumbered(field)
    return field


def _renumbered(field: str) -> str:
    """Unix days of the week, 0 or 7 for Sunday, as EventBridge's, 1 for Sunday."""
    special = re.fullmatch(r"([0-7])(#[1-5]|L)", field)
    if special:
        return f"{int(special[1]) % 7 + 1}{special[2]}"
    try:
        values = read_values(UNIX_DAY_OF_WEEK, field).values
    except FieldError:
        return field
    return field if field == "*" else ranges(sorted({value % 7 + 1 for value in values}))


def _long_steps(fields: list[str]) -> Iterator[str]:
    """A step longer than its field, when nothing else is restricted, as a rate."""
    for place, unit, zeros in ((0, "minutes", []), (1, "hours", ["0"])):
        step = re.fullmatch(r"(?:\*|0)/([1-9][0-9]*)", fields[place])
        rest = fields[place + 1 :]
        if step and fields[:place] == zeros and set(rest) <= {"*", "?"}:
            yield f"rate({step[1]} {unit})"
