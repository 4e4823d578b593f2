"""Triggers, decided: expressions parsed, times in seconds, names chosen. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from aws_cdk import aws_sqs as sqs

from naws.core.context import PatternContext
from naws.core.planned_triggers import (
    STATE_MACHINE_INPUT,
    EventPlan,
    LargestInput,
    QueuePlan,
    QueueUse,
    SchedulePlan,
    TriggerPlans,
)
from naws.core.queues import LONGEST_RETENTION
from naws.core.rules.names import TriggerName
from naws.core.rules.pattern_syntax import fields_of_pattern
from naws.core.schedules import ParsedSchedule, ScheduleSyntaxError, parse_schedule
from naws.core.tokens import known
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger, Trigger
from naws.core.units import seconds, window


def plan_triggers(
    triggers: Sequence[Trigger],
    context: PatternContext,
    *,
    takes: LargestInput = STATE_MACHINE_INPUT,
    use: QueueUse | None = None,
) -> TriggerPlans:
    """Decide every trigger.

    Args:
        triggers: as they were given.
        context: of their pattern.
        takes: how much what they start can begin with. Omitted: what a state machine can.
        use: how messages are used. Omitted: each starts an execution.
    """
    use = use or QueueUse(takes=takes)
    schedules: list[SchedulePlan] = []
    events: list[EventPlan] = []
    queues: list[QueuePlan] = []
    for index, trigger in enumerate(triggers):
        path = f"triggers[{index}]"
        match trigger:
            case ScheduleTrigger():
                schedules.append(plan_schedule(trigger, path, len(schedules) + 1, context))
            case EventTrigger():
                number = len(events) + 1
                name = trigger.name or context.physical_name(f"event-{number}", "rule")
                pattern = fields_of_pattern(trigger.event_pattern)
                events.append(EventPlan(trigger=trigger, path=path, number=number, name=name, pattern=pattern))
            case QueueTrigger():
                queues.append(_queue(trigger, path, len(queues) + 1, context, use))
    return TriggerPlans(schedules=tuple(schedules), events=tuple(events), queues=tuple(queues), takes=takes)


def plan_schedule(trigger: ScheduleTrigger, path: str, number: int, context: PatternContext) -> SchedulePlan:
    """Decide one schedule, which is the `number`-th of a pattern."""
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


def _queue(trigger: QueueTrigger, path: str, number: int, context: PatternContext, use: QueueUse) -> QueuePlan:
    return QueuePlan(
        trigger=trigger,
        path=path,
        number=number,
        visibility_timeout=seconds(trigger.visibility_timeout, use.visibility_timeout),
        retention_period=seconds(trigger.retention_period, LONGEST_RETENTION),
        max_receive_count=use.max_receive_count if trigger.max_receive_count is None else trigger.max_receive_count,
        max_message_size=use.takes.size if trigger.max_message_size is None else trigger.max_message_size,
        use=use,
        queue_name=context.physical_name(f"queue-{number}", "queue"),
        dead_letter_queue_name=context.physical_name(f"queue-{number}-dead-letters", "queue"),
        pipe_name=context.physical_name(f"queue-{number}", "pipe"),
        fifo=trigger.queue is not None and trigger.queue.fifo is True,
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
