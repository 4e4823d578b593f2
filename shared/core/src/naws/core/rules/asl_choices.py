"""The rules of a JSONPath Choice state: what each compares, and the rules within `And`, `Or` and `Not`."""

from collections.abc import Iterator, Mapping
from typing import Any

from naws.core.rules.asl_scopes import State, is_object, objects

_COMPARED = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_COMBINING = ("And", "Or", "Not")
OPERATORS = frozenset(
    {
        *(f"{of}{how}{by}" for of in ("String", "Numeric", "Timestamp") for how in _COMPARED for by in ("", "Path")),
        *("BooleanEquals", "BooleanEqualsPath", "StringMatches"),
        *(f"Is{what}" for what in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")),
    }
)
"""Source: the Amazon States Language, "Choice State"; its guide has the same."""
_IN_RULE = {"Next", "Comment", "Assign", "Output"}
_DEEPEST = 60


def fields_of_rule(language: str | None, *, top: bool) -> set[str]:
    """What a rule may have; a field of the other query language has a rule of its own."""
    paths = {"Variable", *_COMBINING, *OPERATORS}
    if not top:
        return {"Comment", "Assign", *paths}
    return _IN_RULE | {"Condition", "Variable"} | (set[str]() if language == "JSONata" else paths)


def rules(state: State) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every rule of a Choice state, with its path and whether it stands at the top."""
    if state.type != "Choice":
        return
    waiting = [(path, each, 0) for path, each in objects(state.fields.get("Choices"), f"{state.path}.Choices")]
    while waiting:
        path, each, depth = waiting.pop(0)
        yield path, each, depth == 0
        if state.language == "JSONata" or depth == _DEEPEST:
            continue
        for name in ("And", "Or"):
            waiting += [(where, inner, depth + 1) for where, inner in objects(each.get(name), f"{path}.{name}")]
        if is_object(each.get("Not")):
            waiting.append((f"{path}.Not", each["Not"], depth + 1))


def lacks(fields: Mapping[str, Any], *, top: bool) -> str:
    """What a JSONPath rule does not have and needs; empty when it has all, or when a misspelt field explains it."""
    names = {str(name) for name, value in fields.items() if value is not None}
    if names & set(_COMBINING) or names - fields_of_rule("JSONPath", top=top):
        return ""
    if "Variable" not in names:
        return "Variable"
    return "operator" if top and not names & OPERATORS else ""
