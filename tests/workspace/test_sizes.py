"""Files and functions stay small enough to be read at once; the exceptions may only become fewer."""

import ast
import statistics
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("packages", "shared", "examples", "docs")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "cdk.out" not in path.parts)
SOURCES = [path for path in FILES if path.relative_to(ROOT).parts[0] in {"packages", "shared"}]

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# Why one may be longer, by path: a reason that names what keeps it whole.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@cache
def _functions(path: Path) -> Sequence[tuple[str, int]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_files_are_short() -> None:
    long = {str(path.relative_to(ROOT)): _lines(path) for path in FILES if _lines(path) > LONGEST_FILE}
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
    assert sorted(LONG_FILES.keys() - long.keys()) == [], "no longer an exception: take it off the list"


def test_functions_are_short() -> None:
    long = {name: lines for path in FILES for name, lines in _functions(path) if lines > LONGEST_FUNCTION}
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}
    assert sorted(LONG_FUNCTIONS.keys() - long.keys()) == [], "no longer an exception: take it off the list"


@pytest.mark.parametrize("exceptions", [LONG_FILES, LONG_FUNCTIONS])
def test_every_exception_has_a_reason(exceptions: dict[str, str]) -> None:
    assert [name for name, reason in exceptions.items() if len(reason.split()) < 4] == []


def test_most_are_much_shorter() -> None:
    assert statistics.median(_lines(path) for path in SOURCES) <= 120
    assert statistics.median(lines for path in SOURCES for _, lines in _functions(path)) <= 12
