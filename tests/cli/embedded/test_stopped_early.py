"""Executions that are stopped between an answer of the service and the first look at what it began."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from naws.cli.embedded.departures import executions

ARN = "arn:aws:states:eu-central-1:000000000000:execution:machine:run"
TASK = "arn:aws:ecs:eu-central-1:000000000000:task/default/1"


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """An execution that is stopped before its history gets the answer, which then has no place in it."""
    from naws.cli.embedded.departures.services import states  # noqa: PLC0415  # MiniStack, of which names are replaced

    execution = {"executionArn": ARN, "status": "RUNNING", "machine": {"roleArn": "arn:aws:iam::000000000000:role/r"}}

    def stopped_meanwhile(*_: Any) -> None:
        execution["status"] = "ABORTED"
        executions.check()

    monkeypatch.setattr(states, "_add_event", stopped_meanwhile)
    with executions.working_for(execution):
        yield execution


def test_a_task_that_was_accepted_meanwhile_is_stopped(stopped: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from naws.cli.embedded.departures import run_task  # noqa: PLC0415  # as above

    calls = []

    def call(function: str, request: dict[str, Any]) -> dict[str, Any]:
        calls.append((function, request.get("task")))
        return {"tasks": [{"taskArn": TASK, "lastStatus": "PENDING"}], "failures": []}

    monkeypatch.setattr(run_task, "_call", call)
    for asked in ("ask_run_task", "ask_about_task"):
        monkeypatch.setattr(run_task, asked, lambda *_: None)
    with pytest.raises(executions.StoppedError):
        run_task._run_task("arn:aws:states:::ecs:runTask.sync", {"TaskDefinition": "d", "LaunchType": "FARGATE"})
    assert stopped["status"] == "ABORTED"
    assert calls == [("_run_task", None), ("_stop_task", TASK)]


@pytest.mark.usefixtures("stopped")
def test_an_execution_that_began_meanwhile_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from naws.cli.embedded.departures import judge, nested_executions  # noqa: PLC0415  # as above
    from naws.cli.embedded.departures.services import states  # noqa: PLC0415  # as above

    began, ended = {"executionArn": f"{ARN}-2", "startDate": 1.0}, []
    monkeypatch.setattr(states, "_nested_start_execution_request", lambda arguments: arguments)
    monkeypatch.setattr(states, "_start_execution", lambda _: (200, {}, json.dumps(began).encode()))
    monkeypatch.setitem(states._executions, f"{ARN}-2", {**began, "status": "RUNNING"})
    monkeypatch.setattr(states, "_stop_execution", ended.append)
    monkeypatch.setattr(judge, "ask_caller", lambda *_: None)
    with pytest.raises(executions.StoppedError):
        inspect.unwrap(nested_executions.nested_execution.install)(
            "states:startExecution.sync:2", {"StateMachineArn": "m"}
        )
    assert ended == [{"executionArn": f"{ARN}-2"}]
