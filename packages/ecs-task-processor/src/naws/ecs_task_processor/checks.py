"""Whether a plan may be built: every rule that a task processor is held to.

a rule of naws.core.rules ──on(its parts of the plan)──> CHECKS, and ADDED_CHECKS for what is added later
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from naws.core.checks import operations, task, triggers
from naws.core.issues import Issue
from naws.core.rules import (
    payloads,
    retry,
    times,
    types,
)
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES
from naws.core.rules.firing_times import PACE_RULES, ScheduleWithRuntime
from naws.core.rules.ready_stacks import ready_stack_rules
from naws.core.rules.values import Field, is_number
from naws.core.validation import Check, Rule, bind, of
from naws.ecs_task_processor import (
    checks_data,
    checks_fan_out,
    checks_network,
    checks_owners,
    checks_runs,
)
from naws.ecs_task_processor.checks_synth import SYNTH_RULES
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.plan_added import Added
from naws.ecs_task_processor.workflow import History, Places, longest_history, planned

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")
_Select = Callable[[PlanT], Iterable[PartT]]


def _each(select: _Select[PlanT, PartT], *rules: Rule[PartT]) -> tuple[Check[PlanT], ...]:
    """Each rule, on the same parts."""
    return tuple(rule.on(select) for rule in rules)


def _field(name: str) -> _Select[Plan, Field]:
    """A field of the props as it was said; nothing when it was left out."""
    return lambda plan: (Field(name, getattr(plan.props, name)),)


def _retry(plan: Plan) -> tuple[retry.Retry]:
    said = plan.retry
    counters = (("infrastructure_attempts", said.infrastructure_attempts), ("task_attempts", said.task_attempts))
    return (
        retry.Retry(
            path="retry",
            attempts=counters,
            interval=said.interval,
            max_interval=said.max_interval,
            backoff_rate=said.backoff_rate,
        ),
    )


def _longest_run(plan: Plan) -> retry.LongestRun:
    counts = (plan.retry.infrastructure_attempts, plan.retry.task_attempts)
    times = (plan.attempt_timeout, plan.stop_timeout, plan.retry.max_interval)
    said = plan.props.attempt_timeout is not None
    if not all(is_number(value) for value in (*counts, *times)):
        return retry.LongestRun(path="attempt_timeout", said=said, seconds=None, attempts=0)
    return retry.LongestRun(
        path="attempt_timeout",
        said=said,
        seconds=plan.longest_run if retry.within_bounds(*_retry(plan), plan.attempt_timeout) else None,
        attempts=plan.most_attempts,
        between=plan.longest_between,
    )


def _timeout(plan: Plan) -> tuple[retry.Timeout]:
    return (retry.Timeout(field=Field("attempt_timeout", plan.attempt_timeout), room=_longest_run(plan).room),)


def _times(plan: Plan) -> Iterator[Field]:
    yield Field("attempt_timeout", plan.attempt_timeout)
    yield Field("retry.interval", plan.retry.interval)
    yield Field("retry.max_interval", plan.retry.max_interval)


def _paced(plan: Plan) -> Iterator[ScheduleWithRuntime]:
    given = plan.retry
    if plan.props.concurrency is not None:  # runs that meet wait or are skipped, as is given there
        return
    known = all(map(is_number, vars(given).values()))
    if not known or retry.attempts.issues(*_retry(plan)) or retry.backoff.issues(*_retry(plan)):
        return  # their own rules report it; what is beyond them would take for ever to add up
    yield from triggers.with_runtime(
        plan.triggers,
        timeout=plan.attempt_timeout,
        attempts=given.task_attempts,
        waits=given.waits(given.task_attempts),
        field="attempt_timeout",
        otherwise='concurrency=Concurrency(when_full="skip")  # a run that meets another is skipped',
    )


def _growth(plan: Plan) -> Iterator[checks_runs.Growth]:
    growth = plan.props.memory_growth
    if growth is not None:
        yield checks_runs.Growth(
            cpu=plan.size.cpu, memory_limit_mib=plan.size.memory_limit_mib, most=growth.max_memory_limit_mib
        )


def _leases(plan: Plan) -> Iterator[Field]:
    if plan.props.concurrency is not None:
        yield Field("concurrency.limit", plan.props.concurrency.limit)


def _history(plan: Plan) -> Iterator[History]:
    counts = (plan.retry.infrastructure_attempts, plan.retry.task_attempts)
    told = plan.mismatches or retry.attempts.issues(*_retry(plan))
    if not told and all(map(is_number, counts)):  # what cannot be made cannot be measured
        yield longest_history(planned(plan, Places()))


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *of(lambda plan: plan.task, task.CHECKS),
    *of(lambda plan: plan.program, task.PROGRAM_CHECKS),
    *_each(_retry, retry.attempts, retry.waits, retry.backoff, retry.ordered),
    retry.attempt_timeout.on(_timeout),
    retry.time_to_start.on(lambda plan: (Field("attempt_timeout", plan.attempt_timeout),)),
    retry.fits_into_a_year.on(lambda plan: (_longest_run(plan),)),
    checks_runs.exit_codes.on(_field("exit_codes")),
    checks_runs.growth.on(_growth),
    checks_runs.sessions.on(checks_runs.sessions_of),
    checks_runs.leases.on(_leases),
    checks_runs.history.on(_history),
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


def _only_new(check: Check[Plan]) -> Check[Added]:
    """What a plan breaks with an addition and did not break without it."""

    def run(added: Added) -> list[Issue]:
        before = check.run(added.before)
        return [issue for issue in check.run(added.plan) if issue not in before]

    return Check(rule=check.rule, run=run)


STACK_RULES = ready_stack_rules("processors", "EcsTaskProcessorProps", "image=image")
ADDED_CHECKS: tuple[Check[Added], ...] = tuple(map(_only_new, CHECKS))
"""The same for what is added to a processor that is built already."""

RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *STACK_RULES.all,
    payloads.names_run,
)
"""Every rule that a task processor is held to, for `naws rules`, `naws explain` and the documentation."""
