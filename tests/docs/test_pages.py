"""What the guide makes of pages while it is built, and tables of the resources' purposes."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGES = runpy.run_path(str(DOCS / "pages.py"))
PURPOSES = runpy.run_path(str(DOCS / "purposes.py"))


def test_every_rule_stands_in_its_area_with_its_title() -> None:
    written = (DOCS / "errors.md").read_text()
    arranged = PAGES["arranged"](written)
    codes = [line.removeprefix("## ") for line in written.splitlines() if line.startswith("## NAWS-")]
    headed = [line for line in arranged.splitlines() if line.startswith("### NAWS-")]
    assert [line.split(":")[0].removeprefix("### ") for line in headed] == codes
    assert all(f"{{ #{code.lower()} }}" in line for code, line in zip(codes, headed, strict=True))
    for code in codes:
        assert f"| [{code}](#{code.lower()}) |" in arranged
    assert arranged.count("```") == written.count("```")


def test_every_area_has_a_name() -> None:
    written = (DOCS / "errors.md").read_text()
    areas = {line.split("-")[1] for line in written.splitlines() if line.startswith("## NAWS-")}
    assert areas == set(PAGES["AREAS"])


def test_constructs_are_grouped_by_what_they_are_for() -> None:
    rows = [("`A/Logs`", "Logs LogGroup"), ("`A/Task`", "ECS TaskDefinition"), ("`A/Schedule1`", "Scheduler Schedule")]
    assert PURPOSES["grouped"]([*rows, ("`A/Slow`", "CloudWatch Alarm"), ("`NawsVpc`", "EC2 VPC")], 0) == [
        ("**starts it**", "`A/Schedule1`", "Scheduler Schedule"),
        ("**works**", "`A/Task`", "ECS TaskDefinition"),
        ("**writes down**", "`A/Logs`", "Logs LogGroup"),
        ("**tells**", "`A/Slow`", "CloudWatch Alarm"),
        ("**shared by its stack**", "`NawsVpc`", "EC2 VPC"),
    ]


def test_the_wider_names_are_asked_last() -> None:
    asked = {part: PURPOSES["purpose"](f"A/{part}", "") for part in ("Queue1DeadLetters", "SchedulerRole", "TaskRole")}
    assert asked == {"Queue1DeadLetters": "keeps what failed", "SchedulerRole": "starts it", "TaskRole": "works"}


def test_the_page_of_what_is_caught_has_every_mistake_of_workflows() -> None:
    page = (DOCS / "concepts" / "what-is-caught.md").read_text().partition("\n## Workflows")[2]
    rows = [row.strip("| ").partition(" | ")[0] for row in page.splitlines() if row.startswith("| ")]
    source = (DOCS.parent / "benchmarks" / "workflow_mistakes.py").read_text()
    assert len(rows) - 1 == source.count('\n    ("') >= 30
    assert [row for row in rows[1:] if f'("{row}"' not in source] == []
