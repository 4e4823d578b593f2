"""What starts a run: one role for each service that does, and somewhere for what a trigger cannot deliver."""

from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as schedule_targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.bucket_events import notify_event_bridge
from naws.core.json_text import json_text
from naws.core.key_access import let_use_key
from naws.core.plans.triggers import EventPlan, QueuePlan, SchedulePlan
from naws.core.queues import SENDING, dead_letter_queue, work_queue
from naws.core.tokens import has_token
from naws.core.triggers import EventTrigger
from naws.core.units import duration
from naws.ecs_task_processor._starters import Starters
from naws.ecs_task_processor.plan import Plan

_DELIVERY_HOURS = 24
_DELIVERY_ATTEMPTS = 185


@dataclass(frozen=True, kw_only=True)
class QueueSource:
    """A queue that starts runs.

    Attributes:
        queue: where messages are sent.
        dead_letters: what could not start a run; None for a queue that the user brought.
    """

    queue: sqs.IQueue
    dead_letters: sqs.IQueue | None


def build_schedule(
    scope: Construct, plan: SchedulePlan, starters: Starters, dead_letters: sqs.IQueue
) -> scheduler.Schedule:
    """A schedule that starts a run; its id is the scheduled time, which redelivery does not change.

    It is in the account's default group: a group of its own would have a name that outlives the stack.
    """
    trigger = plan.trigger
    scheduled = "<aws.scheduler.scheduled-time>"
    envelope = {
        "trigger": "schedule",
        "id": f"schedule-{plan.number}@{scheduled}",
        "time": scheduled,
        "payload": trigger.payload or {},
    }
    name = f"Schedule{plan.number}"
    expression = plan.parsed.expression if plan.parsed else trigger.expression
    role = starters.role("scheduler")
    let_use_key(role, dead_letters.encryption_master_key, *SENDING)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    schedule = scheduler.Schedule(
        scope,
        name,
        schedule=scheduler.ScheduleExpression.expression(expression, cdk.TimeZone.of(trigger.timezone)),
        schedule_name=plan.name,
        enabled=trigger.enabled,
        start=trigger.start,
        end=trigger.end,
        time_window=_time_window(plan.flexible_window),
        target=schedule_targets.StepFunctionsStartExecution(  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            starters.machine,
            role=role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            dead_letter_queue=dead_letters,
            max_event_age=cdk.Duration.hours(plan.max_event_age),
            retry_attempts=_DELIVERY_ATTEMPTS,
        ),
    )
    starters.before(schedule, "scheduler")
    resource = cast("scheduler.CfnSchedule", schedule.node.default_child)
    resource.add_property_override("Target.Input", json_text(scope, envelope))
    if has_token(plan.flexible_window):
        resource.add_property_override("FlexibleTimeWindow.MaximumWindowInMinutes", plan.flexible_window)
    return schedule


def _time_window(seconds: float | None) -> scheduler.TimeWindow:
    """A minute stands in for a token: CDK compares the window with its bounds, whatever it is."""
    if seconds is None:
        return scheduler.TimeWindow.off()
    return scheduler.TimeWindow.flexible(cdk.Duration.minutes(1 if has_token(seconds) else seconds // 60))


def build_event_rule(scope: Construct, plan: EventPlan, starters: Starters, dead_letters: sqs.IQueue) -> events.Rule:
    """A rule that starts a run with the event."""
    trigger = plan.trigger
    name = f"Event{plan.number}"
    if trigger.bucket is not None:
        notify_event_bridge(trigger.bucket)
    rule = events.Rule(
        scope,
        name,
        rule_name=plan.name,
        event_bus=trigger.event_bus,
        event_pattern=trigger.event_pattern,
        enabled=trigger.enabled,
    )
    rule.add_target(
        event_targets.SfnStateMachine(  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            starters.machine,
            role=starters.role("events"),  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            dead_letter_queue=dead_letters,
            max_event_age=cdk.Duration.hours(_DELIVERY_HOURS),
            retry_attempts=_DELIVERY_ATTEMPTS,
        )
    )
    starters.before(rule, "events")
    resource = cast("events.CfnRule", rule.node.default_child)
    resource.add_property_override("Targets.0.InputTransformer", _event_input(scope, trigger))
    return rule


def _event_input(scope: Construct, trigger: EventTrigger) -> dict[str, Any]:
    """The envelope of an event. The whole event has a name of EventBridge's own, which is documented; `$` is not.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    payload = "<aws.events.event.json>" if trigger.payload is None else json_text(scope, trigger.payload)
    return {
        "InputPathsMap": {"id": "$.id", "time": "$.time"},
        "InputTemplate": f'{{"trigger":"event","id":<id>,"time":<time>,"payload":{payload}}}',
    }


def build_queue(scope: Construct, trigger_plan: QueuePlan, plan: Plan, starters: Starters) -> QueueSource:
    """A queue whose messages each start a run, through a pipe."""
    source = _source(scope, trigger_plan, plan)
    name = f"Queue{trigger_plan.number}"
    starters.read(source.queue)
    pipe = pipes.CfnPipe(
        scope,
        f"{name}Pipe",
        name=trigger_plan.pipe_name,
        role_arn=starters.role("pipes").role_arn,
        source=source.queue.queue_arn,
        source_parameters=_source_parameters(scope, trigger_plan),
        target=starters.machine.state_machine_arn,
        target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
            # Without a template the documented event is handed over, whose body is text whatever is in it.
            step_function_state_machine_parameters=pipes.CfnPipe.PipeTargetStateMachineParametersProperty(
                invocation_type="FIRE_AND_FORGET"
            ),
        ),
    )
    starters.before(pipe, "pipes")
    return source


def _source(scope: Construct, trigger_plan: QueuePlan, plan: Plan) -> QueueSource:
    trigger = trigger_plan.trigger
    if trigger.queue is not None:
        return QueueSource(queue=trigger.queue, dead_letters=None)
    name = f"Queue{trigger_plan.number}"
    key = plan.operations.encryption_key
    dead_letters = dead_letter_queue(
        scope,
        f"{name}DeadLetters",
        key=key,
        removal_policy=plan.operations.removal_policy,
        queue_name=trigger_plan.dead_letter_queue_name,
        of_queue=True,
        source_name=trigger_plan.queue_name,
    )
    queue = work_queue(
        scope,
        name,
        dead_letters=dead_letters,
        visibility_timeout=duration(trigger_plan.visibility_timeout),
        retention_period=duration(trigger_plan.retention_period),
        max_receive_count=trigger.max_receive_count,
        max_message_size=trigger.max_message_size,
        key=key,
        removal_policy=plan.operations.removal_policy,
        queue_name=trigger_plan.queue_name,
    )
    return QueueSource(queue=queue, dead_letters=dead_letters)


def _source_parameters(scope: Construct, trigger_plan: QueuePlan) -> pipes.CfnPipe.PipeSourceParametersProperty:
    pattern: Any = trigger_plan.trigger.filter
    criteria = pipes.CfnPipe.FilterCriteriaProperty
    return pipes.CfnPipe.PipeSourceParametersProperty(
        sqs_queue_parameters=pipes.CfnPipe.PipeSourceSqsQueueParametersProperty(batch_size=1),
        filter_criteria=None
        if pattern is None
        else criteria(filters=[pipes.CfnPipe.FilterProperty(pattern=json_text(scope, pattern))]),
    )
