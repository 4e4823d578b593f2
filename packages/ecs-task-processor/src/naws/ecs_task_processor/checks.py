"""Whether a plan may be built: every rule that a task processor is held to.

a rule of naws.core.rules ──on(its parts of the plan)──> CHECKS, and ADDED_CHECKS for what is added later
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from naws.core.checks import operations, triggers
from naws.core.issues import Issue
from naws.core.rules import (
    compute,
    environment,
    payloads,
    retry,
    times,
    types,
)
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES
from naws.core.rules.built import LATE_RULES
from naws.core.rules.firing_times import PACE_RULES, ScheduleWithRuntime
from naws.core.rules.ready_stacks import ready_stack_rules
from naws.core.rules.values import Field, is_number
from naws.core.validation import Check, Rule, bind, late, of
from naws.ecs_task_processor import (
    checks_containers,
    checks_data,
    checks_fan_out,
    checks_network,
    checks_owners,
    checks_runs,
)
from naws.ecs_task_processor.checks_containers import sidecars
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.plan_added import Added

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")
_Select = Callable[[PlanT], Iterable[PartT]]


def _each(select: _Select[PlanT, PartT], *rules: Rule[PartT]) -> tuple[Check[PlanT], ...]:
    """Each rule, on the same parts."""
    return tuple(rule.on(select) for rule in rules)


def _field(name: str) -> _Select[Plan, Field]:
    """A field of the props as it was said; nothing when it was left out."""
    return lambda plan: (Field(name, getattr(plan.props, name)),)


def _environments(plan: Plan) -> Iterator[environment.Environment]:
    yield environment.Environment(path="environment", variables=plan.program.variables)
    for path, each in sidecars(plan):
        plain = [_variable(f'{path}.environment["{name}"]', name, value) for name, value in each.environment.items()]
        secret = [_variable(f'{path}.secrets["{name}"]', name, None) for name in each.secrets]
        yield environment.Environment(path=f"{path}.environment", variables=[*plain, *secret])


def _variable(path: str, name: str, value: str | None) -> environment.Variable:
    return environment.Variable(path=path, name=name, value=value, library_sets=False)


def _variables(plan: Plan) -> Iterator[environment.Variable]:
    return (variable for each in _environments(plan) for variable in each.variables)


def _times(plan: Plan) -> Iterator[Field]:
    yield Field("stop_timeout", plan.runs.stop_timeout)
    yield Field("attempt_timeout", plan.runs.attempt_timeout)
    yield Field("retry.interval", plan.runs.interval)
    yield Field("retry.max_interval", plan.runs.max_interval)


def _paced(plan: Plan) -> Iterator[ScheduleWithRuntime]:
    runs = plan.runs
    if runs.lease is not None:  # runs that meet wait or are skipped, as is given there
        return
    known = all(map(is_number, (runs.task_attempts, runs.interval, runs.backoff_rate, runs.max_interval)))
    if not known or retry.attempts.issues(runs) or retry.backoff.issues(runs):
        return  # their own rules report it; what is beyond them would take for ever to add up
    yield from triggers.with_runtime(
        plan.triggers,
        timeout=runs.attempt_timeout,
        attempts=runs.task_attempts,
        waits=runs.waits(runs.task_attempts),
        field="attempt_timeout",
    )


_PLANNED: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *_each(
        lambda plan: (plan.size,), compute.fargate_cpu, compute.fargate_memory, compute.known_size, compute.within_quota
    ),
    compute.ephemeral_storage.on(_field("ephemeral_storage_gib")),
    *checks_containers.CHECKS,
    *_each(
        _variables,
        environment.variable_name,
        environment.portable_name,
        environment.reserved_name,
        environment.aws_name,
        environment.no_plain_secret,
        environment.possible_value,
    ),
    *_each(_environments, environment.set_once, environment.environment_fits),
    *checks_runs.CHECKS,
    *checks_fan_out.CHECKS,
    *checks_data.CHECKS,
    *of(lambda plan: plan.triggers, triggers.CHECKS),
    *bind(_paced, PACE_RULES),
    *checks_network.CHECKS,
    *checks_owners.CHECKS,
    *of(lambda plan: plan.operations, operations.CHECKS),
    *of(lambda plan: (plan.operations, plan.triggers), operations.TRIGGER_CHECKS),
    *of(lambda plan: plan.context, operations.CONTEXT_CHECKS),
)
_LATE: tuple[Check[Any], ...] = tuple(late(each) for each in LATE_RULES)


def _only_new(check: Check[Plan]) -> Check[Added]:
    """What a plan breaks with an addition and did not break without it."""

    def run(added: Added) -> list[Issue]:
        before = check.run(added.before)
        return [issue for issue in check.run(added.plan) if issue not in before]

    return Check(rule=check.rule, run=run)


STACK_RULES = ready_stack_rules("processors", "EcsTaskProcessorProps", "image=image")
CHECKS: tuple[Check[Plan], ...] = (*_PLANNED, *_LATE)
ADDED_CHECKS: tuple[Check[Added], ...] = (*map(_only_new, _PLANNED), *_LATE)
"""The same for what is added to a processor that is built already."""

RULES: tuple[Rule[Any], ...] = (
    *{check.rule.code: check.rule for check in CHECKS}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *STACK_RULES.all,
    payloads.names_run,
)
"""Every rule that a task processor is held to, for `naws rules`, `naws explain` and the documentation."""
