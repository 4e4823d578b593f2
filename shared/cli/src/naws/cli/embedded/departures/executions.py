"""Executions: their records, how they end, and the one that the current thread works for, as whose role it calls."""

import copy
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import bound
from naws.cli.embedded.departures.services import states

_KEPT = ("name", "definition", "roleArn", "type", "loggingConfiguration", "encryptionConfiguration")
_UNSUCCESSFUL = ("ABORTED", "TIMED_OUT")
changing = threading.RLock()
"""Held while an execution's status changes, or its history grows."""


@dataclass(frozen=True)
class _Work:
    """What a thread works for: an execution since its last redrive, and the maps and parallel states around it."""

    execution: dict[str, Any]
    redrive: int
    failing: tuple[threading.Event, ...] = ()

    @property
    def wanted(self) -> bool:
        still = self.execution["status"] == "RUNNING" and self.execution.get("redriveCount", 0) == self.redrive
        return still and not any(event.is_set() for event in self.failing)


_current: ContextVar[_Work | None] = ContextVar("naws_execution", default=None)


class StoppedError(BaseException):
    """The execution, or the branch of it, was ended; what it was doing has no meaning any more.

    Not an ``Exception``: MiniStack turns every one of those into a failed execution.
    """


def record(arn: str, machine: Mapping[str, Any], given: str, **more: Any) -> dict[str, Any]:
    """The record of an execution that begins: it keeps the definition, role and settings that its machine has now."""
    return {
        "executionArn": arn,
        "stateMachineArn": machine["stateMachineArn"],
        "name": arn.rpartition(":")[2],
        "status": "RUNNING",
        "startDate": states.now_iso(),
        "stopDate": None,
        "input": given,
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": {"included": True},
        "redriveCount": 0,
        "mockAttempts": {},
        "encryptionConfiguration": copy.deepcopy(machine.get("encryptionConfiguration")),
        "machine": {name: copy.deepcopy(machine[name]) for name in _KEPT if name in machine},
        "events": [],
        **more,
    }


def end(execution: dict[str, Any], status: str, event: str, **shown: Any) -> None:
    """End an execution that still runs; ``shown`` stands in its last event and in its description."""
    with changing:
        if execution["status"] != "RUNNING" or (current() is execution and not running()):
            return
        states._add_event(execution, event, {f"{event[0].lower()}{event[1:]}EventDetails": shown})
        execution.update(status=status, stopDate=states.now_iso(), **shown)
    states._emit_execution_status_event(execution)


@contextmanager
def working_for(execution: dict[str, Any]) -> Generator[None]:
    """Bind the execution for this thread and for threads that copy its context; what they call, its role calls."""
    work = _current.get()
    if work is None or work.execution is not execution:
        work = _Work(execution, execution.get("redriveCount", 0))
    with bound(_current, work), judge.acting_as(role_of(execution), session_of(execution)):
        yield


@contextmanager
def until(failing: threading.Event) -> Generator[None]:
    """Stop what this thread, and those that copy its context, do for the execution once the event is set."""
    work = _current.get()
    with bound(_current, work and dataclasses.replace(work, failing=(*work.failing, failing))):
        yield


def role_of(execution: dict[str, Any]) -> str:
    """The role of an execution: that of its state machine when it began."""
    machine = execution.get("machine") or members(states._state_machines.get(execution["stateMachineArn"]))
    return str(machine.get("roleArn") or "arn:aws:iam::000000000000:role/none")


def session_of(execution: dict[str, Any]) -> str:
    """The name of an execution's session of its role: 32 letters without a meaning, as on AWS."""
    digest = hashlib.sha256(execution["executionArn"].encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest)


def current() -> dict[str, Any] | None:
    """The execution that this thread works for, if any."""
    work = _current.get()
    return work and work.execution


def running() -> bool:
    """Whether what this thread does is still wanted; true outside of any execution."""
    work = _current.get()
    return work is None or work.wanted


def cut_short() -> bool:
    """Whether the execution was stopped or timed out, or another branch failed, rather than came to its end."""
    work = _current.get()
    if work is None:
        return False
    stopped = work.execution["status"] in _UNSUCCESSFUL or work.execution.get("redriveCount", 0) != work.redrive
    return stopped or any(event.is_set() for event in work.failing)


@contextmanager
def taking_along(stop: Callable[[], object]) -> Generator[None]:
    """Call ``stop`` where the execution is cut short before the block ends, wherever in the block that is noticed.

    After a timeout of a state the execution may go on, and end; what the state began is then nobody's and goes on.
    """
    try:
        yield
    except StoppedError:
        if cut_short():
            stop()
        raise


def check() -> None:
    """Go no further in what is not wanted any more.

    Raises:
        StoppedError: the execution ended meanwhile.
    """
    if not running():
        raise StoppedError


def sleep(seconds: float) -> None:
    """Sleep, but no longer than the current execution runs.

    Raises:
        StoppedError: the execution ended meanwhile.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        check()
        time.sleep(min(left, 0.2))
