import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import Message
from importlib.metadata import PackageNotFoundError

import pytest

from naws.core import issues
from naws.core.issues import Issue, PatternValidationError
from naws.core.secrecy import redact_repr
from naws.core.text import Verbatim

GUIDE = "https://guide.example.com/naws"
ISSUE = Issue(
    code="NAWS-SIZE-002",
    level="limit",
    path="memory_limit_mib",
    value="8192",
    expected="512, 1024 or 2048 MiB with cpu=256",
    remedy="memory_limit_mib=2048\ncpu=1024",
    source="https://docs.aws.amazon.com/",
)


def test_an_issue_reads_from_what_is_wrong_to_what_to_paste() -> None:
    assert ISSUE.render().splitlines() == [
        "  NAWS-SIZE-002 (limit)  memory_limit_mib = 8192",
        "    expected   512, 1024 or 2048 MiB with cpu=256",
        "    fix        memory_limit_mib=2048",
        "    or         cpu=1024",
        "    source     https://docs.aws.amazon.com/",
        "    more       naws explain NAWS-SIZE-002",
    ]


def test_what_explains_an_issue_is_named_with_what_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issues, "find_spec", lambda _: None)
    issues._of_command.cache_clear()
    try:
        assert ISSUE.render().endswith("    more       naws explain NAWS-SIZE-002, with naws-cli installed")
    finally:
        issues._of_command.cache_clear()


@pytest.fixture
def released_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """The metadata of an installed library that was released with these addresses."""

    def released(*urls: str) -> None:
        message = Message()
        for url in urls:
            message["Project-URL"] = url
        monkeypatch.setattr("importlib.metadata.metadata", lambda _: message)
        issues._published.cache_clear()

    yield released
    issues._published.cache_clear()


@pytest.mark.parametrize(("given", "at"), [(None, GUIDE), ("https://own.example.com", "https://own.example.com")])
def test_pointers_are_addresses_where_the_release_or_conventions_have_one(
    released_with: Callable[..., None], given: str | None, at: str
) -> None:
    released_with("Source, https://code.example.com", f"Documentation, {GUIDE}")
    found = replace(ISSUE, source="docs/concepts/stages.md: why").render(given).splitlines()
    assert found[-2:] == [f"    source     {at}/concepts/stages/: why", f"    more       {at}/errors/#naws-size-002"]


def test_conventions_can_take_the_address_away(released_with: Callable[..., None]) -> None:
    released_with(f"Documentation, {GUIDE}")
    assert ISSUE.render("").endswith("    more       naws explain NAWS-SIZE-002")
    assert (issues.guide_at(""), issues.page_of("", "errors")) == (None, "docs/errors.md")


def test_a_release_without_an_address_names_the_command(released_with: Callable[..., None]) -> None:
    released_with("Source, https://code.example.com")
    assert ISSUE.render().endswith("    more       naws explain NAWS-SIZE-002")


def test_what_is_not_installed_has_no_address(
    released_with: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    released_with()

    def nothing(name: str) -> Message:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.metadata", nothing)
    assert issues.guide_at(None) is None


def test_the_metadata_are_read_once_and_only_when_asked_for() -> None:
    code = """
import importlib.metadata
asked = []
read = importlib.metadata.metadata
importlib.metadata.metadata = lambda name: asked.append(name) or read(name)
from naws.core import issues
before = list(asked)
issues.guide_at(None), issues.page_of(None, "errors")
print(before, asked)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ['naws-core']"


def test_a_practice_says_how_it_is_accepted() -> None:
    practice = replace(ISSUE, level="practice")

    assert '    or accept  acknowledge={"NAWS-SIZE-002": "because …"}' in practice.render().splitlines()


@pytest.mark.parametrize(("count", "counted"), [(1, "1 issue\n"), (2, "2 issues\n")])
def test_an_error_says_where_and_how_many(count: int, counted: str) -> None:
    error = PatternValidationError("Reports/Nightly", [ISSUE] * count)

    assert str(error).startswith(f"Reports/Nightly cannot be built: {counted}")
    assert str(error).count("NAWS-SIZE-002 (limit)") == count
    assert len(error.issues) == count


def test_long_values_are_cut_and_objects_are_named() -> None:
    assert len(redact_repr("x" * 500)) == 120
    assert redact_repr(ISSUE) == "an Issue"
    assert redact_repr(int) == "the class int"
    assert redact_repr(Verbatim("2 days")) == "2 days"


def test_a_source_in_the_guide_is_an_address_where_the_guide_has_one() -> None:
    issue = Issue(
        code="NAWS-ACK-003",
        level="limit",
        path="acknowledge",
        value="…",
        expected="…",
        remedy="…",
        source="docs/concepts/validation.md: and why",
    )
    assert "source     docs/concepts/validation.md: and why" in issue.render()
    assert "source     https://guide.example/concepts/validation/: and why" in issue.render("https://guide.example")
