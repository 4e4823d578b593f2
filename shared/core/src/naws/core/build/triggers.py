"""Schedules, rules and queues that start what a pattern runs, and somewhere for what they cannot deliver."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.bucket_events import notify_event_bridge
from naws.core.build.alarms import TriggerAlarms
from naws.core.build.failures import DeadLetters
from naws.core.build.outputs import build_output
from naws.core.build.queues import let_rule_send, queue_arn, queue_name, queue_url, work_queue
from naws.core.build.roles import allow, role_arn
from naws.core.build.starting_roles import QueueSource, StartingRoles, TriggerTarget
from naws.core.json_text import json_literal, json_text
from naws.core.parsed_json import rewritten
from naws.core.planned_triggers import EventPlan, QueuePlan, SchedulePlan, TriggerPlans
from naws.core.plans.operations import OperationsPlan
from naws.core.queues import SENDING
from naws.core.rules.pattern_syntax import values
from naws.core.rules.values import Field
from naws.core.runs import Runs
from naws.core.stacks import stack_of
from naws.core.tokens import has_token

_DELIVERY_HOURS = 24
_DELIVERY_ATTEMPTS = 185
_SCHEDULED = "<aws.scheduler.scheduled-time>"


class Triggers:
    """The triggers of one pattern, those of its props and those that are added later, with their alarms.

    Args:
        scope: the pattern.
        target: what they start.
        operations: how their queues are encrypted and removed.
        dead_letters: where schedules and rules put what could not start a run.
        alarms: what makes the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        target: TriggerTarget,
        operations: OperationsPlan,
        dead_letters: DeadLetters,
        alarms: TriggerAlarms,
    ) -> None:
        self._scope, self._target, self._operations = scope, target, operations
        self._dead_letters, self._alarms = dead_letters, alarms
        self._roles = StartingRoles(scope, target)
        self._schedules: list[tuple[scheduler.CfnSchedule, str]] = []
        self._rules: list[tuple[events.CfnRule, str]] = []
        self._queues: list[QueueSource] = []
        self._exposed: dict[str, Any] = {}

    def build(self, plans: TriggerPlans) -> None:
        """Build all of `plans` that is not there already."""
        before = len(self._schedules)
        for plan in plans.schedules[before:]:
            self._schedule(plan)
        for plan in plans.events[len(self._rules) :]:
            self._rule(plan)
        queues = [self._queue(plan) for plan in plans.queues[len(self._queues) :]]
        for plan, (_, name) in [*zip(plans.schedules, self._schedules, strict=True)][before:]:
            self._alarms.did_not_run(plan, name)
        for source in queues:
            build_output(self._scope, f"Queue{source.plan.number}Url", queue_url(source.queue))
            self._alarms.oldest_message(source.plan.number, source.queue)
        self._alarms.could_not_start(*self.dead_letter_queues)

    @property
    def queues(self) -> Sequence[sqs.IQueue]:
        """The queues of the queue triggers, in their order."""
        return tuple(each.queue for each in self._queues)

    @property
    def schedules(self) -> Sequence[scheduler.ISchedule]:
        """The schedules of the schedule triggers, in their order."""
        return tuple(
            self._expose(_Schedule, f"ExposedSchedule{n}", each, each.attr_arn)
            for n, (each, _) in enumerate(self._schedules, 1)
        )

    @property
    def rules(self) -> Sequence[events.IRule]:
        """The rules of the event triggers, in their order."""
        return tuple(self._expose(_Rule, f"ExposedRule{n}", *each) for n, each in enumerate(self._rules, 1))

    def noted_in(self, runs: Runs) -> Runs:
        """`runs` with all that starts them by now, and with the queues of what could not; those of this stack."""
        stack = stack_of(self._scope)
        own = [each.queue for each in self._queues if each.dead_letters is not None or stack_of(each.queue) is stack]
        return replace(
            runs,
            dead_letter_queues=[queue_name(each) for each in self.dead_letter_queues],
            schedules=[name for _, name in self._schedules],
            rules=[arn for _, arn in self._rules],
            queues=[queue_arn(each) for each in own],
        )

    @property
    def dead_letter_queues(self) -> list[sqs.IQueue]:
        """All that has what could not start a run."""
        of_queues = [each.dead_letters for each in self._queues if each.dead_letters is not None]
        return of_queues if self._dead_letters.made is None else [self._dead_letters.made, *of_queues]

    def _expose(self, kind: type[Any], construct_id: str, *given: Any) -> Any:
        """CDK's interface of a resource, made when it is first asked for: most users never do."""
        if construct_id not in self._exposed:
            self._exposed[construct_id] = kind(self._scope, construct_id, *given)
        return self._exposed[construct_id]

    def _schedule(self, plan: SchedulePlan) -> None:
        """A schedule that starts a run; its id is the scheduled time, which redelivery does not change.

        It is in the account's default group: a group of its own would have a name that outlives the stack.
        """
        trigger = plan.trigger
        dead_letters = queue_arn(self._dead_letters.queue)
        sending = allow("KeepWhatCannotStart", ["sqs:SendMessage"], [dead_letters])
        role = self._roles.role("scheduler", sending, key=self._operations.encryption_key, key_actions=SENDING)
        resource = scheduler.CfnSchedule(
            self._scope,
            f"Schedule{plan.number}",
            name=plan.name,
            schedule_expression=plan.parsed.expression if plan.parsed else trigger.expression,
            schedule_expression_timezone=trigger.timezone,
            state=_state(enabled=trigger.enabled),
            start_date=_moment(trigger.start),
            end_date=_moment(trigger.end),
            flexible_time_window=_time_window(plan.flexible_window),
            target={
                "arn": self._target.arn,
                "roleArn": role_arn(role),
                "input": _envelope(
                    trigger='"schedule"',
                    id=f'"schedule-{plan.number}@{_SCHEDULED}"',
                    time=f'"{_SCHEDULED}"',
                    payload=json_text(self._scope, trigger.payload) if trigger.payload else "{}",
                ),
                "deadLetterConfig": {"arn": dead_letters},
                "retryPolicy": _retry_policy(plan.max_event_age),
            },
        )
        self._schedules.append((resource, resource.ref))

    def _rule(self, plan: EventPlan) -> None:
        """A rule that starts a run with the event.

        The whole event has a name of EventBridge's own, which is documented; `$` is not.
        Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
        """
        trigger = plan.trigger
        if trigger.bucket is not None:
            notify_event_bridge(trigger.bucket)
        role = self._target.rule_role(self._roles)
        resource = events.CfnRule(
            self._scope,
            f"Event{plan.number}",
            name=plan.name,
            event_bus_name=None if trigger.event_bus is None else trigger.event_bus.event_bus_name,
            event_pattern=self._pattern(plan),
            state=_state(enabled=trigger.enabled),
            targets=[
                {
                    "id": "Target0",
                    "arn": self._target.arn,
                    **({} if role is None else {"roleArn": role_arn(role)}),
                    **self._event_input(plan),
                    "deadLetterConfig": {"arn": queue_arn(self._dead_letters.queue)},
                    "retryPolicy": _retry_policy(_DELIVERY_HOURS),
                }
            ],
        )
        arn = resource.attr_arn
        let_rule_send(self._dead_letters.queue, arn)
        self._target.let_rule_start(self._scope, plan.number, arn)
        self._rules.append((resource, arn))

    def _event_input(self, plan: EventPlan) -> dict[str, Any]:
        """The envelope; nothing where an event is taken as it is, which is what a rule hands over."""
        given = plan.trigger.payload
        if given is None and self._target.takes_events:
            return {}
        payload = "<aws.events.event.json>" if given is None else json_text(self._scope, given)
        template = _envelope(trigger='"event"', id="<id>", time="<time>", payload=payload)
        return {"inputTransformer": {"inputPathsMap": {"id": "$.id", "time": "$.time"}, "inputTemplate": template}}

    def _pattern(self, plan: EventPlan) -> Any:
        """The pattern by EventBridge's names of its fields; as text where Node would lose a null."""
        if plan.pattern is None:
            return plan.trigger.event_pattern
        pattern = rewritten(plan.pattern, lambda leaf: leaf)
        if isinstance(plan.trigger.event_pattern, events.EventPattern):
            return {name.replace("_", "-"): value for name, value in pattern.items()}
        has_null = any(part.value is None for part in values(Field("", pattern)))
        return json_literal(self._scope, pattern) if has_null else pattern

    def _queue(self, plan: QueuePlan) -> QueueSource:
        """A queue whose messages each start a run."""
        queue, dead_letters = plan.trigger.queue, None
        if queue is not None:
            key = queue.encryption_master_key
        else:
            queue, dead_letters = work_queue(self._scope, plan, self._operations)
            key = self._operations.encryption_key
        source = QueueSource(plan=plan, queue=queue, dead_letters=dead_letters, key=key)
        self._target.queue_source(self._scope, source, self._roles)
        self._queues.append(source)
        return source


class _Exposed(cdk.Resource):
    def __init__(self, scope: Construct, construct_id: str, resource: Any, arn: str) -> None:
        super().__init__(scope, construct_id)
        self._resource = resource
        self._arn = arn


@jsii.implements(scheduler.ISchedule)
class _Schedule(_Exposed):
    """A schedule as CDK knows it: an import would read the name off an ARN that is not known at synthesis."""

    @property
    def schedule_arn(self) -> str:
        return self._arn

    @property
    def schedule_name(self) -> str:
        return self._resource.ref

    @property
    def schedule_group(self) -> None:
        return None

    @property
    def schedule_ref(self) -> Any:
        return self._resource.schedule_ref


@jsii.implements(events.IRule)
class _Rule(_Exposed):
    """A rule as CDK knows it: an import would take the bus for the rule's name."""

    @property
    def rule_arn(self) -> str:
        return self._arn

    @property
    def rule_name(self) -> str:
        return self._resource.ref

    @property
    def rule_ref(self) -> Any:
        return self._resource.rule_ref


def _envelope(**fields: str) -> str:
    """The envelope, a run's input, of JSON texts in which a service replaces placeholders of its own.

    Args:
        fields: `trigger`, what starts it; `id`, the same when the start is delivered twice; `time`, when the schedule
            fired or the event happened; `payload`, what the run works on.
    """
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"


def _state(*, enabled: bool) -> str:
    return "ENABLED" if enabled else "DISABLED"


def _retry_policy(hours: int) -> dict[str, int]:
    return {"maximumEventAgeInSeconds": hours * 3600, "maximumRetryAttempts": _DELIVERY_ATTEMPTS}


def _time_window(seconds: float | None) -> dict[str, Any]:
    """Scheduler counts in minutes, and so does a token."""
    if seconds is None:
        return {"mode": "OFF"}
    return {"mode": "FLEXIBLE", "maximumWindowInMinutes": seconds if has_token(seconds) else int(seconds // 60)}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.}{moment.microsecond // 1000:03}Z"
