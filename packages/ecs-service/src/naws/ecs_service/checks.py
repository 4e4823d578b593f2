"""Checks of a plan before it is built: every rule that a service is held to."""

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
    TASK_PLAN_CHECKS,
    TASK_PROGRAM_CHECKS,
    Check,
    Field,
    Rule,
    bind,
    of,
    times,
    types,
)
from naws.ecs_service.checks_access import ACCESS_CHECKS
from naws.ecs_service.checks_balancer import BALANCER_CHECKS
from naws.ecs_service.checks_deployment import DEPLOYMENT_CHECKS
from naws.ecs_service.checks_health import HEALTH_CHECKS
from naws.ecs_service.checks_names import NAME_CHECKS
from naws.ecs_service.checks_routes import ROUTE_CHECKS
from naws.ecs_service.checks_scaling import SCALING_CHECKS
from naws.ecs_service.checks_service import SERVICE_CHECKS
from naws.ecs_service.checks_synth import SYNTH_RULES
from naws.ecs_service.plan import Plan


def _times(plan: Plan) -> Iterator[Field]:
    """Those that may be tokens; rules of their own refuse these of the others."""
    yield Field("start_timeout", plan.health.start_timeout)
    yield Field("health_check.interval", plan.health.interval)
    yield Field("health_check.timeout", plan.health.timeout)
    if plan.service.stickiness is not None:
        yield Field("stickiness", plan.service.stickiness)


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *SERVICE_CHECKS,
    *HEALTH_CHECKS,
    *ROUTE_CHECKS,
    *BALANCER_CHECKS,
    *ACCESS_CHECKS,
    *NAME_CHECKS,
    *SCALING_CHECKS,
    *DEPLOYMENT_CHECKS,
    *of(lambda plan: plan.task, TASK_PLAN_CHECKS),
    *of(lambda plan: plan.program, TASK_PROGRAM_CHECKS),
    *of(lambda plan: plan.program, PROGRAM_CHECKS),
    *of(lambda plan: plan.network, NETWORK_CHECKS),
    *of(lambda plan: (plan.network, plan.program), REACH_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: plan.roles, ROLE_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
)
"""Every rule that a service is held to, for `naws rules`, `naws explain` and the documentation."""
