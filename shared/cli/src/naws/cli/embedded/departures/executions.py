"""The execution that the current thread works for, and its role, as which it calls."""

import hashlib
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import bound
from naws.cli.embedded.departures.services import states

_current: ContextVar[dict[str, Any] | None] = ContextVar("naws_execution", default=None)


class StoppedError(BaseException):
    """The execution was stopped or timed out; what it was doing has no meaning any more.

    Not an ``Exception``: MiniStack turns every one of those into a failed execution.
    """


@contextmanager
def working_for(execution: dict[str, Any]) -> Generator[None]:
    """Bind the execution for this thread and for threads that copy its context; what they call, its role calls."""
    with bound(_current, execution), judge.acting_as(role_of(execution), session_of(execution)):
        yield


def role_of(execution: dict[str, Any]) -> str:
    """The role of an execution's state machine."""
    machine = members(states._state_machines.get(execution["stateMachineArn"]))
    return str(machine.get("roleArn") or "arn:aws:iam::000000000000:role/none")


def session_of(execution: dict[str, Any]) -> str:
    """The name of an execution's session of its role: 32 letters without a meaning, as on AWS."""
    digest = hashlib.sha256(execution["executionArn"].encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest)


def current() -> dict[str, Any] | None:
    """The execution that this thread works for, if any."""
    return _current.get()


def running() -> bool:
    """Whether the current execution still runs; true outside of any."""
    return _status() == "RUNNING"


def cut_short() -> bool:
    """Whether the current execution was stopped or timed out, rather than came to its end."""
    return _status() in {"ABORTED", "TIMED_OUT"}


def _status() -> str:
    execution = _current.get()
    return "RUNNING" if execution is None else execution["status"]


def sleep(seconds: float) -> None:
    """Sleep, but no longer than the current execution runs.

    Raises:
        StoppedError: the execution ended meanwhile.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if not running():
            raise StoppedError
        time.sleep(min(left, 0.2))
