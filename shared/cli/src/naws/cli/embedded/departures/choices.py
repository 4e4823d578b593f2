"""Choice states."""

import operator
import re
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures import paths
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.payloads import assign
from naws.cli.embedded.departures.plain_states import moment
from naws.cli.embedded.departures.services import states
from naws.core.json_paths import NotFoundError

_COMPARISON = re.compile(r"(String|Numeric|Boolean|Timestamp)(Equals|LessThan|GreaterThan)(Equals)?(Path)?")
_ORDERS: dict[tuple[str, bool], Callable[[Any, Any], bool]] = {
    ("Equals", False): operator.eq,
    ("LessThan", False): operator.lt,
    ("LessThan", True): operator.le,
    ("GreaterThan", False): operator.gt,
    ("GreaterThan", True): operator.ge,
}
_IS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _of_kind("Numeric", value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: moment(value) is not None,
}


@departure(
    "Amazon States Language, 'Choice State'; executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: assign/test_assign_reference_variables.snapshot.json (2024-11), "
    "outputdecl/test_output.snapshot.json (2024-12), choice_operators (2023)"
)
@patch(replace, states, "_execute_choice")
def choice_state(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> tuple[Any, str]:
    """Every rule and the default have ``Assign`` and ``Output``; rules compare with values and with paths.

    A ``Variable`` that leads to nothing fails with ``States.Runtime``, a ``Condition`` that is no boolean with
    ``States.QueryEvaluationError``.
    """
    jsonata = states._state_query_language(state, ctx) == "JSONata"
    given = data if jsonata else states._apply_input_path(state, data, ctx)
    holds = _condition if jsonata else _holds
    rule = next((rule for rule in state["Choices"] if holds(rule, given, ctx)), None)
    if rule is None and "Default" not in state:
        raise failed("States.NoChoiceMatched", "No choice rule matched and the state has no Default")
    chosen, following = (state, state["Default"]) if rule is None else (rule, rule["Next"])
    if not jsonata:
        assign(chosen, given, ctx)
        return states._apply_output_path(state, given, ctx), following
    output = states._apply_jsonata_output(chosen, data, ctx, default=data)
    states._apply_state_assign({**chosen, "QueryLanguage": "JSONata"}, data, ctx)
    return output, following


def _condition(rule: dict[str, Any], data: Any, ctx: dict[str, Any]) -> bool:
    value = states._apply_jsonata_template(rule["Condition"], data, ctx)
    if not isinstance(value, bool):
        cause = f"The JSONata expression '{rule['Condition']}' specified for the field 'Condition' is no boolean"
        raise failed("States.QueryEvaluationError", cause)
    return value


def _holds(rule: dict[str, Any], data: Any, ctx: dict[str, Any]) -> bool:
    if "And" in rule:
        return all(_holds(part, data, ctx) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part, data, ctx) for part in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], data, ctx)
    if "IsPresent" in rule:
        return _present(rule["Variable"], data, ctx) is rule["IsPresent"]
    value = paths.read(rule["Variable"], data, ctx)
    return any(_matches(name, wanted, value, data, ctx) for name, wanted in rule.items())


def _present(path: str, data: Any, ctx: dict[str, Any]) -> bool:
    try:
        paths.find(path, data, ctx)
    except NotFoundError:
        return False
    return True


def _matches(name: str, wanted: Any, value: Any, data: Any, ctx: dict[str, Any]) -> bool:
    if name in _IS:
        return _IS[name](value) is wanted
    if name == "StringMatches":
        return isinstance(value, str) and re.fullmatch(_pattern(wanted), value, re.DOTALL) is not None
    match = _COMPARISON.fullmatch(name)
    if match is None:
        return False
    kind, order, or_equal, by_path = match.groups()
    other = _of_kind(kind, paths.read(wanted, data, ctx) if by_path else wanted)
    own = _of_kind(kind, value)
    return own is not None and other is not None and _ORDERS[order, bool(or_equal)](own, other)


def _pattern(text: str) -> str:
    """``*`` stands for any text, and for itself after a backslash."""
    parts = re.split(r"(\\.|\*)", text)
    return "".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts)


def _of_kind(kind: str, value: Any) -> Any:
    """The value to be compared, None when it is of another kind."""
    if kind == "Timestamp":
        return moment(value)
    boolean = isinstance(value, bool)
    fits = {"String": isinstance(value, str), "Boolean": boolean}.get(
        kind, isinstance(value, int | float) and not boolean
    )
    return value if fits else None
