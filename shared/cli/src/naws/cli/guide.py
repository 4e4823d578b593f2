"""Pages of the guide in a terminal: what errors and alarms point to, such as `docs/concepts/validation.md#codes`.

The wheel has them in `naws/cli/pages`; a checkout has them in `docs`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from naws.cli.errors import NOT_FOUND, CliError
from naws.core.spelling import nearest

_PLACES = (Path(__file__).with_name("pages"), Path(__file__).parents[5] / "docs")
_POINTER = re.compile(r"(?:\.{0,2}/)*(?:docs/)?(?P<page>[\w-]+(?:/[\w-]+)*)\.md(?:#(?P<anchor>[\w-]+))?")
"""Pages link to each other relative to themselves: `../unproven.md`."""
_HEADING = re.compile(r"^(#+) (.+?)\s*(?:\{ ?#([\w-]+) ?\})?$")
_FILLED = re.compile(r"<!-- (fill: .*|end) -->\n\n?")


def is_pointer(text: str) -> bool:
    """Whether it names a page, such as `docs/concepts/validation.md#codes`, alone or behind other words."""
    return bool(_POINTER.search(text))


def read(pointer: str) -> tuple[str, str]:
    """What a page is called, with the section if one is named, and its text, or that of the section.

    Args:
        pointer: for which `is_pointer` holds; of a page in a folder the name is enough.

    Raises:
        CliError: there is no such page or section.
    """
    found = _POINTER.search(pointer)
    if found is None:
        raise CliError(f"{pointer} is no page of the guide", code=NOT_FOUND)
    texts = dict(pages())
    page, anchor = found["page"], found["anchor"]
    if page not in texts:
        ends = [each for each in texts if each.endswith(f"/{page}")]
        if len(ends) != 1:
            near = nearest(page, texts)
            hint = f"Did you mean docs/{near}.md?" if near else ""
            raise CliError(f"There is no page docs/{page}.md", hint, code=NOT_FOUND)
        (page,) = ends
    if anchor:
        return f"docs/{page}.md#{anchor}", _section(page, texts[page], anchor)
    return f"docs/{page}.md", texts[page]


def pages() -> Iterator[tuple[str, str]]:
    """Each page's name, `concepts/validation`, and its text without the marks of its maker."""
    place = next((each for each in _PLACES if each.is_dir()), None)
    for page in sorted(place.rglob("*.md")) if place else ():
        text = _FILLED.sub("", page.read_text(encoding="utf-8"))
        yield page.relative_to(place or page).with_suffix("").as_posix(), text


def headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Where each heading of a page stands, how deep, its text and its anchor."""
    in_code = False
    for number, line in enumerate(lines):
        in_code ^= line.startswith("```")
        if not in_code and (found := _HEADING.match(line)):
            yield number, len(found[1]), found[2], found[3] or _anchor(found[2])


def _section(page: str, text: str, anchor: str) -> str:
    """From a heading to the next one that is not below it."""
    lines = text.splitlines()
    found = dict[str, tuple[int, int]]()
    for number, depth, _, name in headings(lines):
        found.setdefault(name, (number, depth))
    if anchor not in found:
        near = nearest(anchor, found)
        hint = (
            f"Did you mean docs/{page}.md#{near}?" if near else f"`naws explain docs/{page}.md` prints the whole page."
        )
        raise CliError(f"docs/{page}.md has no section {anchor}", hint, code=NOT_FOUND)
    first, depth = found[anchor]
    after = (number for number, level in found.values() if number > first and level <= depth)
    return "\n".join(lines[first : min(after, default=len(lines))]).rstrip()


def _anchor(heading: str) -> str:
    """As code hosts and the guide make it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
