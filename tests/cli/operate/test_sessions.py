"""`naws shell`: what AWS's own program is given, and what is missing."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from naws.cli.errors import CliError
from naws.cli.operate import sessions
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.where import Asked
from naws.core.runs import Runs

TASK = "arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef"


class Ecs:
    """A service with one task, in which ECS Exec works unless it is told not to."""

    def __init__(self) -> None:
        self.asked, self.error = {}, None

    def list_tasks(self, **_):
        return {"taskArns": [TASK]}

    def describe_tasks(self, **_):
        return {"tasks": [{"containers": [{"name": "main"}]}]}

    def execute_command(self, **request):
        if self.error:
            raise self.error
        self.asked = request
        return {"session": {"sessionId": "s", "streamUrl": "wss://x", "tokenValue": "t"}}


@pytest.fixture
def ecs(monkeypatch):
    client = Ecs()
    place = SimpleNamespace(client=lambda *_, **__: client, region="eu-west-1")
    arn = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
    pattern = Deployed(place, "Shop", Runs(pattern="ecs-service", path="Shop/Orders", kind="service"), arn, {})
    monkeypatch.setattr(sessions, "find_where", lambda *_: SimpleNamespace(title="", embedded=False))
    monkeypatch.setattr(sessions, "find_deployed", lambda *_: [pattern])
    monkeypatch.setattr(sessions.shutil, "which", lambda name: f"/bin/{name}")
    return client


def test_the_session_is_handed_to_aws_s_own_program(ecs, monkeypatch):
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
    assert (program, rest) == ("/bin/session-manager-plugin", ["eu-west-1", "StartSession"])
    assert json.loads(session)["tokenValue"] == "t"


def test_without_the_program_and_without_ecs_exec(ecs, monkeypatch):
    text = "The execute command failed because execute command was not enabled when the task was run"
    ecs.error = ClientError({"Error": {"Code": "InvalidParameterException", "Message": text}}, "ExecuteCommand")
    with pytest.raises(CliError) as raised:
        sessions.shell("Orders", Asked(), "/bin/sh")
    assert raised.value.detail.startswith("enable_execute_command=True in the props of Shop/Orders")
    monkeypatch.setattr(sessions.shutil, "which", lambda _: None)
    with pytest.raises(CliError, match="There is no session-manager-plugin on PATH"):
        sessions.shell("Shop/Orders", Asked(), "/bin/sh")
