"""What the name of a file says: whether it has a hash, and which folder of a well-known tool it is in. Pure."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath
from typing import Literal

TOOL_FOLDERS = ("_app/immutable", "_next/static", "_nuxt", "_astro", "assets", "static")
"""Of SvelteKit, Next.js, Nuxt, Astro, Vite and Create React App: what a build names by content."""
_SHORTEST, _BUILD_ID = 8, 20
"""Characters: of most tools' hashes, and of what Next.js names a build by at least."""
_SEPARATOR = re.compile(r"[-_~]")
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")
_HEX = re.compile(r"[0-9a-f]{6,}|[0-9A-F]{6,}")
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CAMEL = re.compile(r"[A-Z]?[a-z]+(_?[A-Z][a-z]+)*\d?")
_MEASURE = re.compile(r"\d+x\d+|v?\d{1,15}|[a-z]+\d{1,4}|\d{1,4}[a-z]+", re.IGNORECASE)
"""`192x192`, `20240115`, `screenshot2024`: digits that count something."""

Sureness = Literal["sure", "maybe", "none"]


def hash_in(name: str) -> Sureness:
    """Whether a file's name has a hash of its content: `index-DiwrgTda.js`, `main.073c9b0a.chunk.js`.

    Tools have hashes of their own alphabets and lengths, so that eight letters may be one or a word: "maybe".

    Args:
        name: the file's path in its folder. A folder named by a hash counts for what is in it.
    """
    path = PurePosixPath(name)
    found: set[Sureness] = {"sure" for part in path.parts[:-1] if len(part) >= _BUILD_ID and _is_hash(part) == "sure"}
    *stems, _ = path.name.split(".") if "." in path.name else (path.name, "")
    found.update(_is_hash(each) for stem in stems for each in _candidates(stem))
    return "sure" if "sure" in found else "maybe" if "maybe" in found else "none"


def in_folder(name: str, folder: str) -> bool:
    """Whether a file is in a folder, at any depth."""
    return name.startswith(f"{folder}/")


def tool_folders(names: Iterable[str]) -> dict[str, list[str]]:
    """The files in each folder of a well-known tool, at least half of which look as if they had a hash."""
    every = list(names)
    found = {folder: [name for name in every if in_folder(name, folder)] for folder in TOOL_FOLDERS}
    return {
        folder: inside for folder, inside in found.items() if inside and 2 * sum(map(_is_likely, inside)) >= len(inside)
    }


def immutable_paths_of(names: Iterable[str]) -> tuple[str, ...]:
    """Patterns of the files in folders of well-known tools: a whole folder, or the endings of which all have a hash."""
    patterns = list[str]()
    for folder, inside in tool_folders(names).items():
        without = {ending_of(name) for name in inside if hash_in(name) == "none"}
        if without:
            endings = {ending_of(name) for name in inside} - without
            patterns += [f"/{folder}/*{ending}" for ending in sorted(endings) if ending]
        else:
            patterns.append(f"/{folder}/*")
    return tuple(patterns)


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


def _candidates(stem: str) -> list[str]:
    """What may be the hash of `a-b_c`: all of it, what follows each separator, and what is between two of them."""
    return [stem, *(stem[found.end() :] for found in _SEPARATOR.finditer(stem)), *_SEPARATOR.split(stem)]


def _is_likely(name: str) -> bool:
    found = hash_in(name)
    return found == "sure" or (found == "maybe" and bool(re.search("[A-Z0-9]", PurePosixPath(name).name)))


def _is_hash(text: str) -> Sureness:
    has_digit, is_parted = bool(re.search(r"\d", text)), bool(_SEPARATOR.search(text))
    has_both = bool(re.search("[a-z]", text) and re.search("[A-Z]", text))
    if not _LETTERS.fullmatch(text) or (is_parted and not has_both):
        return "none"
    if _MEASURE.fullmatch(text):
        return "maybe" if len(text) == _SHORTEST and not text.isdigit() else "none"
    if _HEX.fullmatch(text) and has_digit:
        return "sure"
    if len(text) < _SHORTEST or (is_parted and _SHORTEST < len(text) < _BUILD_ID):
        return "none"
    scattered = len(_CHANGE.findall(text)) > 1
    if scattered or (has_both and not _CAMEL.fullmatch(text) and (has_digit or not is_parted)):
        return "sure"
    return "maybe" if len(text) == _SHORTEST else "none"
