"""Pages of the guide in a terminal: what errors and alarms point to, such as `docs/concepts/validation.md#codes`.

The wheel has them in `naws/cli/pages`; a checkout has them in `docs`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from naws.cli import console
from naws.cli.errors import NOT_FOUND, CliError
from naws.core.spelling import nearest

_PLACES = (Path(__file__).with_name("pages"), Path(__file__).parents[5] / "docs")
_POINTER = re.compile(r"(?:docs/)?(?P<page>[\w/-]+)\.md(?:#(?P<anchor>[\w-]+))?")
_HEADING = re.compile(r"^(#+) (.+?)\s*(?:\{ ?#([\w-]+) ?\})?$")
_FILLED = re.compile(r"<!-- (fill: .*|end) -->\n\n?")


def is_pointer(text: str) -> bool:
    """Whether it names a page, such as `docs/concepts/validation.md#codes`, alone or behind other words."""
    return bool(_POINTER.search(text))


def show(pointer: str) -> int:
    """Print a page, or the section of it that an anchor names; returns the exit code.

    Args:
        pointer: for which `is_pointer` holds.

    Raises:
        CliError: there is no such page or section.
    """
    found = _POINTER.search(pointer)
    if found is None:
        raise CliError(f"{pointer} is no page of the guide")
    texts = dict(_pages())
    page, anchor = found["page"], found["anchor"]
    if page not in texts:
        near = nearest(page, texts)
        hint = f"Did you mean docs/{near}.md?" if near else ""
        raise CliError(f"There is no page docs/{page}.md", hint, code=NOT_FOUND)
    text = _FILLED.sub("", texts[page])
    for line in (_section(page, text, anchor) if anchor else text).splitlines():
        console.line(line)
    return 0


def _pages() -> Iterator[tuple[str, str]]:
    place = next((each for each in _PLACES if each.is_dir()), None)
    for page in sorted(place.rglob("*.md")) if place else ():
        yield str(page.relative_to(place or page).with_suffix("")), page.read_text(encoding="utf-8")


def _section(page: str, text: str, anchor: str) -> str:
    """From a heading to the next one that is not below it."""
    lines, headings = text.splitlines(), dict[str, tuple[int, int]]()
    in_code = False
    for number, line in enumerate(lines):
        in_code ^= line.startswith("```")
        if not in_code and (found := _HEADING.match(line)):
            headings.setdefault(found[3] or _anchor(found[2]), (number, len(found[1])))
    if anchor not in headings:
        near = nearest(anchor, headings)
        hint = (
            f"Did you mean docs/{page}.md#{near}?" if near else f"`naws explain docs/{page}.md` prints the whole page."
        )
        raise CliError(f"docs/{page}.md has no section {anchor}", hint, code=NOT_FOUND)
    first, depth = headings[anchor]
    after = (number for number, level in headings.values() if number > first and level <= depth)
    return "\n".join(lines[first : min(after, default=len(lines))]).rstrip()


def _anchor(heading: str) -> str:
    """As code hosts and the guide make it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
