"""What pages, styles and scripts refer to, as far as their text has it. Pure: nothing is run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

_STYLE = re.compile(
    r"/\*.*?\*/|\burl\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"')]+))\s*\)|@import\s+[\"']([^\"']+)[\"']", re.DOTALL
)
_PORT = re.compile("port")
"""As `import` and `export` end: a text is searched for one word in no time, and for one of two slowly."""
_DYNAMIC = re.compile(r"import\(\s*(?:/\*[^*]*\*/\s*)*([\"'`])([^\"'`$\\\n]+)\1\s*[,)]")
_STATIC = re.compile(r"(?:import|export)\b(?:[\w$\s{},*]*\bfrom)?\s*([\"'])([^\"'\\\n]+)\1")
_LONGEST_INDENT = 40
_DEPENDENCIES = re.compile(r"__vite__mapDeps[\s\S]{0,300}?\bf\s*=\s*\[([^\]]*)\]")
_TEXT = re.compile(r"[\"']([^\"']+)[\"']")
_SOURCE_MAP = re.compile(r"[#@]\s*sourceMappingURL=([^\s'\"*]+)")
_NOT_A_FILE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?|$|.*(\{\{|\$\{|<%|%[A-Z_]+%)", re.IGNORECASE)
_SITE = "http://site"
_NO_CODE = re.compile(
    r"//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\[\s\S])*\"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`"
    r"|(?<=[(=,:\[!&|?{};])[ \t]*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
)
"""What is no code: comments, texts, and regular expressions where one may begin."""


@dataclass(frozen=True)
class Reference:
    """Something that a file of the folder needs, where it stands first; what a page only leads to is none.

    Attributes:
        file: the file, by its path in the folder.
        line: of the reference, from 1 on.
        target: it, as it is written.
        place: where it is in the text of a script that is a file; -1 elsewhere.
    """

    file: str
    line: int
    target: str
    place: int = field(default=-1, compare=False)

    @property
    def is_local(self) -> bool:
        """Whether it is a file of the site, and not one of another host, data, or a place to fill in."""
        return not _NOT_A_FILE.match(self.target)

    @property
    def is_relative(self) -> bool:
        """Whether what it is depends on the address of the page."""
        return self.is_local and not self.target.startswith("/")

    @property
    def is_plain_http(self) -> bool:
        """Whether a browser would get it without encryption."""
        return self.target.lower().startswith("http://")


def resolved(target: str, *, beside: str) -> str:
    """The path in the folder that is referred to, without query and fragment: of `./a.js?v=1` in `b/c.js`, `b/a.js`.

    Args:
        target: as it is written.
        beside: the file that has it, or the address that a `<base>` gives instead.
    """
    path = urlsplit(urljoin(f"{_SITE}/{beside.lstrip('/')}", target.strip())).path
    return unquote(path).lstrip("/")


class Lines:
    """The numbers of lines at places that only grow: each character is counted once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at, self._line = 0, 1

    def at(self, place: int) -> int:
        """The line of a place."""
        self._line += self.text.count("\n", self._at, place)
        self._at = place
        return self._line


def style_references(name: str, text: str) -> Iterator[Reference]:
    """What a style sheet refers to by `url()` and `@import`."""
    lines, seen = Lines(text), {""}
    for found in _STYLE.finditer(text):
        target = next(filter(None, found.groups()), "")
        if target not in seen:
            seen.add(target)
            yield Reference(name, lines.at(found.start()), target)


def script_references(name: str, text: str) -> Iterator[Reference]:
    """The modules that a script imports by a path, and what Vite has it load before one of them."""
    lines = Lines(text)
    for found in _imports(text):
        if found[2].startswith((".", "/")):  # others are names of an import map
            yield Reference(name, lines.at(found.start(2)), found[2], found.start())
    for found in _DEPENDENCIES.finditer(text):
        line = text.count("\n", 0, found.start(1)) + 1
        for target in _TEXT.findall(found[1]):
            yield Reference(name, line, target if target.startswith((".", "/")) else f"/{target}")


def _imports(text: str) -> Iterator[re.Match[str]]:
    """What is imported anywhere by `import(…)`, and at the beginning of statements by `import` and `export`."""
    for port in _PORT.finditer(text):
        begin = port.start() - 2
        if text[max(begin, 0) : begin + 2] not in ("im", "ex"):
            continue
        before = text[max(begin - _LONGEST_INDENT, 0) : begin]
        found = None if re.search(r"[\w$.]$", before) else _DYNAMIC.match(text, begin)
        if found is None and before.rstrip(" \t")[-1:] in ("", ";", "}", "\n"):
            found = _STATIC.match(text, begin)
        if found is not None:
            yield found


def is_code(text: str, place: int) -> bool:
    """Whether a place of a script is none of a comment, of a text, or of a regular expression."""
    at = 0
    while (found := _NO_CODE.search(text, at)) is not None and found.start() < place:
        if place < found.end():
            return False
        at = found.end()
    return True


def source_maps(name: str, text: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """The source maps that a script or style names by files, each with where."""
    if "sourceMappingURL=" not in text:
        return
    for found in _SOURCE_MAP.finditer(text):
        if not _NOT_A_FILE.match(found[1]):
            yield resolved(found[1], beside=name), (name, text.count("\n", 0, found.start()) + 1)
