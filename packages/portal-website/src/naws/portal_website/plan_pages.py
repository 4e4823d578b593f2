"""Pages of HTML: what they refer to, and what a content security policy has to know of them. Pure."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from naws.portal_website.plan_modules import Modules, map_references, names_of_map
from naws.portal_website.plan_references import Reference, head_imports, is_code, script_references, style_references

_SCRIPT_TYPES = ("", "module", "importmap", "speculationrules")
_JAVASCRIPT = re.compile(r"(text|application)/(x-)?(java|ecma)script")
_USES: Mapping[str, Mapping[str, str]] = {
    "script": {"src": "script-src"},
    **{each: {"src": "img-src"} for each in ("img", "input")},
    **{each: {"src": "media-src"} for each in ("audio", "track", "source")},
    "iframe": {"src": "frame-src"},
    "embed": {"src": "object-src"},
    "video": {"src": "media-src", "poster": "img-src"},
    "object": {"data": "object-src"},
    "use": {"href": "", "xlink:href": ""},  # no browser takes it of another host
    "image": {"href": "img-src", "xlink:href": "img-src"},
    "astro-island": {"component-url": "script-src", "renderer-url": "script-src"},
}
"""Attributes of elements that name what they need, each with the directive of a content security policy for it."""
_USED_LINKS = {
    "stylesheet": "style-src",
    **dict.fromkeys(("icon", "apple-touch-icon", "mask-icon"), "img-src"),
    "manifest": "manifest-src",
    "modulepreload": "script-src",
    **dict.fromkeys(("preload", "prefetch"), ""),  # it is that of `as`
}
_PRELOADED = {
    "script": "script-src", "style": "style-src", "font": "font-src", "image": "img-src", "fetch": "connect-src",
}  # fmt: skip
_PARTS = re.compile(
    r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[a-z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL | re.IGNORECASE
)
_LOOKED_AT = re.compile(
    r"<(?:script|style|link|base|use|image|astro-island)\b|\s(?:src|srcset|poster|data|on[a-z]+)\s*=|=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)
_SRCSET = re.compile(r"(?:^|,)\s*([^\s,]+)")


@dataclass(frozen=True)
class InlineScript:
    """A script that is written in a page.

    Attributes:
        file: the page.
        line: where it begins.
        sha256: of its text, as a content security policy has it: base64, without quotation marks and algorithm.
    """

    file: str
    line: int
    sha256: str


@dataclass(frozen=True)
class Handler:
    """JavaScript in an attribute, which no hash of a content security policy allows.

    Attributes:
        file: the page.
        line: where its element begins.
        attribute: such as `onclick`; or `href` of `javascript:…`.
    """

    file: str
    line: int
    attribute: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page of HTML has.

    Attributes:
        name: its path in the folder.
        base: the address of its `<base>`; empty without one.
        scripts: those that are written in it.
        handlers: JavaScript in attributes.
        references: what it needs.
        runs: whether it has any script.
        modules: the modules that it begins with, and the names that they may import.
    """

    name: str
    base: str
    scripts: tuple[InlineScript, ...]
    handlers: tuple[Handler, ...]
    references: tuple[Reference, ...]
    runs: bool
    modules: Modules


def read_page(name: str, text: str) -> Page:
    """A page of a text; nothing is refused, as no browser refuses a page."""
    reader = _Reader(name)
    # Browsers normalise the ends of lines before they hash.
    reader.feed(_looked_at(text.replace("\r\n", "\n").replace("\r", "\n")))
    reader.close()
    return Page(
        name=name,
        base=reader.base,
        scripts=tuple(reader.scripts),
        handlers=tuple(reader.handlers),
        references=tuple(reader.references),
        runs=reader.runs,
        modules=Modules(
            files=tuple(reader.modules), inline=tuple(reader.imports), names=frozenset(reader.mapped), made=reader.made
        ),
    )


def _looked_at(text: str) -> str:
    """The elements that are looked at, in their lines: the parser takes its time for each of the others, too."""
    kept, at = list[str](), 0
    for found in _PARTS.finditer(text):
        part = found[0]
        kept.append("\n" * text.count("\n", at, found.start()))
        is_looked_at = _LOOKED_AT.search(part) is not None and not part.startswith("<!--")
        kept.append(part if is_looked_at else "\n" * part.count("\n"))
        at = found.end()
    kept.append(text[at:])
    return "".join(kept)


def csp_hash(script: str) -> str:
    """The SHA-256 of a script as a content security policy has it, in base64."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=False)
        self.name, self.base, self.runs = name, "", False
        self.scripts = list[InlineScript]()
        self.handlers = list[Handler]()
        self.references = list[Reference]()
        self.modules, self.imports = list[str](), list[Reference]()
        self.mapped, self.made = set[str](), False
        self._within, self._kind, self._line = "", "", 0
        self._text = list[str]()
        self._seen = set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, given = self.getpos()[0], {name: value or "" for name, value in attrs}
        if tag == "base" and not self.base:
            self.base = given.get("href", "")
        self._look_for_handlers(line, given)
        self._refer(Reference(self.name, line, each, directive=by) for each, by in _targets(tag, given))
        if tag in ("script", "style"):
            self._line, self._text = line, []
            self._within = tag if tag == "style" or _is_run(given.get("type", "")) else ""
            self._kind = given.get("type", "").strip().lower()
            self.runs = self.runs or self._within == "script"
            if "src" in given:
                self._within = ""
                self.modules += [given["src"].strip()] if self._kind == "module" else []
                self.made = self.made or "importmap" in self._kind + given["src"]

    def handle_data(self, data: str) -> None:
        if self._within:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._within:
            return
        self._within, text = "", "".join(self._text)
        read = script_references if tag == "script" else style_references
        found = [each for each in read(self.name, text) if each.place < 0 or is_code(text, each.place)]
        if tag == "script" and self._kind == "importmap":
            self.mapped.update(names_of_map(text))
            found = [*map_references(self.name, text)]
        elif tag == "script":
            self.made = self.made or "importmap" in text
            heads = head_imports(text) if self._kind == "module" else ()
            self.imports += [Reference(self.name, self._line + line - 1, target) for line, target in heads]
        self._refer(replace(each, line=self._line + each.line - 1, place=-1) for each in found)
        if tag == "script":
            self.scripts.append(InlineScript(self.name, self._line, csp_hash(text)))

    def _refer(self, found: Iterable[Reference]) -> None:
        for each in found:
            if each.target not in self._seen:
                self._seen.add(each.target)
                self.references.append(each)

    def _look_for_handlers(self, line: int, given: dict[str, str]) -> None:
        for name, value in given.items():
            runs = name in ("href", "src", "action") and value.strip().lower().startswith("javascript:")
            if runs or (name.startswith("on") and value):
                self.handlers.append(Handler(self.name, line, name))


def _is_run(kind: str) -> bool:
    kind = kind.strip().lower().partition(";")[0]
    return kind in _SCRIPT_TYPES or _JAVASCRIPT.fullmatch(kind) is not None


def _targets(tag: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What an element needs, each with its directive of a content security policy."""
    found = [(given.get(name, ""), directive) for name, directive in _USES.get(tag, {}).items()]
    if tag == "link":
        used = [_USED_LINKS[each] for each in given.get("rel", "").lower().split() if each in _USED_LINKS]
        directive = next(filter(None, used), _PRELOADED.get(given.get("as", "").lower(), ""))
        found = [(given.get("href", ""), directive)] if used else []
    if tag in ("img", "source") and not given.get("srcset", "").startswith("data:"):
        found += [(each, "img-src") for each in _SRCSET.findall(given.get("srcset", ""))]
    return ((each.strip(), directive) for each, directive in found if each.strip())
