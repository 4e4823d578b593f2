"""Which parts of a plan the rules for what is given are asked of."""

from naws.core.rules.owners import (
    GIVEN_RULES,
    GivenKey,
    key_of_ones_own,
    owner_lets_services_use_key,
    role_takes_statements,
)
from naws.core.validation import Check
from naws.ecs_task_processor.plan import Plan


def _key(plan: Plan) -> tuple[GivenKey, ...]:
    return () if plan.key is None else (plan.key,)


CHECKS: tuple[Check[Plan], ...] = (
    *(rule.on(lambda plan: plan.given) for rule in GIVEN_RULES),
    role_takes_statements.on(lambda plan: plan.roles),
    *(rule.on(_key) for rule in (owner_lets_services_use_key, key_of_ones_own)),
)
