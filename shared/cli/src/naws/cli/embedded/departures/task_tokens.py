"""Tasks that wait for somebody: task tokens and activities, their answers, heartbeats and timeouts."""

import re
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

from naws.cli.embedded.departures import executions
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import document
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.task_states import limits, timed_out
from naws.cli.embedded.departures.walks import note_scheduled

_POLL_SECONDS = 0.1
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WAITS = ".waitForTaskToken"


@departure(
    "AWS Step Functions Developer Guide, 'Wait for a callback with task token', 'Task state' (HeartbeatSeconds; of an "
    "activity both times begin when a worker takes the task), 'Error names' (States.Timeout, States.HeartbeatTimeout); "
    "AWS Step Functions API Reference, 'SendTaskHeartbeat'; executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/timeouts: test_heartbeats.snapshot.json (2024-04-18), "
    "test_timeouts.snapshot.json (2024-03-10)"
)
def waiting_tasks() -> None:
    """A task without a heartbeat in ``HeartbeatSeconds``, or longer than ``TimeoutSeconds``, fails: ``States.Timeout``.

    It has no cause; ``States.HeartbeatTimeout`` catches the first, too. What sends the token is waited for, and its
    failure fails the task. A token is good for one answer, while its execution runs.
    """
    replace(states, "_invoke_with_callback", _with_token)
    replace(states, "_invoke_activity", _by_worker)
    replace(states, "_send_task_success", _succeed)
    replace(states, "_send_task_failure", _fail)
    replace(states, "_send_task_heartbeat", _beat)
    wrap(states, "_invoke_resource", _noted)


@departure(
    "AWS Step Functions API Reference, 'SendTaskSuccess' (InvalidToken, InvalidOutput, TaskTimedOut); executions of "
    "AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_sfn_task_service.snapshot.json (test_sfn_send_task_outcome_with_no_such_token, 2025-11-06)"
)
@patch(check_requests, states, ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"))
def task_token_requests(request: dict[str, Any]) -> None:
    """Refuse what is no task token, or no JSON, and the token of a task that has ended as ``TaskTimedOut``."""
    name = "SendTaskSuccess" if "output" in request else "SendTaskFailure"
    check_model("stepfunctions", name, request)
    token = request.get("taskToken") or ""
    if token not in states._task_tokens:
        if _TOKEN.fullmatch(token):
            raise RefusedError("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut")
        raise RefusedError("Invalid Token: 'Invalid token'", "InvalidToken")
    try:
        document(request.get("output", "{}"))
    except ValueError as error:
        raise RefusedError(f"Invalid Output: '{error}'", "InvalidOutput") from error


class _Waiting:
    """A task whose token is out.

    Attributes:
        ended: Set by its answer.
        beat: When it began, or was last heard of.
    """

    def __init__(self, token: str, given: Mapping[str, float]) -> None:
        self._token, self._limits = token, given
        self.ended = threading.Event()
        self.result: Any = None
        self.error: dict[str, Any] | None = None
        self.began = self.beat = time.monotonic()

    def __enter__(self) -> Self:
        states._task_tokens[self._token] = self
        return self

    def __exit__(self, *_: object) -> None:
        states._task_tokens.pop(self._token, None)

    def begin(self) -> None:
        """Let its times begin now."""
        self.began = self.beat = time.monotonic()

    def wait(self, queue: list[dict[str, Any]] | None = None) -> Any:
        """Wait for the answer; while the task is in the queue, nobody works on it.

        Raises:
            StoppedError: the execution, or the branch, was stopped.
            _ExecutionError: the answer is a failure, or is late.
        """
        while not self.ended.wait(_POLL_SECONDS):
            executions.check()
            if queue is not None and any(task["taskToken"] == self._token for task in queue):
                self.begin()
            self._check()
        if self.error is not None:
            raise failed(self.error.get("error"), self.error.get("cause"))
        return self.result

    def _check(self) -> None:
        now = time.monotonic()
        if now - self.began >= self._limits.get("TimeoutSeconds", float("inf")):
            raise timed_out()
        if now - self.beat >= self._limits.get("HeartbeatSeconds", float("inf")):
            raise timed_out(heartbeat=True)


def _with_token(resource: str, arguments: Any, token: str, state: dict[str, Any]) -> Any:
    with _Waiting(token, limits()) as waiting:
        call = resource.removesuffix(_WAITS)
        given = [state["TimeoutSeconds"]] if "TimeoutSeconds" in state else []
        invoke = states._invoke_resource_with_timeout if given else states._invoke_resource
        submitted = invoke(call, arguments, *given)
        _note(resource, "TaskSubmitted", output=states.json.dumps(submitted))
        return waiting.wait()


def _by_worker(resource: str, arguments: Any) -> Any:
    if resource not in states._activities:
        raise failed("States.Runtime", f"The activity {resource} does not exist")
    token = states.new_uuid()
    with _Waiting(token, limits()) as waiting:
        queue = states._activity_tasks[resource]
        task = {"taskToken": token, "input": states.json.dumps(arguments)}
        queue.append(task)
        try:
            return waiting.wait(queue)
        finally:
            if task in queue:
                queue.remove(task)


def _noted(original: Original, resource: str, arguments: Any) -> Any:
    note_scheduled(arguments, limits())
    _note(resource, "TaskStarted")
    return original(resource, arguments)


def _note(resource: str, kind: str, **shown: Any) -> None:
    execution = executions.current()
    if execution is not None:
        details = {"resource": resource, **shown}
        states._add_event(execution, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})


def _succeed(request: dict[str, Any]) -> Any:
    waiting = states._task_tokens.pop(request["taskToken"])
    waiting.result = document(request["output"])
    waiting.ended.set()
    return states.json_response({})


def _fail(request: dict[str, Any]) -> Any:
    waiting = states._task_tokens.pop(request["taskToken"])
    waiting.error = request
    waiting.ended.set()
    return states.json_response({})


def _beat(request: dict[str, Any]) -> Any:
    states._task_tokens[request["taskToken"]].beat = time.monotonic()
    return states.json_response({})
