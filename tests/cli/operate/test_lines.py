"""Lines of a run: also why an attempt did not start, which no log has."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from naws.cli.causes import in_words
from naws.cli.operate import lines
from naws.cli.operate.started import failed_attempts
from naws.cli.runs import Attempt, Run

START = datetime(2026, 1, 1, tzinfo=UTC)
NOT_STARTED = Attempt("arn:task/a", None, "CannotPullContainerError: no such image")
RUNS = Attempt("arn:task/b", None, "")
FAILED = Attempt("arn:task/c", 3, "Essential container in task exited", seconds=2.0)
TOO_LONG = Attempt("arn:task/d", None, "States.Timeout")


@pytest.fixture
def look_at(monkeypatch):
    run = Run("arn:execution", "manual", "1", "RUNNING", [], START, None, "")
    seen = SimpleNamespace(run=run, pattern=SimpleNamespace(log_group=None))
    monkeypatch.setattr(lines, "attempted", lambda seen: seen)
    found = lines.RunLines(seen)

    def look(*attempts, ended=None):
        seen.run = replace(run, attempts=list(attempts), ended=ended)
        return [(line.source, line.text) for line in found.new()]

    return look


def test_each_attempt_that_did_not_start_is_one_line_as_soon_as_it_is_known(look_at):
    assert look_at(RUNS) == []
    line = "not started: CannotPullContainerError: no such image"
    assert look_at(NOT_STARTED) == [("attempt 1", line)]
    assert look_at(NOT_STARTED, NOT_STARTED) == [("attempt 2", line)]
    assert look_at(NOT_STARTED, NOT_STARTED, ended=START + timedelta(seconds=9)) == []


OF_FARGATE = (
    "ResourceInitializationError: failed to create new container runtime task: failed to create shim: "
    "OCI runtime create failed: container_linux.go:380: starting container process caused: "
)
MISSING = "there is no program 'main.py' in the image: its ENTRYPOINT, its CMD or the command."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (OF_FARGATE + 'exec: "main.py": executable file not found in', MISSING),
        (OF_FARGATE + 'exec: \\"main.py\\": executable file not found in $PATH', MISSING),
        (OF_FARGATE + 'exec: "main.py": stat main.py: no such file or directory', MISSING),
        ("500 Server Error: (crun: executable file `main.py` not found in $PATH: No such file or directory)", MISSING),
        (OF_FARGATE + 'exec: "/app": permission denied', "'/app' in the image is not executable."),
        ("failed to get container status: gone", "failed to get container status: gone"),
    ],
)
def test_a_program_that_the_image_lacks_is_named_in_a_sentence(look_at, reason, words):
    error = "CannotStartContainerError: "
    assert look_at(replace(NOT_STARTED, stopped_reason=error + reason))[0][1] == f"not started: {error}{words}"
    cause = json.dumps({"StoppedReason": error + reason})
    assert in_words("States.TaskFailed", cause) == f"States.TaskFailed: {error}{words}"


def test_a_program_that_ran_has_its_log(look_at):
    assert look_at(FAILED, RUNS) == []


def test_an_attempt_that_took_too_long_was_started(look_at):
    assert look_at(TOO_LONG) == []


def test_each_attempt_whose_program_failed_is_reported_with_its_end():
    attempts = (NOT_STARTED, FAILED, replace(FAILED, exit_code=0), TOO_LONG, RUNS)
    found = failed_attempts(Run("arn:execution", "manual", "1", "RUNNING", attempts, START, None, ""))
    assert found == ["attempt 2 failed: exit 3: Essential container in task exited", "attempt 4 failed: States.Timeout"]
