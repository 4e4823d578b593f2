"""Starts of executions: by a machine, a version or an alias, and from a task of another execution."""

import contextvars
import random
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.json_values import compact, document, members
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import here, states
from naws.cli.embedded.departures.task_states import PAYLOAD_LIMIT_BYTES

_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_NOT_EXPRESS = "This operation is not supported by this type of state machine"
_SYNC_STARTS = "_start_sync_execution"


@dataclass(frozen=True)
class _Target:
    """What a start names: a machine, with the settings of the version that an alias leads to."""

    machine: Mapping[str, Any]
    version: str | None = None
    alias: str | None = None

    @property
    def named(self) -> dict[str, str]:
        found = {"stateMachineVersionArn": self.version, "stateMachineAliasArn": self.alias}
        return {name: arn for name, arn in found.items() if arn}


@departure(
    "AWS Step Functions API Reference, 'StartExecution' (idempotency, InvalidName, InvalidExecutionInput: not "
    "valid JSON; that of half a surrogate pair no answer of AWS is known: it is refused), 'StartSyncExecution', "
    "'CreateStateMachineAlias' (routing); RFC 8259 (no NaN); answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/test_sfn_api_aliasing.snapshot.json (2025-03-03)"
)
def start_execution() -> None:
    """A name or input AWS refuses is refused; repeating name and input of a running execution answers the same.

    A synchronous start of a machine that is not EXPRESS is refused, in words that are ours.
    By a version an execution has that one's definition and role, by an alias those of a version drawn by weight.
    """
    replace(states, "_start_execution", _start)
    replace(states, "_start_sync_execution", _start_sync)
    check_requests(states, ("_start_execution", "_start_sync_execution"), _check)
    check_requests(states, ("_start_sync_execution",), _express)


def _target(arn: str) -> _Target:
    """What an ARN stands for.

    Raises:
        RefusedError: nothing.
    """
    alias = arn if arn in states._state_machine_aliases else None
    if alias:
        routes: list[dict[str, Any]] = states._state_machine_aliases[alias]["routingConfiguration"]
        weights = [route["weight"] for route in routes]
        arn = random.choices(routes, weights)[0]["stateMachineVersionArn"]  # noqa: S311  # spreads load
    version = members(states._state_machine_versions.get(arn))
    machine = members(states._state_machines.get(version.get("stateMachineArn", arn)))
    if not machine:
        raise RefusedError(f"State Machine Does Not Exist: '{arn}'", "StateMachineDoesNotExist")
    settings = {name: value for name, value in version.items() if name in machine and name != "creationDate"}
    return _Target({**machine, **settings}, arn if version else None, alias)


def _record(request: dict[str, Any]) -> dict[str, Any]:
    arn, _, test_case = request["stateMachineArn"].partition("#")
    target = _target(arn)
    name = request.get("name") or str(uuid.uuid4())
    return executions.record(
        f"arn:aws:states:{here()}:execution:{target.machine['name']}:{name}",
        target.machine,
        request.get("input", "{}"),
        testCase=test_case,
        **target.named,
    )


def _started(execution: dict[str, Any]) -> None:
    states._executions[execution["executionArn"]] = execution
    details = {"input": execution["input"], "roleArn": executions.role_of(execution)}
    named = {name: execution[name] for name in _Target({}, "", "").named if name in execution}
    states._add_event(execution, "ExecutionStarted", {"executionStartedEventDetails": {**details, **named}})


def _start(request: dict[str, Any]) -> Any:
    execution = _record(request)
    known = states._executions.get(execution["executionArn"])
    if known is None:
        _started(execution)
        states._emit_execution_status_event(execution)
        run_in_background(execution)
        known = execution
    elif known["status"] != "RUNNING" or known["input"] != execution["input"]:
        text = f"Execution Already Exists: '{execution['executionArn']}'"
        return states.error_response_json("ExecutionAlreadyExists", text, 400)
    return states.json_response({"executionArn": known["executionArn"], "startDate": known["startDate"]})


def run_in_background(execution: dict[str, Any]) -> None:
    """Run an execution, from where it is, for the account and region of the request at hand."""
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(states._run_execution, execution["executionArn"]), daemon=True).start()


def _start_sync(request: dict[str, Any]) -> Any:
    execution = _record(request)
    execution["sync"] = True  # it has no status events
    _started(execution)
    states._run_execution(execution["executionArn"])
    shown = ("executionArn", "stateMachineArn", "name", "startDate", "stopDate", "status", "input", "inputDetails")
    more = {name: execution[name] for name in ("output", "error", "cause") if execution.get(name) is not None}
    return states.json_response(
        {**{name: execution[name] for name in shown}, **more, "outputDetails": {"included": True}}
    )


def _express(request: dict[str, Any]) -> None:
    if _target(request["stateMachineArn"].partition("#")[0]).machine.get("type") != "EXPRESS":
        raise RefusedError(_NOT_EXPRESS, "StateMachineTypeNotSupported")


def _check(request: dict[str, Any]) -> None:
    name = request.get("name")
    if name is not None and not _NAME.fullmatch(name):
        raise RefusedError(f"Invalid Name: '{name}'", "InvalidName")
    text, wrong = request.get("input", "{}"), ""
    try:
        if len(text.encode()) > PAYLOAD_LIMIT_BYTES:
            wrong = f"The input exceeds the maximum of {PAYLOAD_LIMIT_BYTES} bytes"
        compact(document(text)).encode()  # half a surrogate pair is no letter
    except UnicodeEncodeError:
        wrong = wrong or "Invalid State Machine Execution Input: 'half a surrogate pair is no character'"
    except ValueError as error:
        wrong = wrong or f"Invalid State Machine Execution Input: '{error}'"
    if wrong:
        raise RefusedError(wrong, "InvalidExecutionInput")
