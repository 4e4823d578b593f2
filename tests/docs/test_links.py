"""Every link inside the repository leads somewhere, also where no site is built: on a code host."""

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", "node_modules", "site", "cdk.out", ".naws", ".pytest_cache"} & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
GUIDE = re.compile(r"docs/[\w/.-]+\.md(?:#[\w-]+)?")


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as code hosts and mkdocs both make them from plain words."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+?)\s*(?:\{[^}]*\})?$", text, flags=re.MULTILINE)
    own = re.findall(r"\{ ?#([\w-]+) ?\}", text)
    return frozenset(
        [*own, *(re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings)]
    )


def broken(target: str, base: Path) -> bool:
    path, _, anchor = target.partition("#")
    page = (base.parent / path).resolve() if path else base
    return not page.exists() or bool(anchor and page.suffix == ".md" and anchor not in anchors(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in targets if broken(target, page)] == []


def test_pages_that_the_code_names_exist() -> None:
    sources = [path for folder in ("packages", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]
    named = {(target, path.name) for path in sources for target in GUIDE.findall(path.read_text())}
    assert named, "no source names a page of the guide"
    # Alarms and issues name a page and complete the anchor when they are made: see the tests of each.
    assert sorted(f"{name}: {target}" for target, name in named if broken(target, ROOT / "README.md")) == []


def test_every_alarm_of_a_service_links_to_a_heading(synthesised: dict[str, Any]) -> None:
    stacks = [stack for name in ("ecs_service.py", "ecs_service_scaling.py") for stack in synthesised[name].values()]
    guides = set(GUIDE.findall(json.dumps(stacks)))
    assert {guide.rpartition("#")[2] for guide in guides} == {
        "deployment-failed",
        "failed-requests",
        "load-balancer-errors",
        "rollback",
        "slow-requests",
        "too-few-tasks",
    }
    with_detail = {"cpu-at-maximum", "memory", "out-of-memory"}
    assert with_detail <= anchors(ROOT / "docs/patterns/ecs-service.md")
    assert sorted(guide for guide in guides if broken(guide, ROOT / "README.md")) == []


def test_every_alarm_of_a_workflow_links_to_a_heading(synthesised: dict[str, Any]) -> None:
    stacks = [synthesised[name] for name in ("workflow.py", "workflow_composition.py", "workflow_definitions.py")]
    guides = {each for each in GUIDE.findall(json.dumps(stacks)) if "step-function-executor" in each}
    found = {guide.rpartition("#")[2] for guide in guides}
    assert found == {"could-not-start", "did-not-run", "failed-work", "oldest-message"}
    page = ROOT / "docs/patterns/step-function-executor.md"
    assert found | {"runs-throttled", "near-timeout"} <= anchors(page)


def test_every_alarm_links_to_its_own_heading(synthesised: dict[str, Any]) -> None:
    descriptions = [
        resource["Properties"]["AlarmDescription"]
        for name in ("alarms.py", "triggers.py", "capacity.py")
        for stack in synthesised[name].values()
        for resource in stack["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    # The commands in them name resources; the guide stands behind the last.
    texts = [each if isinstance(each, str) else each["Fn::Join"][1][-1] for each in descriptions]
    guides = {GUIDE.findall(text)[-1] for text in texts}
    assert len(guides) == 4, "one heading for each kind of alarm"
    assert sorted(guide for guide in guides if "#" not in guide or broken(guide, ROOT / "README.md")) == []
