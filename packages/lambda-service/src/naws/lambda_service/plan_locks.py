"""The file that pins the dependencies of a folder: which it is, what it names, and whether it pins them all. Pure."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

UV_LOCK, REQUIREMENTS = "uv.lock", "requirements.txt"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_NAMES = r"grep -oE '^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?'"
"""Prints the names of requirements, without the versions that are to change."""
_PINNED = re.compile(r"===?\s*[^,*\s]+|@\s*\S+")
_OPTIONS_ALLOWED = ("--index", "-i", "--extra-index", "--find-links", "-f", "--no-index", "--only-binary")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What a folder's dependencies are pinned by.

    Attributes:
        file: the file; None when there is none.
        names: the distributions that are packed, normalised; those for other platforms are among them.
        content: what of the file decides what is packed: neither its form nor what only developers need.
        project: the name of the project in a `uv.lock`; empty otherwise.
        relock: the command that writes it anew; empty when another file has to be given.
        upgrade: the command that writes it anew with other versions.
        hidden: what `pyproject.toml` asks for, and a `requirements.txt` that is taken in its place has not.
        problem: why it does not pin what the folder needs; empty when it does.
    """

    file: Path | None = None
    names: tuple[str, ...] = ()
    content: str = ""
    project: str = ""
    relock: str = ""
    upgrade: str = ""
    hidden: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class _Requirement:
    name: str
    version: frozenset[str]
    of_extra: bool


def find_lock(folder: Path, given: Path | None) -> Lock:
    """Read the lock of a folder.

    Args:
        folder: the folder of the sources.
        given: the file. None: `uv.lock` in the folder, else its `requirements.txt`.
    """
    candidates = (folder / UV_LOCK, folder / REQUIREMENTS) if given is None else (given,)
    file = next((each for each in candidates if each.is_file()), None)
    try:
        project = _project(folder, file)
        if file is None:
            return _without(folder, given, project)
        if file.suffix == ".lock":
            return _uv_lock(file, project)
        if file.suffix != ".txt":
            # Whatever would write it anew would write over something else.
            return Lock(file=file, problem=f"a lock of uv, or requirements in a .txt, and not {file.name}")
        found = _requirements(file)
        return replace(found, hidden=tuple(sorted({*_asked(project)} - {*found.names})))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        relock = _compiled(file) if file is not None and file.suffix == ".txt" else f"uv lock --project {folder}"
        return Lock(file=file, problem=f"files that can be read: {error}", relock=relock)


def _project(folder: Path, lock: Path | None) -> dict[str, Any]:
    """The `pyproject.toml` of the folder, or else the one beside the lock."""
    for place in (folder, *(() if lock is None else (lock.parent,))):
        file = place / "pyproject.toml"
        if file.is_file():
            return tomllib.loads(file.read_text("utf-8"))
    return {}


def _without(folder: Path, given: Path | None, project: dict[str, Any]) -> Lock:
    """No lock: nothing is wrong with that when there is nothing to pin."""
    if given is not None:
        if given.is_dir():
            return Lock(problem=f"a file, and not the folder {given}")
        relock = _compiled(given) if given.suffix == ".txt" else f"uv lock --project {given.parent}"
        return Lock(problem=f"a file at {given}", relock=relock if given.suffix in (".txt", ".lock") else "")
    if project.get("project", {}).get("dependencies"):
        return Lock(problem=f"{UV_LOCK} beside pyproject.toml", relock=f"uv lock --project {folder}")
    if project.get("tool", {}).get("poetry", {}).get("dependencies", {}).keys() - {"python"}:
        export = f"poetry export -C {folder} -o {folder / REQUIREMENTS}"
        return Lock(problem=f"{REQUIREMENTS} beside pyproject.toml", relock=export)
    return Lock()


def _asked(project: dict[str, Any]) -> Iterator[str]:
    """The names of what a project depends on, by the standard or by poetry."""
    yield from (_requirement(each).name for each in project.get("project", {}).get("dependencies", []))
    poetry = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    yield from (normalised(name) for name in poetry if name != "python")


def _compiled(file: Path) -> str:
    """The command that writes requirements from those that are wanted, which are in a file beside them."""
    return f"uv pip compile --universal --generate-hashes -o {file} {file.with_suffix('.in')}"


def _uv_lock(file: Path, project: dict[str, Any]) -> Lock:
    packages: list[dict[str, Any]] = _parsed(file.read_text("utf-8")).get("package", [])
    name = normalised(project.get("project", {}).get("name", ""))
    root = next((each for each in packages if each["name"] == name), None)
    relock = f"uv lock --project {file.parent}"
    if root is None:
        return Lock(file=file, problem=f'a lock with the project "{name}" of pyproject.toml', relock=relock)
    reached = list(_reached(root, packages))
    stale, source = _stale(project["project"], root), _local(reached)
    problem = f"a lock as new as pyproject.toml: it has not the same {stale}" if stale else ""
    if source and not stale:
        problem = f'wheels of a registry alone: "{source}" is locked to sources, which are not built here'
        relock = f"uv remove --project {file.parent} {source}  # and copy its modules into {file.parent}"
    return Lock(
        file=file,
        names=tuple(sorted({each["name"] for each in reached})),
        content=json.dumps([root.get("dependencies", []), *map(_pin, reached)], sort_keys=True, default=str),
        project=name,
        problem=problem,
        relock=relock,
        upgrade=f"{relock} --upgrade",
    )


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, Any]:
    """The tables of a lock: a plan is made several times, and a large lock takes a tenth of a second."""
    return tomllib.loads(text)


def _reached(root: dict[str, Any], packages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The packages that a project needs where it runs, on any platform."""
    ahead: list[tuple[str, tuple[str, ...]]] = _edges(root.get("dependencies", []))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    kept: dict[int, dict[str, Any]] = {}
    while ahead:
        edge = ahead.pop()
        if edge in seen:
            continue
        seen.add(edge)
        name, extras = edge
        for index, each in enumerate(packages):
            if each["name"] == name:
                kept[index] = each
                optional = each.get("optional-dependencies", {})
                ahead += _edges([*each.get("dependencies", []), *(one for x in extras for one in optional.get(x, []))])
    for index in sorted(kept):
        yield kept[index]


def _edges(dependencies: Iterable[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each["name"], tuple(each.get("extra", ()))) for each in dependencies]


def _pin(package: dict[str, Any]) -> list[Any]:
    """What of a package in a lock decides what is packed: not the host that it is downloaded from."""
    wheels = sorted(each.get("hash") or each.get("url", "") for each in package.get("wheels", []))
    source = {key: place for key, place in package.get("source", {}).items() if key != "registry"}
    return [package["name"], package.get("version"), source, package.get("dependencies"), wheels]


def _local(reached: list[dict[str, Any]]) -> str:
    """A package that is no wheel of a registry; empty when there is none."""
    for each in reached:
        if each.get("source", {}).keys() & {"editable", "directory", "virtual", "path", "git"}:
            return str(each["name"])
    return ""


def _stale(project: dict[str, Any], root: dict[str, Any]) -> str:
    """The field of a project that its lock was not made from; empty when there is none."""
    if "dependencies" in project.get("dynamic", ()):
        return ""
    locked = root.get("metadata", {}).get("requires-dist", [])
    registered = {each["name"] for each in locked if not each.keys() & {"git", "url", "path", "editable", "directory"}}
    then = {(each["name"], _specifiers(each.get("specifier", ""))) for each in locked if not _of_extra(each)}
    now = {(each.name, each.version) for each in map(_requirement, project.get("dependencies", []))}
    names = {name for name, _ in then} == {name for name, _ in now}
    same = {each for each in then if each[0] in registered} == {each for each in now if each[0] in registered}
    return "" if names and same else "dependencies"


def _of_extra(locked: dict[str, Any]) -> bool:
    return "extra ==" in locked.get("marker", "")


def _requirement(text: str) -> _Requirement:
    found = _REQUIREMENT.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no requirement")
    specifier, _, marker = found[2].partition(";")
    return _Requirement(normalised(found[1]), _specifiers(specifier), "extra ==" in marker)


def _specifiers(text: str) -> frozenset[str]:
    bare = re.sub(r"[\s()]", "", text)
    return frozenset(filter(None, bare.split(",")))


@cache
def normalised(name: str) -> str:
    """The name of a distribution as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(file: Path) -> Lock:
    text = re.sub(r"\\\r?\n", " ", file.read_text("utf-8-sig"))
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    lines = [" ".join(line.split()) for line in stripped if line]
    wanted = [line for line in lines if not line.startswith("-")]
    names = tuple(sorted({_requirement(line).name for line in wanted}))
    # An option says where a file is taken from; its hash or version says which.
    wish = file.with_suffix(".in")
    compiled = _compiled(file)
    there = wish.is_file()
    return Lock(
        file=file,
        names=names,
        content="\n".join(sorted(wanted)),
        relock=compiled if there else f"cp {file} {wish} && {compiled}",
        upgrade=f"{compiled if there else f'{_NAMES} {file} > {wish} && {compiled}'} --upgrade",
        problem=_problem_of(lines) or _twice(wanted),
    )


def _problem_of(lines: Iterable[str]) -> str:
    for line in lines:
        if line.startswith("-"):
            if not line.startswith(_OPTIONS_ALLOWED):
                return f'a file that is whole: it has "{line}"'
            continue
        found = _REQUIREMENT.match(line)
        if found is None or not _PINNED.fullmatch(found[2].partition(";")[0].partition("--hash")[0].strip()):
            short = line.partition(" --hash")[0]
            return f'"==" and a version for each requirement: it has "{short}"'
    return ""


def _twice(lines: Iterable[str]) -> str:
    """A requirement that is there in two versions for the same platforms: no package has both."""
    first: dict[tuple[str, str], str] = {}
    for line in lines:
        bare, _, marker = line.partition(" --hash")[0].partition(";")
        found = _requirement(bare)
        other = first.setdefault((found.name, "".join(marker.split())), bare.strip())
        if _requirement(other).version != found.version:
            return f'one version of each requirement: it has "{other}" and "{bare.strip()}"'
    return ""
