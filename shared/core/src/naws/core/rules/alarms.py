"""Rules on alarms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.acknowledgements import no_reason
from naws.core.rules.values import Field, as_duration, is_number, is_text, span
from naws.core.text import format_duration

_METRICS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_AGE = span(60, 1_209_600)
_LATE = span(60, 604_800)
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, kw_only=True)
class QueueAgeAlarm:
    """An alarm on waiting messages beside how long messages are kept, in seconds.

    Attributes:
        oldest_message: when the alarm fires.
        given: whether that is given; otherwise it is the default.
        retention: the shortest time that a queue keeps a message.
        retention_path: the field of that time.
    """

    oldest_message: float
    given: bool
    retention: float
    retention_path: str


@dataclass(frozen=True, kw_only=True)
class ScheduleAlarm(Field):
    """An alarm on a missing success beside the longest pause of a schedule, in seconds.

    Attributes:
        late_by: how late a success may be; None for the default.
        pause: between two firings; None when it is not known or over a week.
        expression: the schedule's, as given.
        repeats: whether it is known that it fires more than once.
        made: whether there is an alarm.
        early: whether it may fire before the first scheduled time.
        start: before which it does not fire; None when it is not bounded.
        waits: whether the alarm can wait for its first time after the start.
    """

    late_by: float | None
    pause: float | None
    expression: str
    repeats: bool
    made: bool
    early: bool = False
    start: datetime | None = None
    waits: bool = True


@limit(
    code="NAWS-ALARM-001",
    title="Going without alarms has a reason",
    source="going without alarms is an explicit choice; the reason goes into the template's metadata",
    example='alarms=NoAlarms(reason="")',
    fix='alarms=NoAlarms(reason="a throw-away environment")',
)
def reason_given(field: Field) -> Iterator[Finding]:
    """Whoever finds a run that failed weeks ago will ask why nobody knew."""
    yield from no_reason(field, 'NoAlarms(reason="because …")')


@limit(
    code="NAWS-ALARM-002",
    title="An alarm on a waiting message fires after 1 minute to 14 days",
    source=_METRICS,
    example="alarms=Alarms(oldest_message=cdk.Duration.days(30))",
    fix="alarms=Alarms(oldest_message=cdk.Duration.minutes(15))",
)
def oldest_message(field: Field) -> Iterator[Finding]:
    """SQS counts the age once a minute and keeps a message for 14 days at most."""
    yield from _AGE.check(field)


@limit(
    code="NAWS-ALARM-003",
    title="An alarm on a missing success fires after 1 minute to 7 days",
    source=_METRICS,
    example="alarms=Alarms(late_by=cdk.Duration.days(30))",
    fix="alarms=Alarms(late_by=cdk.Duration.hours(2))",
)
def late_by(field: Field) -> Iterator[Finding]:
    """An alarm looks back for a week at most."""
    yield from _LATE.check(field)


@practice(
    code="NAWS-ALARM-004",
    title="An alarm on a waiting message fires before the message expires",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    example="alarms=Alarms(oldest_message=cdk.Duration.hours(2)), "
    "triggers=[QueueTrigger(retention_period=cdk.Duration.hours(1))]",
    fix="alarms=Alarms(oldest_message=cdk.Duration.minutes(15)), "
    "triggers=[QueueTrigger(retention_period=cdk.Duration.hours(1))]",
)
def fires_in_time(waiting: QueueAgeAlarm) -> Iterator[Finding]:
    """A message that is gone has no age: the alarm could never fire."""
    kept, age = waiting.retention, waiting.oldest_message
    if not (is_number(kept) and is_number(age)) or age < kept:
        return
    sooner = f"oldest_message={as_duration(max(_AGE.low, kept // 4 // 60 * 60))}"
    longer = f"retention_period={as_duration(min(age * 4, _AGE.high))}"
    if waiting.given:
        path, value = "alarms.oldest_message", format_duration(age)
        expected = f"less than {format_duration(kept)}, after which {waiting.retention_path} drops the message"
    else:
        path, value = waiting.retention_path, format_duration(kept)
        expected = f"more than {format_duration(age)}, after which alarms.oldest_message fires by default"
    # A minute is the shortest age, and the shortest time that a message is kept: nothing is shorter.
    remedies = [longer] if kept <= _AGE.low else [sooner, longer] if waiting.given else [longer, sooner]
    yield Field(path).finding(expected, "\n".join(remedies), shown=value)


@practice(
    code="NAWS-ALARM-005",
    title="An alarm on a missing success can look back over a pause and the lateness",
    source=_METRICS,
    example='alarms=Alarms(late_by=cdk.Duration.days(7)), triggers=[ScheduleTrigger("@daily")]',
    fix='alarms=Alarms(late_by=cdk.Duration.days(6)), triggers=[ScheduleTrigger("@daily")]',
)
def looks_back(schedule: ScheduleAlarm) -> Iterator[Finding]:
    """CloudWatch looks back for a week at most: an alarm that had to look further cannot be made, and is not.

    Nobody would notice when the schedule's runs stop. A schedule that itself pauses for a week has none in any case.
    """
    late, pause = schedule.late_by, schedule.pause
    if not (is_number(late) and is_number(pause)) or late > _LATE.high or pause + late <= _LATE.high:
        return
    most = _LATE.high - pause
    if most >= _LATE.low:
        yield Field("alarms.late_by").finding(
            expected=f"at most {format_duration(most)}: with the {format_duration(pause)} between two firings of "
            f"{schedule.expression} that is a week, for which an alarm can look back",
            remedy=f"late_by={as_duration(most)}",
            shown=format_duration(late),
        )


@limit(
    code="NAWS-ALARM-006",
    title="Alarms are sent to e-mail addresses",
    source="https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
    example='alarms=Alarms(email="on-call")',
    fix='alarms=Alarms(email="on-call@example.com")',
)
def address(field: Field) -> Iterator[Finding]:
    """SNS refuses anything else when the stack is deployed; nobody would hear the alarms."""
    if is_text(field.value) and not _ADDRESS.fullmatch(field.value):
        expected = "an e-mail address such as on-call@example.com"
        yield field.finding(expected, 'email="on-call@example.com"')


@limit(
    code="NAWS-ALARM-008",
    title="E-mail comes from standard topics",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html",
    example='alarms=Alarms(email="on-call@example.com", topic=sns.Topic.from_topic_arn(stack, "T", '
    '"arn:aws:sns:eu-central-1:123456789012:on-call.fifo"))',
    fix='alarms=Alarms(email="on-call@example.com", topic=sns.Topic.from_topic_arn(stack, "T", '
    '"arn:aws:sns:eu-central-1:123456789012:on-call"))',
)
def sends_mail(topic: Field) -> Iterator[Finding]:
    """SNS refuses the subscription of an address to a FIFO topic when the stack is deployed."""
    if topic.value:  # a FIFO topic
        yield Field("alarms.email").finding(
            "a standard topic: SNS sends no mail from a FIFO topic",
            f"omit email\nomit {topic.name}  # a standard topic is created" if topic.name == "topic" else "omit email",
            shown=f"addresses for the FIFO topic of {topic.path}",
        )


@advice(
    code="NAWS-ALARM-007",
    title="CloudWatch can notice that a schedule's runs stop",
    source=_METRICS,
    example='triggers=[ScheduleTrigger("@monthly")]',
    fix='triggers=[ScheduleTrigger("@daily")]',
)
def noticed(schedule: ScheduleAlarm) -> Iterator[Finding]:
    """An alarm looks back for a week at most and warms up for two days; what is beyond is not noticed, or too early.

    Noticed are pauses of up to two days, and longer ones when it fires on the same days of every week and a run may end
    within a day. A program that has to run less often can be started daily and see by itself whether it is time.
    """
    daily = 'expression="@daily"  # and let the program see whether it is time'
    field = Field(f"{schedule.path}.expression", schedule.expression)
    if not schedule.made and schedule.repeats:
        expected = "a pause that CloudWatch can look back on, which is a week: nobody notices when it does not run"
        yield field.finding(expected, daily)
    elif schedule.early:
        expected = (
            "pauses of two days at most, or the same days of every week: the alarm fires two days after its "
            "first deployment, and until its first success"
        )
        yield field.finding(expected, daily)


@advice(
    code="NAWS-ALARM-009",
    title="An alarm on a missing success is there when a schedule starts",
    source=_METRICS,
    example='triggers=[ScheduleTrigger("@daily", start=datetime(2199, 1, 1, tzinfo=UTC))]',
    fix='triggers=[ScheduleTrigger("@daily")]',
)
def noticed_from_start(schedule: ScheduleAlarm) -> Iterator[Finding]:
    """An alarm warms up for two days at most: one that had to wait longer for the start would fire before it.

    So it is not made. The next deployment after the start makes it.
    """
    if not schedule.waits and schedule.start is not None:
        yield Field(f"{schedule.path}.start").finding(
            expected="a start for which an alarm can wait, two days at most with the time that a run may take: until "
            "the app is deployed again after it, nobody notices when it does not run",
            remedy="omit start  # or deploy again after it",
            shown=str(schedule.start),
        )


@advice(
    code="NAWS-ALARM-010",
    title="A schedule is watched for missing runs",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
    example='triggers=[ScheduleTrigger("@daily"), QueueTrigger()]',
    fix='triggers=[ScheduleTrigger("@daily")]',
)
def watched(schedule: Field) -> Iterator[Finding]:
    """Lambda and Step Functions count runs, and not what starts them: among others nobody sees that one is missing.

    A pattern of its own for the schedule has the alarm. Failures of either are alarmed all the same.
    """
    expected = "a schedule alone: here no alarm can say that it did not run"
    yield schedule.finding(expected, "remove the trigger  # another instance has it")


@advice(
    code="NAWS-LOG-001",
    title="Logs are not kept for ever",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    example="log_retention=logs.RetentionDays.INFINITE",
    fix="log_retention=logs.RetentionDays.ONE_YEAR",
)
def logs_end(field: Field) -> Iterator[Finding]:
    """They are paid for by the month, and keep what their readers were promised would be deleted."""
    if is_text(field.value) and field.value == "INFINITE":
        remedy = f"{field.name}=logs.RetentionDays.ONE_YEAR"
        yield field.finding("a time after which they go", remedy, shown="for ever")


NO_ALARMS_RULES = (reason_given,)
OLDEST_MESSAGE_RULES = (oldest_message,)
LATE_BY_RULES = (late_by,)
QUEUE_AGE_RULES = (fires_in_time,)
SCHEDULE_ALARM_RULES = (looks_back, noticed, noticed_from_start)
WATCHED_RULES = (watched,)
ADDRESS_RULES = (address,)
MAILING_RULES = (sends_mail,)
LOG_RULES = (logs_end,)
