"""The README keeps its order, and every command in the guide is one that exists."""

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from naws.cli.main import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {str(page.relative_to(ROOT)): page.read_text() for page in PAGES}
NAWS = get_command(app)


def test_order() -> None:
    assert re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", README, flags=re.DOTALL), re.MULTILINE) == [
        "N-AWS standard types",
        "Two commands",
        "Five lines",
        "When something is wrong",
        "What gets built",
        "Only one pattern",
        "Read on",
    ]


def test_it_says_what_it_is_in_two_sentences() -> None:
    opening = README.split("\n\n")[1]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 2


def test_the_two_commands() -> None:
    block = re.search(r"## Two commands\n\n```console\n(.*?)```", README, re.DOTALL)
    assert block
    assert block[1] == "pip install uv && uv run naws demo\nuv run pytest\n"


def test_the_picture_is_drawn_by_a_code_host() -> None:
    assert "```mermaid" in README.split("## What gets built")[1].split("## Only")[0]


def test_five_lines_are_five_lines() -> None:
    source = (ROOT / "examples/snippets/five_lines.py").read_text()
    lines = [line for line in source.splitlines() if line and not re.match(r"(import|from) ", line)]
    assert len(lines) == 5
    assert max(map(len, source.splitlines())) < 100, "they stand whole in the guide's box"


@pytest.mark.parametrize("page", TEXTS)
def test_naws_commands_exist(page: str) -> None:
    commands: dict[str, Any] = getattr(NAWS, "commands", {})
    for name, rest in re.findall(r"^(?:\$ )?(?:.*?uv run )?naws ([a-z]+)(.*)$", _console(TEXTS[page]), re.MULTILINE):
        assert name in commands
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


@pytest.mark.parametrize("page", TEXTS)
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", _code(TEXTS[page]))) <= targets


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_commands_name_exist(page: str) -> None:
    named = re.findall(r"(?:bash|python) ((?:\.ci|docs|tests|examples)/[\w./-]+)", _code(TEXTS[page]))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_make_help_names_every_target() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = {line.split(":")[0]: "##" in line for line in lines if re.match(r"[a-z-]+:", line)}
    assert targets == dict.fromkeys(
        ("help", "build", "wheels", "test", "docs", "new", "deploy", "verify", "destroy", "account-check"), True
    )


def test_what_runs_continuously_is_executable() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & stat.S_IXUSR


def test_markers_that_commands_name_exist() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    used = set(re.findall(r"(?:not |pytest -m )\"?(\w+)", (ROOT / "Makefile").read_text())) - {"not"}
    assert used
    assert used <= {marker.split(":")[0] for marker in declared}


def _console(text: str) -> str:
    return "\n".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))


def _code(text: str) -> str:
    return "\n".join([_console(text), *re.findall(r"`([^`\n]+)`", text)])
