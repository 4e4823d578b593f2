"""Words that a reader of CDK's and AWS's guides would have to learn: there is a usual one for each."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USUAL = {
    "said": "given, or reported",
    "told": "reported, or notified",
    "tell of": "report",
    "tells of": "reports",
    "meant": "intended",
    "misfit": "mismatch",
}
OF_CONTRIBUTING = ("room", "rooms", "walk", "walks", "view", "views")
"""Words that the guide for contributors had beside its glossary."""
MOST_TERMS = 15
# Why a file may have one of them; entries may only go.
ALLOWED: dict[tuple[str, str], str] = {}


def texts() -> dict[str, str]:
    """What users and contributors read: the guide, with its errors, and the code, with its errors."""
    patterns = ("*.md", "docs/**/*.md", "*/*/src/**/*.py", "*/*/src/**/*.txt", "examples/**/*.py", "benchmarks/*.py")
    files = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(files)}


def found(text: str, word: str) -> bool:
    """Whether the word stands in a text, or in a name in it, such as `not_said`."""
    return re.search(rf"(?<![a-z]){word}(?![a-z])", text.lower()) is not None


def test_words_are_the_usual_ones() -> None:
    every = texts()
    assert len(every) > 300
    wrong = [(path, word) for path, text in every.items() for word in USUAL if found(text, word)]
    assert [f"{path}: {word} is {USUAL[word]}" for path, word in wrong if (path, word) not in ALLOWED] == []


def test_every_exception_is_still_needed() -> None:
    assert [(path, word) for path, word in ALLOWED if not found((ROOT / path).read_text(), word)] == []


@pytest.mark.parametrize("text", ["not_said", "What is said", "_told(", "Misfit"])
def test_another_word_would_be_found(text: str) -> None:
    assert any(found(text, word) for word in USUAL)


def test_a_part_of_another_word_is_none() -> None:
    assert not any(found("aforesaid mitold, a retold one", word) for word in USUAL)


def test_the_glossary_is_short_and_has_what_the_guide_uses() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    _, _, glossary = guide.partition("## Fifteen words\n")
    rows = re.findall(r"^\| (\*.+?) \|", glossary.partition("\n## ")[0], re.MULTILINE)
    terms = {term for row in rows for term in re.findall(r"\*(.+?)\*", row)}
    assert 0 < len(terms) <= MOST_TERMS
    assert [word for word in OF_CONTRIBUTING if found(guide, word) and word not in terms] == []
