"""Telling the forms of a schedule expression apart."""

import re

from naws.core.schedules.cron import CRON_FIELDS, Cron, read_cron
from naws.core.schedules.intervals import Once, Rate, read_at, read_rate
from naws.core.schedules.problems import ScheduleSyntaxError
from naws.core.schedules.unix import UNIX_FIELDS, read_preset, read_unix

LONGEST = 256
_CALL = re.compile(r"(rate|cron|at)\((.*)\)")
_FORMS = "rate(N unit), cron(six fields), at(yyyy-mm-ddThh:mm:ss), five unix cron fields, or @daily and its like"


def read(expression: str) -> Cron | Rate | Once:
    """Read any form, with problems that hold no remedy yet.

    Raises:
        ScheduleSyntaxError: with everything that is wrong with the expression.
    """
    text = expression.strip()
    if len(text) > LONGEST:
        raise ScheduleSyntaxError.of("", text, f"at most {LONGEST} characters, not {len(text)}")
    schedule = _read_form(text)
    if len(schedule.expression) > LONGEST:
        raise ScheduleSyntaxError.of("", text, f"at most {LONGEST} characters as {schedule.expression}")
    return schedule


def _read_form(text: str) -> Cron | Rate | Once:
    call = _CALL.fullmatch(text)
    if call:
        body: str = call[2]
        if call[1] == "cron":
            return read_cron(body)
        return read_rate(body) if call[1] == "rate" else read_at(body.strip())
    if text.startswith("@"):
        return read_preset(text)
    if len(text.split()) == UNIX_FIELDS and "(" not in text:
        return read_unix(text)
    raise ScheduleSyntaxError.of("", text, _expected(text))


def _expected(text: str) -> str:
    """The nearest form's own rule when the text shows which form it was to have; all forms otherwise."""
    word = re.match(r"(rate|cron|at)\b", text, re.IGNORECASE)
    if word:
        return f"{word[0].lower()} in small letters and its value between parentheses"
    if len(text.split()) in {CRON_FIELDS, CRON_FIELDS + 1}:
        return f"six fields without seconds inside cron(), or {UNIX_FIELDS} unix cron fields"
    return _FORMS
