"""Checks of a plan before it is built: every rule that a function is held to."""

from collections.abc import Iterator
from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    NETWORK_CHECKS,
    OPERATIONS_CHECKS,
    PROGRAM_CHECKS,
    REACH_CHECKS,
    READY_STACK_RULES,
    ROLE_RULES,
    TRIGGER_CHECKS,
    TRIGGERED_OPERATIONS_CHECKS,
    Check,
    Field,
    Rule,
    bind,
    of,
    of_some,
    times,
    types,
)
from naws.lambda_service.checks_async import ASYNC_CHECKS
from naws.lambda_service.checks_environment import ENVIRONMENT_CHECKS
from naws.lambda_service.checks_function import FUNCTION_CHECKS
from naws.lambda_service.checks_http import HTTP_CHECKS
from naws.lambda_service.checks_layers import LAYER_CHECKS
from naws.lambda_service.checks_package import IMPORT_CHECKS, PACKAGE_CHECKS, PACKING_RULES
from naws.lambda_service.checks_rollout import ROLLOUT_CHECKS
from naws.lambda_service.checks_runtime import RUNTIME_CHECKS
from naws.lambda_service.checks_synth import SYNTH_RULES
from naws.lambda_service.plan import Plan


def _times(plan: Plan) -> Iterator[Field]:
    yield Field("timeout", plan.function.timeout)
    yield Field("max_event_age", plan.asynchronous.max_event_age)
    yield Field("batch.max_batching_window", plan.asynchronous.window)
    if plan.endpoint is not None and plan.endpoint.cors_max_age is not None:
        yield Field("endpoint.cors.max_age", plan.endpoint.cors_max_age)
    if plan.rollout is not None:
        yield Field("rollout.interval", plan.rollout.interval)


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *of_some(lambda plan: plan.function.code, PACKAGE_CHECKS),
    *of_some(lambda plan: None if plan.props.layers else plan.function.code, IMPORT_CHECKS),
    *FUNCTION_CHECKS,
    *LAYER_CHECKS,
    *RUNTIME_CHECKS,
    *ENVIRONMENT_CHECKS,
    *HTTP_CHECKS,
    *ASYNC_CHECKS,
    *ROLLOUT_CHECKS,
    *of(lambda plan: plan.program, PROGRAM_CHECKS),
    *of(lambda plan: plan.triggers, TRIGGER_CHECKS),
    *of_some(lambda plan: plan.network, NETWORK_CHECKS),
    *of_some(lambda plan: None if plan.network is None else (plan.network, plan.program), REACH_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: plan.roles, ROLE_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: (plan.operations, plan.triggers), TRIGGERED_OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
    *PACKING_RULES,
)
"""Every rule that a function is held to, for `naws rules`, `naws explain` and the documentation."""
