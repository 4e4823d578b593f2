"""Rules for who is told, and when."""

from collections.abc import Iterator

from naws.core.alarms import NoAlarms
from naws.core.checks import Check
from naws.core.rules import alarms
from naws.core.rules.values import Field
from naws.core.tokens import has_token
from naws.ecs_task_processor.plan import Plan

_TIMES = ("oldest_message", "late_by")


def times(plan: Plan) -> Iterator[Field]:
    """How patient the alarms are, in seconds; nothing without alarms."""
    for name in _TIMES if plan.alarms is not None else ():
        yield Field(f"alarms.{name}", getattr(plan.alarms, name))


def _silence(plan: Plan) -> Iterator[Field]:
    if isinstance(plan.props.alarms, NoAlarms):
        yield Field("alarms.reason", plan.props.alarms.reason)


def _patience(plan: Plan) -> Iterator[alarms.Patience]:
    kept = [queue for queue in plan.triggers.queues if queue.trigger.queue is None]
    if plan.alarms is None or not kept or has_token([queue.retention_period for queue in kept]):
        return
    shortest = min(kept, key=lambda queue: queue.retention_period)
    yield alarms.Patience(
        oldest_message=plan.alarms.oldest_message,
        said=getattr(plan.props.alarms, "oldest_message", None) is not None,
        retention=shortest.retention_period,
        retention_path=f"{shortest.path}.retention_period",
    )


def _silences(plan: Plan) -> Iterator[alarms.Silence]:
    late_by = plan.alarms.late_by if plan.alarms is not None else None
    for schedule in plan.triggers.schedules if late_by is not None else ():
        if schedule.trigger.enabled:
            expression = schedule.trigger.expression
            yield alarms.Silence(late_by=late_by, pause=schedule.longest_pause, expression=expression)


CHECKS: tuple[Check[Plan], ...] = (
    alarms.reason_for_silence.on(_silence),
    alarms.oldest_message.on(lambda plan: [field for field in times(plan) if field.name == "oldest_message"]),
    alarms.late_by.on(lambda plan: [field for field in times(plan) if field.name == "late_by"]),
    alarms.fires_in_time.on(_patience),
    alarms.looks_back.on(_silences),
)
