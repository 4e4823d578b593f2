"""Checks: every rule that a plan is held to before it is built."""

from collections.abc import Iterator
from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    OPERATIONS_CHECKS,
    READY_STACK_RULES,
    TRIGGER_CHECKS,
    TRIGGERED_OPERATIONS_CHECKS,
    Check,
    Field,
    Finding,
    Rule,
    bind,
    has_token,
    of,
    practice,
    types,
)
from naws.lambda_service.plan import Plan

_SHORTER_THAN = 100


@practice(
    code="NAWS-LAMBDASERVICE-001",
    title="A label has 1 to 99 characters",
    source="what a person reads in a list",
    example='label=100 * "a"',
    fix='label="orders"',
)
def label(field: Field) -> Iterator[Finding]:
    """A list of runs has no room for more."""
    text = field.value
    if isinstance(text, str) and not has_token(text) and not 0 < len(text) < _SHORTER_THAN:
        yield Finding(path=field.path, value=text, expected="text of 1 to 99 characters", remedy="omit label")


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    label.on(lambda plan: (Field("label", plan.props.label),)),
    *of(lambda plan: plan.triggers, TRIGGER_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: (plan.operations, plan.triggers), TRIGGERED_OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
RULES: tuple[Rule[Any], ...] = (
    *{check.rule.code: check.rule for check in CHECKS}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
)
"""Every rule that the pattern is held to, for `naws rules`, `naws explain` and the documentation."""
