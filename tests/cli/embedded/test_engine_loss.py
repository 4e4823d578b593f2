"""An engine that no longer answers, seen from ECS; in this process, because it takes ten seconds otherwise."""

from typing import Any

import pytest
from docker.errors import NotFound

from naws.cli.embedded.departures import ecs_tasks


class LostEngine:
    def __init__(self, error: Exception) -> None:
        self.containers = self
        self._error = error

    def get(self, _id: str) -> Any:
        raise self._error


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    ends: list[tuple[str, str]] = []
    monkeypatch.setattr(ecs_tasks, "begin_end", lambda _task, _client, reason, code: ends.append((reason, code)))
    return ends


def task() -> dict[str, Any]:
    container = {"name": "main", "lastStatus": "RUNNING"}
    arn = "arn:aws:ecs:us-east-1:000000000000:task/c/1"
    return {
        "taskArn": arn,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "_docker_ids": ["x"],
        "containers": [container],
    }


def test_a_short_silence_is_no_end_and_a_long_one_is_a_lost_host(
    ended: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    running, engine, now = task(), LostEngine(ConnectionError("refused")), 100.0
    monkeypatch.setattr(ecs_tasks.time, "monotonic", lambda: now)
    ecs_tasks._observe(running, engine)
    now = 109.0
    ecs_tasks._observe(running, engine)
    assert ended == []
    now = 111.0
    ecs_tasks._observe(running, engine)
    assert ended == [("The container engine does not answer: refused", "InfrastructureHealth")]


def test_a_container_that_vanished_has_no_exit_code(ended: list[tuple[str, str]]) -> None:
    running = task()
    ecs_tasks._observe(running, LostEngine(NotFound("x")))
    assert ended == [("Essential container in task exited", "EssentialContainerExited")]
    assert running["containers"][0]["exitCode"] is None
    assert running["containers"][0]["reason"] == "The container was removed from outside"
