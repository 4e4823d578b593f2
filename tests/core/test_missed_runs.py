"""How a schedule's silence is noticed: the parts that simulated days do not show."""

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

from naws.core.planned_triggers import SchedulePlan
from naws.core.plans.missed_runs import MissedRunsAlarm, missed_runs_alarm
from naws.core.schedules import parse_schedule
from naws.core.triggers import ScheduleTrigger

HOUR, DAY = 3600, 86_400


def plan(expression: str, zone: str = "UTC", **given: Any) -> SchedulePlan:
    return SchedulePlan(
        trigger=ScheduleTrigger(expression, timezone=zone, enabled=given.pop("enabled", True)),
        path="triggers[0]",
        number=1,
        parsed=parse_schedule(expression),
        flexible_window=given.pop("flexible_window", None),
        name=None,
    )


def of(expression: str, zone: str = "UTC", late_by: float | None = None, **given: Any) -> MissedRunsAlarm:
    found = missed_runs_alarm(plan(expression, zone, **given), late_by, HOUR)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        (of("@daily"), 28),  # 24, a tenth of it and an attempt
        (of("@daily", late_by=2 * HOUR), 26),
        (of("@daily", late_by=2 * HOUR, flexible_window=3 * HOUR), 29),
        (of("@daily", flexible_window=3 * HOUR), 31),
        (of("rate(2 days)"), 54),
    ],
)
def test_a_window_looks_back_for_the_pause_the_flexible_window_and_the_lateness(
    schedule: MissedRunsAlarm, hours: int
) -> None:
    assert schedule.looks_back == hours * HOUR
    assert schedule.warm_up == min(hours * 60, 2880)


def test_short_periods_as_long_as_they_may_look_back() -> None:
    assert of("@hourly").period == 300
    assert of("cron(0 0/12 * * ? *)", late_by=12 * HOUR) == MissedRunsAlarm(
        period=300, evaluation_periods=288, warm_up=1440
    )
    assert of("cron(0 0/12 * * ? *)", late_by=13 * HOUR).period == HOUR


@pytest.mark.parametrize(
    ("expression", "zone", "weekdays", "utc_offset"),
    [
        ("cron(0 9 ? * MON-FRI *)", "UTC", (1, 2, 3, 4, 5), "+00:00"),
        ("cron(0 1 ? * MON-FRI *)", "UTC", (1, 2, 3, 4, 7), "-09:15"),  # the day that begins on Sunday, 09:15
        ("@weekly", "UTC", (7,), "+00:00"),
        ("@weekly", "Europe/Berlin", (6,), "+07:05"),  # between 22:00 and 17:00 UTC a run may be at work
    ],
)
def test_days_begin_west_of_greenwich_where_they_can(
    expression: str, zone: str, weekdays: tuple[int, ...], utc_offset: str
) -> None:
    found = of(expression, zone)
    assert (found.weekdays, found.utc_offset, found.looks_back) == (weekdays, utc_offset, DAY)


def test_a_warm_up_is_not_that_of_a_day_that_the_years_cut() -> None:
    # In UTC the two years begin between the times of a Sunday.
    assert of("cron(30 0,23 ? * SUN-THU *)", "Etc/GMT+12", late_by=900).warm_up == 1455


def test_a_run_that_takes_longer_than_a_day_is_no_matter_of_days() -> None:
    assert missed_runs_alarm(plan("@weekly"), 30 * HOUR, HOUR) is None
    assert missed_runs_alarm(plan("@weekly"), None, 30 * HOUR) is None
    assert of("cron(0 9 ? * MON-FRI *)", late_by=30 * HOUR).early


def test_there_is_no_alarm_without_a_time_that_is_known() -> None:
    number = cdk.CfnParameter(cdk.Stack(), "Number", type="Number").value_as_number
    assert missed_runs_alarm(plan("@daily", enabled=False), None, HOUR) is None
    assert missed_runs_alarm(plan("@daily"), number, HOUR) is None
    assert missed_runs_alarm(replace(plan("@daily"), parsed=None), None, HOUR) is None
    assert missed_runs_alarm(plan("at(2199-01-01T00:00:00)"), None, HOUR) is None
