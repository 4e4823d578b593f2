"""Checks of a plan before it is built: every rule that a task processor is held to.

a rule of naws.core.rules ──on(its parts of the plan)──> CHECKS
"""

from collections.abc import Iterator
from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    NETWORK_CHECKS,
    OPERATIONS_CHECKS,
    PACE_RULES,
    PAYLOAD_CHECKS,
    PROGRAM_CHECKS,
    REACH_CHECKS,
    READY_STACK_RULES,
    ROLE_RULES,
    TASK_PLAN_CHECKS,
    TASK_PROGRAM_CHECKS,
    TRIGGER_CHECKS,
    TRIGGERED_OPERATIONS_CHECKS,
    Check,
    Field,
    Rule,
    ScheduleWithRuntime,
    bind,
    is_number,
    of,
    payloads,
    retry,
    times,
    types,
)
from naws.ecs_task_processor import checks_fan_out, checks_runs
from naws.ecs_task_processor.checks_synth import SYNTH_RULES
from naws.ecs_task_processor.plan import Plan


def _times(plan: Plan) -> Iterator[Field]:
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
    for schedule in plan.triggers.schedules:
        yield ScheduleWithRuntime(
            schedule=schedule,
            timeout=runs.attempt_timeout,
            attempts=runs.task_attempts,
            waits=runs.waits(runs.task_attempts),
            field="attempt_timeout",
            otherwise='concurrency=Concurrency(when_full="skip")  # a run that meets another is skipped',
        )


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *of(lambda plan: plan.task, TASK_PLAN_CHECKS),
    *of(lambda plan: plan.program, TASK_PROGRAM_CHECKS),
    *checks_runs.CHECKS,
    *checks_fan_out.CHECKS,
    *of(lambda plan: plan.program, PROGRAM_CHECKS),
    *of(lambda plan: plan.triggers, TRIGGER_CHECKS),
    *bind(_paced, PACE_RULES),
    *of(lambda plan: plan.network, NETWORK_CHECKS),
    *of(lambda plan: (plan.network, plan.program), REACH_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: plan.roles, ROLE_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: plan.operations, PAYLOAD_CHECKS),
    *of(lambda plan: (plan.operations, plan.triggers), TRIGGERED_OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)


RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
    payloads.names_run,
)
"""Every rule that a task processor is held to, for `naws rules`, `naws explain` and the documentation."""
