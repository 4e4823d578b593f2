"""A `dev_command` with a typo, and those that are right however they are written."""

import sys
from types import SimpleNamespace

import pytest

from naws.cli.dev_commands import check_dev_commands
from naws.cli.errors import CliError


@pytest.fixture
def check(tmp_path):
    (tmp_path / "job").mkdir()
    for name in ("job/main.py", "job/__init__.py", "report.py", "start.sh", "main.js"):
        (tmp_path / name).write_text("")
    # What a command starts with has to be there; what these do nobody asks.
    for name in ("uv", "poetry", "node", "generate"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)

    def check(*command):
        stack = SimpleNamespace(dev_commands=[("Task", "main", [*command])], paths={"Task": "/Typo/Task/Resource"})
        check_dev_commands(stack, tmp_path)

    return check


@pytest.mark.parametrize(
    ("command", "missing", "mended"),
    [
        (["python", "job/mian.py", "--fast"], "job/mian.py", ["python", "job/main.py", "--fast"]),
        (["uv", "run", "python", "reprot.py"], "reprot.py", ["uv", "run", "python", "report.py"]),
        (["uv", "run", "job/mian.py"], "job/mian.py", ["uv", "run", "job/main.py"]),
        (["poetry", "run", "python", "reprot.py"], "reprot.py", ["poetry", "run", "python", "report.py"]),
        (["env", "A=1", "python", "reprot.py"], "reprot.py", ["env", "A=1", "python", "report.py"]),
        (["node", "--import", "x", "mian.js"], "mian.js", ["node", "--import", "x", "main.js"]),
        (["sh", "strat.sh"], "strat.sh", ["sh", "start.sh"]),
        (["python", "-m", "reprot"], "module reprot", ["python", "-m", "report"]),
        (["python", "-u", "-m", "job.mian"], "module job.mian", ["python", "-u", "-m", "job.main"]),
        (["uv", "run", "python", "-m", "job.mian"], "module job.mian", ["uv", "run", "python", "-m", "job.main"]),
        (["uv", "run", "--frozen", "-m", "reprot"], "module reprot", ["uv", "run", "--frozen", "-m", "report"]),
        (["poetry", "run", "python", "-m", "reprot"], "module reprot", ["poetry", "run", "python", "-m", "report"]),
        (["env", "A=1", "python", "-m", "reprot"], "module reprot", ["env", "A=1", "python", "-m", "report"]),
        ([sys.executable, "-m", "reprot"], "module reprot", [sys.executable, "-m", "report"]),
    ],
)
def test_what_is_not_there_is_named_with_what_comes_closest(check, tmp_path, command, missing, mended):
    with pytest.raises(CliError) as raised:
        check(*command)
    assert raised.value.title == f"The dev_command of Typo/Task (main) cannot run: there is no {missing} in {tmp_path}."
    assert raised.value.detail == f"Did you mean dev_command={mended!r}?"


@pytest.mark.parametrize(
    ("command", "title", "hint"),
    [
        (["sh", "nothing-like-it.sh"], "there is no nothing-like-it.sh in", "Tasks start there."),
        (["python", "-m", "nothing_like_it"], "there is no module nothing_like_it in", "it is not installed, either."),
        (["no-such-program"], "'no-such-program' is not an executable.", "It is looked for on PATH and in the app"),
        (["pyhton3", "-m", "job"], "'pyhton3' is not", "Did you mean dev_command=['python3', '-m', 'job']?"),
    ],
)
def test_what_has_nothing_near(check, command, title, hint):
    with pytest.raises(CliError) as raised:
        check(*command)
    assert title in raised.value.title
    assert hint in raised.value.detail


@pytest.mark.parametrize(
    "command",
    [
        ["python", "job/main.py", "out.py"],
        ["python", "report.py", "--out", "made.py"],
        ["python", "-m", "job", "out.py"],
        ["python", "-m", "job.main"],
        ["python", "-m", "report"],
        ["python", "-m", "http.server"],
        ["python", "-m", "pytest", "test_none.py"],
        ["uv", "run", "python", "-m", "installed_elsewhere"],
        ["uv", "run", "python", "-m", "reports"],
        ["uv", "run", "-m", "job.main"],
        ["uv", "run", "python", "-P", "-m", "job.mian"],
        ["env", "PYTHONSAFEPATH=1", "uv", "run", "-m", "job.mian"],
        ["env", "PYTHONPATH=../lib", "python", "-m", "of_lib"],
        ["uv", "run", "https://example.com/main.py"],
        ["generate", "--out", "made.py"],
        ["generate", "made.py"],
        ["node", "--import", "./none.js", "main.js"],
        ["sh", "-c", "cd elsewhere && sh there.sh"],
        ["python", "-c", "print(1)", "none.py"],
        ["python", "job"],
    ],
)
def test_what_is_right_or_nobody_can_know_is_taken(check, command):
    check(*command)
