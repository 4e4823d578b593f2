"""Rules for who is told, and when."""

from collections.abc import Iterator

from naws.core.alarms import Alarms, NoAlarms
from naws.core.plans.missed_runs import from_start, longest_pause, watched
from naws.core.rules import alarms
from naws.core.rules.values import Field
from naws.core.tokens import has_token
from naws.core.validation import Check
from naws.ecs_task_processor.plan import Plan

_TIMES = ("oldest_message", "late_by")


def times(plan: Plan) -> Iterator[Field]:
    """How patient the alarms are, in seconds; nothing without alarms."""
    for name in _TIMES if plan.operations.alarms is not None else ():
        yield Field(f"alarms.{name}", getattr(plan.operations.alarms, name))


def _silence(plan: Plan) -> Iterator[Field]:
    if isinstance(plan.props.alarms, NoAlarms):
        yield Field("alarms.reason", plan.props.alarms.reason)


def _patience(plan: Plan) -> Iterator[alarms.QueueAgeAlarm]:
    kept = [queue for queue in plan.triggers.queues if queue.trigger.queue is None]
    if plan.operations.alarms is None or not kept or has_token([queue.retention_period for queue in kept]):
        return
    shortest = min(kept, key=lambda queue: queue.retention_period)
    yield alarms.QueueAgeAlarm(
        oldest_message=plan.operations.alarms.oldest_message,
        said=getattr(plan.props.alarms, "oldest_message", None) is not None,
        retention=shortest.retention_period,
        retention_path=f"{shortest.path}.retention_period",
    )


def _silences(plan: Plan) -> Iterator[alarms.ScheduleAlarm]:
    patience = plan.operations.alarms
    for schedule in plan.triggers.schedules if patience is not None else ():
        if patience is None or not schedule.trigger.enabled:
            continue
        alarm = watched(schedule, patience.late_by, patience.one_attempt)
        yield alarms.ScheduleAlarm(
            late_by=patience.late_by,
            pause=longest_pause(schedule),
            expression=schedule.trigger.expression,
            path=schedule.path,
            repeats=schedule.parsed is not None and schedule.parsed.period_seconds() is not None,
            alarm=alarm,
            start=schedule.trigger.start,
            waits=alarm is None or from_start(schedule, alarm, patience.late_by, patience.one_attempt) is not None,
        )


def _addresses(plan: Plan) -> Iterator[Field]:
    email = plan.props.alarms.email if isinstance(plan.props.alarms, Alarms) else None
    if isinstance(email, str):
        yield Field("alarms.email", email)
    for index, address in enumerate(() if email is None or isinstance(email, str) else email):
        yield Field(f"alarms.email[{index}]", address)


def _mailing(plan: Plan) -> Iterator[alarms.Mailing]:
    """Of a topic that is created nothing has to be asked."""
    given = plan.props.alarms
    topic = plan.operations.topic
    if isinstance(given, Alarms) and given.addresses and topic is not None:
        yield alarms.Mailing(topic_path=topic[0], fifo=topic[1].fifo)


CHECKS: tuple[Check[Plan], ...] = (
    alarms.reason_for_silence.on(_silence),
    alarms.oldest_message.on(lambda plan: [field for field in times(plan) if field.name == "oldest_message"]),
    alarms.late_by.on(lambda plan: [field for field in times(plan) if field.name == "late_by"]),
    alarms.fires_in_time.on(_patience),
    *(rule.on(_silences) for rule in (alarms.looks_back, alarms.noticed, alarms.noticed_from_start)),
    alarms.address.on(_addresses),
    alarms.sends_mail.on(_mailing),
)
