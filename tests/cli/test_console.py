"""What a command says of an app that cannot be built has colour on a terminal, and nowhere else."""

import json
import os
import subprocess
import sys

import pytest
from rich.console import Console

from naws.cli import console, verify
from naws.cli.checkers.facts import Fact
from naws.cli.errors import INTERRUPTED, CliError

DETAIL = "Reports/Nightly cannot be built: 1 issue\n\n  NAWS-SIZE-002 (limit)  cpu = [1]\n    source     a page\n"


@pytest.mark.parametrize(
    ("terminal", "variables", "expected"),
    [
        (
            True,
            {},
            "\033[31mNAWS-SIZE-002\033[0m (limit)  \033[1mcpu = [1]\033[0m\n    source     \033[2ma page\033[0m",
        ),
        (True, {"NO_COLOR": "1"}, "NAWS-SIZE-002 (limit)  \033[1mcpu = [1]\033[0m"),
        (False, {}, "NAWS-SIZE-002 (limit)  cpu = [1]\n    source     a page\n"),
    ],
    ids=["terminal", "no colour", "file"],
)
def test_the_issues_of_an_app_have_colour_on_a_terminal(terminal, variables, expected, monkeypatch, capsys) -> None:
    environment = {"TERM": "xterm-256color", **variables}
    shown = Console(highlight=False, soft_wrap=True, stderr=True, force_terminal=terminal, _environ=environment)
    monkeypatch.setattr(console, "err", shown)

    console.failed(CliError("The app does not synthesise.", DETAIL))

    assert expected in capsys.readouterr().err


def test_an_arn_is_printed_as_it_is(capsys) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:St-Sec"
    console.out.print(f"[dim]denied[/dim]  {arn}")
    console.note(arn)
    told = capsys.readouterr()
    assert arn in told.out
    assert arn in told.err


def test_what_differs_is_whole_however_narrow_the_terminal_is(monkeypatch, capsys) -> None:
    """In a pipeline's log there is nothing to copy it from."""
    monkeypatch.setenv("COLUMNS", "40")
    wrong = Fact("image a1b2 not in cdk-hnb659fds-container-assets-123456789012", good=False)
    facts = (Fact("there", good=True), wrong)
    other = verify.Verified("Alarm", "AWS::CloudWatch::Alarm", (Fact("OK", good=True),), "Prod/Jobs/Nightly/Failed")
    task = verify.Verified("Task", "AWS::ECS::TaskDefinition", facts, "Prod/Jobs/Nightly/TaskDefinition")
    verify._show({"Prod-Jobs": [task, other]}, 1)
    assert capsys.readouterr().out.splitlines()[1:3] == [
        f"  DIFFERS  ECS::TaskDefinition  Prod/Jobs/Nightly/TaskDefinition  ✗ {wrong.text}, there",
        "  ok       CloudWatch::Alarm    Prod/Jobs/Nightly/Failed          OK",
    ]


def test_an_error_is_one_line_after_lines_of_a_log(capsys) -> None:
    def fails():
        raise CliError("No run.", "It is gone.", code=6)

    assert console.reported(fails, as_json=True) == 6
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"version": 1, "error": {"title": "No run.", "detail": "It is gone."}}


def test_ctrl_c_is_a_document_too(capsys) -> None:
    def stopped():
        raise KeyboardInterrupt

    assert console.reported(stopped, as_json=True) == INTERRUPTED
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["title"] == console.STOPPED == shown.err.strip()
    with pytest.raises(KeyboardInterrupt):
        console.reported(stopped, as_json=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_ends_a_command(encoding, tmp_path) -> None:
    shows = "app.command('shows')(lambda: console.line('2 failed · naws show 1 → 2'))"
    script = f"from naws.cli import console; from naws.cli.main import app; {shows}; app()"
    variables = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", script, "shows"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"2 failed ")
