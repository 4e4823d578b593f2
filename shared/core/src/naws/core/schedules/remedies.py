"""Corrections of the mistakes that people make in schedule expressions.

Every correction is a guess that was read back: only one that is a legal expression is offered.

    text -> candidates, likeliest first: rate, at, cron -> the first that reads
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches

from naws.core.schedules.fields import DAY_OF_WEEK, MONTH, UNIX_DAY_OF_WEEK, read_values
from naws.core.schedules.intervals import UNIT_SECONDS
from naws.core.schedules.problems import ScheduleSyntaxError
from naws.core.schedules.reading import LONGEST, read
from naws.core.schedules.unix import aws_days

_CALL = re.compile(r"[A-Za-z]+\s*[(\[{]\s*(?P<body>[^)\]}]*?)\s*[)\]}]*")
_WORD = re.compile(r"^(?:rate|cron|at)\b\s*", re.IGNORECASE)
_MOMENT = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T\s]+([0-9]{1,2})(?::([0-9]{1,2}))?(?::([0-9]{1,2}))?)?"
)
_UNIT_MINUTES = {"second": 1 / 60, "minute": 1, "hour": 60, "day": 1440, "week": 10_080}
_SHORT_UNITS = {"": "second", "hr": "hour", "wk": "week"}
_SPELLED = re.compile(r"[A-Z]{4,}")
_LIKELY = ("0", "5", "1", "*", "MON", "*")
_LOWEST = (0, 0, 1, 1, 1, 1970)


def remedy_for(expression: str) -> str:
    """A legal expression that is likely what was intended; ``""`` when there is no telling."""
    text = unicodedata.normalize("NFKC", expression).strip("\"'` \t\r\n;")
    if len(text) > LONGEST:
        return ""
    return next((legal for each in [text, *_candidates(text)] if (legal := _canonical(each))), "")


def rate_for(expression: str) -> str:
    """The rate that is likely intended by a step longer than its field; ``""`` when there is no telling."""
    return next((legal for each in _long_steps(_fields(expression)) if (legal := _canonical(each))), "")


def example_for(expression: str) -> str:
    """A legal expression where there is no telling: one field has a likely value, the others stay if they can."""
    fields = _fields(expression)
    six = [_mended(index, field) for index, field in enumerate([*fields, "*"][:6])]
    others = (_cron([*six[:each], likely, *six[each + 1 :]]) for each, likely in enumerate(_LIKELY) if len(six) == 6)  # noqa: PLR2004
    return next((legal for each in others if (legal := _canonical(each))), "cron(0 5 * * ? *)")


def _fields(expression: str) -> list[str]:
    text = expression.strip()
    call = _CALL.fullmatch(text)
    return (call["body"] if call else text).upper().split()


def _canonical(text: str) -> str:
    try:
        return read(text).expression
    except ScheduleSyntaxError:
        return ""


def _candidates(text: str) -> Iterator[str]:
    call = _CALL.fullmatch(text)
    body = call["body"] if call else _WORD.sub("", text).rstrip(") ")
    if not call:
        yield f"@{text.lower().lstrip('@')}"
    yield from _moments(body)
    yield from _crons(body, in_call=bool(call or _WORD.match(text)))
    yield from _rates(body)


def _rates(body: str) -> Iterator[str]:
    """``5 min``, ``minutes 5``, ``1.5 hours``, ``30 seconds``, ``2 weeks``, ``0 minutes``."""
    yield f"@every {body.lower().replace(' ', '')}"
    words = re.findall(r"[a-z]+", body.lower().replace("every", ""))
    amounts = re.findall(r"[0-9]+(?:\.[0-9]+)?", body)
    if len(words) > 1 or len(amounts) > 1 or not (words or amounts) or "*" in body:
        return
    number = float(amounts[0]) if amounts else 1.0
    unit = _unit(words[0]) if words else "minute"
    if number.is_integer() and number and unit in UNIT_SECONDS:
        yield f"rate({int(number)} {unit})"
    elif unit:
        yield f"@every {max(1, round(number * _UNIT_MINUTES[unit]))}m"


def _unit(word: str) -> str:
    word = _SHORT_UNITS.get(word.removesuffix("s"), word.removesuffix("s"))
    whole = [unit for unit in _UNIT_MINUTES if unit.startswith(word)]
    return next(iter(whole or get_close_matches(word, _UNIT_MINUTES, n=1, cutoff=0.75)), "")


def _moments(body: str) -> Iterator[str]:
    """A date and time that lacks seconds, padding or the T, has an offset, or names a day the month does not have."""
    match = _MOMENT.match(body)
    if match:
        year, month, last, hour, minute, second = (int(part or 0) for part in match.groups())
        for day in range(last, last - 4, -1):
            with suppress(ValueError):
                moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - wall-clock time
                yield f"at({moment.isoformat()})"


def _crons(body: str, *, in_call: bool) -> Iterator[str]:
    # MONDAY as MON, SEPT as SEP.
    names = DAY_OF_WEEK.names + MONTH.names
    fields = _SPELLED.sub(lambda word: word[0][:3] if word[0][:3] in names else word[0], body.upper()).split()
    if len(fields) == 5:  # noqa: PLR2004 - unix cron, or EventBridge's without the year
        if "?" in fields:
            yield from _six([*fields, "*"])
        yield " ".join(fields)
        yield from _six([*fields[:4], _renumbered(fields[4]), "*"])
    # Without cron() and its ?, or with ? at the end, the first field may be seconds, as other tools have them.
    elif len(fields) == 6 and fields[5] != "?" and (in_call or "?" in {fields[2], fields[4]}):  # noqa: PLR2004
        yield from _six(fields)


def _six(fields: list[str]) -> Iterator[str]:
    """Six fields with each one mended."""
    mended = [_mended(index, field) for index, field in enumerate(fields)]
    yield _cron(mended)
    yield from _long_steps(mended)
    if mended[2] in {"29", "30", "31"}:
        yield _cron([*mended[:2], "L", *mended[3:]])


def _cron(fields: list[str]) -> str:
    """The expression, with ``?`` in exactly one of the day fields where there is no doubt in which."""
    minute, hour, of_month, month, of_week, year = fields
    if of_month == of_week == "?":
        of_month = "*"
    elif of_week == "*" and of_month != "?":
        of_week = "?"
    elif of_month == "*" and of_week != "?":
        of_month = "?"
    return f"cron({minute} {hour} {of_month} {month} {of_week} {year})"


def _mended(index: int, field: str) -> str:
    of_month, of_week = 2, 4
    if "*" in field.split(",") or (field == "?" and index not in {of_month, of_week}):
        return "*"
    if (index, field) in {(0, "60"), (1, "24")}:
        return "0"
    if index == of_week and "0" in re.split(r"[^0-9]+", field):
        field = _renumbered(field)
    return re.sub(r"(^|,)/", rf"\g<1>{_LOWEST[index]}/", field)


def _renumbered(field: str) -> str:
    """Unix days of the week, 0 or 7 for Sunday, as EventBridge's, 1 for Sunday."""
    special = re.fullmatch(r"([0-7])(#[1-5]|L)", field)
    if special:
        return f"{int(special[1]) % 7 + 1}{special[2]}"
    try:
        return field if field == "*" else aws_days(read_values(UNIX_DAY_OF_WEEK, field).values)
    except ScheduleSyntaxError:
        return field


def _long_steps(fields: list[str]) -> Iterator[str]:
    """A step longer than its field, when nothing else is restricted, as a rate."""
    for index, unit, zeros in ((0, "minutes", []), (1, "hours", ["0"])):
        step = re.fullmatch(r"(?:\*|0)/([1-9][0-9]*)", fields[index])
        rest = fields[index + 1 :]
        if step and fields[:index] == zeros and set(rest) <= {"*", "?"}:
            yield f"rate({step[1]} {unit})"
