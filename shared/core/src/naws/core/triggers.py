"""Triggers, which start runs: a time, an event or a queue message; shared by every pattern that is started by one.

Trigger
├── ScheduleTrigger   EventBridge Scheduler
├── EventTrigger      an EventBridge rule
└── QueueTrigger      an SQS queue through an EventBridge pipe
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias, cast
from zoneinfo import ZoneInfo

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from naws.core.hints import BYTES, MAY_BE_ZERO, MINUTES, Hint, Hints
from naws.core.spelling import suggesting

EXPRESSION = Hint(
    example='"@daily"',
    instead=dict.fromkeys(("Duration", "timedelta"), "ScheduleTrigger.rate(duration)")
    | {"datetime": "ScheduleTrigger.at(moment)"},
)


@suggesting
@dataclass(frozen=True)
class ScheduleTrigger:
    """Starts a run at certain times. At least once: a run's `id` is the scheduled time, the same when redelivered.

    Attributes:
        expression: `rate(5 minutes)`, `cron(0 5 * * ? *)`, `at(2027-01-01T00:00:00)`, five-field unix cron,
            `@hourly @daily @weekly @monthly @yearly`, or `@every 90m`. Small letters and ranges over a field's end
            (`fri-mon`) are put into forms that AWS documents.
        timezone: IANA name; daylight-saving time is honoured. Omitted: UTC.
        payload: what the run works on, up to 250,000 bytes of JSON. Omitted: an empty object.
        enabled: False keeps the schedule without firing it.
        flexible_window: fire within this long after the time, 1 minute to 1 day. Omitted: at the time.
        start, end: no firing before or after. Omitted: unbounded.
        name: physical name of the schedule. Omitted: CloudFormation names it.
    """

    _hints: ClassVar[Hints] = {"expression": EXPRESSION, "flexible_window": MINUTES}
    _shorthand: ClassVar[str] = "expression"
    expression: str
    _: KW_ONLY
    timezone: str = "UTC"
    payload: Mapping[str, Any] | None = None
    enabled: bool = True
    flexible_window: cdk.Duration | None = None
    start: datetime | None = None
    end: datetime | None = None
    name: str | None = None

    @classmethod
    def cron(  # noqa: PLR0913  # one argument per cron field
        cls,
        *,
        minute: str = "0",
        hour: str = "*",
        day: str = "*",
        month: str = "*",
        week_day: str | None = None,
        year: str = "*",
        timezone: str = "UTC",
        payload: Mapping[str, Any] | None = None,
    ) -> "ScheduleTrigger":
        """A cron schedule by field, in EventBridge's spelling (week days 1–7 or SUN–SAT).

        Args:
            minute, hour, day, month, year: omitted fields match always; an omitted minute is 0.
            week_day: omitted: any. Given together with `day`, AWS refuses it.
            timezone: IANA name.
            payload: what the task gets.
        """
        if week_day is None:
            week_day = "?"
        elif day == "*":
            day = "?"
        expression = f"cron({minute} {hour} {day} {month} {week_day} {year})"
        return cls(expression=expression, timezone=timezone, payload=payload)

    @classmethod
    def rate(cls, every: cdk.Duration, *, payload: Mapping[str, Any] | None = None) -> "ScheduleTrigger":
        """A run every so often, in whole minutes.

        Args:
            every: the time between two firings; a token is in minutes, hours or days.
            payload: what the task gets.

        Raises:
            TypeError: `every` is no duration, or a token in seconds, which nothing can convert.
        """
        if not isinstance(every, cdk.Duration):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
            raise TypeError(f"every is a cdk.Duration such as cdk.Duration.minutes(5), not a {type(every).__name__}")
        if every.is_unresolved():
            return cls(expression=f"rate({_unresolved(every)})", payload=payload)
        minutes = every.to_minutes(integral=False)
        return cls(expression=f"rate({minutes:.10g} minute{'' if minutes == 1 else 's'})", payload=payload)

    @classmethod
    def at(
        cls, moment: datetime, *, timezone: str = "UTC", payload: Mapping[str, Any] | None = None
    ) -> "ScheduleTrigger":
        """One run at `moment`; an aware datetime is converted to `timezone`.

        Raises:
            TypeError: `moment` is no datetime.
        """
        if not isinstance(moment, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
            raise TypeError(f"moment is a datetime such as datetime(2030, 1, 1, 5), not a {type(moment).__name__}")
        try:
            local = moment.astimezone(ZoneInfo(timezone)) if moment.tzinfo else moment
        except (OSError, ValueError, LookupError):
            local = moment  # the rule on time zones reports it, with everything else that is wrong
        return cls(expression=f"at({local:%Y-%m-%dT%H:%M:%S})", timezone=timezone, payload=payload)


@suggesting
@dataclass(frozen=True)
class EventTrigger:
    """Starts a run for each event that matches. The payload is the whole event; a run's `id` is the event's id.

    A function gets the event itself, and an envelope with its id when there is a payload in place of the event.

    Attributes:
        event_pattern: what matches: CDK's, or as EventBridge's console has it, a dict or its JSON text:
            `{"source": ["shop.orders"], "detail-type": ["Refunded"], "detail": {"total": [{"numeric": [">", 100]}]}}`.
        event_bus: where events arrive. Omitted: the account's default bus.
        payload: what the task gets instead of the event, up to some 8,000 characters of JSON. Omitted: the event.
        enabled: False keeps the rule without matching.
        name: physical name of the rule. Omitted: CloudFormation names it.
        bucket: set by `object_created`: the bucket whose EventBridge notifications are switched on.
    """

    _elsewhere: ClassVar[dict[str, str]] = dict.fromkeys(
        ("source", "detail_type", "detail"), 'give event_pattern={"source": […]}'
    )
    _hints: ClassVar[Hints] = {"event_pattern": Hint(example='{"source": ["app.orders"]}')}
    event_pattern: events.EventPattern | Mapping[str, Any] | str
    _: KW_ONLY
    event_bus: events.IEventBus | None = None
    payload: Mapping[str, Any] | None = None
    enabled: bool = True
    name: str | None = None
    bucket: s3.IBucket | None = None

    @classmethod
    def object_created(cls, bucket: s3.IBucket, *, prefix: str = "", suffix: str = "") -> "EventTrigger":
        """A run for each object that arrives in `bucket`; its EventBridge notifications are switched on.

        Args:
            bucket: where objects arrive; one that was imported must already notify EventBridge.
            prefix, suffix: only keys that begin and end so, character by character: `*` stands for itself. Omitted:
                all keys.

        Raises:
            TypeError: `bucket` is no bucket.
        """
        if isinstance(bucket, str) or not hasattr(bucket, "bucket_name"):
            raise TypeError(
                'bucket is an s3.IBucket such as s3.Bucket.from_bucket_name(self, "Inbox", "name"), '
                f"not a {type(bucket).__name__}"
            )
        detail: dict[str, Any] = {"bucket": {"name": [bucket.bucket_name]}}
        if prefix and suffix:
            detail["object"] = {"key": [{"wildcard": f"{_literal(prefix)}*{_literal(suffix)}"}]}
        elif prefix or suffix:
            detail["object"] = {"key": [{"prefix": prefix} if prefix else {"suffix": suffix}]}
        pattern = events.EventPattern(source=["aws.s3"], detail_type=["Object Created"], detail=detail)
        return cls(event_pattern=pattern, bucket=bucket)


@suggesting
@dataclass(frozen=True, kw_only=True)
class QueueTrigger:
    """Starts a run for each message. The payload is the body; a run's `id` is the message id.

    Attributes:
        queue: an existing standard queue with a dead-letter queue. Omitted: one is created with its dead-letter queue,
            encrypted, TLS only; the settings below are for that one.
        visibility_timeout: how long a message that was taken stays hidden, 0 s to 12 h. Omitted: 60 seconds where a
            message is done once its run has started; of a function, which works on the message itself, six times its
            timeout and the batching window.
        retention_period: how long a message waits at most, 60 s to 14 days. Omitted: 14 days.
        max_receive_count: tries before the dead-letter queue, 1 to 1,000. Omitted: 3; of a function 5, because one that
            is throttled uses tries, too.
        max_message_size: bytes. Omitted: 250,000, which a state machine can take with the pipe's record around it;
            there each quote and line end of the message counts twice, so that with many of them less is taken. Of a
            function 1,048,576, the most that SQS takes.
        filter: EventBridge pattern over the message, such as `{"body": {"kind": ["report"]}}`; messages that do not
            match are removed. Omitted: every message.
    """

    _elsewhere: ClassVar[dict[str, str]] = {"batch_size": "each message starts a run; a function has batch=Batch(…)"}
    queue: sqs.IQueue | None = None
    _hints: ClassVar[Hints] = {"visibility_timeout": MAY_BE_ZERO, "max_message_size": BYTES}
    visibility_timeout: cdk.Duration | None = None
    retention_period: cdk.Duration | None = None
    max_receive_count: int | None = None
    max_message_size: int | None = None
    filter: Mapping[str, Any] | None = None


def _unresolved(every: cdk.Duration) -> str:
    """A rate whose number is a token: `${Token[…]} minutes`, which Scheduler takes for 1 too."""
    convert = {"minutes": every.to_minutes, "hours": every.to_hours, "days": every.to_days}
    unit = every.unit_label()
    if unit not in convert:
        raise TypeError(f"every is known only when it is deployed: give it as cdk.Duration.minutes(…), not in {unit}")
    return f"{cdk.Tokenization.stringify_number(convert[unit](integral=False))} {unit}"


def _literal(text: str) -> str:
    """`text` in a wildcard pattern, every character standing for itself."""
    return str(text).replace("\\", "\\\\").replace("*", "\\*")


def prefix_of(trigger: EventTrigger) -> str:
    """The prefix that `object_created` was given; empty when none was."""
    detail: Any = getattr(trigger.event_pattern, "detail", None) or {}
    (key,) = cast("list[dict[str, str]]", detail.get("object", {}).get("key")) or ({},)
    before_star = re.match(r"(?:\\.|[^*\\])*", key.get("wildcard", ""))
    return key.get("prefix", "") or re.sub(r"\\(.)", r"\1", before_star[0] if before_star else "")


Trigger: TypeAlias = ScheduleTrigger | EventTrigger | QueueTrigger
