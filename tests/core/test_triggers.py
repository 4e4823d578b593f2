from collections.abc import Callable
from datetime import UTC, datetime

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from naws.core.planned_triggers import SchedulePlan
from naws.core.schedules import parse_schedule
from naws.core.triggers import EventTrigger, ScheduleTrigger


@pytest.mark.parametrize(
    ("trigger", "expression"),
    [
        (ScheduleTrigger.cron(hour="5"), "cron(0 5 * * ? *)"),
        (ScheduleTrigger.cron(minute="30", hour="5", week_day="MON-FRI"), "cron(30 5 ? * MON-FRI *)"),
        (ScheduleTrigger.cron(day="1", hour="0"), "cron(0 0 1 * ? *)"),
        (ScheduleTrigger.rate(cdk.Duration.hours(2)), "rate(120 minutes)"),
        (ScheduleTrigger.rate(cdk.Duration.minutes(1)), "rate(1 minute)"),
        (ScheduleTrigger.rate(cdk.Duration.days(800)), "rate(1152000 minutes)"),
        (ScheduleTrigger.at(datetime(2027, 1, 1, 12, 0)), "at(2027-01-01T12:00:00)"),  # noqa: DTZ001  # local time
        (
            ScheduleTrigger.at(datetime(2027, 1, 1, 12, 0, tzinfo=UTC), timezone="Europe/Berlin"),
            "at(2027-01-01T13:00:00)",
        ),
    ],
)
def test_helpers_write_the_expression(trigger: ScheduleTrigger, expression: str) -> None:
    assert trigger.expression == expression
    assert parse_schedule(expression).expression


@pytest.mark.parametrize(
    ("every", "unit"), [(cdk.Duration.minutes, "minutes"), (cdk.Duration.hours, "hours"), (cdk.Duration.days, "days")]
)
def test_a_token_stays_one_in_a_rate(every: Callable[..., cdk.Duration], unit: str) -> None:
    stack = cdk.Stack()
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    expression = ScheduleTrigger.rate(every(number)).expression
    assert stack.resolve(expression) == {"Fn::Join": ["", ["rate(", {"Ref": "Number"}, f" {unit})"]]}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ScheduleTrigger.rate(5), r"every is a cdk.Duration such as cdk.Duration.minutes\(5\), not a int"),
        (lambda: ScheduleTrigger.at("2030-01-01"), r"moment is a datetime such as .*, not a str"),
        (lambda: EventTrigger.object_created("b"), r"bucket is an s3.IBucket such as .*, not a str"),
        (
            lambda: ScheduleTrigger.rate(
                cdk.Duration.seconds(cdk.CfnParameter(cdk.Stack(), "N", type="Number").value_as_number)
            ),
            r"give it as cdk.Duration.minutes\(…\), not in seconds",
        ),
    ],
)
def test_a_helper_says_what_it_takes(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    ("narrowing", "key"),
    [
        ({}, None),
        ({"prefix": "in/"}, [{"prefix": "in/"}]),
        ({"suffix": ".csv"}, [{"suffix": ".csv"}]),
        ({"prefix": "in/", "suffix": ".csv"}, [{"wildcard": "in/*.csv"}]),
        ({"prefix": "in/*", "suffix": ".c\\sv"}, [{"wildcard": "in/\\**.c\\\\sv"}]),
    ],
)
def test_object_created_matches_the_keys_that_were_named(narrowing: dict[str, str], key: object) -> None:
    bucket = s3.Bucket.from_bucket_name(cdk.Stack(), "Inbox", "inbox")
    pattern = EventTrigger.object_created(bucket, **narrowing).event_pattern
    assert pattern.detail is not None
    assert pattern.detail["bucket"] == {"name": ["inbox"]}
    assert pattern.detail.get("object", {}).get("key") == key


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("@every 5m", 1),
        ("@hourly", 1),
        ("cron(0 8,20 * * ? *)", 1),
        ("@daily", 24),
        ("@weekly", 24),
        ("at(2199-01-01T00:00:00)", 24),
    ],
)
def test_a_run_is_not_started_long_after_the_next_one(expression: str, hours: int) -> None:
    trigger = ScheduleTrigger(expression)
    plan = SchedulePlan(
        trigger=trigger,
        path="triggers[0]",
        number=1,
        parsed=parse_schedule(expression),
        flexible_window=None,
        name=None,
    )
    assert plan.max_event_age == hours
