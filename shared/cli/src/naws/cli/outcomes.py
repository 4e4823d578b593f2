"""What the guide has about the errors that runs fail by, such as `Naws.TaskFailed` or `States.Timeout`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from naws.cli import guide
from naws.core.spelling import nearest

_OUTCOME = re.compile(r"`([A-Z]\w+\.[A-Z]\w+|[A-Z]\w+(?:Exception|Error|NotKept))`")
_ROW, _ITEM = "| ", ("- ", "* ", "  - ")


@dataclass(frozen=True)
class Passage:
    """A paragraph, an item of a list or a row of a table of the guide.

    Attributes:
        pointer: The section that it stands in, as `naws explain` takes it.
        section: That section's heading.
        text: As Markdown; a row has the head of its table.
    """

    pointer: str
    section: str
    text: str

    def data(self) -> dict[str, str]:
        """The same for a program."""
        return {"page": self.pointer, "section": self.section, "text": self.text}


def outcomes() -> dict[str, list[Passage]]:
    """Every error that the pages of patterns and concepts name outside of examples, and where they do."""
    found: dict[str, list[Passage]] = {}
    for page, text in guide.pages():
        for passage in _passages(page, text) if "/" in page else ():
            for name in dict.fromkeys(_OUTCOME.findall(passage.text)):
                found.setdefault(name, []).append(passage)
    return found


def find_outcome(text: str, known: dict[str, list[Passage]]) -> str:
    """The error that a text is, or begins with as `naws runs` prints it; without `Naws.` too. Empty: none."""
    wanted = text.strip().strip("`").partition(":")[0].strip().lower()
    return {called.lower(): name for called, name in _called(known).items()}.get(wanted, "")


def nearest_outcome(text: str, known: dict[str, list[Passage]]) -> str:
    """The error that is closest to a text; empty when none comes close."""
    called = _called(known)
    return called.get(nearest(text.partition(":")[0], called), "")


def _called(known: dict[str, list[Passage]]) -> dict[str, str]:
    """What an error may be called, without what stands before its dot too, where that of a pattern goes first."""
    names = sorted(known, key=lambda name: name.startswith("Naws."))
    return {name.rpartition(".")[2]: name for name in names} | {name: name for name in names}


def _passages(page: str, text: str) -> Iterator[Passage]:
    lines = text.splitlines()
    heads = {number: (title, anchor) for number, _, title, anchor in guide.headings(lines)}
    title, anchor, block, in_code = "", "", list[str](), False
    for number, line in enumerate([*lines, ""]):
        in_code ^= line.startswith("```")
        if line.strip() and number not in heads and not in_code and not line.startswith("```"):
            block.append(line)
            continue
        for part in _parts(block):
            yield Passage(f"docs/{page}.md#{anchor}" if anchor else f"docs/{page}.md", title, part)
        block = []
        title, anchor = heads.get(number, (title, anchor))


def _parts(block: list[str]) -> Iterator[str]:
    """What lines without an empty one between them are: a paragraph, the items of a list or the rows of a table."""
    if block and block[0].startswith(_ROW):
        yield from ("\n".join([*block[:2], row]) for row in block[2:])
        return
    starts = [at for at, line in enumerate(block) if at == 0 or line.startswith(_ITEM)]
    for start, end in pairwise([*starts, len(block)]):
        yield "\n".join(block[start:end])
