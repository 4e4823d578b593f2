from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from naws.cli.embedded.departures.schedule_times import next_due


def at(text: Any) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(expression: Any, zone: Any = "UTC", **more: Any) -> Any:
    created = at("2026-01-01T00:00:30").timestamp()
    return {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone, "CreationDate": created, **more}


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        ("cron(0 6 * * ? *)", "UTC", "2026-01-01T06:00:00", "2026-01-02T06:00:00"),
        ("cron(0 6 * * ? *)", "Europe/Berlin", "2026-01-01T00:00:00", "2026-01-01T05:00:00"),
        ("cron(0 6 * * ? *)", "Europe/Berlin", "2026-07-01T00:00:00", "2026-07-01T04:00:00"),
        ("cron(0 6 ? * MON-FRI *)", "UTC", "2026-01-02T07:00:00", "2026-01-05T06:00:00"),
        ("cron(0 6 L * ? *)", "UTC", "2026-02-01T00:00:00", "2026-02-28T06:00:00"),
        ("cron(0 6 15W * ? *)", "UTC", "2026-02-01T00:00:00", "2026-02-16T06:00:00"),
        ("cron(0 6 ? * 2#1 *)", "UTC", "2026-02-03T00:00:00", "2026-03-02T06:00:00"),
        ("cron(0/15 9-10 ? JAN 6L 2027)", "UTC", "2026-02-03T00:00:00", "2027-01-29T09:00:00"),
        ("at(2026-03-01T12:00:00)", "America/New_York", "2026-01-01T00:00:00", "2026-03-01T17:00:00"),
        ("rate(90 minutes)", "UTC", "2026-01-01T00:00:30", "2026-01-01T01:30:30"),
        ("rate(1 day)", "UTC", "2026-01-05T12:00:00", "2026-01-06T00:00:30"),
    ],
)
def test_next_due(expression: Any, zone: Any, after: Any, due: Any) -> None:
    assert next_due(schedule(expression, zone), at(after)) == at(due)


def test_a_rate_begins_at_once_or_at_its_start() -> None:
    before = at("2026-01-01T00:00:29")
    assert next_due(schedule("rate(1 hour)"), before) == at("2026-01-01T00:00:30")
    started = schedule("rate(1 hour)", StartDate=at("2026-02-01T00:00:00").timestamp())
    assert next_due(started, before) == at("2026-02-01T00:00:00")


def test_start_and_end_bound_a_cron() -> None:
    bounded = schedule("cron(0 6 * * ? *)", StartDate="2026-02-01T06:00:00Z", EndDate="2026-02-02T06:00:00Z")
    assert next_due(bounded, at("2026-01-01T00:00:00")) == at("2026-02-01T06:00:00")
    assert next_due(bounded, at("2026-02-01T06:00:00")) == at("2026-02-02T06:00:00")
    assert next_due(bounded, at("2026-02-02T06:00:00")) is None


def test_at_is_due_once() -> None:
    once = schedule("at(2026-03-01T12:00:00)")
    assert next_due(once, at("2026-03-01T12:00:00")) is None


def test_a_local_time_that_does_not_exist_is_skipped_and_one_that_occurs_twice_is_due_once() -> None:
    nightly = schedule("cron(30 2 * * ? *)", "Europe/Berlin")
    assert next_due(nightly, at("2026-03-28T12:00:00")) == at("2026-03-30T00:30:00")
    first = next_due(nightly, at("2026-10-24T12:00:00"))
    assert first == at("2026-10-25T00:30:00")
    assert next_due(nightly, first + timedelta(seconds=1)) == at("2026-10-26T01:30:00")


def test_an_expression_that_is_none_is_never_due() -> None:
    assert next_due(schedule("cron(0 6 * * * *)"), at("2026-01-01T00:00:00")) is None
