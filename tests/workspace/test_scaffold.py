"""A new pattern is whole from the first minute: lint, format, imports, both contracts, docs and workspace."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from naws.testing.scaffold.__main__ import scaffold

ROOT = Path(__file__).parents[2]
NAME = "orders-mailer"
COPIED = ("pyproject.toml", "mkdocs.yml", "LICENSE", "CHANGELOG.md", "docs/fill.py")
TESTS = ("test_imports.py", "test_sizes.py", "test_distributions.py")
# Of these only an installed distribution, or all of them together, can be asked.
WORKSPACE = "not installed and not requires_the_core and not emulator and not boto3 and not there_are"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this one with a new pattern in it."""
    root = tmp_path_factory.mktemp("workspace")
    leave = shutil.ignore_patterns("__pycache__", ".venv", "*.egg-info")
    for folder in ("packages", "shared"):
        shutil.copytree(ROOT / folder, root / folder, ignore=leave)
    for file in COPIED:
        (root / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    (root / "docs/patterns").mkdir(parents=True)
    (root / "tests/workspace").mkdir(parents=True)
    for file in TESTS:
        shutil.copy(ROOT / "tests/workspace" / file, root / "tests/workspace" / file)
    scaffold(root, NAME)
    return root


def run(workspace: Path, *command: str) -> str:
    """What Python prints there, the new package among those that are found."""
    source = str(workspace / f"packages/{NAME}/src")
    done = subprocess.run(
        [sys.executable, *command],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_clean(workspace: Path) -> None:
    own = (f"packages/{NAME}", "tests/orders_mailer")
    run(workspace, "-m", "ruff", "check", *own)
    run(workspace, "-m", "ruff", "format", "--check", *own)


def test_nothing_of_the_sample_is_left(workspace: Path) -> None:
    folders = (workspace / "packages" / NAME, workspace / "tests/orders_mailer", workspace / "docs/patterns")
    texts = {path: path.read_text() for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert len(texts) > 12
    assert [path for path, text in texts.items() if path.name != "LICENSE" and "sample" in text.lower()] == []


def test_it_is_in_the_workspace_and_in_the_guide(workspace: Path) -> None:
    project = (workspace / "pyproject.toml").read_text()
    assert "naws-orders-mailer = { workspace = true }\n" in project
    assert '    "naws-orders-mailer",\n' in project
    guide = (workspace / "mkdocs.yml").read_text()
    assert "      - Orders mailer: patterns/orders-mailer.md\n" in guide
    assert "packages/orders-mailer/src" in guide


def test_the_laws_of_the_workspace_hold(workspace: Path) -> None:
    assert " passed" in run(workspace, "-m", "pytest", "-n", "0", "-q", "tests/workspace", "-k", WORKSPACE)


def test_its_page_has_its_fields(workspace: Path) -> None:
    page = f"docs/patterns/{NAME}.md"
    fields = f"open('{page}').read().partition('## Permissions')[0]"  # those are read off an installed pattern
    fill = f"import runpy; print(runpy.run_path('docs/fill.py')['filled']({fields}))"
    filled = run(workspace, "-c", fill)
    assert '| `subject` | `str` | `"New message"` |' in filled
    assert "| `triggers` |" in filled


@pytest.mark.exhaustive
def test_it_keeps_both_contracts(workspace: Path) -> None:
    passed = run(workspace, "-m", "pytest", "-n", "0", "-q", "tests/orders_mailer")
    assert int(passed.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1]) > 150


@pytest.mark.parametrize("name", ["orders", "Orders-Mailer", "orders_mailer", "-orders", "../orders-mailer"])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no name"):
        scaffold(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_pattern_that_exists_is_left_alone() -> None:
    with pytest.raises(ValueError, match="packages/ecs-task-processor exists"):
        scaffold(ROOT, "ecs-task-processor")
