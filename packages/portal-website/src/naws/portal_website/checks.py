"""Checks of a plan before it is built: every rule that a website is held to."""

from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    OPERATIONS_CHECKS,
    READY_STACK_RULES,
    Check,
    Rule,
    bind,
    of,
    types,
)
from naws.portal_website.checks_synth import SYNTH_RULES
from naws.portal_website.plan import Plan

CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
)
"""Every rule that a website is held to, for `naws rules`, `naws explain` and the documentation."""
