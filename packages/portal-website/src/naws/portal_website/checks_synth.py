"""Checks of a website as it will be deployed: what ordinary CDK code changed, and what only the template shows."""

from typing import Any

from naws.core.authoring import OPERATED_SYNTH_CHECKS, Level, Rule, SynthChecks, rules_of
from naws.portal_website.checks_behaviours import BEHAVIOUR_RULES
from naws.portal_website.checks_distribution import DISTRIBUTION_RULES
from naws.portal_website.checks_domain import of_one
from naws.portal_website.checks_headers import BUILT_HEADER_RULES
from naws.portal_website.checks_paths import STRIP_RULES
from naws.portal_website.checks_viewer import VIEWER_RULES

SYNTH_CHECKS: SynthChecks = {
    **OPERATED_SYNTH_CHECKS,
    "distribution": (*DISTRIBUTION_RULES, *BEHAVIOUR_RULES),
    "headers": BUILT_HEADER_RULES,
    "functions": VIEWER_RULES,
    "domains": (of_one,),
    "strips": STRIP_RULES,
}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, and on its stack."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
