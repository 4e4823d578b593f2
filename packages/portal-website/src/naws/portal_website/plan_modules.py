"""Modules that pages begin with: what they import by name, and the import maps that have such names. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.portal_website.plan_references import ADDRESSES, Reference, head_imports, resolved

_NO_NAME = re.compile(r"[./]|(?!node:|npm:|jsr:)[a-z][a-z0-9+.-]*:|$", re.IGNORECASE)
"""How a path or a URL begins. No browser knows the addresses of Node.js and of registries."""


@dataclass(frozen=True, kw_only=True)
class Modules:
    """The modules that a page begins with.

    Attributes:
        files: as their scripts are written.
        inline: what those import that are written in the page.
        names: those of its import maps; one that ends with a slash has all that begin so.
        made: whether a script may make an import map, so that nobody knows the names.
    """

    files: tuple[str, ...] = ()
    inline: tuple[Reference, ...] = ()
    names: frozenset[str] = frozenset()
    made: bool = False

    def knows(self, name: str) -> bool:
        """Whether a name is none, or one of an import map."""
        if _NO_NAME.match(name) or name in self.names:
            return True
        return any(each.endswith("/") and name.startswith(each) for each in self.names)


def bare_imports(
    pages: Iterable[tuple[str, Modules]], edges: Mapping[str, Sequence[str]], text_of: Callable[[str], str]
) -> Iterator[Reference]:
    """What modules import by names that no import map has.

    Args:
        pages: what the files of each page are relative to, and its modules.
        edges: the files that each script imports.
        text_of: the text of a script; empty when it is not there.
    """
    looked_at = set[tuple[str, frozenset[str]]]()
    for beside, modules in pages:
        if modules.made:
            continue
        yield from (each for each in modules.inline if not modules.knows(each.target))
        inline = [each.target for each in modules.inline if each.is_local and each.target.startswith((".", "/"))]
        left = [resolved(each, beside=beside) for each in (*modules.files, *inline)]
        while left:
            name = left.pop()
            if (name, modules.names) in looked_at:
                continue
            looked_at.add((name, modules.names))
            for line, target in head_imports(text_of(name)):
                if not modules.knows(target):
                    yield Reference(name, line, target)
            left += edges.get(name, ())


def names_of_map(text: str) -> Iterator[str]:
    """The names that an import map has, those of its scopes too."""
    yield from (name for name, _ in _entries(text))


def map_references(file: str, text: str) -> Iterator[Reference]:
    """The files that an import map names, of other hosts too; a folder is none."""
    for _, target in _entries(text):
        if isinstance(target, str) and target.startswith(ADDRESSES):
            place = max(text.find(f'"{target}"'), 0)
            yield Reference(file, text.count("\n", 0, place) + 1, target, directive="script-src")


def _entries(text: str) -> Iterator[tuple[str, object]]:
    try:
        whole = json.loads(text)
    except ValueError:
        return
    given = _part(whole)
    scopes = (_part(each) for each in _part(given.get("scopes")).values())
    for each in (_part(given.get("imports")), *scopes):
        yield from each.items()


def _part(given: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}
