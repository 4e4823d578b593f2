"""What is committed works on any machine: no registry, no path and no credential of the one it was written on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Put together here, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a registry of Python": r"pypi\." + r"(org|python)|python" + r"hosted\.org|crates\." + "io",
    "a registry's index": r"https?://[^\s\"')]*/" + r"simple\b",
    "an index option": r"--(extra-)?" + r"index-url|^\s*index-url\s*=|\[\[tool\.uv\." + r"index\]\]",
    "a distribution's mirror": r"deb\." + r"debian\.org|archive\." + r"ubuntu\.com",
    "a JavaScript registry": r"registry\." + r"(npmjs|yarnpkg)",
    "a path of this machine": "(?<![\\w.])/" + r"(work|opt/pypi|opt/wheels)/",
    "a home folder": r"/(home|Users)/" + r"(?!<)\w+/|/root/" + r"\w",
    "a credential": "(AKIA|ASIA)" + r"(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE" + " KEY",
}


def _committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _committed()
        for match in pattern.finditer(path.read_text(errors="replace"))
    ]
    assert found == []


def test_the_root_holds_what_belongs_there() -> None:
    files = {".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"}
    folders = {".ci", "benchmarks", "docs", "examples", "packages", "shared", "tests"}
    found = {path.relative_to(ROOT).parts[0] for path in _committed()}
    assert found == files | folders | {"mkdocs.yml", "pyproject.toml"}


def test_the_lock_is_not_committed() -> None:
    assert [path.name for path in _committed() if path.name in {"uv.lock", "package-lock.json"}] == []


def test_what_is_looked_for_would_be_found() -> None:
    assert re.search(FORBIDDEN["a registry's index"], "https://example.org/" + "simple/naws")
    assert re.search(FORBIDDEN["a registry of Python"], "https://pypi." + "org/project/naws")
    assert re.search(FORBIDDEN["a path of this machine"], "see /" + "work/main")
    assert re.search(FORBIDDEN["a credential"], "AKIA" + "ABCDEFGHIJKLMNOP")
