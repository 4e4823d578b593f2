"""Run a workflow of the Amazon States Language in-process, with scripted tasks and virtual time.

Nothing is called and nothing sleeps: each Task state is answered from the script, each delay is recorded.
The definition is a parsed state machine, of JSONata or JSONPath; `naws.testing.workflow_definitions` reads it
from a template.

Not simulated: durations of tasks (`Throws("States.Timeout")` scripts a timeout), permissions, and concurrency:
branches and items run one after the other. Jitter is its upper bound.

A distributed map runs each item, or batch, as an execution of its own; the items that an `ItemReader` would read are
scripted as what its state returns, and `describeMapRun` answers by itself.

Numbers in expressions are doubles, and `$string` and `&` write 15 digits of them, as JSONata 2.0.6 does: an id of more
digits arrives as text only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from naws.testing._distributed import ChildFailedError, Start, is_distributed, without_maps
from naws.testing._expressions import Expressions
from naws.testing._extras import optional
from naws.testing._interpreter import adapted
from naws.testing._script import START, Outcomes, Script, TaskRequest

Status = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

_ACCOUNT = "123456789012"
_REGION = "us-east-1"
_NAME = "workflow"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/{_NAME}"
_STATUSES: Mapping[str, Status] = {
    "ProgramEnded": "SUCCEEDED",
    "ProgramError": "FAILED",
    "ProgramTimedOut": "TIMED_OUT",
    "ProgramStopped": "ABORTED",
}


@dataclass(frozen=True, kw_only=True)
class WorkflowRun:
    """The result of one execution, and what it did on the way."""

    status: Status
    output: Any
    """The output of an execution that succeeded, None otherwise."""
    error: str
    """The error's name, empty when it succeeded."""
    cause: str
    """The error's cause, empty when it succeeded."""
    states: list[str]
    """Names of the states in the order they were entered; a retried state is entered once."""
    waits: list[float]
    """Seconds of every retry delay and Wait state, in order."""
    requests: list[TaskRequest]
    """Every call of a task in order, retries included, with its evaluated arguments."""
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    """The workflow's variables at the end."""
    unused: dict[str, int] = field(default_factory=dict[str, int])
    """The number of scripted outcomes that were left over, by state; empty unless `allow_unused`."""

    def arguments(self, state: str) -> list[Any]:
        """The evaluated arguments of each call that `state` made."""
        return [request.arguments for request in self.requests if request.state == state]


def run_workflow(  # noqa: PLR0913 - three inputs, and choices by keyword
    definition: Mapping[str, Any],
    workflow_input: Any,
    outcomes: Mapping[str, Outcomes],
    *,
    execution_name: str = "run-1",
    allow_unused: bool = False,
    check_arguments: bool = True,
    chance: float | None = None,
) -> WorkflowRun:
    """Execute `definition` with `workflow_input`; tasks answer with `outcomes`, keyed by the state's name.

    The same call gives the same run: time starts at 2026-01-01T00:00:00Z and `$random`, `$uuid` and their intrinsic
    functions are seeded with `execution_name`.

    Args:
        definition: the parsed state machine.
        workflow_input: the execution's input.
        outcomes: how the tasks answer, and what distributed maps read; a state's calls take its outcomes in order.
        execution_name: `$states.context.Execution.Name`.
        allow_unused: leave outcomes that no call asked for in `WorkflowRun.unused` instead of failing.
        check_arguments: compare the arguments of service integrations with the service's own API model.
        chance: what every `$random()` gives, 1 for the upper bound of a jitter; when omitted, what the seed gives.

    Raises:
        AssertionError: a task was called more often than outcomes are scripted, or (unless `allow_unused`) less, or
            (unless `check_arguments` is False) with arguments that its service does not take.
        TypeError: an outcome is neither `Returns` nor `Throws`, nor a function that gives one.
        ValueError: an outcome is scripted for a state that is no task of the definition.
        MissingExtraError: the interpreter is not installed.
    """
    unknown = set(outcomes) - set(_task_names(definition))
    if unknown:
        raise ValueError(f"no Task state has these names: {sorted(unknown)}; there are {_task_names(definition)}")
    script = Script(outcomes, check_arguments=check_arguments)
    definition, script.maps = without_maps(definition)
    script.start = _items_of(script)
    worker = _worker(definition, workflow_input, execution_name)
    with adapted(script, Expressions(execution_name, lambda: script.now, chance)):
        worker.start()
    if script.faults:
        raise script.faults[0]
    if script.unused and not allow_unused:
        raise AssertionError(f"scripted but never asked for: {script.unused}; path: {' > '.join(script.states)}")
    return _run(worker.env, script)


def _items_of(script: Script) -> Start:
    """Runs the execution of an item of a distributed map to its output."""

    def start(definition: Mapping[str, Any], workflow_input: Any, execution_name: str) -> Any:
        plain, maps = without_maps(definition)
        script.maps |= maps
        worker = _worker(plain, workflow_input, execution_name)
        worker.start()
        if type(worker.env.program_state()).__name__ != "ProgramEnded":
            raise ChildFailedError
        return worker.env.states.get_input()

    return start


def _worker(definition: Mapping[str, Any], workflow_input: Any, execution_name: str) -> Any:
    parser = "moto.stepfunctions.parser."
    details = optional(parser + "asl.eval.evaluation_details")
    arn = f"arn:aws:states:{_REGION}:{_ACCOUNT}"
    evaluation = details.EvaluationDetails(
        details.AWSExecutionDetails(_ACCOUNT, _REGION, _ROLE),
        details.ExecutionDetails(
            f"{arn}:execution:{_NAME}:{execution_name}",
            execution_name,
            _ROLE,
            workflow_input,
            START.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        ),
        details.StateMachineDetails(
            f"{arn}:stateMachine:{_NAME}",
            _NAME,
            optional(parser + "api").StateMachineType.STANDARD,
            json.dumps(definition),
        ),
    )
    communication = optional(parser + "backend.execution_worker_comm").ExecutionWorkerCommunication
    silent = type("Silent", (communication,), {"terminated": _nothing})()
    return optional(parser + "backend.execution_worker").SyncExecutionWorker(evaluation, silent, None, {}, None)


def _nothing(_self: Any) -> None:
    """Nobody waits for the end of the execution elsewhere."""


def _run(environment: Any, script: Script) -> WorkflowRun:
    state = environment.program_state()
    status = _STATUSES[type(state).__name__]
    failure: Mapping[str, str] = getattr(state, "error", None) or {}
    return WorkflowRun(
        status=status,
        output=environment.states.get_input() if status == "SUCCEEDED" else None,
        error=failure.get("error") or "",
        cause=failure.get("cause") or "",
        states=script.states,
        waits=script.waits,
        requests=script.requests,
        variables=dict(environment.variable_store._inner_scope),  # noqa: SLF001 - the interpreter has no reader for all
        unused=script.unused,
    )


def _task_names(definition: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for name, state in definition["States"].items():
        if state["Type"] == "Task" or is_distributed(state):
            names.append(name)
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            names.extend(_task_names(inner) if inner else ())
    return names
