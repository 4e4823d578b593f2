"""`naws shell`: what AWS's own program is given, and what is missing."""

import json
import os
import signal
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from naws.cli.errors import CliError
from naws.cli.operate import sessions
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.seen import Seen
from naws.cli.operate.where import Asked
from naws.cli.runs import Run
from naws.core.runs import Runs

PREFIX = "arn:aws:ecs:eu-west-1:111122223333"
TASK = f"{PREFIX}:task/shop/0123456789abcdef"
ENDPOINT = "https://ecs.eu-west-1.amazonaws.com"


class Ecs:
    """A service with one task, in which ECS Exec works unless there is an error."""

    def __init__(self) -> None:
        self.asked, self.error = {}, None
        self.meta = SimpleNamespace(endpoint_url=ENDPOINT)

    def list_tasks(self, **_):
        return {"taskArns": [TASK]}

    def describe_tasks(self, **_):
        return {"tasks": [{"containers": [{"name": "main", "runtimeId": "0123-456"}]}]}

    def execute_command(self, **request):
        if self.error:
            raise self.error
        self.asked = request
        session = {"sessionId": "s", "streamUrl": "wss://x", "tokenValue": "t"}
        return {"session": session, "clusterArn": f"{PREFIX}:cluster/shop", "taskArn": TASK, "containerName": "main"}


@pytest.fixture
def ecs(monkeypatch):
    client = Ecs()
    place = SimpleNamespace(client=lambda *_, **__: client, region="eu-west-1")
    arn = f"{PREFIX}:service/shop/orders"
    pattern = Deployed(place, "Shop", Runs(pattern="ecs-service", path="Shop/Orders", kind="service"), arn, {})
    monkeypatch.setattr(sessions, "find_where", lambda *_: SimpleNamespace(title=""))
    monkeypatch.setattr(sessions, "find_one", lambda *_: pattern)
    monkeypatch.setattr(sessions.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(sessions.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    return client


def test_the_session_is_handed_to_aws_s_own_program_as_the_aws_cli_does(ecs, monkeypatch):
    lines = []
    monkeypatch.setattr(
        sessions.subprocess, "run", lambda line, **_: lines.append(line) or SimpleNamespace(returncode=3)
    )
    assert sessions.shell("Orders", Asked(), "/bin/bash") == 3
    assert ecs.asked == {
        "cluster": "shop",
        "task": TASK,
        "interactive": True,
        "command": "/bin/bash",
        "container": "main",
    }
    ((program, session, *rest),) = lines
    target = {"Target": "ecs:shop_0123456789abcdef_0123-456"}
    assert (program, rest) == (
        "/bin/session-manager-plugin",
        ["eu-west-1", "StartSession", "dev", json.dumps(target), ENDPOINT],
    )
    assert json.loads(session)["tokenValue"] == "t"


@pytest.mark.usefixtures("ecs")
def test_ctrl_c_is_left_to_aws_s_own_program(monkeypatch):
    def interrupted(*_, **__):
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            os.kill(os.getpid(), number)
        return SimpleNamespace(returncode=0)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sessions.subprocess, "run", interrupted)
    assert sessions.shell("Orders", Asked(), "/bin/bash") == 0
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("code", "text", "hint"),
    [
        (
            "InvalidParameterException",
            "The execute command failed because execute command was not enabled when the task was run",
            "enable_execute_command=True in the props of Shop/Orders",
        ),
        (
            "TargetNotConnectedException",
            "The execute command failed due to an internal error. Try again later.",
            "A task that has just started is connected seconds later.",
        ),
    ],
)
def test_what_aws_refuses_is_shown_in_its_words_with_what_helps(ecs, code, text, hint):
    ecs.error = ClientError({"Error": {"Code": code, "Message": text}}, "ExecuteCommand")
    with pytest.raises(CliError, match=text) as raised:
        sessions.shell("Orders", Asked(), "/bin/sh")
    assert raised.value.detail.startswith(hint)


@pytest.mark.usefixtures("ecs")
def test_a_function_has_no_container_to_enter(monkeypatch):
    pattern = Deployed(None, "Shop", Runs(pattern="lambda-service", path="Shop/Check", kind="function"), "arn", {})
    monkeypatch.setattr(sessions, "find_one", lambda *_: pattern)
    with pytest.raises(CliError, match="Shop/Check is a function, which has no container to enter") as raised:
        sessions.shell("Check", Asked(), "/bin/sh")
    assert (raised.value.code, raised.value.detail) == (2, "What it prints: naws logs Shop/Check")


@pytest.mark.parametrize("named", ["Shop/Orders", "r-1"])
def test_a_workflow_without_a_task_of_its_own_has_no_container_to_enter(monkeypatch, named):
    runs = Runs(pattern="workflow-executor", path="Shop/Orders", kind="workflow", redrive="execution", log_group="L")
    pattern = Deployed(SimpleNamespace(), "Shop", runs, "arn:machine", {"L": "/naws/orders"})
    run = Run("arn:execution", "manual", "r-1", "RUNNING", (), datetime(2026, 1, 1, tzinfo=UTC), None, "")

    def find_one(*_):
        if named == "r-1":
            raise CliError("There is no pattern.", code=6)
        return pattern

    monkeypatch.setattr(sessions, "find_where", lambda *_: SimpleNamespace(title=""))
    monkeypatch.setattr(sessions, "find_one", find_one)
    monkeypatch.setattr(sessions, "find_deployed", lambda *_: [pattern])
    monkeypatch.setattr(sessions, "find_run", lambda *_: Seen(pattern, run))
    monkeypatch.setattr(sessions, "read_run", lambda *_: run)
    with pytest.raises(CliError, match="workflow, which has no container to enter") as raised:
        sessions.shell(named, Asked(), "/bin/sh")
    assert raised.value.code == 2


@pytest.mark.usefixtures("ecs")
def test_without_the_program_and_without_a_terminal(monkeypatch):
    monkeypatch.setattr(sessions.shutil, "which", lambda _: None)
    with pytest.raises(CliError, match="There is no session-manager-plugin on PATH"):
        sessions.shell("Shop/Orders", Asked(), "/bin/sh")
    monkeypatch.setattr(sessions.sys, "stdin", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(CliError, match=r"Standard input is no terminal\."):
        sessions.shell("Shop/Orders", Asked(), "/bin/sh")
