"""Checks of triggers: every rule on schedules, events and queues, bound to the triggers' part of a plan."""

from collections.abc import Iterator

from aws_cdk import aws_events as events

from naws.core.bucket_events import has_notifications, is_made_here
from naws.core.planned_triggers import TriggerPlans
from naws.core.plans.triggers import trigger_names
from naws.core.rule import Check
from naws.core.rules.data import notifies, relative_key
from naws.core.rules.names import TRIGGER_NAME_RULES, TRIGGER_NAMES_RULES
from naws.core.rules.patterns import PATTERN_RULES, Pattern, pattern_text
from naws.core.rules.payloads import PAYLOAD_RULES, Payload
from naws.core.rules.queues import QUEUE_INPUT_RULES, QUEUE_READER_RULES, QUEUE_RULES, QueueInput
from naws.core.rules.schedules import SCHEDULE_RULES
from naws.core.rules.times import TIME_RULES
from naws.core.rules.values import Field
from naws.core.triggers import prefix_of
from naws.core.validation import bind


def _times(triggers: TriggerPlans) -> Iterator[Field]:
    for schedule in triggers.schedules:
        yield Field(f"{schedule.path}.flexible_window", schedule.flexible_window)
    for queue in triggers.queues:
        yield Field(f"{queue.path}.visibility_timeout", queue.visibility_timeout)
        yield Field(f"{queue.path}.retention_period", queue.retention_period)


def _payloads(triggers: TriggerPlans) -> Iterator[Payload]:
    for plan in triggers.schedules:
        path = f"{plan.path}.payload"
        yield Payload(path=path, value=plan.trigger.payload, service="schedule", takes=triggers.takes)
    for plan in triggers.events:
        yield Payload(path=f"{plan.path}.payload", value=plan.trigger.payload, service="rule", takes=triggers.takes)


def _patterns(triggers: TriggerPlans) -> Iterator[Pattern]:
    for event in triggers.events:
        if event.pattern is not None:
            yield Pattern(
                path=f"{event.path}.event_pattern",
                value=event.pattern,
                of_bucket=event.trigger.bucket is not None,
                of_cdk=isinstance(event.trigger.event_pattern, events.EventPattern),
            )
    for queue in triggers.queues:
        if queue.trigger.filter is not None:
            yield Pattern(path=f"{queue.path}.filter", value=queue.trigger.filter, message=True)


def _buckets(triggers: TriggerPlans) -> Iterator[Field]:
    for event in triggers.events:
        bucket = event.trigger.bucket
        if bucket is not None:
            yield Field(f"{event.path}.bucket", is_made_here(bucket) or has_notifications(bucket))


def _prefixes(triggers: TriggerPlans) -> Iterator[Field]:
    for event in triggers.events:
        if event.trigger.bucket is not None:
            yield Field(f"{event.path}.prefix", prefix_of(event.trigger))


TRIGGER_CHECKS: tuple[Check[TriggerPlans], ...] = (
    *bind(_times, TIME_RULES),
    *bind(lambda triggers: triggers.schedules, SCHEDULE_RULES),
    *bind(trigger_names, TRIGGER_NAME_RULES),
    *bind(lambda triggers: (tuple(trigger_names(triggers)),), TRIGGER_NAMES_RULES),
    *bind(_payloads, PAYLOAD_RULES),
    *bind(_patterns, PATTERN_RULES),
    pattern_text.on(
        lambda triggers: (Field(f"{each.path}.event_pattern", each.trigger.event_pattern) for each in triggers.events)
    ),
    relative_key.on(_prefixes),
    notifies.on(_buckets),
    *bind(lambda triggers: triggers.queues, QUEUE_RULES),
    *bind(
        lambda triggers: (QueueInput(queue=queue, takes=queue.use.takes) for queue in triggers.queues),
        QUEUE_INPUT_RULES,
    ),
    *bind(lambda triggers: (triggers.queues,), QUEUE_READER_RULES),
)
