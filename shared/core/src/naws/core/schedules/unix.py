"""Unix forms: five cron fields, the ``@`` presets and ``@every``, written as EventBridge's own.

Source of the forms: crontab(5); ``@every`` is the Go cron libraries' and takes a Go duration.
"""

import re
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from naws.core.schedules.cron import Cron, from_fields
from naws.core.schedules.fields import (
    HOUR,
    MINUTE,
    MONTH,
    UNIX_DAY_OF_MONTH,
    UNIX_DAY_OF_WEEK,
    ranges,
    read_values,
)
from naws.core.schedules.intervals import Rate, read_rate, whole_minutes
from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError

UNIX_FIELDS = 5
_PRESETS = {
    "@hourly": "0 * * * ? *",
    "@daily": "0 0 * * ? *",
    "@midnight": "0 0 * * ? *",
    "@weekly": "0 0 ? * 1 *",
    "@monthly": "0 0 1 * ? *",
    "@yearly": "0 0 1 1 ? *",
    "@annually": "0 0 1 1 ? *",
}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[hms])+")
_PART = re.compile(r"([0-9.]+)([hms])")
_PART_SECONDS = {"h": 3600, "m": 60, "s": 1}


def preset_of(cron: Cron) -> str:
    """The shorthand of a schedule, such as ``@daily``; empty when it has none."""
    return next((name for name, fields in _PRESETS.items() if cron.expression == f"cron({fields})"), "")


def read_preset(expression: str) -> Cron | Rate:
    """The schedule of a text that starts with ``@``.

    Raises:
        ScheduleSyntaxError: no such preset, or not whole minutes after ``@every``.
    """
    name, _, duration = expression.partition(" ")
    if name == "@every":
        return _read_every(expression, duration.strip())
    if expression in _PRESETS:
        return from_fields(_PRESETS[expression].split())
    close = get_close_matches(expression.lower(), _PRESETS, n=1)
    expected = f"one of {', '.join(_PRESETS)} or @every with a duration such as 1h30m"
    raise ScheduleSyntaxError.of("", expression, expected, close[0] if close else "")


def read_unix(expression: str) -> Cron:
    """The schedule of five unix fields: minute, hour, day-of-month, month, day-of-week.

    Names may be in small letters; 0 and 7 are Sunday and become 1; ``?`` is put into the day field that is ``*``.

    Raises:
        ScheduleSyntaxError: with one problem for each field that is wrong, or when both day fields are restricted:
            unix cron then means one or the other, which EventBridge cannot express.
    """
    fields = expression.upper().split()
    problems: list[ScheduleProblem] = []
    doubts: list[ScheduleProblem] = []
    read: list[str] = []
    specs = (MINUTE, HOUR, UNIX_DAY_OF_MONTH, MONTH, UNIX_DAY_OF_WEEK)
    for spec, text in zip(specs, fields, strict=True):
        try:
            values = read_values(spec, text)
            doubts += values.doubts
            read.append(aws_days(values.values) if spec is UNIX_DAY_OF_WEEK and text != "*" else values.text)
        except ScheduleSyntaxError as error:
            problems += error.problems
    if not {fields[2], fields[4]} & {"*", "?"}:
        problems.append(_either_day(fields))
    if problems:
        raise ScheduleSyntaxError(problems)
    minute, hour, of_month, month, of_week = read
    days = [of_month, month, "?"] if of_week == "*" else ["?", month, of_week]
    return replace(from_fields([minute, hour, *days, "*"]), doubts=tuple(doubts))


def aws_days(values: tuple[int, ...]) -> str:
    """Days of the week by unix numbers, 0 or 7 for Sunday, as EventBridge numbers them from 1 for Sunday."""
    return ranges(sorted({value % 7 + 1 for value in values}))


def _either_day(fields: list[str]) -> ScheduleProblem:
    minute, hour, of_month, month, of_week = fields
    expected = (
        "'*' in day-of-month or day-of-week: unix cron runs on one or the other, which EventBridge cannot express; "
        f"use two schedules: {minute} {hour} {of_month} {month} * and {minute} {hour} * {month} {of_week}"
    )
    return ScheduleProblem(field="day-of-week", value=of_week, expected=expected)


def _read_every(expression: str, duration: str) -> Rate:
    parts = _PART.findall(duration) if _DURATION.fullmatch(duration) else []
    minutes = sum((Fraction(number) * _PART_SECONDS[unit] for number, unit in parts), Fraction()) / 60
    if minutes < 1 or minutes.denominator != 1:
        expected = "whole minutes, at least 1, after @every, in hours, minutes and seconds, such as 90m or 1h30m"
        raise ScheduleSyntaxError.of("", expression, expected)
    rate = whole_minutes(int(minutes))
    return read_rate(f"{rate.count} {rate.unit}")  # judged like any rate
