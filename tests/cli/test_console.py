"""What a command says of an app that cannot be built has colour on a terminal, and nowhere else."""

import pytest
from rich.console import Console

from naws.cli import console
from naws.cli.errors import CliError

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
