"""What each distribution declares: versions in lockstep, few requirements, types shipped, one namespace."""

import itertools
import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = {
    declared["project"]["name"]: (path.parent, declared["project"])
    for path in sorted([*ROOT.glob("packages/*/pyproject.toml"), *ROOT.glob("shared/*/pyproject.toml")])
    for declared in [tomllib.loads(path.read_text())]
}
PATTERNS = [name for name, (folder, _) in PROJECTS.items() if folder.parent.name == "packages"]
VERSION = PROJECTS["naws-core"][1]["version"]
CLASSIFIERS = {
    "Framework :: AWS CDK",
    "Framework :: AWS CDK :: 2",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.11",
    "Typing :: Typed",
}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0] for requirement in requirements}


def _requirements(project: dict[str, Any]) -> list[str]:
    extras = project.get("optional-dependencies", {}).values()
    return [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]


def test_there_are_distributions() -> None:
    assert {"naws-core", "naws-testing", "naws-cli", "naws-ecs-task-processor"} <= PROJECTS.keys()
    assert PATTERNS


@pytest.mark.parametrize("name", PROJECTS)
def test_version_and_siblings_move_in_lockstep(name: str) -> None:
    _, project = PROJECTS[name]
    assert project["version"] == VERSION
    siblings = [requirement for requirement in _requirements(project) if requirement.startswith("naws-")]
    # Compatible, not equal: a sibling that lives outside of this repository has releases of its own.
    assert [requirement for requirement in siblings if not requirement.endswith(f"~={VERSION}")] == []


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_installed_is_this_checkout(name: str) -> None:
    assert metadata.version(name) == VERSION


def test_the_core_requires_the_cdk_and_nothing_else() -> None:
    assert _names(PROJECTS["naws-core"][1]["dependencies"]) == {"aws-cdk-lib", "constructs"}
    assert "optional-dependencies" not in PROJECTS["naws-core"][1]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_requires_the_core_and_nothing_else(name: str) -> None:
    _, project = PROJECTS[name]
    assert project["dependencies"] == [f"naws-core~={VERSION}"]
    # An extra is a tool that a pattern runs, never a library that it imports.
    extras = project.get("optional-dependencies", {})
    assert _names(itertools.chain(*extras.values())) <= {"uv"}


def test_the_emulator_is_pinned_and_installed_as_pinned() -> None:
    extra = PROJECTS["naws-cli"][1]["optional-dependencies"]["local"]
    pins = [requirement for requirement in extra if requirement.startswith("ministack")]
    assert len(pins) == 1
    name, version = pins[0].split("==")
    assert name == "ministack[full]"
    assert metadata.version("ministack") == version


def test_boto3_is_the_one_that_the_emulator_pins() -> None:
    # Without the bound in naws-cli a resolver takes a newer boto3 and falls back to an older emulator.
    pins = [r for r in metadata.requires("ministack") or () if re.match(r"(boto3|botocore)==", r)]
    assert pins
    for pin in pins:
        name, version = re.match(r"(\w+)==([\d.]+)", pin).groups()  # type: ignore[union-attr]
        assert metadata.version(name) == version


@pytest.mark.parametrize("name", PROJECTS)
def test_types_are_shipped(name: str) -> None:
    folder, _ = PROJECTS[name]
    packages = [path for path in (folder / "src/naws").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [path.name for path in packages if not (path / "py.typed").is_file()] == []
    assert len(packages) == 1


def test_naws_is_a_namespace() -> None:
    assert [str(path) for path in ROOT.glob("*/*/src/naws/__init__.py")] == []


@pytest.mark.parametrize("name", PROJECTS)
def test_a_distribution_says_what_it_is(name: str) -> None:
    folder, project = PROJECTS[name]
    assert project["license"] == "Apache-2.0"
    assert project["description"].endswith(".")
    assert len((folder / project["readme"]).read_text().split()) > 40
    maintainers = [{"name": "N-AWS standard types maintainers"}]
    assert (project["authors"], project["maintainers"]) == (maintainers, maintainers)
    assert {"aws", "cdk"} <= set(project["keywords"])
    assert set(project["classifiers"]) >= CLASSIFIERS
    # An address is given when the repository has a public one.
    assert "urls" not in project


@pytest.mark.parametrize("name", PROJECTS)
def test_the_licence_is_the_repository_s(name: str) -> None:
    # A copy, because a symbolic link out of its folder makes a source distribution that cannot be unpacked.
    folder, project = PROJECTS[name]
    assert project["license-files"] == ["LICENSE"]
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_workspace_installs_every_distribution() -> None:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert _names(root["dependency-groups"]["dev"]) >= PROJECTS.keys()
    assert root["tool"]["uv"]["sources"].keys() == PROJECTS.keys()
    assert root["tool"]["uv"]["compile-bytecode"] is True


def test_the_changelog_has_this_version() -> None:
    assert re.search(rf"^## \[{re.escape(VERSION)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
