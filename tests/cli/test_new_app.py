"""`naws new app`: what it writes works, and nothing is overwritten."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from naws.cli.main import app


def new(*arguments):
    return CliRunner().invoke(app, ["new", "app", *map(str, arguments)])


@pytest.mark.e2e
def test_it_is_written_and_its_own_test_passes(tmp_path):
    folder = tmp_path / "nightly-report"
    result = new(folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"next: naws local {folder}"
    assert json.loads((folder / "cdk.json").read_text()) == {"app": "python app.py"}
    assert 'EcsTaskProcessorStack(app, "NightlyReport"' in (folder / "app.py").read_text()
    done = subprocess.run([sys.executable, folder / "job" / "main.py"], capture_output=True, text=True, check=True)
    assert done.stdout == "run by hand: {}\n"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    tested = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize(
    ("name", "hint"), [("Nightly Report", "nightly-report"), ("1st", "st"), ("___", "nightly-report")]
)
def test_a_name_that_is_none_is_refused_with_one_that_is(tmp_path, name, hint):
    result = new(tmp_path / name)
    assert result.exit_code == 2
    assert hint in result.stderr


def test_it_is_written_into_this_folder(tmp_path, monkeypatch):
    (tmp_path / "nightly").mkdir()
    monkeypatch.chdir(tmp_path / "nightly")
    assert new(".").exit_code == 0
    assert 'EcsTaskProcessorStack(app, "Nightly"' in (tmp_path / "nightly" / "app.py").read_text()


def test_a_folder_that_has_something_is_left(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "app.py").write_text("mine")
    assert new(folder, "--json").exit_code == 7
    assert (folder / "app.py").read_text() == "mine"
