import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from naws.testing import build_wheel


def naws(*arguments, cwd, without=()):
    script = f"import sys; sys.modules.update(dict.fromkeys({without!r})); from naws.cli.main import app; app()"
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_without_the_extra_it_says_which_line_installs_it(tmp_path):
    (tmp_path / "app.py").write_text("")
    result = naws("local", "app.py", cwd=tmp_path, without=("docker", "ministack"))
    assert result.returncode == 1
    wheel = build_wheel(Path(__file__).parents[2] / "shared/cli", tmp_path / "dist").name
    assert f"pip install 'dist/{wheel}[local]'" in result.stderr
    assert not (tmp_path / ".naws").exists()


def test_help_needs_no_extra_and_names_the_commands(tmp_path):
    result = naws("--help", cwd=tmp_path, without=("docker", "ministack", "boto3"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "local" in result.stdout
    assert "demo" in result.stdout


def test_help_loads_nothing_that_a_command_needs_later(tmp_path):
    script = """
import contextlib, io, sys
from naws.cli.main import app
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    app(["--help"])
print(*sorted(name for name in sys.modules if name.count(".") == 0 or name.startswith("naws.")))
"""
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert not {"boto3", "botocore", "aws_cdk", "jsii", "docker", "ministack", "urllib3"}.intersection(loaded)
    assert len([name for name in loaded if name.startswith("naws.")]) < 30


def test_its_version(tmp_path):
    result = naws("--version", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, f"naws {version('naws-cli')}\n")


@pytest.mark.parametrize("arguments", [["local", "--engine", "magic"], ["local", "--port", "0"], ["nothing"]])
def test_wrong_usage_ends_with_2(tmp_path, arguments):
    result = naws(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert "Error" in result.stderr


@pytest.mark.parametrize("arguments", [["show", "--bogus", "--json"], ["runs", "--json", "--since", "soon", "Shop"]])
def test_wrong_usage_is_a_document_too(tmp_path, arguments):
    result = naws(*arguments, cwd=tmp_path)
    assert (result.returncode, json.loads(result.stdout)["version"]) == (2, 1)
    assert arguments[1] in result.stdout or "soon" in result.stdout


@pytest.mark.parametrize("command", ["local", "demo"])
def test_what_shows_a_person_what_happens_has_no_document(tmp_path, command):
    result = naws(command, "--json", cwd=tmp_path)
    assert (result.returncode, [*tmp_path.iterdir()]) == (2, [])
    assert "naws status --json" in json.loads(result.stdout)["error"]["title"]


def test_the_commands_are_a_document_too(tmp_path):
    result = naws("--json", cwd=tmp_path, without=("docker", "ministack", "boto3"))
    commands = {one["name"]: one["help"] for one in json.loads(result.stdout)["commands"]}
    assert (result.returncode, result.stderr) == (0, "")
    assert {"local", "status", "explain", "new"} <= commands.keys()
    assert all(commands.values())
    result = naws("--json", "status", cwd=tmp_path)
    assert result.returncode == 2
    assert "naws status --json" in json.loads(result.stdout)["error"]["title"]


def test_an_app_that_is_not_there_is_told_before_anything_starts(tmp_path):
    result = naws("local", "nowhere.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (6, "")
    assert f"There is no {tmp_path / 'nowhere.py'}" in result.stderr


def test_a_container_engine_that_was_asked_for_and_does_not_answer(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text("")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    result = naws("local", "app.py", "--engine", "container", cwd=tmp_path)
    assert result.returncode == 1
    assert f"DOCKER_HOST=unix://{tmp_path}/no.sock does not answer" in result.stderr
