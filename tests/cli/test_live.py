"""A permission that is missing is told once, whichever task it was missing for."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.embedded import Denial, ServiceEvent
from naws.cli.live import LiveRuns
from naws.cli.runs import Attempt, Run, RunHistory


def denial(session: str, resource: str, action: str = "ecs:DescribeTasks") -> Denial:
    principal = f"arn:aws:sts::000000000000:assumed-role/Workflow/{session}"
    return Denial(principal=principal, action=action, resource=resource, sentence=f"no {action} on {resource}", at=0)


def test_a_denial_is_told_once_however_often_and_for_whichever_task(capsys: Any) -> None:
    task, stream = "arn:aws:ecs:us-east-1:000000000000:task/Cluster/", "arn:aws:logs:us-east-1:000000000000:log-group:L"
    told = [
        denial("a", f"{task}0123456789abcdef0123456789abcdef"),
        denial("b", f"{task}fedcba9876543210fedcba9876543210"),
        denial("a", f"{stream}:log-stream:run/main/d4493c6f-0931-4c7b-9062-3adb6f10ab47", "logs:PutLogEvents"),
        denial("b", f"{stream}:log-stream:run/main/a1b2c3d4-0931-4c7b-9062-3adb6f10ab47", "logs:PutLogEvents"),
        denial("a", "arn:aws:sqs:us-east-1:000000000000:failures", "sqs:SendMessage"),
        denial("a", "arn:aws:sqs:us-east-1:000000000000:letters", "sqs:SendMessage"),
    ]
    live = LiveRuns(SimpleNamespace(read=list, unread={}), lambda: told)  # type: ignore[arg-type]

    live.look()
    live.look()

    assert list(live.denied.values()) == [told[0].sentence, told[2].sentence, told[4].sentence, told[5].sentence]
    assert capsys.readouterr().out.count("denied") == 4


def happened(what: str, task: str, **more: Any) -> ServiceEvent:
    given = {"service": "shop", "deployment": "1", "reason": "gone", "exit_code": None, "lines": ["no way"], "at": 0.0}
    return ServiceEvent(**{**given, "what": what, "task": task, **more})


def test_what_services_go_through_is_told_and_the_same_lines_once(capsys: Any) -> None:
    told = [happened("task ended", "t1", exit_code=1), happened("unhealthy", "t2")]
    live = LiveRuns(SimpleNamespace(read=list, unread={}), services=lambda: told)  # type: ignore[arg-type]
    live.look()
    told.append(happened("deployment", "", reason="failed, rolled back", lines=[]))
    live.look()

    first, lines, second, third = (line.split("  ", 1)[-1].strip() for line in capsys.readouterr().out.splitlines())
    assert first.split() == ["task", "ended", "service", "shop", "t1", "gone", "exit", "1"]
    assert lines == "| no way"
    assert second.startswith("unhealthy")
    assert third.startswith("deployment")
    assert "failed, rolled back" in third


class BrokenStates:
    """Step Functions that answers one history with 500, and for one machine that it is gone."""

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def list_executions(self, *, stateMachineArn: str) -> Any:  # noqa: N803  # as boto3 names it
        if stateMachineArn == "gone":
            raise ClientError({"Error": {"Code": "StateMachineDoesNotExist", "Message": "gone"}}, "ListExecutions")
        return [{"executions": [{"executionArn": "bad"}, {"executionArn": "good"}]}]

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803  # as boto3 names it
        started = datetime(2026, 1, 1, tzinfo=UTC)
        text = r'{"trigger":"queue","id":"\ud83d"}'
        return {"name": executionArn, "status": "RUNNING", "startDate": started, "input": text}

    def get_execution_history(self, *, executionArn: str) -> Any:  # noqa: N803  # as boto3 names it
        if executionArn == "bad":
            raise ClientError({"Error": {"Code": "500", "Message": "[no]"}}, "GetExecutionHistory")
        return [{"events": []}]


def test_what_cannot_be_read_is_told_once_and_the_other_runs_are_shown(capsys: Any) -> None:
    aws = SimpleNamespace(client={"stepfunctions": BrokenStates()}.get)
    stack: Any = SimpleNamespace(aws=aws, workflows={"gone": "", "machine": ""}, own_workflows=set())
    live = LiveRuns(RunHistory([stack]))

    assert [run.execution_arn for run in live.look()] == ["good"]
    live.look()

    shown = capsys.readouterr().out
    assert shown.count("unread") == 2
    assert "gone" in shown
    assert "bad" in shown
    assert "[no]" in shown
    assert r"\ud83d" in shown


def test_a_failed_attempt_is_reported_when_it_is_over_and_not_when_the_next_begins(capsys: Any) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    failed = Attempt("arn:task/a", 3, "Essential container in task exited", seconds=2.0)
    unstarted, runs = Attempt("arn:task/b", None, "CannotPullContainerError: no image"), Attempt("arn:task/c", None, "")
    history = SimpleNamespace(unread={}, about=lambda *_: None)
    live = LiveRuns(history)  # type: ignore[arg-type]

    def look(*attempts: Attempt, status: str = "RUNNING") -> list[str]:
        ended = None if status == "RUNNING" else began
        history.read = lambda: [Run("arn:execution", "manual", "r-1", status, attempts, began, ended, "")]
        live.look()
        return [" ".join(line.split()[1:]) for line in capsys.readouterr().out.splitlines()]

    assert len(look(runs)) == 1
    reason = "failed: exit 3: Essential container in task exited"
    assert look(failed) == [f"attempt 1 manual r-1 {reason}"]
    assert look(failed) == []
    assert look(failed, runs) == ["attempt 2 manual r-1"]
    reason = "failed: not started: CannotPullContainerError: no image"
    assert look(failed, unstarted) == [f"attempt 2 manual r-1 {reason}"]
    end, *_ = look(failed, unstarted, failed, status="FAILED")
    assert "3 attempts exit 3" in end
