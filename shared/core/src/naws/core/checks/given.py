"""Which rules check the resources that are given instead of created."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from naws.core.rule import Check
from naws.core.rules.owners import GIVEN_RULES, KEY_RULES, ROLE_RULES, Given, GivenKey, GivenRole
from naws.core.validation import bind

PlanT = TypeVar("PlanT")


def given_checks(
    things: Callable[[PlanT], Iterable[Given]],
    roles: Callable[[PlanT], Iterable[GivenRole]],
    key: Callable[[PlanT], GivenKey | None],
) -> tuple[Check[PlanT], ...]:
    """The checks of a plan that keeps them in these places.

    Args:
        things: all that is given, of `naws.core.plans.given`.
        roles: the roles among them.
        key: the key among them.
    """

    def keys(plan: PlanT) -> tuple[GivenKey, ...]:
        found = key(plan)
        return () if found is None else (found,)

    return (*bind(things, GIVEN_RULES), *bind(roles, ROLE_RULES), *bind(keys, KEY_RULES))
