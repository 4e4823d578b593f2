"""Definitions of state machines: judged when a machine is created or updated, and when somebody asks."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures.diagnostics import Diagnostic, diagnostics, refusal
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, replace, service

_MOST = 100
_JSONATA = re.compile(r"(?P<code>[A-Z_]+): (?P<message>.*?)\s+at (?P<location>/\S*.*)", re.DOTALL)
_machine_type: ContextVar[str] = ContextVar("naws_machine_type", default="STANDARD")
"""Of the machine that the current request creates or updates; what judges its definition is not given it."""


@departure(
    source="AWS Step Functions API Reference, 'CreateStateMachine', 'UpdateStateMachine' (InvalidDefinition), "
    "'ValidateStateMachineDefinition'; answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/test_sfn_api_validation.snapshot.json (2025-10-19) and others",
    replaces=(
        "stepfunctions._create_state_machine",
        "stepfunctions._update_state_machine",
        "stepfunctions._validate_definition_jsonata",
        "stepfunctions._validate_state_machine_definition",
        "cloudformation.provisioners._sfn_definition",
    ),
)
def state_machine_definition() -> None:
    """A definition that AWS refuses makes and changes no machine, by the API or a template; it is reported when asked.

    The message lists every fault, as ``Invalid State Machine Definition: 'CODE: message at /States/…, …'``.
    """
    states = service("stepfunctions")
    expressions: Callable[[str], str | None] = states._validate_definition_jsonata

    def faults(text: str, machine_type: str) -> list[Diagnostic]:
        return diagnostics(text, machine_type) or _unparsed(expressions(text))

    def judged(text: str | None) -> str | None:
        found = [] if text is None else faults(text, _machine_type.get())
        return refusal(found) if found else None

    def validate(request: dict[str, Any]) -> Any:
        found = faults(request.get("definition", ""), request.get("type", "STANDARD"))
        return states.json_response(_answer(found, request.get("maxResults") or _MOST))

    replace(states, "_validate_definition_jsonata", lambda _: judged)
    replace(states, "_validate_state_machine_definition", lambda _: validate)
    replace(states, "_create_state_machine", lambda original: _typed(original, _of_request))
    replace(states, "_update_state_machine", lambda original: _typed(original, _of_machine))
    replace(service("cloudformation.provisioners"), "_sfn_definition", lambda original: _of_template(original, faults))


def _of_template(
    original: Callable[[dict[str, Any]], str], faults: Callable[[str, str], list[Diagnostic]]
) -> Callable[[dict[str, Any]], str]:
    def definition(properties: dict[str, Any]) -> str:
        text = original(properties)
        found = faults(text, properties.get("StateMachineType", "STANDARD"))
        if found:
            raise ValueError(refusal(found))
        return text

    return definition


def _typed(
    original: Callable[[dict[str, Any]], Any], type_of: Callable[[dict[str, Any]], str]
) -> Callable[[dict[str, Any]], Any]:
    def act(request: dict[str, Any]) -> Any:
        token = _machine_type.set(type_of(request))
        try:
            return original(request)
        finally:
            _machine_type.reset(token)

    return act


def _of_request(request: dict[str, Any]) -> str:
    return request.get("type", "STANDARD")


def _of_machine(request: dict[str, Any]) -> str:
    machine = members(service("stepfunctions")._state_machines.get(request.get("stateMachineArn")))
    return machine.get("type", "STANDARD")


def _unparsed(error: str | None) -> list[Diagnostic]:
    """What MiniStack reports of an expression that does not parse."""
    if error is None:
        return []
    match = _JSONATA.fullmatch(error)
    parts = (
        (match["code"], match["message"], match["location"]) if match else ("INVALID_JSONATA_EXPRESSION", error, None)
    )
    return [Diagnostic(*parts)]


def _answer(found: list[Diagnostic], most: int) -> dict[str, Any]:
    shown = [
        {
            "severity": "ERROR",
            "code": each.code,
            "message": each.message,
            **({} if each.location is None else {"location": each.location}),
        }
        for each in found[:most]
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": shown, "truncated": len(found) > most}
