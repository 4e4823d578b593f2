"""Checks of a plan before it is built: every rule that a workflow is held to."""

from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    OPERATIONS_CHECKS,
    PROGRAM_CHECKS,
    READY_STACK_RULES,
    ROLE_RULES,
    TRIGGER_CHECKS,
    TRIGGERED_OPERATIONS_CHECKS,
    WATCHED_RULES,
    Check,
    Field,
    Rule,
    bind,
    of,
    payloads,
    times,
    types,
    unwatched,
)
from naws.step_function_executor.checks_synth import SYNTH_RULES
from naws.step_function_executor.checks_workflow import WORKFLOW_CHECKS, step_of_express
from naws.step_function_executor.plan import Plan

CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(lambda plan: (Field("timeout", plan.workflow.timeout),)),
    *WORKFLOW_CHECKS,
    *of(lambda plan: plan.program, PROGRAM_CHECKS),
    *of(lambda plan: plan.triggers, TRIGGER_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: plan.roles, ROLE_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: (plan.operations, plan.triggers), TRIGGERED_OPERATIONS_CHECKS),
    *bind(lambda plan: unwatched((plan.operations, plan.triggers), alone=plan.triggers.schedule_alone), WATCHED_RULES),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)


RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
    step_of_express,
    payloads.names_run,
)
"""Every rule that a workflow is held to, for `naws rules`, `naws explain` and the documentation."""
