"""Triggers, decided: expressions parsed, times in seconds, names chosen. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from aws_cdk import aws_sqs as sqs

from naws.core.context import PatternContext
from naws.core.queues import LONGEST_RETENTION
from naws.core.rules.names import TriggerName
from naws.core.rules.pattern_syntax import fields_of_pattern
from naws.core.rules.payloads import STATE_MACHINE_INPUT, LargestInput
from naws.core.schedules import ParsedSchedule, ScheduleSyntaxError, parse_schedule
from naws.core.tokens import has_token, known
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger, Trigger
from naws.core.units import seconds, window

_DEFAULT_VISIBILITY = 60
_DAY = 86_400


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
        fifo: whether the user's own queue keeps an order; False for one that is created.
        dead_letters_missing: whether the user's own queue is known to have no dead-letter queue.
        ignored_settings: what was given beside a queue that exists and keeps its own settings.
    """

    trigger: QueueTrigger
    path: str
    number: int
    visibility_timeout: float
    retention_period: float
    queue_name: str | None
    dead_letter_queue_name: str | None
    pipe_name: str | None
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


def plan_triggers(
    triggers: Sequence[Trigger], context: PatternContext, *, takes: LargestInput = STATE_MACHINE_INPUT
) -> TriggerPlans:
    """Decide every trigger.

    Args:
        triggers: as they were given.
        context: of their pattern.
        takes: how much what they start can begin with. Omitted: what a state machine can.
    """
    schedules: list[SchedulePlan] = []
    events: list[EventPlan] = []
    queues: list[QueuePlan] = []
    for index, trigger in enumerate(triggers):
        path = f"triggers[{index}]"
        match trigger:
            case ScheduleTrigger():
                schedules.append(_schedule(trigger, path, len(schedules) + 1, context))
            case EventTrigger():
                number = len(events) + 1
                name = trigger.name or context.physical_name(f"event-{number}", "rule")
                pattern = fields_of_pattern(trigger.event_pattern)
                events.append(EventPlan(trigger=trigger, path=path, number=number, name=name, pattern=pattern))
            case QueueTrigger():
                queues.append(_queue(trigger, path, len(queues) + 1, context))
    return TriggerPlans(schedules=tuple(schedules), events=tuple(events), queues=tuple(queues), takes=takes)


def _schedule(trigger: ScheduleTrigger, path: str, number: int, context: PatternContext) -> SchedulePlan:
    return SchedulePlan(
        trigger=trigger,
        path=path,
        number=number,
        parsed=_parsed(trigger.expression),
        flexible_window=window(trigger.flexible_window),
        name=trigger.name or context.physical_name(f"schedule-{number}", "schedule"),
        now=context.now,
    )


def _parsed(expression: str) -> ParsedSchedule | None:
    if not known(expression):
        return None
    try:
        return parse_schedule(expression)
    except ScheduleSyntaxError:
        return None  # the rule on expressions reports it, with everything else that is wrong


def _queue(trigger: QueueTrigger, path: str, number: int, context: PatternContext) -> QueuePlan:
    return QueuePlan(
        trigger=trigger,
        path=path,
        number=number,
        visibility_timeout=seconds(trigger.visibility_timeout, _DEFAULT_VISIBILITY),
        retention_period=seconds(trigger.retention_period, LONGEST_RETENTION),
        queue_name=context.physical_name(f"queue-{number}", "queue"),
        dead_letter_queue_name=context.physical_name(f"queue-{number}-dead-letters", "queue"),
        pipe_name=context.physical_name(f"queue-{number}", "pipe"),
        fifo=trigger.queue is not None and not has_token(trigger.queue.fifo) and bool(trigger.queue.fifo),
        dead_letters_missing=isinstance(trigger.queue, sqs.Queue) and trigger.queue.dead_letter_queue is None,
        ignored_settings=_ignored(trigger),
    )


def _ignored(trigger: QueueTrigger) -> tuple[str, ...]:
    if trigger.queue is None:
        return ()
    settings = (field for field in fields(trigger) if field.name not in ("queue", "filter"))
    return tuple(field.name for field in settings if getattr(trigger, field.name) not in (field.default, None))


def trigger_names(triggers: TriggerPlans) -> Iterator[TriggerName]:
    """The physical names that triggers have, given or made from the conventions' prefix."""
    for plan in triggers.schedules:
        yield TriggerName(path=plan.path, name=_name_of(plan), kind="schedule")
    for plan in triggers.events:
        # The bus by its name, however it was given; of one that only the deployment knows that is a token of its own.
        bus = plan.trigger.event_bus
        among = "default" if bus is None else bus.event_bus_name
        yield TriggerName(path=plan.path, name=_name_of(plan), kind="rule", among=among)


def _name_of(plan: SchedulePlan | EventPlan) -> str | None:
    """The given name, an empty one too; else the one that the conventions make."""
    return plan.name if plan.trigger.name is None else plan.trigger.name
