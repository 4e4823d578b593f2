import sys
import time

import pytest

from naws.cli.engine import DevCommand, DevCommands
from naws.cli.engine.processes import ProcessClient

FAMILY, CONTAINER = "Report", "main"
LABELS = {
    "com.amazonaws.ecs.task-definition-family": FAMILY,
    "com.amazonaws.ecs.container-name": CONTAINER,
    "com.amazonaws.ecs.cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/c",
}


class Tasks:
    """Starts scripts as tasks of one container."""

    def __init__(self, tmp_path):
        self.directory = tmp_path / "app"
        self.directory.mkdir()
        self.commands = DevCommands(tmp_path)
        self.client = ProcessClient(self.commands, tmp_path / "tasks")

    def run(self, script, **options):
        command = (sys.executable, "-c", script)
        self.commands.add([DevCommand(FAMILY, CONTAINER, command, str(self.directory))])
        return self.client.containers.run("image", labels=LABELS, name="t", **options)

    def logged(self, script, **options):
        task = self.run(script, **options)
        task.wait(timeout=20)
        return task.logs().decode()


@pytest.fixture
def tasks(tmp_path):
    made = Tasks(tmp_path)
    yield made
    for task in made.client.containers.list():
        task.remove(force=True)


@pytest.fixture
def until():
    def wait(check, seconds=30.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := check():
                return answer
            time.sleep(0.02)
        pytest.fail(f"not within {seconds} s")

    return wait
