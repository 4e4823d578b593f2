"""What a failed run's error is answered with, whichever pattern fails by it."""

import re
from pathlib import Path

import pytest

from naws.cli.errors import CliError
from naws.cli.outcomes import find_outcome, outcomes
from naws.cli.rules import explain

PACKAGES = Path(__file__).parents[2] / "packages"
KNOWN = outcomes()


def test_every_error_of_every_pattern_is_in_its_guide() -> None:
    sources = [path.read_text() for path in PACKAGES.glob("*/src/**/*.py")]
    errors = {error for source in sources for error in re.findall(r"\bNaws\.[A-Z]\w+", source)}
    assert len(errors) > 12
    assert errors - KNOWN.keys() == set()


@pytest.mark.parametrize("text", ["Naws.OutOfMemory", "naws.outofmemory", "OutOfMemory", "Naws.OutOfMemory: killed"])
def test_an_error_is_explained_as_it_is_printed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(text)[0] == 0
    printed = capsys.readouterr().out
    assert printed.startswith("## Naws.OutOfMemory\n")
    assert "| `Naws.OutOfMemory` | has no task attempt left and no larger size" in printed
    assert "naws explain docs/patterns/ecs-task-processor.md#when-a-run-fails" in printed


@pytest.mark.parametrize(
    "name", ["States.Timeout", "States.TaskFailed", "Sandbox.Timedout", "TooManyRequestsException"]
)
def test_what_aws_calls_it_is_found_where_the_guide_names_it(name: str) -> None:
    assert find_outcome(name, KNOWN) == name
    assert all(name in passage.text for passage in KNOWN[name])


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Naws.TaskFaild", "Naws.TaskFailed"),
        ("States.Timout", "States.Timeout"),
        ("OutOfMemoryError: container killed", "Naws.OutOfMemory"),
    ],
)
def test_a_typo_is_answered_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(CliError) as refused:
        explain(text)
    assert (refused.value.code, f"Did you mean {near}?" in refused.value.detail) == (6, True)
