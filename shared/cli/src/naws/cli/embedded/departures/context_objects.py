"""The context object and the variables, which a state's fields may read beside its input."""

import copy
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import states

_DOCUMENTED = ("Execution", "Map", "State", "StateMachine", "Task")
_current: ContextVar[dict[str, Any] | None] = ContextVar("naws_state_context", default=None)
"""MiniStack's context of the state that this thread works on; not every function of it is given one."""


def entered(ctx: dict[str, Any] | None) -> None:
    """Remember the context of the state that begins."""
    _current.set(ctx)


def current(ctx: dict[str, Any] | None = None) -> dict[str, Any]:
    """The given context, or that of the current state."""
    return members(ctx if ctx is not None else _current.get())


def context_object(ctx: dict[str, Any]) -> dict[str, Any]:
    """The context object: the value of ``$$`` and of ``$states.context``."""
    found = {name: ctx[name] for name in _DOCUMENTED if name in ctx}
    if "Execution" in found:
        execution = members(states._executions.get(found["Execution"]["Id"]))
        machine = execution.get("machine") or members(states._state_machines.get(ctx["StateMachine"]["Id"]))
        more = {"RoleArn": machine.get("roleArn", ""), "RedriveCount": execution.get("redriveCount", 0)}
        redriven = {"RedriveTime": execution["redriveDate"]} if execution.get("redriveDate") else {}
        found["Execution"] = {**found["Execution"], **more, **redriven}
    return found


def variables(ctx: dict[str, Any] | None) -> dict[str, Any]:
    """The variables that the state sees, to be changed in place."""
    return current(ctx).setdefault("variables", {})


def inner(ctx: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The context of a branch or an iteration, whose variables nobody outside sees."""
    return {**ctx, "variables": copy.deepcopy(variables(ctx)), **more}


def failed(error: str | None, cause: str | None) -> Exception:
    """MiniStack's exception for a failed state, with the error's name and its cause."""
    return states._ExecutionError(error, cause)
