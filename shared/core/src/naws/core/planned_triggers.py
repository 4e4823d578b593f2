"""Triggers as they are planned: data that rules judge and builders make real; `plans/triggers.py` decides them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from naws.core.schedules import ParsedSchedule, ScheduleSyntaxError, YearlyLeftOut
from naws.core.tokens import known
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger

LONGEST_WARM_UP = 2880
"""Minutes. Source: CloudWatch API, WarmUpConfiguration, WarmUpPeriodDurationInMinutes."""
_MINUTE = 60
_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class LargestInput:
    """The largest payload that can start a run, by what is started: a state machine, for one.

    Attributes:
        size: bytes of a payload, beside which its envelope has room.
        why: what they are for, as the end of "at most so many bytes, …".
        source: the page of AWS that has the limit.
    """

    size: int
    why: str
    source: str


STATE_MACHINE_INPUT = LargestInput(
    size=250_000,
    why="so that a state can carry it, and what went wrong beside it",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html",
)
"""A state takes 262,144 bytes: the envelope needs some of them, and a run that fails is kept with what went wrong."""


FUNCTION_INPUT = LargestInput(
    size=250_000,
    why="so that EventBridge Scheduler can carry it in its envelope",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html",
)
"""Lambda takes more, but Scheduler's input has at most 262,144 characters."""
MESSAGE = LargestInput(
    size=1_048_576,
    why="which SQS takes",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
)


@dataclass(frozen=True, kw_only=True)
class QueueUse:
    """How messages are used, by what they start: what holds where a trigger gives nothing else.

    Attributes:
        done_when_started: whether a message is done once its run has started, and not when its work has ended.
        visibility_timeout: seconds for which a message that is taken is hidden.
        max_receive_count: tries before the dead-letter queue.
        takes: the largest message.
    """

    done_when_started: bool = True
    visibility_timeout: float = 60
    max_receive_count: int = 3
    takes: LargestInput = STATE_MACHINE_INPUT


@dataclass(frozen=True, kw_only=True)
class SchedulePlan:
    """One schedule.

    Attributes:
        trigger: as it was given.
        path: the field in the user's spelling.
        number: 1 for the first schedule, and so on; part of the logical id.
        parsed: what the expression means; None when it means nothing or is a token.
        flexible_window: seconds, or None; a token is of minutes.
        name: physical name, or None.
        now: the moment at which it was planned; None: unknown.
    """

    trigger: ScheduleTrigger
    path: str
    number: int
    parsed: ParsedSchedule | None
    flexible_window: float | None
    name: str | None
    now: datetime | None = None

    @property
    def longest_pause(self) -> float | None:
        """Seconds between two firings at the most; None when it fires once, pauses over a week or is not known.

        Real time: with the days on which clocks are changed.
        """
        zone = self.trigger.timezone
        try:
            return self.parsed.longest_pause(zone if known(zone) else None) if self.parsed else None
        except ScheduleSyntaxError:
            return None  # no zone: its own rule reports it

    @property
    def left_out(self) -> YearlyLeftOut | None:
        """The firings that clocks leave out, when an alarm that warms up for long enough sees the hour of each."""
        zone = self.trigger.timezone
        if self.longest_pause is None or self.parsed is None or not known(zone):
            return None
        left_out = self.parsed.yearly_left_out(zone)
        return left_out if left_out is not None and left_out.pause <= LONGEST_WARM_UP * _MINUTE else None

    @property
    def usual_pause(self) -> float | None:
        """`longest_pause` of all days but those that `left_out` has."""
        return self.longest_pause if self.left_out is None else self.left_out.pause

    @property
    def max_event_age(self) -> int:
        """Hours for which Scheduler tries to start a run: one when the next comes within a day, else a day.

        A run that starts a day late beside 24 others of its schedule helps nobody; it is in the dead-letter queue.
        """
        period = self.parsed.period_seconds() if self.parsed else None
        return 1 if period is not None and period < _DAY else 24


@dataclass(frozen=True, kw_only=True)
class EventPlan:
    """One event rule; the other fields are those of `SchedulePlan`.

    Attributes:
        pattern: what matches, in the spelling in which it is given; None when that is text that nobody can read.
    """

    trigger: EventTrigger
    path: str
    number: int
    name: str | None
    pattern: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class QueuePlan:
    """One queue; times in seconds, names physical or None.

    Attributes:
        use: how its messages are used.
        fifo: whether the user's own queue keeps an order; False for one that is created.
        dead_letters_missing: whether the user's own queue is known to have no dead-letter queue.
        ignored_settings: what was given beside a queue that exists and keeps its own settings.
    """

    trigger: QueueTrigger
    path: str
    number: int
    visibility_timeout: float
    retention_period: float
    max_receive_count: int
    max_message_size: int
    queue_name: str | None
    dead_letter_queue_name: str | None
    pipe_name: str | None
    use: QueueUse = field(default_factory=QueueUse)
    fifo: bool = False
    dead_letters_missing: bool = False
    ignored_settings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TriggerPlans:
    """The triggers of one pattern, by kind.

    Attributes:
        takes: how much what they start can begin with.
    """

    schedules: tuple[SchedulePlan, ...]
    events: tuple[EventPlan, ...]
    queues: tuple[QueuePlan, ...]
    takes: LargestInput = STATE_MACHINE_INPUT

    @property
    def schedule_alone(self) -> bool:
        """Whether one schedule is the only trigger: who counts runs, and not by whom, counts those of the schedule."""
        return len(self.schedules) == 1 and not (self.events or self.queues)
