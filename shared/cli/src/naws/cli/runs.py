"""The runs of deployed patterns, read from their state machines' executions."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from naws.cli.aws import Aws, Clients
from naws.cli.causes import in_words, of_start
from naws.cli.json_texts import parsed
from naws.cli.stacks import EmbeddedStack
from naws.cli.steps import Path, path_of

_RUN_TASK = "runTask"
# The reason that AWS gives for a denied call, after what failed by it, has this length.
_CAUSE_CHARACTERS = 600
_TIMEOUT = "States.Timeout"
_NOTHING: dict[str, Any] = {}
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Attempt:
    """One task made for a run.

    Attributes:
        task_arn: The task; None when none was made.
        exit_code: Of its main container; None when it did not start, still runs, or is not known among several.
        stopped_reason: Why ECS stopped it; empty while it runs.
        container: The name of its main container; empty when it is not known.
        size: Its cpu units and its memory in MiB, as ECS has them; empty when they are not known.
        seconds: From its start to its end; None when it did not start or still runs.
    """

    task_arn: str | None
    exit_code: int | None
    stopped_reason: str
    container: str = ""
    size: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def unstarted(self) -> bool:
        """Whether it is over and its program never ran: no log has it."""
        over = self.stopped_reason not in {"", _TIMEOUT}
        return over and self.exit_code is None and self.seconds is None

    @property
    def failure(self) -> str:
        """What it failed by, once it is over; empty of one that runs, did its work, or has no outcome that is known."""
        if self.exit_code:
            return f"exit {self.exit_code}: {self.stopped_reason}"
        if self.unstarted:
            return f"not started: {of_start(self.stopped_reason)}"
        return _TIMEOUT if self.stopped_reason == _TIMEOUT else ""


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        execution_arn: The execution that carries it.
        trigger: What started it; `manual` when its input is no envelope.
        id: The run's id; the execution's name when its input is no envelope.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        attempts: Its tasks so far, in order.
        started: When.
        ended: When; None while it runs.
        error: Error and the beginning of its cause, in words; empty when there is none.
        path: Its way through the states of the user's own workflow; None of a workflow that a pattern made.
        pattern: The construct path of the pattern that it is a run of; empty where nobody asked for it.
        failure: Error and cause as Step Functions has them; the cause may be JSON.
        caller: Of a step the ARN of the execution that it belongs to; empty of another.
    """

    execution_arn: str
    trigger: str
    id: str
    status: str
    attempts: tuple[Attempt, ...]
    started: datetime
    ended: datetime | None
    error: str
    path: Path | None = None
    pattern: str = ""
    failure: tuple[str, str] = ("", "")
    caller: str = ""

    @property
    def short_id(self) -> str:
        """What every command takes for its id: of a step, whose id is the ARN of an execution, its own one's name."""
        return self.execution_arn.rpartition(":")[2] if self.id.startswith("arn:") and self.execution_arn else self.id

    @property
    def failed_attempts(self) -> list[tuple[int, Attempt]]:
        """Those that are over and failed with their numbers, counted from 1."""
        return [(number, attempt) for number, attempt in enumerate(self.attempts, 1) if attempt.failure]

    @property
    def exit_code(self) -> int | None:
        """Exit code of the last attempt."""
        return self.attempts[-1].exit_code if self.attempts else None

    @property
    def seconds(self) -> float:
        """The duration of the run, or the time since its start while it runs."""
        return ((self.ended or datetime.now(UTC)) - self.started).total_seconds()


class RunHistory:
    """All runs of some stacks; those that ended are read once, and again after a redrive.

    Attributes:
        unread: What could not be read at some time, and why, by the ARN of its execution or state machine. One bad
            answer hides only what it is about.
    """

    def __init__(self, stacks: Iterable[EmbeddedStack]) -> None:
        self._machines = [
            (stack.aws, arn, path, arn in stack.own_workflows)
            for stack in stacks
            for arn, path in stack.workflows.items()
        ]
        self._ended: dict[str, tuple[int, Run]] = {}
        self._names: dict[str, set[str]] = {}
        self.unread: dict[str, str] = {}

    def read(self) -> list[Run]:
        """Every run that can be read, the oldest first."""
        found = [
            self._run(aws, arn, redrives, path, own=own)
            for aws, machine, path, own in self._machines
            for arn, redrives in self._answered(machine, partial(_executions, aws, machine)) or ()
        ]
        return sorted((run for run in found if run), key=lambda run: run.started)

    def about(self, run: Run, ask: Callable[[Aws], _Answer]) -> _Answer | None:
        """What is asked about a run where it is; None when it is nowhere, or there was no answer.

        Args:
            run: One of these.
            ask: Is given the clients of its account and region.
        """
        aws = next((aws for aws, machine, _, _ in self._machines if _is_of(run, machine)), None)
        return self._answered(run.execution_arn, partial(ask, aws)) if aws else None

    def _run(self, aws: Aws, arn: str, redrives: int, path: str, *, own: bool) -> Run | None:
        known = self._ended.get(arn)
        if known and known[0] == redrives:
            return known[1]
        run = self._answered(arn, lambda: read_run(aws, arn, self._names_of(aws, arn) if own else None, path))
        if run and run.ended:
            self._ended[arn] = redrives, run
        return run

    def _names_of(self, aws: Aws, arn: str) -> set[str]:
        if arn not in self._names:
            self._names[arn] = names_of(aws, arn)
        return self._names[arn]

    def _answered(self, arn: str, ask: Callable[[], _Answer]) -> _Answer | None:
        # Both are answers: a server that is gone gives none, and that is for the caller.
        from botocore.exceptions import ClientError  # noqa: PLC0415  # loaded with the clients, not with `naws --help`
        from botocore.parsers import ResponseParserError  # noqa: PLC0415  # as above

        try:
            return ask()
        except (ClientError, ResponseParserError) as error:
            self.unread[arn] = str(error)
            return None


def _is_of(run: Run, machine: str) -> bool:
    return run.execution_arn.startswith(machine.replace(":stateMachine:", ":execution:") + ":")


def names_of(aws: Clients, execution_arn: str) -> set[str]:
    """The states of an execution's definition, those of its own level."""
    machine = aws.client("stepfunctions").describe_state_machine_for_execution(executionArn=execution_arn)
    return set(_object(parsed(machine["definition"])).get("States", ()))


def read_run(aws: Clients, execution_arn: str, names: Collection[str] | None = None, pattern: str = "") -> Run:
    """One run by its execution; with the names of its workflow's states, also its path through them."""
    states = aws.client("stepfunctions")
    execution = states.describe_execution(executionArn=execution_arn)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    events = [event for page in pages for event in page["events"]]
    path = None if names is None else path_of(events, names, partial(_counts, states))
    return _of(execution_arn, execution, tuple(_attempts(events)), path, pattern)


def read_described(aws: Clients, execution_arn: str, pattern: str = "") -> Run:
    """One run by its execution, without what its history has: in one call, however long that is."""
    execution = aws.client("stepfunctions").describe_execution(executionArn=execution_arn)
    return _of(execution_arn, execution, (), None, pattern)


def _of(arn: str, execution: dict[str, Any], attempts: tuple[Attempt, ...], path: Path | None, pattern: str) -> Run:
    envelope = _envelope(execution.get("input", "{}"))
    ended_well = execution["status"] in {"RUNNING", "SUCCEEDED"}
    failure = ("", "") if ended_well else (str(execution.get("error", "")), str(execution.get("cause", "")))
    return Run(
        execution_arn=arn,
        trigger=_printable(str(envelope.get("trigger", "manual"))),
        id=_printable(str(envelope.get("id", execution["name"]))),
        status=execution["status"],
        attempts=attempts,
        started=execution["startDate"],
        ended=execution.get("stopDate"),
        error=_printable(" ".join(in_words(*failure).split())[:_CAUSE_CHARACTERS]),
        path=path,
        pattern=pattern,
        failure=failure,
        caller=str(envelope.get("caller", "")),
    )


def _counts(states: Any, map_run: str) -> dict[str, int]:
    return states.describe_map_run(mapRunArn=map_run)["itemCounts"]


def _executions(aws: Aws, machine: str) -> list[tuple[str, int]]:
    """The executions, each with the number of its redrives."""
    pages = aws.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    found = [execution for page in pages for execution in page["executions"]]
    return [(execution["executionArn"], execution.get("redriveCount", 0)) for execution in found]


def _envelope(text: str) -> dict[str, Any]:
    given = parsed(text)
    # A pipe hands over its batch, which is an array of one: the record of a message.
    first = _object(cast("list[Any]", given)[0] if isinstance(given, list) and given else given)
    if first.get("eventSource") == "aws:sqs" and "messageId" in first:
        return {"trigger": "queue", "id": first["messageId"]}
    return first


def _attempts(events: Iterable[dict[str, Any]]) -> Iterator[Attempt]:
    pending: list[Attempt] = []
    for event in events:
        kind = event["type"]
        details = next((cast("dict[str, Any]", v) for k, v in event.items() if k.endswith("EventDetails")), _NOTHING)
        if _RUN_TASK not in details.get("resource", ""):
            continue
        if kind == "TaskScheduled":
            pending.append(Attempt(None, None, ""))
        elif kind == "TaskSubmitted" and (waiting := [each for each in pending if each.task_arn is None]):
            pending[pending.index(waiting[0])] = _submitted(details)
        elif kind in {"TaskSucceeded", "TaskFailed", "TaskTimedOut"}:
            yield _ended(pending, _attempt(details))
    yield from pending


def _ended(pending: list[Attempt], attempt: Attempt) -> Attempt:
    """An attempt at its end; of a task that Step Functions gave up on only the answer to its start is known."""
    began = next((each for each in pending if each.task_arn == attempt.task_arn), pending[0] if pending else None)
    if began is None:
        return attempt
    pending.remove(began)
    known = replace(attempt, task_arn=began.task_arn, container=began.container, size=began.size)
    return attempt if attempt.task_arn else known


def _submitted(details: dict[str, Any]) -> Attempt:
    tasks: list[Any] = _object(parsed(details.get("output") or "")).get("Tasks") or []
    task = _object(tasks[0]) if tasks else _NOTHING
    return Attempt(task.get("TaskArn"), None, "", str(_main_container(task).get("Name", "")), _size(task))


def _attempt(details: dict[str, Any]) -> Attempt:
    text = details.get("output") or details.get("cause") or ""
    task = _object(parsed(text))
    reason = task.get("StoppedReason") or details.get("error", "")
    container = _main_container(task)
    times = [task.get(name) for name in ("StartedAt", "StoppedAt")]
    began, ended = (each if isinstance(each, int | float) else None for each in times)
    seconds = None if began is None or ended is None else (ended - began) / 1000
    code, name = container.get("ExitCode"), str(container.get("Name", ""))
    return Attempt(task.get("TaskArn"), code, reason, name, _size(task), seconds)


def _size(task: dict[str, Any]) -> tuple[str, ...]:
    found = [task.get(name) for name in ("Cpu", "Memory")]
    return tuple(map(str, found)) if all(found) else ()


def _main_container(task: dict[str, Any]) -> dict[str, Any]:
    """The container that the workflow gave its variables; the only one, when it gave none.

    ECS promises no order of containers, and lists all of them among the overrides: most have a name there only.
    """
    overrides: list[dict[str, Any]] = _object(task.get("Overrides")).get("ContainerOverrides") or []
    given = {each.get("Name") for each in overrides if any(each[key] for key in each if key != "Name")}
    containers: list[dict[str, Any]] = task.get("Containers") or []
    found = [each for each in containers if each.get("Name") in given] if given else containers
    return found[0] if len(found) == 1 else _NOTHING


def _printable(text: str) -> str:
    """Half a surrogate pair, which JSON can write and no terminal can show, as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
