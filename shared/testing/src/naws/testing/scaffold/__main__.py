"""Write a new pattern into this workspace.

    uv run python -m naws.testing.scaffold orders-mailer

template/package  -> packages/orders-mailer    modules, one rule, pyproject.toml, README
template/tests    -> tests/orders_mailer       the contracts, two scenarios
template/page.md  -> docs/patterns/<name>.md
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("template")
_NAME = re.compile(r"(?!naws-)[a-z][a-z0-9]*(-[a-z][a-z0-9]*)+")


def rendered(text: str, name: str) -> str:
    """A file of the template, or its path, with the names of a pattern in place of the sample's."""
    words = name.split("-")
    replacements = {
        "sample-pattern": name,
        "sample_pattern": "_".join(words),
        "SamplePattern": "".join(word.capitalize() for word in words),
        "Sample pattern": " ".join(words).capitalize(),
        "SAMPLE": re.sub("[^A-Z]", "", "".join(words).upper()),
        "samples": f"{words[-1].removesuffix('s')}s",
    }
    for sample, own in replacements.items():
        text = text.replace(sample, own)
    return text


def scaffold(root: Path, name: str) -> list[Path]:
    """Write a pattern into the workspace at `root`; the files that are new.

    Args:
        root: the workspace's folder.
        name: of two or more words: `orders-mailer`.

    Raises:
        ValueError: when that is no name, or there is such a pattern.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name of a pattern: two or more words of small letters, a hyphen between, without naws-"
        )
    package, module = root / "packages" / name, name.replace("-", "_")
    if package.exists():
        raise ValueError(f"packages/{name} exists")
    folders = {
        _TEMPLATE / "package/src": package / "src/naws" / module,
        _TEMPLATE / "package": package,
        _TEMPLATE / "tests": root / "tests" / module,
    }
    written = [_written(file, folder, name) for source, folder in folders.items() for file in source.glob("*.txt")]
    page = root / "docs/patterns" / f"{name}.md"
    page.write_text(rendered((_TEMPLATE / "page.md.txt").read_text(), name))
    licence = Path(shutil.copy(root / "LICENSE", package / "LICENSE"))
    _enter(root, name)
    _sort([path for path in written if path.suffix == ".py"])
    return [*written, page, licence]


def _written(source: Path, folder: Path, name: str) -> Path:
    path = folder / source.name.removesuffix(".txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rendered(source.read_text(), name))
    return path


def _enter(root: Path, name: str) -> None:
    """Name the pattern in the workspace and in the guide."""
    last = "naws-ecs-task-processor"
    project = root / "pyproject.toml"
    text = project.read_text()
    text = text.replace(f'    "{last}",\n', f'    "{last}",\n    "naws-{name}",\n', 1)
    source = "{ workspace = true }"
    text = text.replace(f"{last} = {source}\n", f"{last} = {source}\nnaws-{name} = {source}\n", 1)
    project.write_text(text)
    guide = root / "mkdocs.yml"
    text = guide.read_text()
    text = text.replace(
        "  - Concepts:\n", f"      - {rendered('Sample pattern', name)}: patterns/{name}.md\n  - Concepts:\n", 1
    )
    text = text.replace("paths: [", f"paths: [packages/{name}/src, ", 1)
    guide.write_text(text)


def _sort(paths: list[Path]) -> None:
    """Order imports and lists of names, which depend on the pattern's name."""
    files = [str(path) for path in paths]
    for command in (["check", "--fix", "--quiet", "--select", "I,RUF022"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *files], check=True)


def main() -> None:
    """Write the pattern that the command line names into the workspace of the working directory."""
    parser = argparse.ArgumentParser(prog="make new", description="Write a new pattern into this workspace.")
    parser.add_argument("name", help="of two or more words: orders-mailer")
    name = parser.parse_args().name
    root = Path.cwd()
    try:
        paths = scaffold(root, name)
    except ValueError as error:
        parser.error(str(error))
    sys.stdout.write("".join(f"{path.relative_to(root)}\n" for path in paths))
    after = (
        "uv sync",
        f"uv run pytest tests/{name.replace('-', '_')} --snapshot-update",
        "uv run python docs/errors.py",
        "uv run python docs/fill.py",
    )
    sys.stdout.write("\n".join(("", *after, "")))


if __name__ == "__main__":
    main()
