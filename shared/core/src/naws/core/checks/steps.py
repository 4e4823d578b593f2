"""Checks of the arguments of `as_step`, before the state is built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.homes import Home
from naws.core.rule import Check
from naws.core.rules.owners import Given, of_this_account, of_this_region
from naws.core.rules.payloads import Payload, fits, is_json, names_run


@dataclass(frozen=True, kw_only=True)
class Step:
    """A run as one step of a workflow.

    Attributes:
        payload: what the task gets; None: the state's input.
        run_id: the run's id; None: that of the calling execution and state.
        caller: where the workflow lives.
        here: where what it starts lives.
        outputs: the state's output; None: what it starts gives.
        assign: variables of the workflow; None: none.
    """

    payload: Any
    run_id: str | None
    caller: Home
    here: Home
    outputs: Any = None
    assign: Mapping[str, Any] | None = None


def _payload(step: Step) -> tuple[Payload]:
    return (Payload(path="payload", value=step.payload, service="step"),)


def _json(step: Step) -> tuple[Payload, ...]:
    fields = {"payload": step.payload, "outputs": step.outputs, "assign": step.assign}
    return tuple(Payload(path=path, value=value, service="step") for path, value in fields.items())


def _caller(step: Step) -> tuple[Given]:
    return (Given(path="scope", kind="caller", home=step.caller, here=step.here),)


STEP_CHECKS: tuple[Check[Step], ...] = (
    is_json.on(_json),
    fits.on(_payload),
    names_run.on(lambda step: () if step.run_id is None else (step.run_id,)),
    of_this_region.on(_caller),
    of_this_account.on(_caller),
)
