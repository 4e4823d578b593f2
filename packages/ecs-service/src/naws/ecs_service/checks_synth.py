"""Checks of a service as it will be deployed: what ordinary CDK code changed, and what only the template shows."""

from typing import Any

from naws.core.authoring import OPERATED_SYNTH_CHECKS, TASK_SYNTH_CHECKS, Level, Rule, SynthChecks, rules_of
from naws.ecs_service.checks_access import EDGE_USE_RULES, edge_is_known, group_fits
from naws.ecs_service.checks_balancer import public_subnets, room_to_grow, two_zones
from naws.ecs_service.checks_built_balancer import (
    attribute_values,
    by_https,
    keeps_no_clients,
    known_attributes,
    modern_tls,
    patient,
)
from naws.ecs_service.checks_built_service import BUILT_SERVICE_RULES
from naws.ecs_service.checks_hooks import HOOK_RULES, heard
from naws.ecs_service.checks_image import IMAGE_RULES
from naws.ecs_service.checks_insights import INSIGHTS_RULES
from naws.ecs_service.checks_listener import LISTENER_RULES
from naws.ecs_service.checks_names import chosen_order, one_of_the_name, one_route, same_network, same_subnets
from naws.ecs_service.checks_tokens import TOKEN_RULES

SYNTH_CHECKS: SynthChecks = {
    **TASK_SYNTH_CHECKS,
    **OPERATED_SYNTH_CHECKS,
    "service": (*BUILT_SERVICE_RULES, *HOOK_RULES),
    "attributes": (known_attributes, attribute_values, keeps_no_clients),
    "exposed": IMAGE_RULES,
    "behind edge": EDGE_USE_RULES,
    "edge": (edge_is_known,),
    "given": (patient,),
    "group": (group_fits,),
    "insights": INSIGHTS_RULES,
    "listener": (by_https, modern_tls),
    "namesakes": (one_of_the_name,),
    "placement": (two_zones, public_subnets, room_to_grow),
    "routes": (*LISTENER_RULES, one_route, chosen_order),
    "standing": (same_network, same_subnets),
    "tokens": TOKEN_RULES,
    "waits": (heard,),
}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, and on its stack."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
