"""statelint, the registry's port of AWS's own linter for the Amazon States Language, in-process and offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.parsed_json import is_array, is_object
from naws.testing._extras import optional
from naws.testing.definitions import workflow_definitions
from naws.testing.findings import Finding

_ROOT = "State Machine"  # what statelint calls the definition itself
_RULE = "statelint"


def statelint(source: Mapping[str, Any]) -> list[Finding]:
    """The findings of statelint for a state machine's definition, or for each one of a template.

    Args:
        source: a definition as parsed JSON, or a CloudFormation template: its references become made-up ARNs, as in
            `workflow_definitions`.

    Returns:
        Findings with the rule "statelint"; the path is "definition" or the state machine in the template, and the
        message names the state. Three kinds of false finding are left out, see `_MISTAKEN`.

    Raises:
        MissingExtraError: `naws-testing[checkers]` is not installed.
        UnresolvedError: a definition holds a function that only CloudFormation can resolve.
    """
    if "Resources" not in source:
        return _findings(source, "definition")
    definitions = workflow_definitions(source)
    return sorted(found for name, each in definitions.items() for found in _findings(each, f"Resources/{name}"))


@dataclass(frozen=True)
class _State:
    body: Mapping[str, Any]
    language: str

    @property
    def is_distributed_map(self) -> bool:
        processor = self.body.get("ItemProcessor", {})
        return self.body.get("Type") == "Map" and processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"


@dataclass(frozen=True)
class _Mistake:
    """A message of statelint that is wrong where `applies` holds for the state it names."""

    message: re.Pattern[str]
    reason: str
    applies: Callable[[_State], bool] = lambda _: True


_MISTAKEN = (
    _Mistake(
        re.compile(r"(?P<state>.+)\.Retry\[\d+\]\.BackoffRate is [1-9]\d* but should be a Float"),
        "JSON has one kind of number: 2 is 2.0, and the CDK writes it so",
    ),
    _Mistake(
        re.compile(r'(?P<state>.+)\.Seconds is "\{%.*%\}" but should be an Integer', re.DOTALL),
        "Seconds of a Wait state may be a JSONata expression (Developer Guide, 'Wait workflow state')",
        lambda state: state.language == "JSONata" and state.body.get("Type") == "Wait",
    ),
    _Mistake(
        re.compile(r'Field "Label" not allowed in (?P<state>.+)'),
        "a distributed map has a Label (Developer Guide, 'Using Map state in Distributed mode')",
        lambda state: state.is_distributed_map,
    ),
)


def _findings(definition: Mapping[str, Any], path: str) -> list[Finding]:
    problems: list[str] = optional("statelint.linter").Linter.validate(dict(definition))
    states = dict(_states(definition, _ROOT, "JSONPath")) if problems else {}
    return sorted(Finding(_RULE, path, problem) for problem in problems if not _is_mistaken(problem, states))


def _is_mistaken(problem: str, states: Mapping[str, _State]) -> bool:
    for mistake in _MISTAKEN:
        match = mistake.message.fullmatch(problem)
        state = states.get(match["state"]) if match else None
        if state is not None and mistake.applies(state):
            return True
    return False


def _states(scope: Mapping[str, Any], path: str, language: str) -> Iterator[tuple[str, _State]]:
    """Every state by the path that statelint gives it, those of branches and maps too."""
    language = scope.get("QueryLanguage", language)
    named = scope.get("States")
    for name, body in named.items() if is_object(named) else ():
        here = f"{path}.States.{name}"
        if is_object(body):
            yield here, _State(body, body.get("QueryLanguage", language))
            for field in ("ItemProcessor", "Iterator"):
                inner = body.get(field)
                if is_object(inner):
                    yield from _states(inner, f"{here}.{field}", language)
            branches = body.get("Branches")
            for index, inner in enumerate(branches if is_array(branches) else ()):
                if is_object(inner):
                    yield from _states(inner, f"{here}.Branches[{index}]", language)
