"""The times at which a schedule of EventBridge Scheduler is due; pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from naws.cli.embedded.departures.services import events

_RATE = re.compile(r"rate\((\d+)\s+(minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")


def next_due(schedule: dict[str, Any], after: datetime) -> datetime | None:
    """Return the first time later than ``after`` at which the schedule is due, in UTC; None when there is none.

    Without a start date a rate begins when the schedule is created. ``at`` ignores start and end. A local time that
    the change to summer time skips is not due, one that occurs twice is due once.
    """
    expression = schedule["ScheduleExpression"].strip()
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if at := _AT.fullmatch(expression):
        once = datetime.fromisoformat(at.group(1)).replace(tzinfo=zone).astimezone(UTC)
        return once if once > after else None
    start, end = moment(schedule.get("StartDate")), moment(schedule.get("EndDate"))
    if rate := _RATE.fullmatch(expression):
        step = timedelta(**{f"{rate.group(2)}s": int(rate.group(1))})
        due = _next_rate(start or moment(schedule["CreationDate"]), step, after)
    else:
        not_before = max(after, start - timedelta(seconds=1)) if start else after
        due = _next_cron(expression, not_before.astimezone(zone))
    return due if due is not None and (end is None or due <= end) else None


def moment(value: Any) -> datetime | None:
    """A date of a request, in seconds or as text, in UTC; None of none."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value).replace(tzinfo=datetime.fromisoformat(value).tzinfo or UTC).astimezone(UTC)


def _next_rate(first: datetime | None, step: timedelta, after: datetime) -> datetime | None:
    if first is None or first > after:
        return first
    return first + step * ((after - first) // step + 1)


def _next_cron(expression: str, after: datetime) -> datetime | None:
    fields = events._parse_cron_fields(expression)
    while fields is not None:
        local: datetime | None = events._cron_next_fire(fields, after)
        if local is None:
            return None
        utc = local.astimezone(UTC)
        if utc.astimezone(local.tzinfo).replace(fold=0) == local.replace(fold=0):
            return utc
        after = local
    return None
