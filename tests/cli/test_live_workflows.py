"""The path of a run through its workflow is shown as it is gone, and what waits with the command that answers it."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws, WaitingTask
from naws.cli.live import LiveRuns
from naws.cli.runs import Run, RunHistory
from naws.cli.steps import Path, Step, path_of, shown

START = datetime(2026, 1, 1, tzinfo=UTC)


def events(*given: tuple[float, str, dict[str, Any]]) -> Any:
    return [
        {"timestamp": START + timedelta(seconds=at), "type": kind, f"{kind[0].lower()}{kind[1:]}EventDetails": details}
        for at, kind, details in given
    ]


def test_a_path_has_times_counts_of_items_and_where_it_ended() -> None:
    happened = events(
        (0, "TaskStateEntered", {"name": "Load"}),
        (2, "TaskStateExited", {"name": "Load"}),
        (2, "MapStateEntered", {"name": "Each"}),
        (2, "MapStateStarted", {"length": 3}),
        (2, "PassStateEntered", {"name": "Inner"}),
        (3, "PassStateExited", {"name": "Inner"}),
        *((3, "MapIterationSucceeded", {"name": "Each", "index": index}) for index in range(3)),
        (4, "MapStateExited", {"name": "Each"}),
        (4, "TaskStateEntered", {"name": "Report"}),
        (5, "ExecutionFailed", {"error": "E"}),
        (9, "ExecutionRedriven", {"redriveCount": 1}),
        (10, "TaskStateExited", {"name": "Report"}),
        (10, "MapStateEntered", {"name": "Many"}),
        (10, "MapRunStarted", {"mapRunArn": "arn"}),
        (12, "MapStateExited", {"name": "Many"}),
        (12, "WaitStateEntered", {"name": "Wait"}),
    )
    counts = {"succeeded": 997, "failed": 2, "timedOut": 1, "aborted": 0, "total": 1000}
    path = path_of(happened, {"Load", "Each", "Report", "Many", "Wait"}, {"arn": counts}.__getitem__)
    assert path == Path(
        (
            Step("Load", 2),
            Step("Each", 2, "3 of 3 items"),
            Step("Report", 1),
            Step("Many", 2, "997 of 1000 items, 3 failed"),
        ),
        at="Wait",
        redrives=1,
    )
    assert shown(path.steps) == (
        "Load 2.0 s → Each 3 of 3 items 2.0 s → Report 1.0 s → Many 997 of 1000 items, 3 failed 2.0 s"
    )


def test_a_line_is_short_however_long_the_way() -> None:
    assert shown([Step("Poll", 1)] * 12) == "Poll 12 times"
    assert shown([Step(f"S{n}", 0) for n in range(20)]).startswith("12 more → S12 → S13")


def a_run(path: Path, status: str = "RUNNING", error: str = "") -> Run:
    ended = None if status == "RUNNING" else START + timedelta(seconds=5)
    return Run("arn", "schedule", "daily", status, (), START, ended, error, path)


def lines(capsys: Any) -> list[str]:
    return [line[10:].rstrip() for line in capsys.readouterr().out.splitlines()]


def test_the_path_grows_and_a_redrive_goes_on(capsys: Any) -> None:
    load, check = Step("Load", 1), Step("Check", 2)
    runs = [
        a_run(Path((), "Load")),
        a_run(Path((load,), "Check")),
        a_run(Path((load,), "Check"), "FAILED", "E: no"),
        a_run(Path((load,), "Check"), "FAILED", "E: no"),
        a_run(Path((load,), "Check", 1)),
        a_run(Path((load, check), "", 1), "SUCCEEDED"),
    ]
    history: Any = SimpleNamespace(read=lambda: [runs.pop(0)], unread={})
    live = LiveRuns(history)
    while runs:
        live.look()
    assert [" ".join(line.split()) for line in lines(capsys)] == [
        "started schedule daily",
        "states schedule daily Load 1.0 s",
        "failed schedule daily at Check 5.0 s E: no",
        "redriven schedule daily at Check",
        "states schedule daily Check 2.0 s",
        "succeeded schedule daily 5.0 s",
    ]


def test_what_waits_is_shown_once_with_its_answer_and_of_many_three(capsys: Any) -> None:
    waiting = [WaitingTask("arn", "Approve", f"token-{n}") for n in range(9)] + [WaitingTask("other", "No", "t")]
    history: Any = SimpleNamespace(read=lambda: [a_run(Path((), "Approve"))], unread={})
    live = LiveRuns(history, waiting=lambda: waiting)
    live.look()
    live.look()
    printed = capsys.readouterr().out
    assert printed.count("waits") == 4
    assert """-d '{"taskToken": "token-0", "output": "{}"}' $AWS_ENDPOINT_URL""" in printed
    assert "token-3" not in printed


@pytest.fixture
def stack(aws: Any) -> Any:
    """A workflow of a user's own, as a stack has it: it asks, then fails until a queue is there."""
    name = f"m-{uuid.uuid4().hex[:8]}"
    iam, sqs = aws.client("iam"), aws.client("sqs")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    first, second = (json.dumps({"Version": "2012-10-17", "Statement": [item]}) for item in (trust, everything))
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=first)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=second)
    asks = {"QueueUrl": sqs.create_queue(QueueName=name)["QueueUrl"], "MessageBody": "{% $states.context.Task.Token %}"}
    states = {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": asks,
            "Next": "Look",
        },
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
            "Arguments": {"QueueName": f"{name}-later"},
            "End": True,
        },
    }
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Ask", "States": states})
    machine = aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    arn = machine["stateMachineArn"]
    return SimpleNamespace(aws=aws, workflows={arn: "S/It"}, own_workflows={arn}, later=f"{name}-later")


@pytest.mark.e2e
def test_a_workflow_that_waits_fails_and_is_redriven(stack: Any, embedded: EmbeddedAws, capsys: Any) -> None:
    states = stack.aws.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=next(iter(stack.workflows)))["executionArn"]
    live = LiveRuns(RunHistory([stack]), waiting=embedded.waiting_tasks)

    def until(check: Any) -> None:
        deadline = time.monotonic() + 20
        while not check(live.look()) and time.monotonic() < deadline:
            time.sleep(0.2)

    until(lambda _: any(task.execution == execution for task in embedded.waiting_tasks()))
    token = next(task.token for task in embedded.waiting_tasks() if task.execution == execution)
    until(lambda runs: runs[0].path.at == "Ask")
    states.send_task_success(taskToken=token, output="{}")
    until(lambda runs: runs[0].status == "FAILED")
    stack.aws.client("sqs").create_queue(QueueName=stack.later)
    states.redrive_execution(executionArn=execution)
    until(lambda runs: runs[0].status == "SUCCEEDED")
    words = [line.split()[0] for line in lines(capsys) if "manual" in line]
    assert words[0] == "started"
    assert words[1:3] in (["waits", "states"], ["states", "waits"])
    assert words[3:] == ["failed", "redriven", "states", "succeeded"]
    assert embedded.waiting_tasks() == []
