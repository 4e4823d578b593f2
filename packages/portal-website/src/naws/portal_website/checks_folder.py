"""Rules on the folder that a build left: that it is one, and what must not be published."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, TypeVar

from naws.core.authoring import (
    Finding,
    Rule,
    Verbatim,
    advice,
    format_number,
    known,
    limit,
    nearest,
    practice,
)
from naws.portal_website.plan_folder import INDEX, LARGEST_FILE, NOT_PUBLISHED, Folder, is_folder
from naws.portal_website.plan_leftovers import leftovers_of

_ROOT = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DefaultRootObject.html"
_KEYS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"
_PUBLIC = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_secrets.html"
_MAPS = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/SourceMap"
_UPLOAD = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_MEBIBYTE = 1024 * 1024
_LARGE, _MANY = 500 * _MEBIBYTE, 10_000
_LONGEST_KEY, _PREFIX = 1_024, 13
"""Bytes of a key, and those of them that the release's id takes."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BUILT = ("dist", "build", "out", "public", "_site", "www", ".output/public")
_FALLBACK = "200.html"
_BUILD = "npm run build  # or what else builds the site, before cdk runs"
_FEW = 5
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, kw_only=True)
class FolderPart:
    """The folder of a website, and what of its props says how it is published.

    Attributes:
        folder: what is in it.
        kind: "spa" or "pages", as it is given.
        immutable: path patterns of what is cached for a year.
        immutable_paths: those that are given. None: they are those of the folder.
        apis: path patterns of what answers in its place.
        published: what is published beside it, such as `config.json`.
        csp: of the security policy: "report", "enforce", or None for none.
        csp_sources: more that its directives allow.
        not_found_page: as it is given. None: it is not.
        release: the id that is pinned. None: none is.
        folders: whether the page `/about` is `about/index.html`, where both are there.
    """

    folder: Folder
    kind: Literal["spa", "pages"] = "spa"
    immutable: tuple[str, ...] = ()
    immutable_paths: Sequence[str] | None = None
    apis: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    csp: Literal["report", "enforce"] | None = "report"
    csp_sources: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    not_found_page: str | None = None
    release: str | None = None
    folders: bool = True

    def on_disk(self, name: str = "") -> str:
        """The path of one of its files, as the user would write it in a shell."""
        return str(PurePosixPath(self.folder.source) / name)


def at(name: str, line: int = 0) -> str:
    """A file of the folder as an issue names it, with its line when there is one: `source["index.html"]:12`."""
    return f'source["{printable(name)}"]' + (f":{line}" if line else "")


def printable(name: str) -> str:
    """A name without what no terminal shows."""
    return name if name.isprintable() else repr(name)[1:-1]


def first_few(items: Iterable[ItemT]) -> Iterator[tuple[ItemT, str]]:
    """The first five, and with the last of these how many more there are, as a text that follows another."""
    every = list(items)
    for number, each in enumerate(every[:_FEW], start=1):
        more = len(every) - _FEW
        yield each, f"; {format_number(more)} more are like it" if number == _FEW and more > 0 else ""


def _of_source(part: FolderPart, expected: str, remedy: str, shown: str = "") -> Finding:
    return Finding(
        path="source", value=Verbatim(shown) if shown else part.folder.source, expected=expected, remedy=remedy
    )


@limit(
    code="NAWS-SITE-001",
    title="The folder is there, and has an index.html",
    source=_ROOT,
    example='source="web/dits"',
    fix='source="web/dist"',
)
def is_built(part: FolderPart) -> Iterator[Finding]:
    """There would be no first page. A relative path starts where the app is run, and not beside its file."""
    folder = part.folder
    if INDEX in folder.names:
        return
    if not known(folder.source) or not folder.source.strip():
        yield _of_source(part, "a folder that is there when the app is synthesised", 'source="web/dist"')
    elif not folder.exists:
        yield _of_source(part, "a folder that is there, seen from where cdk runs", "\n".join(_similar(folder.source)))
    elif not folder.files:
        yield _of_source(part, f"a folder with {INDEX}: it is empty", _BUILD)
    else:
        yield _of_source(part, *_without_index(part))


def _without_index(part: FolderPart) -> tuple[str, str]:
    """What is expected of a folder that has files and no first page, and how it comes to have one."""
    names = part.folder.names
    if Path(part.folder.source).name == ".next" or {"BUILD_ID", "build-manifest.json"} <= names:
        out = str(PurePosixPath(part.folder.source).parent / "out")
        return "what Next.js exports as files", f'output: "export"  // in next.config; then source="{out}"'
    other = next((name for name in sorted(names) if name.casefold() == INDEX), None)
    if other is not None:
        return f"{INDEX} in small letters", f"mv {part.on_disk(other)} {part.on_disk(INDEX)}"
    if _FALLBACK in names:
        moved = f"mv {part.on_disk(_FALLBACK)} {part.on_disk(INDEX)}"
        return f"{INDEX} as the page of all routes", f'fallback: "{INDEX}"  // of adapter-static\n{moved}'
    above = sorted({str(PurePosixPath(name).parent) for name in names if PurePosixPath(name).name == INDEX})
    found = [f'source="{part.on_disk(each)}"' for each in sorted(above, key=_by_depth)[:3]]
    return f"a folder with {INDEX}", "\n".join(found) or f'source="…"  # the folder that the build wrote {INDEX} into'


def _similar(source: str) -> Iterator[str]:
    """Folders beside the one that is not there: of a similar name, or those that builds leave."""
    above = Path(source).parent
    beside = [each.name for each in above.iterdir() if each.is_dir()] if source.strip() and is_folder(above) else []
    close = nearest(Path(source).name, beside)
    found = [close] if close else [each for each in _BUILT if each in beside]
    yield from (f'source="{PurePosixPath(above.as_posix()) / each}"' for each in found)
    if not found:
        yield _BUILD


def _by_depth(name: str) -> tuple[int, str]:
    return name.count("/"), name


@practice(
    code="NAWS-SITE-002",
    title="No credentials are published",
    source=_PUBLIC,
    example="""
    # The folder has a file .env.
    source="web/careless"
    """,
    fix='source="web/dist"',
)
def no_secret_files(part: FolderPart) -> Iterator[Finding]:
    """Anybody can read every file of a website. What was once published is to be replaced, not only removed."""
    for name, more in first_few(part.folder.secret_files):
        expected = f"a file that anybody may read{more}"
        yield Finding(path=at(name), value=Verbatim("published"), expected=expected, remedy=f"rm {part.on_disk(name)}")


@practice(
    code="NAWS-SITE-003",
    title="No credentials are in what is published",
    source=_PUBLIC,
    example="""
    # A script of the folder has an access key.
    source="web/leaking"
    """,
    fix='source="web/dist"',
)
def no_secret_texts(part: FolderPart) -> Iterator[Finding]:
    """Builds write variables into scripts, and anybody can read those. The endpoint that a browser asks keeps secrets.

    It is found by its form: access keys, private keys and tokens, passwords in YAML, and hashes of passwords in SQL,
    CSV and YAML; but not keys that are made for browsers, and not what is written in the place of a password.
    """
    for (name, line), more in first_few(part.folder.credentials):
        yield Finding(
            path=at(name, line),
            value=Verbatim("a credential"),
            expected=f"nothing that only some may know{more}",
            remedy='api={"/api/*": …}  # what needs the credential, and reads it as a secret',
        )


@practice(
    code="NAWS-SITE-004",
    title="The folder is what a build left, and not what it is made of",
    source="https://vite.dev/guide/build.html",
    example="""
    # The folder has package.json and node_modules.
    source="web/whole"
    """,
    fix='source="web/dist"',
)
def no_sources(part: FolderPart) -> Iterator[Finding]:
    """Sources, their history, databases and what systems write beside files could be read by anybody."""
    names = part.folder.names
    inside = [f'source="{part.on_disk(each)}"' for each in _BUILT if f"{each}/{INDEX}" in names]
    if INDEX not in names:
        return
    for each in leftovers_of(names):
        first, *others = each.names
        more = f" and {format_number(len(others))} more" if others else ""
        yield Finding(
            path=at(first),
            value=Verbatim("published"),
            expected=f"{each.expected}: it has {first}{more}",
            remedy="\n".join(inside) or each.removal.format(part.on_disk(each.removed)),
        )


@advice(
    code="NAWS-SITE-005",
    title="Source maps are not published",
    source=_MAPS,
    example="""
    # The folder has source maps.
    source="web/mapped"
    """,
    fix='source="web/dist"',
)
def no_maps(part: FolderPart) -> Iterator[Finding]:
    """Anybody can read the sources by them, comments too. Accept it where the sources are public anyway."""
    found = sorted(name for name in part.folder.names if name.endswith(".map"))
    for name, more in first_few(found):
        file, line = part.folder.map_references.get(name, (name, 0))
        yield Finding(
            path=at(file, line),
            value=Verbatim(name if file != name else "published"),
            expected=f"no source map{more}",
            remedy=f"rm {part.on_disk(name)}\nbuild: {{ sourcemap: false }}  // in the bundler's configuration",
        )


@limit(
    code="NAWS-SITE-006",
    title="The path of a file fits into a key of S3",
    source=_KEYS,
    example="""
    # The folder has a file whose path is longer than 1,011 bytes.
    source="web/long"
    """,
    fix='source="web/dist"',
)
def keys(part: FolderPart) -> Iterator[Finding]:
    """A key has 1,024 bytes of UTF-8 at most, of which the id of the release takes 13."""
    most = _LONGEST_KEY - _PREFIX
    for name, more in first_few(sorted(each for each in part.folder.names if _bytes(each) > most)):
        if _bytes(name) > _LONGEST_KEY * 1_000:
            expected = f"a name that is text of UTF-8{more}"
        else:
            expected = f"at most {most:,} bytes: it has {_bytes(name):,}{more}"
        shown = Verbatim(f"{printable(name)[:60]}…")
        yield Finding(path="source", value=shown, expected=expected, remedy="mv …  # to a shorter path")


def _bytes(name: str) -> int:
    """Of the name in UTF-8; more than any has when it is none."""
    try:
        return len(name.encode())
    except UnicodeEncodeError:
        return _LONGEST_KEY * 1_000 + 1


@practice(
    code="NAWS-SITE-007",
    title="The names of files are other ones on every system, and can be typed",
    source=_KEYS,
    example="""
    # The folder has Logo.png and logo.png.
    source="web/twins"
    """,
    fix='source="web/dist"',
)
def names(part: FolderPart) -> Iterator[Finding]:
    """Where two names differ by capitals alone, macOS and Windows have one file: the next build there loses the other.

    Control characters are to be avoided in keys.
    """
    twins: dict[str, str] = {}
    found = list[tuple[str, str]]()
    for name in sorted(part.folder.names):
        twin = twins.setdefault(name.casefold(), name)
        if twin != name:
            found.append((name, f"a name that differs from {twin} by more than capitals"))
        if _CONTROL.search(name):
            found.append((name, "a name without control characters"))
    for (name, expected), more in first_few(found):
        yield Finding(path=at(name), value=Verbatim("published"), expected=f"{expected}{more}", remedy="mv …")


@limit(
    code="NAWS-SITE-008",
    title="A file is no larger than S3 takes in one request",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html",
    example="""
    # The folder has a film of 6 GB.
    source="web/videos"
    """,
    fix='source="web/dist"',
)
def fits(part: FolderPart) -> Iterator[Finding]:
    """Its ETag is the MD5 of what came in one request: so it is known whether a file is there already."""
    for each, more in first_few(each for each in part.folder.files if each.size > LARGEST_FILE):
        yield Finding(
            path=at(each.name),
            value=Verbatim(_mib(each.size)),
            expected=f"at most {_mib(LARGEST_FILE)}{more}",
            remedy=f"rm {part.on_disk(each.name)}  # and upload it by what has grant_upload",
        )


@advice(
    code="NAWS-SITE-009",
    title="The folder is uploaded in a few minutes",
    source=_UPLOAD,
    example="""
    # The folder has 12,000 files.
    source="web/many"
    """,
    fix='source="web/dist"',
)
def is_quick(part: FolderPart) -> Iterator[Finding]:
    """The function that uploads has 15 minutes, and a deployment waits for it. What is there already takes less."""
    folder = part.folder
    if folder.size > _LARGE or len(folder.files) > _MANY:
        yield _of_source(
            part,
            f"at most {_mib(_LARGE)} and {format_number(_MANY)} files",
            "rm …  # and upload large files by what has grant_upload",
            f"{_mib(folder.size)} in {format_number(len(folder.files))} files",
        )


def _mib(size: int) -> str:
    return f"{round(size / _MEBIBYTE):,} MiB"


@practice(
    code="NAWS-SITE-010",
    title="Everything in the folder can be read",
    source="https://docs.aws.amazon.com/cdk/v2/guide/assets.html",
    example="""
    # The folder has a link to a file that is not there.
    source="web/dangling"
    """,
    fix='source="web/dist"',
)
def readable(part: FolderPart) -> Iterator[Finding]:
    """A link to nothing, a pipe or what may not be read has no content: the site would lack it."""
    for name, more in first_few(part.folder.unreadable):
        expected = f"a file with content that can be read{more}"
        remedy = f"rm {part.on_disk(name)}"
        yield Finding(path=at(name), value=Verbatim("nothing"), expected=expected, remedy=remedy)


@advice(
    code="NAWS-SITE-011",
    title="Headers are given as `headers`",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-response-headers.html",
    example="""
    # The folder has a file _headers.
    source="web/headed"
    """,
    fix='source="web/dist"',
)
def no_headers_file(part: FolderPart) -> Iterator[Finding]:
    """A file `_headers` is for other hosts: it is neither read nor published."""
    name = NOT_PUBLISHED[1]
    if name in part.folder.names:
        remedy = f'rm {part.on_disk(name)}\nheaders=SecurityHeaders(custom={{"X-Robots-Tag": "noindex"}})'
        yield Finding(path=at(name), value=Verbatim("not read"), expected="headers=SecurityHeaders(…)", remedy=remedy)


FOLDER_RULES: tuple[Rule[FolderPart], ...] = (
    is_built,
    no_secret_files,
    no_secret_texts,
    no_sources,
    no_maps,
    keys,
    names,
    fits,
    is_quick,
    readable,
    no_headers_file,
)
