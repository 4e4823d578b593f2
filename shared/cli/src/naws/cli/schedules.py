"""Schedules as people name them: by their expressions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from naws.core.schedules.expression import parse_schedule
from naws.core.schedules.problems import ScheduleSyntaxError


def written(expression: str) -> str:
    """An expression of EventBridge as people write it: `@daily` where it has a shorthand."""
    try:
        return parse_schedule(expression).shortest
    except ScheduleSyntaxError:
        return expression


def expressions_of(
    template: Mapping[str, Mapping[str, Any]], names: Iterable[str], resources: Mapping[str, str]
) -> dict[str, str]:
    """The expression of each schedule by its name; empty where only the deployment knows it.

    Args:
        template: The resources of its stack's template.
        names: Logical ids of schedules.
        resources: Physical ids by logical id.
    """
    properties = {name: template.get(name, {}).get("Properties", {}) for name in names if name in resources}
    given = {resources[name]: each.get("ScheduleExpression") for name, each in properties.items()}
    return {name: written(each) if isinstance(each, str) else "" for name, each in given.items()}


def shortest_of(expressions: Mapping[str, str]) -> dict[str, str]:
    """What names each schedule to `naws fire`: its expression, unless another one has the same."""
    counts = Counter(expressions.values())
    return {name: each if each and counts[each] == 1 else name for name, each in expressions.items()}
