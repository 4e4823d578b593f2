"""The folder that a build left, and what is seen in it. Pure: it reads, and runs nothing.

A file's content is read only when something asks for it, text up to a limit, and only what was found is kept.
"""

import codecs
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Literal

from naws.core.authoring import is_secret_file, may_be_key
from naws.portal_website.plan_hashes import Span
from naws.portal_website.plan_modules import bare_imports
from naws.portal_website.plan_names import Immutable, ending_of, hashed_names, immutable_of
from naws.portal_website.plan_pages import Handler, InlineScript, Page, read_page
from naws.portal_website.plan_redirects import REDIRECTS, Redirect, read_redirects
from naws.portal_website.plan_references import (
    Reference,
    is_code,
    resolved,
    script_references,
    source_maps,
    style_references,
)
from naws.portal_website.plan_secrets import credential_lines

INDEX = "index.html"
NOT_PUBLISHED = (REDIRECTS, "_headers")
"""What says how a folder is served, and is no page of it."""
LARGEST_FILE = 5_000_000_000
"""Bytes that S3 takes in one request."""
_PAGES, _STYLES, _SCRIPTS = (".html", ".htm"), (".css",), (".js", ".mjs")
_READ_AT_MOST: dict[tuple[str, ...], int] = {_PAGES: 12_000_000, _STYLES: 16_000_000, _SCRIPTS: 64_000_000}
"""Characters that are read of all files of a kind: a second or two. Scripts take longer to load than that."""
_OTHERS, _OTHERS_AT_MOST = (
    (".json", ".txt", ".map", ".xml", ".webmanifest", ".yml", ".yaml", ".toml", ".csv", ".sql"),
    32_000_000,
)
_LONGEST_TEXT = 8_000_000
_SEARCHED_AT_MOST = 64_000_000
"""Bytes of the texts that are longer than that, which are searched for credentials alone, in pieces."""
_OVERLAP = 4_096
_TEXTS = frozenset(ending for kind in (*_READ_AT_MOST, _OTHERS) for ending in kind)
_BLOCK = 1 << 20
_OF_EVERY_SITE = frozenset((INDEX, "404.html", "200.html", "500.html", "offline.html"))
_MANY_PAGES = 3
_PRERENDERING = ("_next/", "_app/")
"""Of Next.js and SvelteKit, whose other pages are written by routes: one is enough."""


@dataclass(frozen=True)
class File:
    """A file of the folder.

    Attributes:
        name: its path in the folder, with `/`.
        file: where it is.
        size: its bytes.
    """

    name: str
    file: Path
    size: int

    @property
    def digest(self) -> str:
        """The SHA-256 of its content, in hexadecimal digits; each time it is asked for the file is read."""
        found = hashlib.sha256()
        with self.file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                found.update(block)
        return found.hexdigest()

    @property
    def ending(self) -> str:
        """Its extension in small letters, with its dot; empty without one."""
        return ending_of(self.name)

    @property
    def is_secret(self) -> bool:
        """Whether it is a credential, by its name or because it is a private key."""
        name = PurePosixPath(self.name).name
        return is_secret_file(name) or (may_be_key(name) and "PRIVATE KEY-----" in self.text())

    @property
    def encoding(self) -> str:
        """That of its text; empty when it has none."""
        data = self.file.read_bytes()[:_LONGEST_TEXT]
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "UTF-16"
        try:
            return "UTF-8" if codecs.getincrementaldecoder("utf-8")().decode(data).strip() else ""
        except UnicodeDecodeError:
            return "ISO-8859-1"

    def text(self) -> str:
        """Its text, of which a long one is cut; what is no UTF-8 is replaced."""
        with self.file.open("rb") as opened:
            return opened.read(_LONGEST_TEXT).decode("utf-8-sig", errors="replace")

    def pieces(self) -> Iterator[tuple[int, str]]:
        """Its whole text in pieces that overlap, each with the number of its first line."""
        line, data = 1, b""
        with self.file.open("rb") as opened:
            while block := opened.read(_LONGEST_TEXT):
                data += block
                yield line, data.decode("utf-8-sig", errors="replace")
                kept = max(len(data) - _OVERLAP, 0)
                line, data = line + data.count(b"\n", 0, kept), data[kept:]


@dataclass(frozen=True)
class Folder:
    """The folder that a build left.

    Attributes:
        source: it, as it is given.
        exists: whether it is a folder that is there.
        files: the files in it, by name.
        unreadable: what has no content that can be read: links to nothing, pipes, what may not be read.
    """

    source: str
    exists: bool
    files: tuple[File, ...]
    unreadable: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(each.name for each in self.files)

    @cached_property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(each.size for each in self.files)

    @cached_property
    def asset_hash(self) -> str:
        """The SHA-256 of what is published, names and contents, in hexadecimal digits; zeros of what is too large."""
        if any(each.size > LARGEST_FILE for each in self.files):
            return "0" * 64
        whole = hashlib.sha256()
        for each in self.files:
            if each.name not in NOT_PUBLISHED:
                whole.update(f"{each.name}\0{each.digest}\n".encode(errors="surrogateescape"))
        return whole.hexdigest()

    @cached_property
    def redirects(self) -> tuple[Redirect, ...]:
        """Those of its file `_redirects`, wrong ones too; none without one."""
        found = next((each for each in self.files if each.name == REDIRECTS), None)
        return () if found is None else read_redirects(found.text())

    @cached_property
    def hashed(self) -> Mapping[str, Span]:
        """The files that have a hash in their names, each with where it is."""
        return hashed_names(each.name for each in self.files)

    @cached_property
    def immutable(self) -> Immutable:
        """The files that tools named by their content."""
        return immutable_of([each.name for each in self.files], self.hashed)

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """The extensions that occur, as they are written and without their dots: `css`, `html`."""
        return tuple(sorted({each.name.rpartition(".")[2] for each in self.files if each.ending}))

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The files that are published and have no extension: `.well-known/apple-app-site-association`."""
        return tuple(each.name for each in self.files if not each.ending and each.name not in NOT_PUBLISHED)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """What its pages have, as many as are read; `index.html` is the first."""
        return tuple(read_page(each.name, each.text()) for each in self._read(_PAGES))

    @cached_property
    def odd_pages(self) -> tuple[tuple[str, str], ...]:
        """Pages that browsers cannot read as UTF-8, each with its encoding; a first page that is empty has none."""
        found = ((each.name, each.encoding) for each in self._read(_PAGES) if each.size or each.name == INDEX)
        return tuple((name, encoding) for name, encoding in found if encoding != "UTF-8")

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """Pages, styles and scripts that are too much to read."""
        read = {each.name for kind in _READ_AT_MOST for each in self._read(kind)}
        kinds = {ending for kind in _READ_AT_MOST for ending in kind}
        return tuple(each.name for each in self.files if each.ending in kinds and each.name not in read)

    @cached_property
    def inline_scripts(self) -> tuple[InlineScript, ...]:
        """Scripts that are written in pages."""
        return tuple(each for page in self.pages for each in page.scripts)

    @cached_property
    def script_hashes(self) -> tuple[str, ...]:
        """The SHA-256 of each inline script once, in base64, sorted."""
        return tuple(sorted({each.sha256 for each in self.inline_scripts}))

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """JavaScript in attributes of pages."""
        return tuple(each for page in self.pages for each in page.handlers)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """What pages, styles and scripts refer to."""
        return tuple(self._references())

    def runs(self, reference: Reference) -> bool:
        """Whether what a script refers to is more than a comment or a text in it."""
        found = next((each for each in self.files if each.name == reference.file), None)
        return found is None or reference.place < 0 or is_code(found.text(), reference.place)

    @cached_property
    def bare_imports(self) -> tuple[Reference, ...]:
        """What modules of pages import by names that no import map of the page has."""
        texts, edges = {each.name: each for each in self._read(_SCRIPTS)}, dict[str, list[str]]()
        for each in self.references:
            if each.place >= 0 and not each.is_called and each.is_local:
                edges.setdefault(each.file, []).append(resolved(each.target, beside=each.file))
        pages = [(page.base or page.name, page.modules) for page in self.pages]
        return tuple(bare_imports(pages, edges, lambda name: texts[name].text() if name in texts else ""))

    @cached_property
    def secret_files(self) -> tuple[str, ...]:
        """Files that are credentials, by their names or because they are private keys."""
        return tuple(each.name for each in self.files if each.is_secret)

    @cached_property
    def credentials(self) -> tuple[tuple[str, int], ...]:
        """Files and lines that have credentials, of those that are text and are searched."""
        found = (
            (each.name, first + line - 1)
            for each in (*self._texts(), *self._long)
            for first, text in each.pieces()
            for line in credential_lines(text, each.ending)
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def unsearched(self) -> tuple[str, ...]:
        """Texts that are not searched for credentials."""
        searched = {each.name for each in (*self._texts(), *self._long)}
        return tuple(each.name for each in self.files if each.ending in _TEXTS and each.name not in searched)

    @cached_property
    def _long(self) -> Sequence[File]:
        """The texts that are too long to be read otherwise, small ones before large ones."""
        long = [each for each in self.files if each.ending in _TEXTS and each.size > _LONGEST_TEXT]
        long.sort(key=lambda file: (file.size, file.name))
        sizes = accumulate(each.size for each in long)
        return [each for each, size in zip(long, sizes, strict=True) if size <= _SEARCHED_AT_MOST]

    @cached_property
    def map_references(self) -> dict[str, tuple[str, int]]:
        """The source maps that scripts and styles name, each with the file that names it and the line."""
        return {name: where for each in self._texts() for name, where in source_maps(each.name, each.text())}

    @cached_property
    def bases(self) -> dict[str, str]:
        """The `<base>` of each page that has one."""
        return {page.name: page.base for page in self.pages if page.base}

    @property
    def kind(self) -> Literal["spa", "pages"] | None:
        """What it looks like: one page that runs scripts, or a page for each address. None: neither for sure."""
        others = [each.name for each in self.files if each.ending in _PAGES and each.name not in _OF_EVERY_SITE]
        is_prerendered = bool(others) and any(name.startswith(_PRERENDERING) for name in self.names)
        if any(name.endswith(f"/{INDEX}") for name in others) or len(others) >= _MANY_PAGES or is_prerendered:
            return "pages"
        index = next((page for page in self.pages if page.name == INDEX), None)
        return "spa" if not others and index is not None and index.runs else None

    def _references(self) -> Iterator[Reference]:
        for page in self.pages:
            yield from page.references
        for each in self._read(_STYLES):
            yield from style_references(each.name, each.text())
        for each in self._read(_SCRIPTS):
            yield from script_references(each.name, each.text())

    def _texts(self) -> Iterator[File]:
        for kind in (*_READ_AT_MOST, _OTHERS):
            yield from self._read(kind)

    def _read(self, kind: tuple[str, ...]) -> Sequence[File]:
        """The files of a kind that are read: `index.html` first, and small ones before large ones."""
        left, read = _READ_AT_MOST.get(kind, _OTHERS_AT_MOST), list[File]()
        found = [each for each in self.files if each.ending in kind and each.size <= _LONGEST_TEXT]
        for each in sorted(found, key=lambda file: (file.name != INDEX, file.size, file.name)):
            left -= each.size
            if left < 0:
                break
            read.append(each)
        return read


def read_folder(source: str) -> Folder:
    """The folder as it is now. One that is not there has no files.

    Args:
        source: its path; a relative one starts where the app is run.
    """
    root = Path(source)
    if not source.strip() or not is_folder(root):
        return Folder(source, exists=False, files=())
    files, unreadable = list[File](), list[str]()
    for name, entry in _walk(root, "", (os.path.realpath(root),)):
        path = Path(entry.path)
        if entry.is_file() and os.access(path, os.R_OK):
            files.append(File(name, path, entry.stat().st_size))
        else:
            unreadable.append(name)
    files.sort(key=lambda each: each.name)
    return Folder(source, exists=True, files=tuple(files), unreadable=tuple(sorted(unreadable)))


def is_folder(path: Path) -> bool:
    """Whether it is one. A path that is too long for the system is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _walk(folder: Path, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Whatever is no folder, at any depth; a link to a folder that is above it is not followed."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = f"{prefix}{entry.name}"
        if not entry.is_dir():
            yield name, entry
        elif (real := os.path.realpath(entry.path)) not in above:
            yield from _walk(Path(entry.path), f"{name}/", (*above, real))
