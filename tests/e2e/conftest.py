"""What the tests of deployed stacks share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from naws.cli import running
from naws.cli.aws import Aws
from naws.cli.main import app as command_line


@pytest.fixture
def naws(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any]]:
    """Runs a command in a folder whose embedded AWS is found by itself."""
    monkeypatch.chdir(tmp_path)
    state_dir = tmp_path / ".naws" / "local"
    state_dir.mkdir(parents=True)
    running.note(state_dir, aws.endpoint_url, [aws.target])

    def run(*arguments: str) -> tuple[int, Any]:
        result = CliRunner().invoke(command_line, [*arguments, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return run
