"""The way of an execution through its states, and what it keeps to go on from a state that did not succeed."""

import contextvars
import copy
import json
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import Original, bound, departure, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.task_states import check_size

_WITH_EXECUTION = ("Task", "Parallel", "Map")
_LOST = ("States.DataLimitExceeded",)
_LOST_MAP_RUN = (*_LOST, "States.Runtime")
_POLL_SECONDS = 0.2
_TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")


@dataclass
class Scope:
    """The states of an execution, a branch or an iteration: where it is, and the parts of the state it is in.

    Attributes:
        states: The definitions.
        name: The current state; None when the last one succeeded.
        data: Input of the current state; in the end, the output.
        ctx: MiniStack's context: the context object and the variables.
        entered: Whether the current state was entered.
        parts: Branches or iterations of the current state.
        map_run: The map run of the current state.
        error: Of the current state; it ended what is around.
        resumes: Whether the parts and the map run are those of before a redrive, and go on.
        last_event: The id of the last event.
    """

    states: dict[str, Any]
    name: str | None
    data: Any
    ctx: dict[str, Any]
    entered: bool = False
    parts: list["Scope"] = field(default_factory=list["Scope"])
    map_run: Any = None
    error: str | None = None
    resumes: bool = False
    last_event: int = 0

    def go_to(self, name: str | None, data: Any) -> None:
        """Leave the current state."""
        self.name, self.data, self.entered = name, data, False
        self.parts, self.map_run, self.resumes = [], None, False

    def resume(self) -> None:
        """Prepare for a redrive: what succeeded keeps its result, unless the state failed by the size of its data."""
        if self.name is None:
            return
        if self.error in _LOST:
            self.parts = []
        if self.error in _LOST_MAP_RUN:
            self.map_run = None
        self.error, self.resumes = None, bool(self.parts or self.map_run)
        for part in self.parts:
            part.resume()

    def kept(self) -> bool:
        """Whether the current attempt goes on with the parts of before a redrive; the attempts after it do not."""
        resumes, self.resumes = self.resumes, False
        return resumes


_scope: ContextVar[Scope | None] = ContextVar("naws_scope", default=None)


def current() -> Scope:
    """The scope that this thread walks through.

    Raises:
        LookupError: there is none.
    """
    scope = _scope.get()
    if scope is None:
        raise LookupError
    return scope


@departure(
    "AWS Step Functions API Reference, 'UpdateStateMachine' (running executions continue to use the previous "
    "definition and roleArn), 'HistoryEvent'; executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: timeouts/test_heartbeats.snapshot.json (2024-04-18), "
    "error_handling/test_task_service_sfn.snapshot.json (2023-06-30)"
)
def walked_executions() -> None:
    """An execution ends with the definition, and by the role, that its machine had when it began.

    Each event of the history names the one before it, and a task its service and action; ``TaskTimedOut`` is a timeout.
    """
    replace(states, "_run_execution", _run)
    wrap(states, "_add_event", _added)


def _run(execution_arn: str) -> None:
    execution = states._executions.get(execution_arn)
    if execution is None:
        return
    with executions.working_for(execution):
        try:
            scope = execution.get("scope") or _first(execution)
            execution["scope"] = scope
            output = states.json.dumps(walk(scope, execution))
            executions.end(execution, "SUCCEEDED", "ExecutionSucceeded", output=output)
        except states._ExecutionError as error:
            states._fail_execution(execution, error.error, error.cause)
        except Exception as error:  # noqa: BLE001  # a fault of the emulator must end the execution, not only its thread
            states.logger.exception("Unexpected error in execution %s", execution_arn)
            states._fail_execution(execution, "States.Runtime", str(error))


def _first(execution: dict[str, Any]) -> Scope:
    machine = execution["machine"]
    definition, given = json.loads(machine["definition"]), json.loads(execution["input"])
    ctx = {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": given,
            "Name": execution["name"],
            "StartTime": execution["startDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    return Scope(definition["States"], definition["StartAt"], given, ctx)


def entering(scope: Scope) -> Any:
    """Let the events that follow be those of a scope."""
    return bound(_scope, scope)


def walk(scope: Scope, execution: dict[str, Any]) -> Any:
    """Go through the states from the current one, and return the last one's output."""
    with bound(_scope, scope):
        while (name := scope.name) is not None:
            executions.check()
            state, ctx = scope.states[name], scope.ctx
            ctx["State"] = {"Name": name, "EnteredTime": states.now_iso(), "RetryCount": 0}
            if not scope.entered or state["Type"] == "Fail":
                scope.entered = True
                _note(execution, state, "Entered", name, input=scope.data)
            try:
                output, following = _stepped(state, copy.deepcopy(scope.data), execution, ctx)
                check_size(output, "output")
            except states._ExecutionError as error:
                scope.error = error.error
                raise
            _note(execution, state, "Exited", name, output=output)
            scope.go_to(following, output)
    return scope.data


def _stepped(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> Any:
    kind = state["Type"]
    if kind == "Succeed":
        return states._apply_output_path(state, states._apply_input_path(state, data, ctx), ctx), None
    if kind == "Fail":
        raise failed(*states._fail_state_error(state, data, ctx))
    handler = getattr(states, f"_execute_{kind.lower()}")
    return handler(state, data, *((execution,) if kind in _WITH_EXECUTION else ()), ctx)


def _note(execution: dict[str, Any], state: dict[str, Any], what: str, name: str, **shown: Any) -> None:
    details = {"name": name, **{key: states.json.dumps(value) for key, value in shown.items()}}
    states._add_event(execution, f"{state['Type']}State{what}", {f"state{what}EventDetails": details})


def _added(original: Original, execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None) -> Any:
    own = executions.current() is execution
    scope = _scope.get() if own else None
    if own:
        executions.check()  # nothing follows the last event of an execution or a branch that was stopped
    kind, details = _as_on_aws(kind, details or {})
    with executions.changing:
        event = original(execution, kind, details)
    event["previousEventId"] = scope.last_event if scope else max(event["id"] - 1, 0)
    if scope:
        scope.last_event = event["id"]
    return event


def _as_on_aws(kind: str, details: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An event of a task with the names that AWS gives it."""
    if not kind.startswith("Task") or kind.startswith("TaskState"):
        return kind, details
    shown: dict[str, Any] = {}
    for given in details.values():
        shown.update(given)
    service, _, action = str(shown.get("resource", "")).removeprefix("arn:aws:states:::").rpartition(":")
    if service and not service.startswith("arn:"):
        shown.update(resource=action, resourceType=service)
    if kind == "TaskFailed" and shown.get("error") in _TIMEOUTS:
        kind = "TaskTimedOut"
    return kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": shown}


def together(work: list[Callable[[], Any]], at_once: int) -> None:
    """Call all in threads. The first failure is raised at once: it stops what others do, and none begins after it."""
    ended, failing, lock = threading.Event(), threading.Event(), threading.Lock()
    todo, errors = iter(work), list[BaseException]()
    left = len(work)

    def worker() -> None:
        nonlocal left
        while not ended.is_set():
            with lock:
                each = next(todo, None)
            if each is None:
                return
            try:
                each()
            except BaseException as error:  # noqa: BLE001  # whatever it is, the caller raises it
                errors.append(error)
                ended.set()
            with lock:
                left -= 1
                if not left:
                    ended.set()

    with executions.until(failing):
        for _ in range(min(max(at_once, 1), left)):
            # A context cannot be entered twice at once, so each thread has a copy of its own.
            threading.Thread(target=contextvars.copy_context().run, args=(worker,), daemon=True).start()
    try:
        while work and not ended.wait(_POLL_SECONDS):
            executions.check()
    except executions.StoppedError:
        failing.set()
        raise
    if errors:
        failing.set()
        raise errors[0]
