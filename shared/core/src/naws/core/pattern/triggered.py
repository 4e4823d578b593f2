"""Bases of patterns that triggers start, and of those that run a program: what can be asked of them, and added later.

TriggeredPattern    triggers, their alarms and dead letters; `add_trigger`
BoundPattern        `add_binding`
ProgramPattern      `add_environment`, too
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from naws.core.bindings import Bindable, Binding, Needs
from naws.core.bindings.needs import Host
from naws.core.build.alarms import Metric, Successes, TriggerAlarms
from naws.core.build.dashboards import Widget
from naws.core.build.failures import DeadLetters, build_dead_letter_queue
from naws.core.build.graphs import queue_graphs
from naws.core.build.runs import note_runs
from naws.core.build.starting_roles import TriggerTarget
from naws.core.build.triggers import Triggers
from naws.core.pattern.base import Pattern
from naws.core.pattern.inspection import Inspection
from naws.core.pattern.name_clashes import clashing_trigger_names
from naws.core.pattern.operated import OperatedPattern
from naws.core.plans.pattern import ProgramPatternPlan, TriggeredPlan
from naws.core.runs import Redrive, Runs
from naws.core.stacks import path_of
from naws.core.triggers import Trigger


class TriggeredPattern(OperatedPattern):
    """A pattern that times, events and messages start.

    Its `_build` calls `_build_dead_letters`, if they are always there, `_build_alarms` and `_build_triggers`, in this
    order.
    """

    _alarms: TriggerAlarms
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
    ) -> TriggerAlarms:
        """Create the factory of the triggers' alarms, and of any that the pattern adds by it.

        Args:
            plan: what was decided.
            target: what the triggers start.
            succeeded: the metric or the count of runs that succeeded, by the trigger that started them, such as
                `schedule-1`; None where nothing counts them.
        """
        page = self._alarm_page
        self._alarms = TriggerAlarms(self, plan.context, plan.operations, target, page=page, succeeded=succeeded)
        return self._alarms

    def _build_triggers(
        self, plan: TriggeredPlan, noted_on: cdk.CfnResource, *, redrive: Redrive | None = None, **runs: str
    ) -> None:
        """The triggers, with an alarm and an output of each that has one.

        Args:
            plan: what was decided.
            noted_on: the resource whose metadata have how its runs are started, and where they are seen.
            redrive: how a run that failed is put back, as `Runs` has it.
            runs: the ARN of the `failure_queue` and the name of the `log_group`, as `Runs` has them.
        """
        target = self._alarms.target
        named = Runs(pattern=self.pattern_name, path=path_of(self), kind=target.kind, redrive=redrive, **runs)
        self._runs = noted_on, named
        self._triggers = Triggers(self, target, plan.operations, self._dead_letters, self._alarms)
        self._start_by(plan)
        self._register()

    def _start_by(self, plan: TriggeredPlan) -> None:
        self._triggers.build(plan.triggers)
        resource, runs = self._runs
        note_runs(resource, self._triggers.noted_in(runs))

    def _widgets(self) -> Sequence[Widget]:
        alarms = self._plan.operations.alarms
        graphs = queue_graphs(
            self.queues,
            failures=getattr(self, "failure_queue", None),
            dead_letters=self._triggers.dead_letter_queues,
            oldest=None if alarms is None else alarms.oldest_message,
        )
        return [*super()._widgets(), *graphs]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        return {**super()._views(inspection), "trigger_names": clashing_trigger_names(self, self._plan)}


class BoundPattern(Pattern):
    """A pattern that uses data sources. Its `_build` calls `_build_program`, when what uses them is built."""

    @abstractmethod
    def _host(self) -> Host:
        """The host that meets what bindings need."""

    def add_binding(self, binding: Binding | Bindable, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Let it use another data source; held to the rules of `bindings`, like `add_trigger`."""
        plan = self._add("bindings", (*self._plan.props.bindings, binding), acknowledge, "binding")
        self._host().take(plan.program.needs[-1])

    def _build_program(self, plan: ProgramPatternPlan) -> None:
        """Give it what its bindings need."""
        for needs in plan.program.needs:
            self._host().take(needs)

    def _resolve_again(self, props: Any) -> Any:
        """Plan with what is added last, so that of a variable that is set twice the second is reported."""
        plan, before = super()._resolve_again(props), self._plan.program.variables
        variables = (*before, *(each for each in plan.program.variables if each not in before))
        return replace(plan, program=replace(plan.program, variables=variables))


class ProgramPattern(BoundPattern):
    """A pattern that runs a program."""

    def add_environment(self, name: str, value: str, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program an environment variable; held to the rules of `environment`, like `add_trigger`."""
        self._add("environment", {**self._plan.props.environment, name: value}, acknowledge)
        self._host().take(Needs(variables={name: value}))
