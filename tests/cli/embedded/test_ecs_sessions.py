"""ECS Exec: what is refused as on AWS, and the session that leads into a task."""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommand, DevCommands

pytestmark = pytest.mark.e2e

WAIT = (sys.executable, "-c", "import time; time.sleep(60)")
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
VERBS = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
CHANNELS = [f"ssmmessages:{verb}" for verb in VERBS]
DOCUMENT = {"Version": "2012-10-17"}


class Tasks:
    """A cluster, and tasks with containers of these names."""

    def __init__(self, aws: Aws, commands: DevCommands, folder: Path, until: Any) -> None:
        self.ecs, self.iam = aws.client("ecs"), aws.client("iam")
        self._commands, self.folder, self._until = commands, folder, until
        self.cluster = self.ecs.create_cluster(clusterName=f"exec-{uuid.uuid4().hex[:8]}")["cluster"]["clusterArn"]

    def role(self, actions: list[str]) -> Any:
        name = f"exec-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        texts = [json.dumps(DOCUMENT | {"Statement": [each]}) for each in (trust, _allowed(actions))]
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=texts[0])["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="exec", PolicyDocument=texts[1])
        return role

    @contextmanager
    def running(self, *names: str, actions: list[str] = CHANNELS, exec_: bool = True, **more: Any) -> Iterator[Any]:
        """A task that runs; its ARN."""
        family = f"exec-{uuid.uuid4().hex[:8]}"
        self._commands.add([DevCommand(family, name, WAIT, str(self.folder)) for name in names])
        common = {"image": "unused:1", "environment": [{"name": "COLOUR", "value": "blue"}], "stopTimeout": 2}
        self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            taskRoleArn=self.role(actions),
            containerDefinitions=[{"name": name, **common, **more} for name in names],
        )
        given = {"networkConfiguration": NETWORK, "enableExecuteCommand": exec_, "launchType": "FARGATE"}
        task = self.ecs.run_task(cluster=self.cluster, taskDefinition=family, **given)["tasks"][0]["taskArn"]
        self._until(lambda: self.status(task) == "RUNNING", seconds=20)
        yield task
        self.ecs.stop_task(cluster=self.cluster, task=task)

    def status(self, task: Any) -> Any:
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=[task])["tasks"][0]["lastStatus"]

    def execute(self, task: Any, **more: Any) -> Any:
        given = {"cluster": self.cluster, "task": task, "command": "/bin/sh", "interactive": True, **more}
        return self.ecs.execute_command(**given)


def _allowed(actions: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": "*"}


@pytest.fixture
def tasks(aws: Aws, embedded: EmbeddedAws, until: Callable[..., None], tmp_path: Path) -> Tasks:
    return Tasks(aws, DevCommands(Path(embedded.log_file).parent), tmp_path, until)


def test_a_session_says_once_and_by_its_token_what_is_started_where(tasks: Tasks) -> None:
    with tasks.running("main") as task:
        answer = tasks.execute(task, command="sh -c 'exit 3'")
        assert (answer["clusterArn"], answer["taskArn"], answer["containerName"]) == (tasks.cluster, task, "main")
        assert answer["containerArn"].startswith("arn:aws:ecs:")
        assert answer["interactive"] is True
        session = answer["session"]
        assert session["sessionId"].startswith("ecs-execute-command-")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _opened(session["streamUrl"], "another")
        place = _opened(session["streamUrl"], session["tokenValue"])
        assert (place["command"], place["directory"]) == ("sh -c 'exit 3'", str(tasks.folder))
        environment = place["environment"]
        assert [environment[name] for name in ("COLOUR", "TERM")] == ["blue", "xterm-256color"]
        assert "AWS_SESSION_TOKEN" in environment  # of the role of the task
        os.kill(place["supervisor"], 0)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _opened(session["streamUrl"], session["tokenValue"])


def _opened(url: str, token: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/{token}") as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise


def test_the_container_is_named_where_there_are_several(tasks: Tasks) -> None:
    wrong = tasks.ecs.exceptions.InvalidParameterException
    with tasks.running("main", "side") as task:
        with pytest.raises(wrong, match="container"):
            tasks.execute(task)
        with pytest.raises(wrong, match="The container mian was not found"):
            tasks.execute(task, container="mian")
        assert tasks.execute(task, container="side")["containerName"] == "side"


def test_only_interactive_sessions_of_tasks_that_are_there(tasks: Tasks) -> None:
    errors = tasks.ecs.exceptions
    with pytest.raises(errors.InvalidParameterException, match="task was not found"):
        tasks.execute(uuid.uuid4().hex)
    with pytest.raises(errors.ClusterNotFoundException):
        tasks.execute(uuid.uuid4().hex, cluster="none")
    words = r"Interactive is the only mode supported currently\."
    with tasks.running("main") as task, pytest.raises(errors.InvalidParameterException, match=words):
        tasks.execute(task, interactive=False)


def test_only_in_tasks_that_run_and_were_run_with_it(tasks: Tasks, until: Any) -> None:
    refused = tasks.ecs.exceptions.InvalidParameterException
    with tasks.running("main", exec_=False) as task, pytest.raises(refused, match="execute command was not enabled"):
        tasks.execute(task)
    with tasks.running("main") as task:
        tasks.execute(task)
    with pytest.raises(refused, match="or the execute command agent isn’t running"):  # noqa: RUF001  # AWS's own quote
        tasks.execute(task)
    until(lambda: tasks.status(task) == "STOPPED", seconds=20)
    with pytest.raises(refused, match="or the execute command agent isn’t running"):  # noqa: RUF001  # AWS's own quote
        tasks.execute(task)


@pytest.mark.parametrize("missing", [*range(4), None], ids=[*VERBS, "a read-only root"])
def test_an_agent_is_connected_by_the_role_and_a_root_to_write_to(tasks: Tasks, missing: int | None) -> None:
    refused = tasks.ecs.exceptions.TargetNotConnectedException
    actions = [action for number, action in enumerate(CHANNELS) if number != missing]
    words = r"The execute command failed due to an internal error\. Try again later\."
    with (
        tasks.running("main", actions=actions, readonlyRootFilesystem=missing is None) as task,
        pytest.raises(refused, match=words),
    ):
        tasks.execute(task)
