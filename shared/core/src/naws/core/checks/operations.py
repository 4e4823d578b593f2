"""Checks of how a pattern is operated: its alarms, logs, removal, names and tags."""

from collections.abc import Callable, Iterator

from naws.core.alarms import Alarms, NoAlarms
from naws.core.context import PatternContext
from naws.core.planned_triggers import TriggerPlans
from naws.core.plans.missed_runs import missed_runs_alarm, waiting_for_start
from naws.core.plans.operations import OperationsPlan
from naws.core.rule import Check
from naws.core.rules import alarms, names, removal, tags, times
from naws.core.rules.values import Field
from naws.core.tokens import has_token
from naws.core.validation import bind

OperatedTriggers = tuple[OperationsPlan, TriggerPlans]


def _reason(plan: OperationsPlan) -> Iterator[Field]:
    if isinstance(plan.given, NoAlarms):
        yield Field("alarms.reason", plan.given.reason)


def _of_alarms(name: str) -> Callable[[OperationsPlan], Iterator[Field]]:
    """A time of the alarms, when there are any."""

    def select(plan: OperationsPlan) -> Iterator[Field]:
        if plan.alarms is not None:
            yield Field(f"alarms.{name}", getattr(plan.alarms, name))

    return select


def _addresses(plan: OperationsPlan) -> Iterator[Field]:
    email = plan.given.email if isinstance(plan.given, Alarms) else None
    if isinstance(email, str):
        yield Field("alarms.email", email)
    for index, address in enumerate(() if email is None or isinstance(email, str) else email):
        yield Field(f"alarms.email[{index}]", address)


def _mailing(plan: OperationsPlan) -> Iterator[Field]:
    """Whether the topic that gets addresses is a FIFO topic; one that is created is none."""
    if isinstance(plan.given, Alarms) and plan.given.addresses and plan.topic is not None:
        path, topic = plan.topic
        yield Field(path, topic.fifo)


def _queue_ages(part: OperatedTriggers) -> Iterator[alarms.QueueAgeAlarm]:
    operations, triggers = part
    kept = [queue for queue in triggers.queues if queue.trigger.queue is None]
    if operations.alarms is None or not kept or has_token([queue.retention_period for queue in kept]):
        return
    shortest = min(kept, key=lambda queue: queue.retention_period)
    yield alarms.QueueAgeAlarm(
        oldest_message=operations.alarms.oldest_message,
        given=isinstance(operations.given, Alarms) and operations.given.oldest_message is not None,
        retention=shortest.retention_period,
        retention_path=f"{shortest.path}.retention_period",
    )


def _schedule_alarms(part: OperatedTriggers) -> Iterator[alarms.ScheduleAlarm]:
    operations, triggers = part
    if operations.alarms is None:
        return
    late_by, one_attempt = operations.alarms.late_by, operations.alarms.one_attempt
    for schedule in triggers.schedules:
        if not schedule.trigger.enabled:
            continue
        alarm = missed_runs_alarm(schedule, late_by, one_attempt)
        yield alarms.ScheduleAlarm(
            late_by=late_by,
            pause=schedule.usual_pause,
            expression=schedule.trigger.expression,
            path=schedule.path,
            repeats=schedule.parsed is not None and schedule.parsed.period_seconds() is not None,
            made=alarm is not None,
            early=alarm is not None and alarm.early,
            start=schedule.trigger.start,
            waits=alarm is None or waiting_for_start(schedule, alarm, late_by, one_attempt) is not None,
        )


def unwatched(part: OperatedTriggers, *, alone: bool) -> Iterator[Field]:
    """The schedules whose missing runs no alarm can notice, where what they start counts all its runs together.

    Args:
        part: alarms and triggers.
        alone: whether one schedule is all that starts it.
    """
    operations, triggers = part
    if operations.alarms is None or alone:
        return
    late_by, attempt = operations.alarms.late_by, operations.alarms.one_attempt
    for schedule in triggers.schedules:
        if schedule.trigger.enabled is True and missed_runs_alarm(schedule, late_by, attempt) is not None:
            yield Field(schedule.path, schedule.trigger.expression)


def _removal(plan: OperationsPlan) -> Iterator[removal.Removal]:
    """Of what is in a `ServiceStage`, where removal takes two keys."""
    if plan.disposable is not None:
        yield removal.Removal(path=plan.removal_path, value=plan.removal_policy, disposable=plan.disposable)


def _construct_id(context: PatternContext) -> Iterator[Field]:
    if context.beside_shared:
        yield Field("construct_id", context.construct_id)


def _tags(context: PatternContext) -> tuple[tags.Tags]:
    given = context.conventions
    fields = set(tags.FIELDS) - set(given.tags)
    return (tags.Tags(given=given.all_tags(), fields=fields, required=given.required_tags),)


OPERATIONS_CHECKS: tuple[Check[OperationsPlan], ...] = (
    *bind(_reason, alarms.NO_ALARMS_RULES),
    *bind(_of_alarms("oldest_message"), (*times.TIME_RULES, *alarms.OLDEST_MESSAGE_RULES)),
    *bind(_of_alarms("late_by"), (*times.TIME_RULES, *alarms.LATE_BY_RULES)),
    *bind(_addresses, alarms.ADDRESS_RULES),
    *bind(_mailing, alarms.MAILING_RULES),
    *bind(lambda plan: (Field("log_retention", plan.log_retention.name),), alarms.LOG_RULES),
    *bind(lambda plan: (Field(plan.removal_path, plan.removal_policy),), removal.REMOVAL_RULES),
    *bind(_removal, removal.TWO_KEYS_RULES),
)
PAYLOAD_CHECKS: tuple[Check[OperationsPlan], ...] = bind(
    lambda plan: (Field(plan.removal_path, plan.removal_policy),), removal.PAYLOAD_REMOVAL_RULES
)
"""Those of what keeps large payloads in a bucket."""
TRIGGERED_OPERATIONS_CHECKS: tuple[Check[OperatedTriggers], ...] = (
    *bind(_queue_ages, alarms.QUEUE_AGE_RULES),
    *bind(_schedule_alarms, alarms.SCHEDULE_ALARM_RULES),
)
"""Those of the alarms on triggers."""
CONTEXT_CHECKS: tuple[Check[PatternContext], ...] = (
    *bind(_construct_id, names.CONSTRUCT_ID_RULES),
    *bind(lambda context: (context.conventions.name_prefix,), names.PREFIX_RULES),
    *bind(lambda context: (context.conventions.guide_url,), names.GUIDE_RULES),
    *bind(lambda context: (context.conventions.permissions_boundary,), names.BOUNDARY_RULES),
    *bind(_tags, tags.TAG_RULES),
)
"""Those of the stack that a pattern is made in and of the conventions in force there."""
