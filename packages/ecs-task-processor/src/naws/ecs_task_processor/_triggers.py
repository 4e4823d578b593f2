"""What starts a run; each trigger has a role of its own and somewhere for what it cannot deliver."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as schedule_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.queues import SENDING, dead_letter_queue, work_queue
from naws.core.tokens import has_token
from naws.core.trigger_plans import EventPlan, QueuePlan, SchedulePlan
from naws.core.units import duration
from naws.ecs_task_processor.plan import Plan

_DELIVERY_HOURS = 24
_DELIVERY_ATTEMPTS = 185
_NUMBER = "\0"
"""Marks the text of a number token, whose quotes go; no message can hold it."""


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
    scope: Construct, plan: SchedulePlan, machine: sfn.IStateMachine, dead_letters: sqs.IQueue
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
        "payload": dict(trigger.payload or {}),
    }
    name = f"Schedule{plan.number}"
    expression = plan.parsed.expression if plan.parsed else trigger.expression
    role = _starter(scope, f"{name}Role", "scheduler.amazonaws.com", machine)
    if dead_letters.encryption_master_key is not None:
        dead_letters.encryption_master_key.grant(role, *SENDING)
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
            machine,
            input=scheduler.ScheduleTargetInput.from_object(envelope),
            role=role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            dead_letter_queue=dead_letters,
            max_event_age=cdk.Duration.hours(_DELIVERY_HOURS),
            retry_attempts=_DELIVERY_ATTEMPTS,
        ),
    )
    resource = schedule.node.default_child
    if has_token(plan.flexible_window) and isinstance(resource, scheduler.CfnSchedule):
        resource.add_property_override("FlexibleTimeWindow.MaximumWindowInMinutes", plan.flexible_window)
    return schedule


def _time_window(seconds: float | None) -> scheduler.TimeWindow:
    """A minute stands in for a token: CDK compares the window with its bounds, whatever it is."""
    if seconds is None:
        return scheduler.TimeWindow.off()
    return scheduler.TimeWindow.flexible(cdk.Duration.minutes(1 if has_token(seconds) else seconds // 60))


def build_event_rule(
    scope: Construct, plan: EventPlan, machine: sfn.IStateMachine, dead_letters: sqs.IQueue
) -> events.Rule:
    """A rule that starts a run with the event."""
    trigger = plan.trigger
    name = f"Event{plan.number}"
    if trigger.bucket is not None:
        _notify_event_bridge(trigger.bucket)
    field = events.EventField.from_path
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
            machine,
            input=events.RuleTargetInput.from_object(
                {
                    "trigger": "event",
                    "id": field("$.id"),
                    "time": field("$.time"),
                    "payload": field("$") if trigger.payload is None else dict(trigger.payload),
                }
            ),
            role=_starter(scope, f"{name}Role", "events.amazonaws.com", machine),  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            dead_letter_queue=dead_letters,
            max_event_age=cdk.Duration.hours(_DELIVERY_HOURS),
            retry_attempts=_DELIVERY_ATTEMPTS,
        )
    )
    return rule


def _notify_event_bridge(bucket: s3.IBucket) -> None:
    """Switch it on in the bucket itself: CDK's own method adds a Lambda function for the same.

    An imported bucket has no resource here; its owner has to switch it on.
    """
    resource = bucket.node.default_child
    if isinstance(resource, s3.CfnBucket):
        resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)  # noqa: FBT003  # CDK's signature


def build_queue(scope: Construct, trigger_plan: QueuePlan, plan: Plan, machine: sfn.IStateMachine) -> QueueSource:
    """A queue whose messages each start a run, through a pipe."""
    source = _source(scope, trigger_plan, plan)
    name = f"Queue{trigger_plan.number}"
    role = _starter(scope, f"{name}Role", "pipes.amazonaws.com", machine)
    source.queue.grant_consume_messages(role)
    pipe = pipes.CfnPipe(
        scope,
        f"{name}Pipe",
        name=trigger_plan.pipe_name,
        role_arn=role.role_arn,
        source=source.queue.queue_arn,
        source_parameters=_source_parameters(trigger_plan),
        target=machine.state_machine_arn,
        target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
            # The body stays what it is: JSON as JSON, text as a JSON string.
            input_template='{"trigger": "queue", "id": <$.messageId>, "time": <$.attributes.SentTimestamp>, '
            '"payload": <$.body>}',
            step_function_state_machine_parameters=pipes.CfnPipe.PipeTargetStateMachineParametersProperty(
                invocation_type="FIRE_AND_FORGET"
            ),
        ),
    )
    pipe.node.add_dependency(role)  # creation reads the queue with the role's policy, not only with the role
    return source


def _source(scope: Construct, trigger_plan: QueuePlan, plan: Plan) -> QueueSource:
    trigger = trigger_plan.trigger
    if trigger.queue is not None:
        return QueueSource(queue=trigger.queue, dead_letters=None)
    name = f"Queue{trigger_plan.number}"
    key = plan.props.encryption_key
    dead_letters = dead_letter_queue(
        scope,
        f"{name}DeadLetters",
        key=key,
        removal_policy=plan.removal_policy,
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
        removal_policy=plan.removal_policy,
        queue_name=trigger_plan.queue_name,
    )
    return QueueSource(queue=queue, dead_letters=dead_letters)


def _source_parameters(trigger_plan: QueuePlan) -> pipes.CfnPipe.PipeSourceParametersProperty:
    pattern: Any = trigger_plan.trigger.filter
    criteria = pipes.CfnPipe.FilterCriteriaProperty
    return pipes.CfnPipe.PipeSourceParametersProperty(
        sqs_queue_parameters=pipes.CfnPipe.PipeSourceSqsQueueParametersProperty(batch_size=1),
        filter_criteria=None
        if pattern is None
        else criteria(filters=[pipes.CfnPipe.FilterProperty(pattern=_json(pattern))]),
    )


def _json(value: object) -> str:
    """The shortest JSON. CDK's own loses each null on its way through Node; Python's writes number tokens as digits."""
    text = json.dumps(_marked(value), ensure_ascii=False, separators=(",", ":"))
    return re.sub(r'"\\u0000(\$\{Token[^"]*)"', r"\1", text)


def _marked(value: object) -> object:
    """With number tokens as marked text."""
    match value:
        case int() | float() if has_token(value):
            return f"{_NUMBER}{cdk.Tokenization.stringify_number(value)}"
        case Mapping():
            return {key: _marked(part) for key, part in cast("Mapping[str, object]", value).items()}
        case list() | tuple():
            return [_marked(part) for part in cast("Sequence[object]", value)]
        case _:
            return value


def _starter(scope: Construct, name: str, service: str, machine: sfn.IStateMachine) -> iam.Role:
    account = cdk.Stack.of(scope).account
    role = iam.Role(
        scope,
        name,
        description="Starts runs, nothing else",
        assumed_by=iam.ServicePrincipal(service, conditions={"StringEquals": {"aws:SourceAccount": account}}),  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    )
    machine.grant_start_execution(role)
    return role
