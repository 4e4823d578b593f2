"""Alarms."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Field, Told, as_duration, is_number, is_text, span
from naws.core.units import in_words

_METRICS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_AGE = span(60, 1_209_600)
_LATE = span(60, 604_800)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """An alarm on waiting messages beside how long messages are kept, in seconds.

    Attributes:
        oldest_message: when the alarm fires.
        retention: the shortest time that a queue keeps a message; None without a queue of its own.
    """

    oldest_message: float
    retention: float | None


@rule(
    code="NAWS-ALARM-001",
    level="limit",
    title="Going without alarms has a reason",
    source="silence is an explicit choice; the reason goes into the template's metadata",
    example='alarms=NoAlarms(reason="")',
    fix='alarms=NoAlarms(reason="a throw-away environment")',
)
def reason_for_silence(field: Field) -> Iterator[Finding]:
    """Whoever finds a run that failed weeks ago will ask why nobody was told."""
    if isinstance(field.value, str) and not field.value.strip():
        expected = "a reason that a reviewer can read"
        yield Finding(path=field.path, value=field.value, expected=expected, remedy='NoAlarms(reason="because …")')


@rule(
    code="NAWS-ALARM-002",
    level="limit",
    title="An alarm on a waiting message fires after 1 minute to 14 days",
    source=_METRICS,
    example="alarms=Alarms(oldest_message=cdk.Duration.days(30))",
    fix="alarms=Alarms(oldest_message=cdk.Duration.minutes(15))",
)
def oldest_message(field: Field) -> Iterator[Finding]:
    """SQS counts the age once a minute and keeps a message for 14 days at most."""
    yield from _AGE.check(field)


@rule(
    code="NAWS-ALARM-003",
    level="limit",
    title="An alarm on a missing success fires after 1 minute to 7 days",
    source=_METRICS,
    example="alarms=Alarms(late_by=cdk.Duration.days(30))",
    fix="alarms=Alarms(late_by=cdk.Duration.hours(2))",
)
def late_by(field: Field) -> Iterator[Finding]:
    """An alarm looks back for a week at most."""
    yield from _LATE.check(field)


@rule(
    code="NAWS-ALARM-004",
    level="practice",
    title="An alarm on a waiting message fires before the message expires",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    example="alarms=Alarms(oldest_message=cdk.Duration.hours(2)), "
    "triggers=[QueueTrigger(retention_period=cdk.Duration.hours(1))]",
    fix="alarms=Alarms(oldest_message=cdk.Duration.minutes(15)), "
    "triggers=[QueueTrigger(retention_period=cdk.Duration.hours(1))]",
)
def fires_in_time(patience: Patience) -> Iterator[Finding]:
    """A message that is gone has no age: the alarm could never fire."""
    kept, age = patience.retention, patience.oldest_message
    if is_number(kept) and is_number(age) and age >= kept:
        yield Finding(
            path="alarms.oldest_message",
            value=Told(in_words(age)),
            expected=f"less than {in_words(kept)}, after which the queue drops the message",
            remedy=f"oldest_message={as_duration(max(60, kept // 4 // 60 * 60))}",
        )


@rule(
    code="NAWS-LOG-001",
    level="advice",
    title="Logs are not kept for ever",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    example="log_retention=logs.RetentionDays.INFINITE",
    fix="log_retention=logs.RetentionDays.ONE_YEAR",
)
def logs_end(field: Field) -> Iterator[Finding]:
    """They are paid for by the month, and keep what their readers were promised would be deleted."""
    if is_text(field.value) and field.value == "INFINITE":
        remedy = f"{field.name}=logs.RetentionDays.ONE_YEAR"
        yield Finding(path=field.path, value=Told("for ever"), expected="a time after which they go", remedy=remedy)
