"""What pages, styles and scripts refer to, as far as their text has it. Pure: nothing is run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

_STYLE = re.compile(
    r"/\*.*?\*/|\burl\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"')]+))\s*\)|@import\s+[\"']([^\"']+)[\"']", re.DOTALL
)
_FONT = re.compile(r"@font-face\s*$", re.IGNORECASE)
ADDRESSES = (".", "/", "https://")
"""How what a module imports begins when it is no name of an import map."""
_SCRIPT = "script-src"
_PORT = re.compile("port")
"""As `import` and `export` end: a text is searched for one word in no time, and for one of two slowly."""
_DYNAMIC = re.compile(r"import\(\s*(?:/\*[^*]*\*/\s*)*([\"'`])([^\"'`$\\\n]+)\1\s*[,)]")
_STATIC = re.compile(r"(?:import|export)\b(?:[\w$\s{},*]*\bfrom)?\s*([\"'])([^\"'\\\n]+)\1")
_SKIPPED = re.compile(r"(?:\s|;|//[^\n]*|/\*[\s\S]*?\*/|\"use strict\"|'use strict')+")
_LONGEST_INDENT = 40
_DEPENDENCIES = re.compile(r"__vite__mapDeps[\s\S]{0,300}?\bf\s*=\s*\[([^\]]*)\]")
_TEXT = re.compile(r"[\"']([^\"']+)[\"']")
_SOURCE_MAP = re.compile(r"[#@]\s*sourceMappingURL=([^\s'\"*]+)")
_ADDRESS = re.compile(
    r"(\b(?:Shared)?Worker\(\s*)?(?:/\*[^*]*\*/\s*)*\bnew\s+URL\(\s*(?:/\*[^*]*\*/\s*)*([\"'`])([^\"'`$\\\n]+)\2\s*,\s*\Z"
)
"""What stands before `import.meta.url` where a script makes an address of it."""
_LONGEST_ADDRESS = 400
_CALL = re.compile(
    r"(?:serviceWorker\s*\.\s*register|\bnew\s+(?:Shared)?Worker)\(\s*([\"'`])([^\"'`$\\\n]+)\1"
    r"|\bimportScripts\(\s*([\"'`])([^\"'`$\\\n]+)\3"
)
_CALLED = ("serviceWorker", "Worker(", "importScripts(")
"""One of them is in each, and texts without are skipped in no time."""
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
        is_called: whether a call has it that may never be made, as that of a service worker, and not an import.
        of_page: whether it is relative to the page even where a script has it.
        directive: of a content security policy: the one by which browsers decide whether it is loaded. Empty: by none.
    """

    file: str
    line: int
    target: str
    place: int = field(default=-1, compare=False)
    is_called: bool = field(default=False, compare=False)
    of_page: bool = field(default=False, compare=False)
    directive: str = field(default="", compare=False)

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
            yield Reference(name, lines.at(found.start()), target, directive=_of_style(text, found))


def _of_style(text: str, found: re.Match[str]) -> str:
    if found[4]:
        return "style-src"
    begin = text.rfind("{", 0, found.start())
    return "font-src" if _FONT.search(text[max(begin - _LONGEST_INDENT, 0) : max(begin, 0)]) else "img-src"


def script_references(name: str, text: str) -> Iterator[Reference]:
    """The modules that a script imports by a path, the files that it calls, and what Vite has it load before one."""
    lines = Lines(text)
    for found in _imports(text):
        if found[2].startswith(ADDRESSES):  # others are names of an import map
            yield Reference(name, lines.at(found.start(2)), found[2], found.start(), directive=_SCRIPT)
    for found in _DEPENDENCIES.finditer(text):
        line = text.count("\n", 0, found.start(1)) + 1
        for target in _TEXT.findall(found[1]):
            yield Reference(name, line, target if target.startswith((".", "/")) else f"/{target}")
    yield from _addresses(name, text)
    yield from _calls(name, text)


def _addresses(name: str, text: str) -> Iterator[Reference]:
    """What stands beside a script by `new URL("…", import.meta.url)`: a worker is started, others may not be used."""
    lines, at = Lines(text), -1
    while (at := text.find("import.meta.url", at + 1)) >= 0:
        begin = max(at - _LONGEST_ADDRESS, 0)
        found = _ADDRESS.search(text[begin:at])
        if found is not None:
            place = begin + found.start(3)
            yield Reference(name, lines.at(place), found[3], begin + found.start(), is_called=not found[1])


def _calls(name: str, text: str) -> Iterator[Reference]:
    """Workers and scripts of workers by their addresses."""
    if not any(each in text for each in _CALLED):
        return
    lines = Lines(text)
    for found in _CALL.finditer(text):
        target, directive = found[2] or found[4], _SCRIPT if found[4] else ""
        at, of_page = lines.at(found.start()), bool(found[2])
        yield Reference(name, at, target, found.start(), is_called=True, of_page=of_page, directive=directive)


def head_imports(text: str) -> Iterator[tuple[int, str]]:
    """What the statements that a module begins with import, each with its line; what follows them may be a text."""
    lines, at = Lines(text), 0
    while True:
        skipped = _SKIPPED.match(text, at)
        found = _STATIC.match(text, skipped.end() if skipped else at)
        if found is None:
            return
        yield lines.at(found.start(2)), found[2]
        at = found.end()


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
