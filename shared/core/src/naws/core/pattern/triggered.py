"""Bases of patterns that triggers start, and of those that run a program: what can be asked of them, and added later.

TriggeredPattern    triggers, their alarms and dead letters; `add_trigger`
ProgramPattern      `add_binding`, `add_environment`, `add_secret`
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.core.bindings import Binding, Needs
from naws.core.build.alarms import AlarmFactory, Started
from naws.core.build.failures import build_dead_letter_queue
from naws.core.build.outputs import build_output
from naws.core.build.runs import note_runs
from naws.core.build.starting import TriggerTarget
from naws.core.build.triggers import Triggers
from naws.core.pattern.additions import with_binding, with_trigger, with_variable
from naws.core.pattern.base import Pattern
from naws.core.plans.pattern import ProgramPatternPlan, TriggeredPlan
from naws.core.plans.triggers import TriggerPlans
from naws.core.runs import Runs
from naws.core.triggers import Trigger


class TriggeredPattern(Pattern):
    """A pattern that times, events and messages start.

    Its `_build` calls `_build_dead_letters`, `_build_alarms` and `_build_triggers`, in this order.
    """

    _dead_letter_queue: sqs.Queue
    _alarms: AlarmFactory
    _triggers: Triggers
    _runs_noted: tuple[cdk.CfnResource, Runs]

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """Times and events that could not start a run; a queue trigger has a dead-letter queue of its own."""
        return self._dead_letter_queue

    @property
    def queues(self) -> Sequence[sqs.IQueue]:
        """The queues of the queue triggers, in their order."""
        return self._triggers.queues

    @property
    def schedules(self) -> Sequence[scheduler.ISchedule]:
        """The schedules of the schedule triggers, in their order."""
        return self._triggers.schedules

    @property
    def rules(self) -> Sequence[events.IRule]:
        """The rules of the event triggers, in their order."""
        return self._triggers.rules

    @property
    def alarms(self) -> Sequence[cloudwatch.IAlarm]:
        """Every alarm, for composite alarms and dashboards.

        They are made from data: what CDK's interface does not have, such as another action, is set on the resource,
        `pattern.node.find_child("CouldNotStart")`, which is a `cloudwatch.CfnAlarm`.
        """
        return self._alarms.alarms

    @property
    def alarm_topic(self) -> sns.ITopic | None:
        """Where alarms are sent; None with `NoAlarms`."""
        return self._alarms.topic

    def add_trigger(self, trigger: Trigger, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Start runs by something more.

        Args:
            trigger: what starts them.
            acknowledge: `{code: reason}` for practices that this trigger breaks on purpose. Omitted: none.

        Raises:
            PatternValidationError: with every limit and practice that the pattern breaks with this trigger and did not
                break before; nothing has been built then.
        """
        added = with_trigger(self._plan, trigger, acknowledge)
        self._admit(added)
        self._add_triggers(added.triggers)

    def _build_dead_letters(self, plan: TriggeredPlan, name: str | None) -> sqs.Queue:
        """The queue of what schedules and rules could not start; `name` is its physical one."""
        self._dead_letter_queue = build_dead_letter_queue(self, plan.operations, name)
        return self._dead_letter_queue

    def _build_alarms(self, plan: TriggeredPlan, started: Started) -> AlarmFactory:
        """What makes the alarms of the triggers, and any that the pattern adds by it."""
        self._alarms = AlarmFactory(self, plan.context, plan.operations, started)
        return self._alarms

    def _build_triggers(
        self, plan: TriggeredPlan, target: TriggerTarget, runs: Runs, *, noted_on: cdk.CfnResource
    ) -> None:
        """The triggers, with an alarm and an output of each that has one.

        Args:
            plan: what was decided.
            target: what they start.
            runs: where the runs are seen; the triggers and their dead letters are added to it.
            noted_on: the resource whose metadata have it.
        """
        self._runs_noted = noted_on, runs
        self._triggers = Triggers(self, target, plan.operations, self._dead_letter_queue)
        self._add_triggers(plan.triggers, self._dead_letter_queue)

    def _add_triggers(self, plans: TriggerPlans, *dead_letters: sqs.IQueue) -> None:
        built = self._triggers.build(plans)
        for schedule in built.schedules:
            self._alarms.did_not_run(schedule.plan, schedule.name)
        for source in built.queues:
            build_output(self, f"Queue{source.number}Url", source.queue.queue_url)
            self._alarms.oldest_message(source.number, source.queue)
        letters = [source.dead_letters for source in built.queues if source.dead_letters is not None]
        self._alarms.could_not_start(*dead_letters, *letters)
        resource, runs = self._runs_noted
        note_runs(resource, self._triggers.noted_in(runs))


class ProgramHost(Protocol):
    """What runs a program, and takes what the program is given."""

    def take(self, needs: Needs) -> None:
        """Grant, connect, mount and set the variables."""
        ...

    def add_environment(self, name: str, value: str) -> None:
        """Set a plain variable."""
        ...

    def add_secret(self, name: str, secret: ecs.Secret) -> None:
        """Set a variable that is filled in when the program starts."""
        ...


class ProgramPattern(Pattern):
    """A pattern that runs a program. Its `_build` calls `_build_program`."""

    _program: ProgramHost

    def add_environment(self, name: str, value: str, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program an environment variable; held to the rules of `environment`, like `add_trigger`."""
        self._admit(with_variable(self._plan, "environment", name, value, acknowledge))
        self._program.add_environment(name, value)

    def add_secret(self, name: str, secret: ecs.Secret, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program a variable that ECS fills in when the task starts; held to the rules of `secrets`."""
        self._admit(with_variable(self._plan, "secrets", name, secret, acknowledge))
        self._program.add_secret(name, secret)

    def add_binding(self, binding: Binding, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Let the program use another data source; held to the rules of `bindings`, like `add_trigger`."""
        self._admit(with_binding(self._plan, binding, acknowledge))
        self._program.take(self._plan.program.needs[-1])

    def _build_program(self, plan: ProgramPatternPlan, host: ProgramHost) -> None:
        """Give the program what its bindings need."""
        self._program = host
        for needs in plan.program.needs:
            host.take(needs)
