"""Definitions of state machines: judged when a machine is created or updated, and when somebody asks."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any

from naws.cli.embedded.departures.diagnostics import Diagnostic, diagnostics, refusal
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, bound, departure, replace, wrap
from naws.cli.embedded.departures.services import provisioners, states

_MOST = 100
_JSONATA = re.compile(r"(?P<code>[A-Z_]+): (?P<message>.*?)\s+at (?P<location>/\S*.*)", re.DOTALL)
_machine_type: ContextVar[str] = ContextVar("naws_machine_type", default="STANDARD")
"""Of the machine that the current request creates or updates; what judges its definition is not given it."""


@departure(
    "AWS Step Functions API Reference, 'CreateStateMachine', 'UpdateStateMachine' (InvalidDefinition), "
    "'ValidateStateMachineDefinition'; answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/test_sfn_api_validation.snapshot.json (2025-10-19) and others"
)
def state_machine_definition() -> None:
    """A definition that AWS refuses makes and changes no machine, by the API or a template; it is reported when asked.

    The message lists every fault, as ``Invalid State Machine Definition: 'CODE: message at /States/…, …'``.
    """
    expressions: Callable[[str], str | None] = states._validate_definition_jsonata

    def faults(text: str, machine_type: str) -> list[Diagnostic]:
        return diagnostics(text, machine_type) or _unparsed(expressions(text))

    def judged(text: str | None) -> str | None:
        found = [] if text is None else faults(text, _machine_type.get())
        return refusal(found) if found else None

    def validate(request: dict[str, Any]) -> Any:
        found = faults(request.get("definition", ""), request.get("type", "STANDARD"))
        return states.json_response(_answer(found, request.get("maxResults") or _MOST))

    def template_definition(original: Original, properties: dict[str, Any]) -> str:
        text = original(properties)
        found = faults(text, properties.get("StateMachineType", "STANDARD"))
        if found:
            raise ValueError(refusal(found))
        return text

    replace(states, "_validate_definition_jsonata", judged)
    replace(states, "_validate_state_machine_definition", validate)
    wrap(states, ("_create_state_machine", "_update_state_machine"), _typed)
    wrap(provisioners, "_sfn_definition", template_definition)


def _typed(original: Original, request: dict[str, Any]) -> Any:
    machine = members(states._state_machines.get(request.get("stateMachineArn")))
    with bound(_machine_type, request.get("type") or machine.get("type", "STANDARD")):
        return original(request)


def _unparsed(error: str | None) -> list[Diagnostic]:
    """The diagnostics of an expression that does not parse, from MiniStack's text; empty without one."""
    if error is None:
        return []
    match = _JSONATA.fullmatch(error)
    return [Diagnostic(*match.groups()) if match else Diagnostic("INVALID_JSONATA_EXPRESSION", error, None)]


def _answer(found: list[Diagnostic], most: int) -> dict[str, Any]:
    shown = [
        {"severity": "ERROR", **{name: value for name, value in asdict(each).items() if value is not None}}
        for each in found[:most]
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": shown, "truncated": len(found) > most}
