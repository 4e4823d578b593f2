"""Time zones: the name as EventBridge Scheduler takes it, and wall-clock times as moments.

Source: EventBridge Scheduler user guide, "Schedule types", "Time zones" and "Daylight savings time"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time); the length is
CreateSchedule's ScheduleExpressionTimezone, 1-50 characters.
"""

import re
import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo, available_timezones

from naws.core.schedules.problems import ScheduleSyntaxError

_LONGEST = 50
_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])0?([0-9]{1,2})(?::?00)?", re.IGNORECASE)
# Files of a zone folder that are no IANA zone name.
_NOT_ZONES = {"localtime", "posixrules", "Factory", "posix", "right"}
# Abbreviations are no zone names: they change with the season, and some mean several places.
_ABBREVIATIONS = {
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "SGT": "Asia/Singapore",
}
# A version 1 TZif file that holds UTC alone, so that the default zone needs no zone database.
_UTC_FILE = b"TZif" + bytes(16) + b"".join(n.to_bytes(4, "big") for n in (0, 0, 0, 0, 1, 4)) + bytes(6) + b"UTC\0"


def parse_timezone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as ``Europe/Berlin``.

    ``UTC`` needs no zone database; any other name is looked up in this computer's.

    Raises:
        ScheduleSyntaxError: no such zone (its ``expected`` holds the nearest names and ``remedy`` the first), longer
            than 50 characters, or this computer has no zone database.
    """
    if name == "UTC":
        try:
            return ZoneInfo(name)
        except LookupError:
            return ZoneInfo.from_file(BytesIO(_UTC_FILE), key=name)
    if len(name) > _LONGEST:
        raise ScheduleSyntaxError.of(
            "timezone", name, f"an IANA name of at most {_LONGEST} characters, not {len(name)}"
        )
    if _is_name(name):
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            pass  # not a zone: refused below, with the nearest names
    if not _names():
        raise ScheduleSyntaxError.of(
            "timezone", name, "a zone database on this computer, to check the name with: install the package tzdata"
        )
    near = _nearest(name)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise ScheduleSyntaxError.of(
        "timezone", name, f"an IANA time zone name such as Europe/Berlin{hint}", near[0] if near else ""
    )


def moment_of(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment at which the zone's clocks show ``local`` (naive), as an aware time in that zone.

    EventBridge Scheduler skips a time that the change to daylight saving time leaves out, which is None here, and
    takes a time that the change back repeats only once, before the clocks go back.
    """
    moment = local.replace(tzinfo=zone, fold=0)
    try:
        shown = moment.astimezone(UTC).astimezone(zone)
    except OverflowError:
        return None  # the first or last day that a datetime can hold
    return moment if shown.replace(tzinfo=None) == local else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_ZONES)


def _is_name(name: str) -> bool:
    """Whether a file may be opened by that name; where file names ignore case the list of names decides."""
    if not _NAME.fullmatch(name) or name.partition("/")[0] in _NOT_ZONES:
        return False
    return sys.platform not in {"win32", "darwin"} or name in _names()


def _nearest(name: str) -> list[str]:
    offset = _OFFSET.fullmatch(name.strip())
    if offset:
        # POSIX counts west of Greenwich, so the sign in the name is the opposite of the clock's.
        fixed = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{offset[2]}"
        return [fixed] if fixed in _names() else []
    if name.upper() in _ABBREVIATIONS:
        return [_ABBREVIATIONS[name.upper()]]
    wanted = re.sub(r"\s+", "_", name.strip()).casefold()
    by_text = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(_names(), key=_standing)}
    by_text |= {zone.casefold(): zone for zone in _names()}
    close = [wanted] if wanted in by_text else get_close_matches(wanted, by_text, n=3, cutoff=0.75)
    return list(dict.fromkeys(by_text[text] for text in close))


def _standing(name: str) -> tuple[bool, str]:
    """Sorts the zones of a continent last, so that they win over old names for the same city."""
    continents = {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific"}
    return name.partition("/")[0] in continents, name
