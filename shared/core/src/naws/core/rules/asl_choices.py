"""The rules of a JSONPath Choice state: what each compares, and the rules within `And`, `Or` and `Not`."""

from collections.abc import Iterator

from naws.core.rules.asl_scopes import Block, State

_COMPARED = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
COMBINING = ("And", "Or", "Not")
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
    """The fields that a choice rule may have; one of the other query language has a rule of its own."""
    paths = {"Variable", *COMBINING, *OPERATORS}
    if not top:
        return {"Comment", "Assign", *paths}
    return _IN_RULE | {"Condition", "Variable"} | (set[str]() if language == "JSONata" else paths)


def rules(state: State) -> Iterator[tuple[Block, bool]]:
    """Every rule of a Choice state, and whether it stands at the top."""
    if state.type != "Choice":
        return
    waiting = [(each, 0) for each in state.blocks("Choices")]
    while waiting:
        block, depth = waiting.pop(0)
        yield block, depth == 0
        if state.language != "JSONata" and depth < _DEEPEST:
            waiting += [(each, depth + 1) for each in (*block.blocks("And", "Or"), *block.inner("Not"))]


def lacks(block: Block, *, top: bool) -> str:
    """The field that a JSONPath choice rule lacks; empty when it has all, or when a misspelt field explains it."""
    if block.given & set(COMBINING) or block.given - fields_of_rule("JSONPath", top=top):
        return ""
    if "Variable" not in block.given:
        return "Variable"
    return "operator" if top and not block.given & OPERATORS else ""
