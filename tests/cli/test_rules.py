import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import naws.cli.rules
from naws.cli.errors import CliError
from naws.cli.main import app
from naws.cli.rules import described, explain, installed_rules, list_rules, reference
from naws.core.rule import Rule
from naws.core.rules.asl import ASL_RULES, definition_issues

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_page_of_errors_is_what_the_rules_say() -> None:
    assert PAGE.read_text() == reference(), "run: uv run python docs/errors.py"


def test_the_introduction_of_several_patterns_is_as_wide_as_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = (each for each in naws.cli.rules.installed_patterns() if each.name == "ecs-task-processor")
    monkeypatch.setattr(naws.cli.rules, "installed_patterns", lambda: [one] * 5)
    assert max(map(len, reference().partition("\n## ")[0].splitlines())) <= 120


def test_every_rule_has_one_heading_and_every_heading_a_rule() -> None:
    headings = [line.removeprefix("## ") for line in PAGE.read_text().splitlines() if line.startswith("## ")]

    assert headings == [rule.code for rule in installed_rules()]


@pytest.mark.parametrize("code", ["NAWS-SIZE-002", "naws-size-002", "size-002", "SIZE-002 "])
def test_explain_prints_what_the_page_says(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    rule = next(rule for rule in installed_rules() if rule.code == "NAWS-SIZE-002")

    assert explain(code)[0] == 0

    printed = capsys.readouterr().out
    assert printed == described(rule)
    assert "cpu=256, memory_limit_mib=8192" in printed
    assert printed in PAGE.read_text()


def test_an_unknown_code_is_answered_with_the_nearest() -> None:
    with pytest.raises(CliError) as refused:
        explain("NAWS-SIZE-02")

    assert "NAWS-SIZE-02" in refused.value.title
    assert "Did you mean NAWS-SIZE-002?" in (refused.value.detail or "")


def test_all_rules_are_listed_with_their_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert list_rules()[0] == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(installed_rules()) > 80
    assert any(line.split()[:2] == ["NAWS-TASK-007", "practice"] for line in lines)


@pytest.mark.parametrize(
    ("about", "first", "every"),
    [
        ("size", "NAWS-SIZE-001", lambda rule: "-SIZE-" in rule.code),
        ("Practice", "NAWS-TASK-007", lambda rule: rule.level == "practice"),
        ("time zone", "NAWS-SCHED-002", lambda rule: "time zone" in f"{rule.title} {rule.why}".lower()),
    ],
    ids=["area", "level", "text"],
)
def test_rules_are_chosen_by_area_level_or_text(about, first, every, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_rules(about)[0] == 0

    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert first in listed
    assert listed == [rule.code for rule in installed_rules() if every(rule)]


def test_a_choice_of_no_rule_is_told_with_the_areas() -> None:
    with pytest.raises(CliError) as refused:
        list_rules("weather")

    assert ("weather" in refused.value.title, refused.value.code) == (True, 6)
    assert "SCHED" in refused.value.detail


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (("explain", "size-002"), {"rule"}),
        (("explain", "docs/start.md"), {"page", "text"}),
        (("explain", "Naws.TaskFailed"), {"outcome", "passages"}),
        (("rules", "size"), {"rules"}),
        (("rules", "weather"), {"error"}),
        (("explain", "Naws.TaskFaild"), {"error"}),
    ],
)
def test_both_are_documents_too(arguments, keys):
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert json.loads(result.stdout).keys() == {"version", *keys}
    assert result.exit_code == (6 if keys == {"error"} else 0)


def test_both_are_commands():
    runner = CliRunner()
    assert "memory" in runner.invoke(app, ["explain", "NAWS-SIZE-002"]).output
    assert "NAWS-SIZE-002" in runner.invoke(app, ["rules"]).output
    assert "NAWS-TASK-007" not in runner.invoke(app, ["rules", "size"]).output


@pytest.mark.parametrize("rule", ASL_RULES, ids=lambda rule: rule.code)
def test_a_definition_is_judged_as_it_is_printed(rule: Rule[Any]) -> None:
    texts = re.findall(r"```text\n(.*?)\n```", described(rule), re.DOTALL)
    # A text that is too long to be printed is written in Python.
    broken, mended = (eval(text, {"__builtins__": {}}) if '" * ' in text else text for text in texts)

    assert rule.code in {issue.code for issue in definition_issues(broken)}
    assert rule.code not in {issue.code for issue in definition_issues(mended)}
