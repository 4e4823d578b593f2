"""Checks of a website as it will be deployed: what ordinary CDK code changed, and what only the template shows."""

from typing import Any

from naws.core.authoring import OPERATED_SYNTH_CHECKS, Level, Rule, SynthChecks, rules_of

SYNTH_CHECKS: SynthChecks = {**OPERATED_SYNTH_CHECKS}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, and on its stack."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
