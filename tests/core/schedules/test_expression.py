"""Expressions that are taken: what they become, how long between firings, and what they say in English."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from naws.core.schedules import parse_schedule

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("written", "canonical", "period"),
    [
        ("rate(1 minute)", "rate(1 minute)", MINUTE),
        ("rate(1 minutes)", "rate(1 minute)", MINUTE),
        ("rate(5 minute)", "rate(5 minutes)", 5 * MINUTE),
        ("rate(05  hours)", "rate(5 hours)", 5 * HOUR),
        ("rate(1 days)", "rate(1 day)", DAY),
        ("  rate(7 days)\n", "rate(7 days)", 7 * DAY),
        ("cron(0 5 * * ? *)", "cron(0 5 * * ? *)", DAY),
        ("cron(00 05 01 01 ? 2030)", "cron(0 5 1 1 ? 2030)", None),
        ("cron( 0  5 * * ? * )", "cron(0 5 * * ? *)", DAY),
        ("cron(0/15 8-17 ? * MON-FRI *)", "cron(0/15 8-17 ? * MON-FRI *)", 15 * MINUTE),
        ("cron(*/7 * * * ? *)", "cron(*/7 * * * ? *)", 4 * MINUTE),
        ("cron(*/1 * * * ? *)", "cron(*/1 * * * ? *)", MINUTE),
        ("cron(0 11-23/4 ? * 2-6 *)", "cron(0 11-23/4 ? * 2-6 *)", 4 * HOUR),
        ("cron(0,30 0,23 * * ? *)", "cron(0,30 0,23 * * ? *)", 30 * MINUTE),
        ("cron(50 0,23 * * ? *)", "cron(50 0,23 * * ? *)", HOUR),
        ("cron(0 0 L * ? *)", "cron(0 0 L * ? *)", 28 * DAY),
        ("cron(0 0 LW * ? *)", "cron(0 0 LW * ? *)", 28 * DAY),
        ("cron(0 0 15W * ? *)", "cron(0 0 15W * ? *)", 28 * DAY),
        ("cron(0 0 1-31/30 * ? *)", "cron(0 0 1-31/30 * ? *)", DAY),
        ("cron(0 0 ? * L *)", "cron(0 0 ? * L *)", 7 * DAY),
        ("cron(15 10 ? * 6L 2022-2023)", "cron(15 10 ? * 6L 2022-2023)", 28 * DAY),
        ("cron(0 0 ? * FRIL *)", "cron(0 0 ? * 6L *)", 28 * DAY),
        ("cron(0 0 ? * MON#1 *)", "cron(0 0 ? * 2#1 *)", 28 * DAY),
        ("cron(0 0 ? 2 6#5 *)", "cron(0 0 ? 2 6#5 *)", (12 * 365 + 2) * DAY),  # Fridays 29 February 2092 and 2104
        ("cron(0 0 29 2 ? *)", "cron(0 0 29 2 ? *)", 1461 * DAY),
        ("cron(0 0 1 JAN,JUL ? */2)", "cron(0 0 1 JAN,JUL ? */2)", 181 * DAY),
        # small letters, ranges over a field's end and steps in day-of-week, in forms that AWS documents
        ("cron(0 5 ? jan mon-fri *)", "cron(0 5 ? JAN MON-FRI *)", DAY),
        ("cron(0 5 l * ? *)", "cron(0 5 L * ? *)", 28 * DAY),
        ("cron(0 5 ? * fril *)", "cron(0 5 ? * 6L *)", 28 * DAY),
        ("cron(0 22-2 * * ? *)", "cron(0 22-23,0-2 * * ? *)", HOUR),
        ("cron(0 22-2/2 * * ? *)", "cron(0 0,2,22 * * ? *)", 2 * HOUR),
        ("cron(0 5 ? * FRI-MON *)", "cron(0 5 ? * FRI-SAT,SUN-MON *)", DAY),
        ("cron(0 5 ? * FRI-2 *)", "cron(0 5 ? * 6-7,1-2 *)", DAY),
        ("cron(0 5 1 NOV-JAN ? *)", "cron(0 5 1 NOV-DEC,JAN ? *)", 30 * DAY),
        ("cron(0 5 30-2 * ? *)", "cron(0 5 30-31,1-2 * ? *)", DAY),
        ("cron(0 5 ? * 2/2 *)", "cron(0 5 ? * 2,4,6 *)", 2 * DAY),
        ("cron(0 5 ? * MON-FRI/2 *)", "cron(0 5 ? * 2,4,6 *)", 2 * DAY),
        ("cron(0 5 ? * */1 *)", "cron(0 5 ? * * *)", DAY),
        ("0 0 * * fri-sun", "cron(0 0 ? * 1,6-7 *)", DAY),
        ("0 0 * * fri-mon/2", "cron(0 0 ? * 1,6 *)", 2 * DAY),
        ("cron(15/65 * * * ? *)", "cron(15 * * * ? *)", HOUR),
        ("cron(0 */48 * * ? *)", "cron(0 0 * * ? *)", DAY),
        ("rate(2932896 days)", "rate(2932896 days)", 2_932_896 * DAY),
        ("at(2030-01-31T05:00:09)", "at(2030-01-31T05:00:09)", None),
        ("@hourly", "cron(0 * * * ? *)", HOUR),
        ("@daily", "cron(0 0 * * ? *)", DAY),
        ("@midnight", "cron(0 0 * * ? *)", DAY),
        ("@weekly", "cron(0 0 ? * 1 *)", 7 * DAY),
        ("@monthly", "cron(0 0 1 * ? *)", 28 * DAY),
        ("@yearly", "cron(0 0 1 1 ? *)", 365 * DAY),
        ("@annually", "cron(0 0 1 1 ? *)", 365 * DAY),
        ("@every 90m", "rate(90 minutes)", 90 * MINUTE),
        ("@every 1h30m", "rate(90 minutes)", 90 * MINUTE),
        ("@every 1.5h", "rate(90 minutes)", 90 * MINUTE),
        ("@every 120s", "rate(2 minutes)", 2 * MINUTE),
        ("@every 48h", "rate(2 days)", 2 * DAY),
    ],
)
def test_becomes_the_eventbridge_form(written: str, canonical: str, period: int | None) -> None:
    schedule = parse_schedule(written)

    assert schedule.expression == canonical
    assert schedule.kind == canonical.partition("(")[0]
    assert schedule.period_seconds() == period
    assert parse_schedule(canonical) == schedule


@pytest.mark.parametrize(
    ("written", "field", "remedy"),
    [
        ("cron(0/90 * * * ? *)", "minute", "rate(90 minutes)"),
        ("cron(15/65 * * * ? *)", "minute", ""),
        ("cron(0 */48 * * ? *)", "hour", "rate(48 hours)"),
        ("cron(0 5 1/40 * ? *)", "day-of-month", ""),
        ("cron(0 5 ? * 2/8 *)", "day-of-week", ""),
        ("*/90 * * * *", "minute", "rate(90 minutes)"),
    ],
)
def test_a_step_beyond_its_field_is_doubted(written: str, field: str, remedy: str) -> None:
    (doubt,) = parse_schedule(written).doubts
    assert (doubt.field, doubt.remedy) == (field, remedy)
    assert parse_schedule(parse_schedule(written).expression).doubts == ()


@pytest.mark.parametrize(
    ("written", "english"),
    [
        ("cron(30 5 1 * ? *)", "at 05:30 on day 1 of every month"),
        ("cron(0 5,17 * * ? *)", "at 05:00 and 17:00 every day"),
        ("cron(0 9 ? * MON-FRI *)", "at 09:00 every Monday to Friday"),
        ("cron(0 8-17 * * ? *)", "at minute 0 of hours 8 to 17 every day"),
        ("cron(0 9 ? 1,6-8 1,4 *)", "at 09:00 every Sunday and Wednesday in January and June to August"),
        ("cron(* * * * ? *)", "every minute"),
        ("cron(* * * 12 ? *)", "every minute every day in December"),
        ("cron(0/15 8-17 * * ? *)", "every 15 minutes of hours 8 to 17"),
        ("cron(5/30 * * * ? *)", "at minutes 5 and 35 of every hour"),
        ("cron(*/7 * * * ? *)", "every 7 minutes from minute 0 to 56 of every hour"),
        ("cron(0 0 15W 3 ? 2030)", "at 00:00 on the weekday (Monday to Friday) nearest to day 15 of March in 2030"),
        ("cron(0 0 L * ? *)", "at 00:00 on the last day of every month"),
        ("cron(0 0 LW * ? *)", "at 00:00 on the last weekday (Monday to Friday) of every month"),
        ("cron(0 0 ? * 6L *)", "at 00:00 on the last Friday of every month"),
        ("cron(0 0 ? * 3#2 *)", "at 00:00 on the second Tuesday of every month"),
        ("cron(0 0 1,15 * ? 2030-2032,2040)", "at 00:00 on days 1 and 15 of every month in 2030 to 2032 and 2040"),
        ("cron(0 0 1 1 ? */2)", "at 00:00 on day 1 of January every 2 years from year 1970 to 2198"),
        ("at(2030-12-24T18:30:00)", "once, on 2030-12-24 at 18:30"),
        ("at(2030-12-24T18:30:05)", "once, on 2030-12-24 at 18:30:05"),
        ("rate(1 day)", "every day"),
        ("rate(90 minutes)", "every 90 minutes"),
    ],
)
def test_says_in_english_when_it_fires(written: str, english: str) -> None:
    described = parse_schedule(written).describe("Europe/Berlin")

    assert described == (english if written.startswith("rate") else f"{english}, in Europe/Berlin")


def test_two_spellings_of_one_schedule_are_equal_and_hash_alike() -> None:
    assert {
        parse_schedule("cron(00 05 * * ? *)"),
        parse_schedule("0 5 * * *"),
        parse_schedule("cron(0 5 * * ? *)"),
    } == {parse_schedule("cron(0 5 * * ? *)")}


def test_reading_a_schedule_loads_neither_the_cdk_nor_node() -> None:
    code = "import sys, naws.core.schedules; sys.exit(any(name in sys.modules for name in ('aws_cdk', 'jsii')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("written", "zone", "longest"),
    [
        ("@daily", "UTC", DAY),
        ("@daily", "Europe/Berlin", DAY + HOUR),
        ("@daily", "Asia/Kolkata", DAY),
        ("@hourly", "UTC", HOUR),
        ("cron(* * * * ? *)", "UTC", HOUR),
        ("cron(0 5 1-25 * ? *)", "UTC", 7 * DAY),
        ("cron(0 5 1-20 * ? *)", "UTC", None),
        ("cron(0 8-18 ? * MON-FRI *)", "UTC", 2 * DAY + 14 * HOUR),
        ("@daily", None, DAY + HOUR),
        ("rate(5 hours)", None, 5 * HOUR),
        ("cron(0 9 ? * MON-FRI *)", "UTC", 3 * DAY),
        ("@weekly", "UTC", 7 * DAY),
        ("@monthly", "UTC", None),
        ("rate(8 days)", "UTC", None),
        ("at(2030-01-01T00:00:00)", "UTC", None),
    ],
)
def test_the_longest_pause_is_reported_up_to_a_week(written: str, zone: str | None, longest: float | None) -> None:
    assert parse_schedule(written).longest_pause(zone) == longest


def test_a_time_that_daylight_saving_leaves_out_lengthens_the_pause_and_is_named() -> None:
    """Berlin's clocks go from 02:00 to 03:00 on Sunday 28 March 2027, so 02:30 does not exist that day."""
    now = datetime(2026, 11, 26, tzinfo=UTC)
    nightly = parse_schedule("cron(30 2 * * ? *)")
    assert nightly.longest_pause("Europe/Berlin") == 47 * HOUR
    assert nightly.longest_pause("UTC") == DAY
    left_out = nightly.left_out(now, "Europe/Berlin")
    assert left_out is not None
    assert (left_out.local, left_out.pause) == (datetime(2027, 3, 28, 2, 30), 47 * HOUR)  # noqa: DTZ001 - wall-clock time
    later = nightly.left_out(datetime(2027, 4, 1, tzinfo=UTC), "Europe/Berlin")
    assert later is not None
    assert later.local.date().isoformat() == "2028-03-26"


@pytest.mark.parametrize(
    ("zone", "days", "weekday", "hour"),
    [
        ("Europe/Berlin", ((3, 25, 31),), 7, 1),
        ("America/New_York", ((3, 8, 14),), 7, 7),
        ("Australia/Sydney", ((9, 30, 30), (10, 1, 6)), 6, 16),
    ],
)
def test_the_day_of_the_year_that_a_change_leaves_out_has_a_rule(
    zone: str, days: tuple[tuple[int, int, int], ...], weekday: int, hour: int
) -> None:
    found = parse_schedule("30 2 * * *").yearly_left_out(zone)
    assert found is not None
    assert (found.days, found.weekday, found.hour, found.pause) == (days, weekday, hour, 25 * HOUR)


@pytest.mark.parametrize(("written", "zone"), [("30 2 * * *", "Africa/Casablanca"), ("30 4 * * *", "Europe/Berlin")])
def test_without_such_a_day_or_with_none_that_a_rule_finds_there_is_no_rule(written: str, zone: str) -> None:
    """Morocco's clocks change with Ramadan."""
    assert parse_schedule(written).yearly_left_out(zone) is None


@pytest.mark.parametrize(
    ("written", "zone", "pause", "left_out"),
    [
        ("cron(30 3 * * ? *)", "Europe/Berlin", 25 * HOUR, False),
        ("cron(0 * * * ? *)", "Europe/Berlin", 2 * HOUR, False),  # in autumn the hour that comes twice fires once
        ("cron(0/15 * * * ? *)", "Europe/Berlin", 2 * HOUR, False),
        ("cron(0 0/2 * * ? *)", "Europe/Berlin", 3 * HOUR, True),
        ("cron(30 2 ? * MON-FRI *)", "Europe/Berlin", 73 * HOUR, False),
        ("cron(30 2 ? * SUN *)", "Europe/Berlin", None, True),
        ("cron(30 2 ? * MON *)", "Europe/Berlin", 7 * DAY + HOUR, False),
        ("cron(30 2 * * ? *)", "Asia/Kolkata", DAY, False),
        ("cron(15 2 * * ? *)", "Australia/Lord_Howe", 48 * HOUR, True),  # half an hour of change
        ("rate(1 day)", "Europe/Berlin", DAY, False),
    ],
)
def test_pauses_where_clocks_change(written: str, zone: str, pause: float | None, left_out: bool) -> None:  # noqa: FBT001 - a column of the table
    schedule = parse_schedule(written)
    assert schedule.longest_pause(zone) == pause
    assert (schedule.left_out(datetime(2026, 11, 26, tzinfo=UTC), zone) is not None) is left_out
