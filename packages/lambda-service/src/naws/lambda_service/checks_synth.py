"""Checks of a function as it will be deployed."""

from typing import Any

from naws.core.authoring import ROLE_SYNTH_CHECKS, TRIGGERED_SYNTH_CHECKS, Level, Rule, SynthChecks, rules_of
from naws.lambda_service.checks_package import PACKED_RULES

SYNTH_CHECKS: SynthChecks = {**TRIGGERED_SYNTH_CHECKS, **ROLE_SYNTH_CHECKS, "package": PACKED_RULES}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, and on its stack."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
