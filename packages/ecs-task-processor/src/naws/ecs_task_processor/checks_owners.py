"""Which parts of a plan the rules for what is given are asked of."""

from naws.core.checks import Check
from naws.core.rules.owners import GIVEN_RULES, owner_lets_services_use_key, role_takes_statements
from naws.ecs_task_processor.plan import Plan

CHECKS: tuple[Check[Plan], ...] = (
    *(rule.on(lambda plan: plan.given) for rule in GIVEN_RULES),
    role_takes_statements.on(lambda plan: plan.roles),
    owner_lets_services_use_key.on(lambda plan: () if plan.key is None else (plan.key,)),
)
