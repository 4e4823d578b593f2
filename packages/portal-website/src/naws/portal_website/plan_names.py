"""What the names of files say: which are cached for a year, and which folder of a well-known tool each is in. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath

from naws.portal_website.plan_hashes import Span, hashes_of

TOOL_FOLDERS = ("_app/immutable", "_next/static", "_nuxt", "_astro", "assets", "static")
"""Of SvelteKit, Next.js, Nuxt, Astro, Vite and Create React App: what a build names by content."""
_CODE = (".js", ".mjs", ".css")
_LONGEST_INSIDE = 2_000
"""Characters of paths that the function at the edge knows beside all else."""


@dataclass(frozen=True, kw_only=True)
class Immutable:
    """What a build named by its content.

    Attributes:
        cached: path patterns of what is cached for a year and never removed; no file without a hash is among them.
        outside: path patterns of what is outside of the releases: whole folders, so that they are those of every
            build of a tool. An open tab, and a release that is gone back to, have files that a new build has not.
        inside: files in those folders that are in the release all the same, as they have no hash.
    """

    cached: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


def hashed_names(names: Iterable[str]) -> Mapping[str, Span]:
    """The files that have a hash in their names, each with where it is."""
    return hashes_of(names, _scope_of)


def in_folder(name: str, folder: str) -> bool:
    """Whether a file is in a folder, at any depth."""
    return name.startswith(f"{folder}/")


def tool_folders(names: Iterable[str], hashed: Mapping[str, Span]) -> dict[str, list[str]]:
    """The files in each folder of a well-known tool: one in which a script or style, or half of all, has a hash."""
    every = list(names)
    found = {folder: [name for name in every if in_folder(name, folder)] for folder in TOOL_FOLDERS}
    return {folder: inside for folder, inside in found.items() if _is_of_tool(inside, hashed)}


def immutable_of(names: Iterable[str], hashed: Mapping[str, Span]) -> Immutable:
    """What is immutable in the folders of well-known tools.

    Args:
        names: all files.
        hashed: those that have a hash, with where.
    """
    cached, outside, inside = list[str](), list[str](), list[str]()
    for folder, files in tool_folders(names, hashed).items():
        patterns = _cached(folder, files, hashed)
        others = [name for name in files if not matches_any(patterns, name)]
        if not patterns:
            continue
        cached += patterns
        if sum(map(len, others)) <= _LONGEST_INSIDE:
            outside.append(f"/{folder}/*")
            inside += others
        else:
            outside += patterns
    return Immutable(cached=tuple(cached), outside=tuple(outside), inside=tuple(sorted(inside)))


def ending_of(name: str) -> str:
    """The last extension, in small letters, with its dot: `.js`; empty without one."""
    return PurePosixPath(name).suffix.lower()


def matches(pattern: str, name: str) -> bool:
    """Whether a path pattern of CloudFront takes a file of the folder; a leading slash makes no difference there."""
    return _expression(pattern.removeprefix("/")).fullmatch(name) is not None


def matches_any(patterns: Sequence[str], name: str) -> bool:
    """Whether one of the patterns does."""
    return any(matches(pattern, name) for pattern in patterns)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    # A bracket is a character to CloudFront, and a set to fnmatch.
    return re.compile(translate(re.sub(r"\[", "[[]", pattern)))


def _scope_of(name: str) -> str:
    """The folder whose names are judged together: that of a tool, else the first of a path."""
    tool = next((folder for folder in TOOL_FOLDERS if in_folder(name, folder)), None)
    return tool or name.partition("/")[0] if "/" in name else ""


def _is_of_tool(inside: Sequence[str], hashed: Mapping[str, Span]) -> bool:
    having = [name for name in inside if name in hashed]
    return bool(having) and (2 * len(having) >= len(inside) or any(ending_of(name) in _CODE for name in having))


def _cached(folder: str, files: Sequence[str], hashed: Mapping[str, Span]) -> list[str]:
    """Patterns that take no file without a hash: the whole folder, else its endings, else forms of names."""
    without = [name for name in files if name not in hashed]
    if not without:
        return [f"/{folder}/*"]
    mixed = {ending_of(name) for name in without}
    patterns = {f"/{folder}/*{ending}" for ending in {ending_of(name) for name in files} - mixed if ending}
    forms = {_form(folder, name, hashed[name]) for name in files if name in hashed and ending_of(name) in mixed}
    patterns |= {form for form in forms if not any(matches(form, name) for name in without)}
    return sorted(patterns)


def _form(folder: str, name: str, span: Span) -> str:
    """The pattern of the names that are like one: `/assets/*-????????.png`."""
    begin, end = span
    rest = name[end:] if name[end : end + 1] in ("", ".", "/") else f"*{ending_of(name)}"
    before = "" if begin == len(folder) + 1 else f"*{name[begin - 1]}"
    return f"/{folder}/{before}{'?' * (end - begin)}{rest}"
