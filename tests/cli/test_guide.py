"""What errors and alarms point to can be read in a terminal."""

import re
from pathlib import Path

import pytest

from naws.cli import guide
from naws.cli.errors import CliError
from naws.cli.rules import explain, installed_rules

DOCS = Path(__file__).parents[2] / "docs"


def test_a_section_ends_before_the_next_that_is_not_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("docs/patterns/ecs-task-processor.md#failed-work")[0] == 0
    printed = capsys.readouterr().out
    assert printed.startswith("### Failed work\n")
    assert "### Could not start" not in printed


def test_what_an_alarm_says_may_be_pasted_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("N-AWS standard types, docs/patterns/lambda-service.md#failed-work")[0] == 0
    assert "Failed work" in capsys.readouterr().out


def test_a_page_is_printed_without_the_marks_of_its_maker(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("concepts/naming.md")[0] == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Naming\n")
    assert "<!--" not in printed


@pytest.mark.parametrize(
    ("pointer", "page"),
    [
        ("../unproven.md", "docs/unproven.md"),
        ("../concepts/operate.md#put-it-back", "docs/concepts/operate.md#put-it-back"),
        ("./start.md", "docs/start.md"),
        ("prices.md", "docs/concepts/prices.md"),
    ],
)
def test_a_page_is_found_as_pages_link_to_it(pointer: str, page: str) -> None:
    code, document = explain(pointer, show=False)
    assert (code, document["page"]) == (0, page)
    assert document["text"].startswith("#")


def test_every_link_between_pages_can_be_read() -> None:
    texts = [text for page, text in guide.pages() if page != "contributing"]
    links = {link for text in texts for link in re.findall(r"\]\((\.\./[\w/.#-]+\.md[\w#-]*)\)", text)}
    assert len(links) > 20
    assert all(guide.read(link)[1] for link in links)


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("docs/concepts/stagse.md", "Did you mean docs/concepts/stages.md?"),
        ("docs/concepts/stages.md#nothing-of-the-kind-at-all", "`naws explain docs/concepts/stages.md` prints"),
        ("docs/patterns/lambda-service.md#failed-wrk", "Did you mean docs/patterns/lambda-service.md#failed-work?"),
    ],
)
def test_what_is_not_there_is_named(pointer: str, said: str) -> None:
    with pytest.raises(CliError) as raised:
        explain(pointer)
    assert said in raised.value.detail


def test_every_source_that_is_a_page_can_be_read() -> None:
    pointers = {found[0] for rule in installed_rules() if (found := re.match(r"docs/[\w/.#-]+\.md\S*", rule.source))}
    assert pointers
    assert all(guide.read(pointer.rstrip(":,"))[1] for pointer in pointers)


def test_without_pages_it_says_that_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guide, "_PLACES", (tmp_path / "none",))
    with pytest.raises(CliError, match="There is no page"):
        explain("docs/start.md")
