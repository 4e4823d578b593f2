"""Files that no build leaves, and nobody publishes on purpose. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_FOLDERS = r"node_modules|\.git|\.svn|\.hg|\.github|\.vscode|\.idea|\.terraform|cdk\.out"
_SOURCES = re.compile(
    rf"(?P<folder>(?:.*?/)?(?:{_FOLDERS}))/.*"
    r"|package(-lock)?\.json|tsconfig.*\.json|vite\.config\..*"
    r"|(?:.*/)?(?:docker-)?compose(?:\.[\w.-]+)?\.ya?ml"
)
_DATABASES = re.compile(r".*\.(?:sql|sql\.(?:gz|bz2|xz|zst|zip)|dump|sqlite3?|db3?)", re.IGNORECASE)
_OF_SYSTEMS = re.compile(r"(?:.*/)?(\.DS_Store|Thumbs\.db|desktop\.ini)")


@dataclass(frozen=True)
class Leftovers:
    """Files that are there for one reason.

    Attributes:
        expected: what is to be there.
        names: theirs, sorted.
        removal: how the first of them is removed, with `{}` for what is removed.
        removed: that: the file, or the folder that it is in.
    """

    expected: str
    names: tuple[str, ...]
    removal: str
    removed: str


def is_leftover(name: str) -> bool:
    """Whether no build leaves such a file."""
    return any(each.fullmatch(name) for each in (_SOURCES, _DATABASES, _OF_SYSTEMS))


def leftovers_of(names: Iterable[str]) -> Iterator[Leftovers]:
    """The files that no build leaves, by why they are there."""
    every = sorted(names)
    of_systems = [name for name in every if _OF_SYSTEMS.fullmatch(name)]
    sources = [name for name in every if _SOURCES.fullmatch(name) and name not in of_systems]
    databases = [name for name in every if _DATABASES.fullmatch(name) and name not in (*of_systems, *sources)]
    if sources:
        found = _SOURCES.fullmatch(sources[0])
        folder = found["folder"] if found else None
        removal = "rm -r {}" if folder else "rm {}"
        yield Leftovers("the folder that the build left", tuple(sources), removal, folder or sources[0])
    if databases:
        expected = "no database, and nothing that was copied out of one"
        yield Leftovers(expected, tuple(databases), "rm {}", databases[0])
    for name in sorted({name.rpartition("/")[2] for name in of_systems}):
        alike = tuple(each for each in of_systems if each.rpartition("/")[2] == name)
        removal = f"find {{}} -name {name} -delete"
        yield Leftovers("nothing that a system writes beside files", alike, removal, "")
