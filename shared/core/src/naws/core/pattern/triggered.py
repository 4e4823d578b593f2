"""Bases of patterns that triggers start, and of those that run a program: what can be asked of them, and added later.

TriggeredPattern    triggers, their alarms and dead letters; `add_trigger`
ProgramPattern      `add_binding`, `add_environment`
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.core.bindings import Bindable, Binding, Needs
from naws.core.bindings.needs import Host
from naws.core.build.alarms import AlarmFactory, Metric, Successes
from naws.core.build.failures import DeadLetters, build_dead_letter_queue
from naws.core.build.runs import note_runs
from naws.core.build.starting_roles import TriggerTarget
from naws.core.build.triggers import Triggers
from naws.core.conventions import conventions_of
from naws.core.issues import page_of
from naws.core.pattern.base import Pattern
from naws.core.pattern.inspection import Inspection, topic_view
from naws.core.pattern.name_clashes import (
    changed_conventions,
    clashing_names,
    clashing_trigger_names,
    register_names,
)
from naws.core.plans.pattern import ProgramPatternPlan, TriggeredPlan
from naws.core.runs import Runs
from naws.core.stacks import path_of
from naws.core.triggers import Trigger
from naws.core.type_checks import check_types


class TriggeredPattern(Pattern):
    """A pattern that times, events and messages start.

    Its `_build` calls `_build_dead_letters`, if they are always there, `_build_alarms` and `_build_triggers`, in this
    order.
    """

    _alarms: AlarmFactory
    _triggers: Triggers
    _runs: tuple[cdk.CfnResource, Runs]

    @property
    def dead_letter_queue(self) -> sqs.IQueue | None:
        """Times and events that could not start a run; a queue trigger has a dead-letter queue of its own.

        None: nothing that needs one starts it.
        """
        return self._dead_letters.made  # pyright: ignore[reportReturnType]  # jsii renames parameters

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
        """The topic that alarms are sent to; None with `NoAlarms`."""
        return self._alarms.topic

    def add_trigger(self, trigger: Trigger, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Add a trigger, by which runs are started, too.

        Args:
            trigger: what starts them.
            acknowledge: `{code: reason}` for practices that this trigger breaks on purpose. Omitted: none.

        Raises:
            PatternValidationError: with every limit and practice that the pattern breaks with this trigger and did not
                break before; nothing has been built then.
        """
        plan = self._add("triggers", (*self._plan.props.triggers, trigger), acknowledge, "trigger")
        self._start_by(plan)

    def _build_dead_letters(self, plan: TriggeredPlan) -> sqs.Queue:  # noqa: ARG002  # as the other builders have it
        """The queue of what schedules and rules could not start; else it is made for the first of them."""
        return self._dead_letters.queue

    @cached_property
    def _dead_letters(self) -> DeadLetters:
        """The queue of what schedules and rules could not start."""
        plan: TriggeredPlan = self._plan
        return DeadLetters(lambda: build_dead_letter_queue(self, plan.operations, plan.context))

    def _build_alarms(
        self, plan: TriggeredPlan, target: TriggerTarget, succeeded: Callable[[str], Metric | Successes | None]
    ) -> AlarmFactory:
        """Create the factory of the triggers' alarms, and of any that the pattern adds by it.

        Args:
            plan: what was decided.
            target: what the triggers start.
            succeeded: the metric or the count of runs that succeeded, by the trigger that started them, such as
                `schedule-1`; None where nothing counts them.
        """
        page = page_of(self.guide_url, f"patterns/{self.pattern_name}")
        page = page if self.guide_url else f"N-AWS standard types, {page}"
        self._alarms = AlarmFactory(self, plan.context, plan.operations, target, page=page, succeeded=succeeded)
        return self._alarms

    def _build_triggers(self, plan: TriggeredPlan, noted_on: cdk.CfnResource, **runs: str) -> None:
        """The triggers, with an alarm and an output of each that has one.

        Args:
            plan: what was decided.
            noted_on: the resource whose metadata have how its runs are started, and where they are seen.
            runs: the ARN of the `failure_queue` and the name of the `log_group`, as `Runs` has them.
        """
        target = self._alarms.target
        self._runs = noted_on, Runs(pattern=self.pattern_name, path=path_of(self), kind=target.kind, **runs)
        self._triggers = Triggers(self, target, plan.operations, self._dead_letters, self._alarms)
        self._start_by(plan)
        register_names(self, lambda: self._plan)

    def _start_by(self, plan: TriggeredPlan) -> None:
        self._triggers.build(plan.triggers)
        resource, runs = self._runs
        note_runs(resource, self._triggers.noted_in(runs))

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        plan: TriggeredPlan = self._plan
        scope, topic = self._scope, self.alarm_topic
        path = plan.operations.topic[0] if plan.operations.topic else "alarms.topic"
        topics = () if topic is None else (inspection.once("topic", topic, lambda: topic_view(topic, "")),)
        now = inspection.once("conventions", scope, lambda: check_types(conventions_of(scope), "Conventions")[0])
        return {
            **super()._views(inspection),
            "topics": [replace(each, path=path) for each in topics],
            "names": clashing_names(self, plan),
            "trigger_names": clashing_trigger_names(self, plan),
            "conventions": changed_conventions(now, plan.context.conventions),
        }


class ProgramPattern(Pattern):
    """A pattern that runs a program. Its `_build` calls `_build_program`, when what runs the program is built."""

    @abstractmethod
    def _host(self) -> Host:
        """The host that meets what bindings need."""

    def add_environment(self, name: str, value: str, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program an environment variable; held to the rules of `environment`, like `add_trigger`."""
        self._add("environment", {**self._plan.props.environment, name: value}, acknowledge)
        self._host().take(Needs(variables={name: value}))

    def add_binding(self, binding: Binding | Bindable, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Let the program use another data source; held to the rules of `bindings`, like `add_trigger`."""
        plan = self._add("bindings", (*self._plan.props.bindings, binding), acknowledge, "binding")
        self._host().take(plan.program.needs[-1])

    def _build_program(self, plan: ProgramPatternPlan) -> None:
        """Give the program what its bindings need."""
        for needs in plan.program.needs:
            self._host().take(needs)

    def _resolve_again(self, props: Any) -> Any:
        """Plan with what is added last, so that of a variable that is set twice the second is reported."""
        plan, before = super()._resolve_again(props), self._plan.program.variables
        variables = (*before, *(each for each in plan.program.variables if each not in before))
        return replace(plan, program=replace(plan.program, variables=variables))
