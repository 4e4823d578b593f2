"""Faults on demand, for tests of what survives them: calls that are throttled, and services that are slow.

Nothing is faulty until the control surface says so.
"""

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.patching import Original, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import states

API = "api"
"""The action that stands for every request over HTTP; it is only slowed."""
START = "states:startExecution"
"""The action with which pipes, rules and schedules start an execution."""

_RESOURCE = re.compile(r"arn:aws[\w-]*:states:::(?:aws-sdk:)?(\w+:\w+)")
_SPELLED = {"cloudwatch": "CloudWatch", "dynamodb": "DynamoDB"}
_REASON = "Rate exceeded"


@dataclass
class Fault:
    """The throttling and the delay of one action.

    Attributes:
        every: each call of this number is throttled; 0 for none.
        seconds: how much later every call is answered.
    """

    every: int
    seconds: float
    _calls: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def throttles(self) -> bool:
        """Count a call, and say whether it is refused."""
        return self.every > 0 and next(self._calls) % self.every == 0


_faults: dict[str, Fault] = {}


def install() -> None:
    """Let faults be injected into Step Functions' calls and into the starts of executions, once."""
    wrap(states, "_invoke_resource", _faulty_call)
    check_requests(states, "_start_execution", _check_start)


def inject(action: str, every: int, milliseconds: int) -> None:
    """Make an action faulty from now on; both numbers 0 mend it.

    Args:
        action: `service:action` as a state's resource names it, such as `ecs:runTask`, or `START`, or `API`.
        every: each call of this number is throttled.
        milliseconds: how much later every call is answered.
    """
    if every or milliseconds:
        _faults[action] = Fault(every, milliseconds / 1000)
    else:
        _faults.pop(action, None)


def delay_of_requests() -> float:
    """Seconds by which every request over HTTP is late."""
    return _faults[API].seconds if API in _faults else 0.0


def _faulty_call(original: Original, resource: str, arguments: Any) -> Any:
    found = _RESOURCE.match(resource)
    action = found[1] if found else resource
    if _refuses(action):
        name = action.partition(":")[0]
        spelled = _SPELLED.get(name, name.upper())
        raise states._ExecutionError(f"{spelled}.ThrottlingException", _REASON)
    return original(resource, arguments)


def _check_start(_: dict[str, Any]) -> None:
    if _refuses(START):
        raise RefusedError(_REASON, "ThrottlingException")


def _refuses(action: str) -> bool:
    fault = _faults.get(action)
    if fault is None:
        return False
    time.sleep(fault.seconds)
    return fault.throttles()
