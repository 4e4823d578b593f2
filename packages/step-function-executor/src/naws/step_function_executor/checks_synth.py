"""Checks of a workflow as it will be deployed: its definition whole, and what ordinary CDK code changed."""

from typing import Any

from naws.core.authoring import (
    ROLE_SYNTH_CHECKS,
    TRIGGERED_SYNTH_CHECKS,
    WORKFLOW_SYNTH_CHECKS,
    Level,
    Rule,
    SynthChecks,
    rules_of,
)

SYNTH_CHECKS: SynthChecks = {**ROLE_SYNTH_CHECKS, **TRIGGERED_SYNTH_CHECKS, **WORKFLOW_SYNTH_CHECKS}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, on its stack, and on its definition."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
