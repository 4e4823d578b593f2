"""What is reported of schedules, and of alarms on what is late."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.core.issues import Issue
from naws.ecs_task_processor import Alarms, Concurrency, Conventions, NoAlarms, QueueTrigger, ScheduleTrigger

Judge = Callable[..., list[Issue]]
# The clock of these tests shows 2027-06-01 12:00 UTC.
SOON = datetime(2027, 6, 20, tzinfo=UTC)
SILENT = NoAlarms(reason="only the schedule is judged")


def pasted(remedy: str) -> dict[str, Any]:
    """The first line of a remedy as keyword arguments."""
    return eval(f"dict({remedy.splitlines()[0]}\n)", {"cdk": cdk, "dict": dict})


def test_an_error_tells_the_next_times_in_the_schedules_zone(issues: Judge) -> None:
    (found,) = issues(triggers=[ScheduleTrigger("cron(0/5 * * * ? *)", timezone="Europe/Berlin")])
    assert found.code == "NAWS-SCHED-006"
    assert found.expected.endswith("in Europe/Berlin; next at 2027-06-01 14:05, 2027-06-01 14:10, 2027-06-01 14:15")


def test_a_correction_tells_when_it_would_fire(issues: Judge) -> None:
    (found,) = issues(triggers=[ScheduleTrigger("cron(25 24 * * ? *)")])
    assert found.remedy.endswith("in UTC; next at 2027-06-02 00:25, 2027-06-03 00:25, 2027-06-04 00:25")
    (far,) = issues(triggers=[ScheduleTrigger("cron(0 25 * * ? *)")])
    assert '"cron(0 5 * * ? *)"  # for example, at 05:00 every day, in UTC; next at 2027-06-02 05:00' in far.remedy
    (over,) = issues(triggers=[ScheduleTrigger("cron(0 0 1 1 ? 2020)")])
    assert "next at 2028-01-01 00:00" in over.remedy


def test_a_zone_that_is_not_known_is_not_reported_as_a_token(issues: Judge) -> None:
    zone = cdk.CfnParameter(cdk.Stack(), "Zone").value_as_string
    (found,) = issues(triggers=[ScheduleTrigger("cron(0/5 * * * ? *)", timezone=zone)])
    assert found.expected.endswith("it fires every 5 minutes, in its time zone")


def test_a_step_beyond_its_field_is_a_practice(issues: Judge) -> None:
    (found,) = issues(triggers=[ScheduleTrigger("cron(0/90 * * * ? *)")])
    assert (found.code, found.level) == ("NAWS-SCHED-010", "practice")
    assert [line.partition("  #")[0] for line in found.remedy.splitlines()] == [
        'expression="rate(90 minutes)"',
        'expression="cron(0 * * * ? *)"',
    ]


@pytest.mark.parametrize("expression", ["@monthly", "rate(30 days)"])
def test_an_end_before_the_first_firing_is_reported(expression: str, issues: Judge) -> None:
    (found,) = issues(triggers=[ScheduleTrigger(expression, end=SOON)], alarms=SILENT)
    assert (found.code, found.level, found.path) == ("NAWS-SCHED-011", "advice", "triggers[0].end")
    assert found.expected.startswith("later than 2027-07-01")


@pytest.mark.parametrize(
    ("expression", "bounds"),
    [
        ("@daily", {"end": SOON}),
        ("rate(1 day)", {"end": SOON}),
        ("rate(30 days)", {"start": datetime(2027, 6, 2, tzinfo=UTC), "end": SOON}),
        ("@monthly", {"start": SOON}),
        ("@monthly", {}),
    ],
)
def test_what_fires_before_its_end_passes(expression: str, bounds: dict[str, Any], issues: Judge) -> None:
    assert issues(triggers=[ScheduleTrigger(expression, **bounds)], alarms=SILENT) == []


def test_nothing_fires_between_a_late_start_and_the_end(issues: Judge) -> None:
    (found,) = issues(
        triggers=[
            ScheduleTrigger("@monthly", start=datetime(2027, 8, 2, tzinfo=UTC), end=datetime(2027, 8, 9, tzinfo=UTC))
        ],
        alarms=SILENT,
    )
    assert found.expected == "later than 2027-09-01 00:00 UTC, when it would fire first"


@pytest.mark.parametrize(("period", "window"), [(2, 2), (2, 5), (60, 60)])
def test_a_shorter_window_is_one_that_passes(period: int, window: int, issues: Judge) -> None:
    def judged(**given: Any) -> list[Issue]:
        return issues(triggers=[ScheduleTrigger(f"rate({period} minutes)", **given)], concurrency=Concurrency())

    (found,) = judged(flexible_window=cdk.Duration.minutes(window))
    assert found.code == "NAWS-SCHED-008"
    assert judged(**pasted(found.remedy)) == []


def test_a_minute_has_no_shorter_window(issues: Judge) -> None:
    trigger = ScheduleTrigger("rate(1 minute)", flexible_window=cdk.Duration.minutes(1))
    (found,) = issues(triggers=[trigger], concurrency=Concurrency())
    assert found.remedy == "omit flexible_window: a minute is the shortest"


def test_an_alarm_that_cannot_look_back_far_enough_is_reported(issues: Judge) -> None:
    def judged(expression: str, late_by: cdk.Duration) -> list[Issue]:
        return issues(alarms=Alarms(late_by=late_by), triggers=[ScheduleTrigger(expression)])

    (found,) = judged("@daily", cdk.Duration.days(7))
    assert (found.code, found.path) == ("NAWS-ALARM-005", "alarms.late_by")
    assert judged("@daily", **pasted(found.remedy)) == []
    (found,) = judged("cron(0 9 ? * MON-FRI *)", cdk.Duration.hours(97))
    (early,) = judged("cron(0 9 ? * MON-FRI *)", **pasted(found.remedy))
    assert early.code == "NAWS-ALARM-007"
    for never in ("@weekly", "@monthly"):  # no lateness would help
        assert [each.code for each in judged(never, cdk.Duration.days(7))] == ["NAWS-ALARM-007"]


def test_the_field_that_was_given_is_blamed_for_an_alarm_that_comes_too_late(issues: Judge) -> None:
    (found,) = issues(triggers=[QueueTrigger(retention_period=cdk.Duration.minutes(10))])
    assert (found.code, found.path) == ("NAWS-ALARM-004", "triggers[0].retention_period")
    assert issues(triggers=[QueueTrigger(**pasted(found.remedy))]) == []

    short = QueueTrigger(retention_period=cdk.Duration.hours(1))
    (found,) = issues(triggers=[short], alarms=Alarms(oldest_message=cdk.Duration.hours(2)))
    assert found.path == "alarms.oldest_message"
    assert issues(triggers=[short], alarms=Alarms(**pasted(found.remedy))) == []


def test_a_minute_is_too_short_for_any_alarm(issues: Judge) -> None:
    patient = Alarms(oldest_message=cdk.Duration.seconds(60))
    (found,) = issues(triggers=[QueueTrigger(retention_period=cdk.Duration.seconds(60))], alarms=patient)
    assert found.remedy.splitlines() == ["retention_period=cdk.Duration.minutes(4)"]
    assert issues(triggers=[QueueTrigger(**pasted(found.remedy))], alarms=patient) == []


def test_a_time_that_does_nothing_is_reported_in_words(issues: Judge) -> None:
    queue = sqs.Queue.from_queue_arn(cdk.Stack(), "Q", "arn:aws:sqs:eu-central-1:123456789012:q")
    (found,) = issues(triggers=[QueueTrigger(queue=queue, visibility_timeout=cdk.Duration.minutes(5))])
    assert (found.code, found.value) == ("NAWS-QUEUE-007", "5 minutes")


def test_a_time_that_clocks_are_put_forward_over_is_reported_with_its_day(issues: Judge) -> None:
    trigger = ScheduleTrigger("cron(30 2 * * ? *)", timezone="Europe/Berlin")
    (found,) = issues(triggers=[trigger])
    assert (found.code, found.level) == ("NAWS-SCHED-012", "advice")
    assert "on 2028-03-26, too: they are put forward over 02:30, and 47 hours pass" in found.expected
    later, utc = found.remedy.splitlines()
    assert issues(triggers=[ScheduleTrigger(timezone="Europe/Berlin", **pasted(later))]) == []
    assert issues(triggers=[ScheduleTrigger("cron(30 2 * * ? *)", **pasted(utc))]) == []


def test_where_no_rule_finds_that_day_the_alarm_waits_all_year_and_that_is_reported(issues: Judge) -> None:
    reported = {}
    for zone in ("Europe/Berlin", "Africa/Casablanca"):
        (found,) = issues(triggers=[ScheduleTrigger("cron(30 2 * * ? *)", timezone=zone)])
        reported[zone] = "for which the alarm on a missing success waits all year" in found.expected
    assert reported == {"Europe/Berlin": False, "Africa/Casablanca": True}


@pytest.mark.parametrize(
    ("expression", "zone", "reported"),
    [
        ("@hourly", "UTC", False),
        ("@daily", "Europe/Berlin", False),
        ("cron(0 9 ? * MON-FRI *)", "America/New_York", False),
        ("@weekly", "Europe/Berlin", False),
        ("at(2199-01-01T00:00:00)", "UTC", False),  # once is no silence
        ("@monthly", "UTC", True),
        ("rate(8 days)", "UTC", True),
        ("rate(3 days)", "UTC", True),  # longer than any warm-up
        ("cron(0 5 ? * MON#1 *)", "UTC", True),
    ],
)
def test_a_pause_that_no_alarm_can_cover_is_reported(expression: str, zone: str, reported: bool, issues: Judge) -> None:  # noqa: FBT001 - a column of the table
    found = issues(triggers=[ScheduleTrigger(expression, timezone=zone)])
    assert [(each.code, each.level) for each in found] == [("NAWS-ALARM-007", "advice")] * reported
    assert issues(triggers=[ScheduleTrigger(expression, timezone=zone)], alarms=SILENT) == []
    for each in found:
        assert issues(triggers=[ScheduleTrigger(timezone=zone, **pasted(each.remedy))]) == []


@pytest.mark.parametrize(
    ("email", "paths"),
    [
        ("on-call@example.com", []),
        (["on-call@example.com", "büro@example.co.uk"], []),
        ("on-call", ["alarms.email"]),
        (["on-call@example.com", "a b@example.com", "me@example"], ["alarms.email[1]", "alarms.email[2]"]),
    ],
)
def test_alarms_are_sent_to_addresses(email: str | list[str], paths: list[str], issues: Judge) -> None:
    found = issues(alarms=Alarms(email=email))
    assert [(each.code, each.path) for each in found] == [("NAWS-ALARM-006", path) for path in paths]
    for each in found:
        assert issues(alarms=Alarms(**pasted(each.remedy))) == []


def test_an_address_that_is_not_known_passes(issues: Judge) -> None:
    assert issues(alarms=Alarms(email=cdk.CfnParameter(cdk.Stack(), "OnCall").value_as_string)) == []


@pytest.mark.parametrize("field", ["alarms.topic", "Conventions.alarm_topic"])
@pytest.mark.parametrize("made", [True, False])
def test_a_fifo_topic_sends_no_mail(field: str, issues: Judge, *, made: bool) -> None:
    """Source: SNS Developer Guide, email subscriptions: for standard topics only."""
    stack = cdk.Stack()
    arn = "arn:aws:sns:eu-central-1:123456789012:on-call.fifo"
    topic = sns.Topic(stack, "T", fifo=True) if made else sns.Topic.from_topic_arn(stack, "T", arn)
    own, shared = (topic, None) if field == "alarms.topic" else (None, topic)

    def codes(email: str | None) -> list[tuple[str, str]]:
        found = issues(alarms=Alarms(email=email, topic=own), conventions=Conventions(alarm_topic=shared))
        return [(each.code, each.path) for each in found]

    assert codes("on-call@example.com") == [("NAWS-ALARM-008", "alarms.email")]
    assert codes(None) == []
