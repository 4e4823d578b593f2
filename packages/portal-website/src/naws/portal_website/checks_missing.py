"""Rules on what files of the folder refer to: that it is there, and under the address that browsers ask for."""

import difflib
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from naws.core.authoring import Finding, Rule, Verbatim, advice, practice
from naws.portal_website.checks_folder import FolderPart, at, first_few
from naws.portal_website.plan_folder import INDEX
from naws.portal_website.plan_hashes import Span
from naws.portal_website.plan_names import TOOL_FOLDERS, ending_of, hashed_names, in_folder, matches_any
from naws.portal_website.plan_references import Reference, resolved

_ERRORS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html"
_MAPS = "https://developer.mozilla.org/en-US/docs/Web/HTML/Reference/Elements/script/type/importmap"
_CALLS = "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Operators/import.meta"
_SCRIPT_ENDINGS = (".js", ".mjs", "/index.js")
_NEAR = 0.75
"""How alike the names of two files are, of which one is a mistake of the other."""
_BASES = {
    "_next/": 'basePath: ""  // in next.config',
    "_astro/": 'base: "/"  // in astro.config',
    "_app/": 'kit: { paths: { base: "" } }  // in svelte.config',
    "_nuxt/": 'app: { baseURL: "/" }  // in nuxt.config',
    "static/": '"homepage": "/"  // in package.json',
    "assets/": 'base: "/"  // in vite.config',
}
"""The setting of the tool that has such a folder."""
_ANY_BASE = 'publicPath: "/"  // in webpack.config, or what your tool has for it'


@practice(
    code="NAWS-SITE-012",
    title="What a file refers to is in the folder",
    source=_ERRORS,
    example="""
    # A script imports a chunk that is not there.
    source="web/broken"
    """,
    fix='source="web/dist"',
)
def is_there(part: FolderPart) -> Iterator[Finding]:
    """A browser gets a 404 instead, and a page without its chunk stays white. Builds into a full folder leave such.

    Pages, styles and scripts are read as text: what a script puts together while it runs is not seen, and what a
    comment or a text of it has is no import. Files that are all there below another path have the base path of a build.
    """
    missing = _all_missing(part, called=False)
    base = _base_of(part, missing)
    moved = [(each, name) for each, name in missing if base and name.startswith(base)]
    if moved:
        yield _moved(part, base, moved)
    for (each, name), more in first_few(pair for pair in missing if pair not in moved):
        yield _finding(part, each, name, more)


@advice(
    code="NAWS-SITE-053",
    title="What a script calls by its address is in the folder",
    source=_CALLS,
    example="""
    # A script has new URL("./pdf-Zz9kQ1xy.wasm", import.meta.url), which is not there.
    source="web/uncalled"
    """,
    fix='source="web/dist"',
)
def called_is_there(part: FolderPart) -> Iterator[Finding]:
    """A service worker, a worker, or a file beside a script by `new URL("…", import.meta.url)`: it would be a 404.

    Libraries have such for cases that your site may never come to: then accept it.
    """
    for (each, name), more in first_few(_all_missing(part, called=True)):
        yield _finding(part, each, name, more)


def _all_missing(part: FolderPart, *, called: bool) -> list[tuple[Reference, str]]:
    missing: dict[tuple[str, str], tuple[Reference, str]] = {}
    for each in part.folder.references:
        name = _missing(part, each) if each.is_called == called else ""
        if name and (each.file, name) not in missing and part.folder.runs(each):
            missing[each.file, name] = (each, name)
    return list(missing.values())


def _finding(part: FolderPart, reference: Reference, name: str, more: str) -> Finding:
    twin = next((other for other in part.folder.names if other.casefold() == name.casefold()), "")
    close = _as_written(reference, twin or _close(part, name), _beside(part, reference))
    why = f"{twin} is there: capitals count" if twin else f"a file {name} in the folder"
    has_close = bool(close) and close != reference.target
    remedy = f"{reference.target}  ->  {close}" if has_close else "rm -r … && …  # the build, into an empty folder"
    return Finding(
        path=at(reference.file, reference.line),
        value=Verbatim(reference.target),
        expected=f"{why}{more}",
        remedy=remedy,
    )


def _beside(part: FolderPart, reference: Reference) -> str:
    """What a reference is relative to."""
    if reference.of_page and ending_of(reference.file) not in {".html", ".htm"}:
        return part.folder.bases.get(INDEX, INDEX)
    return part.folder.bases.get(reference.file, reference.file)


def _missing(part: FolderPart, reference: Reference) -> str:
    """The file that is referred to and is not there; empty when it is there, or nobody can know."""
    if not reference.is_local:
        return ""
    name, names = resolved(reference.target, beside=_beside(part, reference)), part.folder.names
    if not name or name.endswith("/") or name in names or name in part.published or matches_any(part.apis, name):
        return ""
    is_import = reference.place >= 0 and not reference.is_called
    if not ending_of(name):  # else it may be the address of a page
        return name if is_import and any(f"{name}{ending}" in names for ending in _SCRIPT_ENDINGS) else ""
    return name


def _close(part: FolderPart, name: str) -> str:
    """The file that is probably wanted: with an extension, elsewhere by its name, or beside it by one like it.

    Nobody mistypes a hash: what has one in its name is of another build, whose file may have another hash here.
    """
    longer = next((name + each for each in _SCRIPT_ENDINGS if name + each in part.folder.names), "")
    if longer:
        return longer
    path, ending = PurePosixPath(name), ending_of(name)
    alike = [each for each in map(PurePosixPath, part.folder.names) if each.suffix.lower() == ending]
    elsewhere = [str(each) for each in alike if each.name == path.name]
    if elsewhere:
        return min(elsewhere, key=lambda each: (each.count("/"), each))
    hashed = hashed_names((*part.folder.names, name))
    if name in hashed:
        wanted = _without_hash(name, hashed)
        found = [each for each in map(str, alike) if _without_hash(each, hashed) == wanted]
        return found[0] if len(found) == 1 else ""
    beside = {each.stem: str(each) for each in alike if each.parent == path.parent}
    return next((beside[each] for each in difflib.get_close_matches(path.stem, beside, n=1, cutoff=_NEAR)), "")


def _without_hash(name: str, hashed: Mapping[str, Span]) -> str:
    begin, end = hashed.get(name, (0, 0))
    return name[:begin] + name[end:]


def _as_written(reference: Reference, name: str, beside: str) -> str:
    """A file as the reference would name it: by a path from the root on, or from beside."""
    if not name or reference.target.startswith("/"):
        return name and f"/{name}"
    path = posixpath.relpath(f"/{name}", posixpath.dirname(f"/{beside.lstrip('/')}") or "/")
    return f"./{path}" if reference.target.startswith(".") and not path.startswith(".") else path


def _base_of(part: FolderPart, missing: list[tuple[Reference, str]]) -> str:
    """The folder that a build takes for the one of its files: `app/`, where `app/assets/a.js` is `assets/a.js`."""
    names = part.folder.names
    for each, name in missing:
        if not each.target.startswith("/") and each.file not in part.folder.bases:
            continue
        for found in re.finditer("/", name):
            base, rest = name[: found.end()], name[found.end() :]
            if rest not in names or _has(part, base):
                continue
            alike = [other for _, other in missing if other.startswith(base) and other[len(base) :] in names]
            if len(alike) > 1 or any(in_folder(rest, folder) for folder in TOOL_FOLDERS):
                return base
    return ""


def _moved(part: FolderPart, base: str, moved: list[tuple[Reference, str]]) -> Finding:
    (each, name), more = moved[0], len(moved) - 1
    setting = next((line for folder, line in _BASES.items() if _has(part, folder)), _ANY_BASE)
    if each.file in part.folder.bases:
        setting = '<base href="/">'
    return Finding(
        path=at(each.file, each.line),
        value=Verbatim(each.target),
        expected=f"/{name[len(base) :]}: the build has the base path /{base}"
        + (f"; {more:,} more are like it" if more else ""),
        remedy=setting,
    )


def _has(part: FolderPart, folder: str) -> bool:
    return any(name.startswith(folder) for name in part.folder.names)


@practice(
    code="NAWS-SITE-054",
    title="A module imports by a path, or by a name of an import map",
    source=_MAPS,
    example="""
    # A module of the page has import "react".
    source="web/unbundled"
    """,
    fix='source="web/dist"',
)
def no_packages(part: FolderPart) -> Iterator[Finding]:
    """Browsers know no packages, and refuse a whole module for one: the page stays white. A bundler writes paths.

    Only the imports that a module begins with are looked at, of modules that a page of the folder loads.
    """
    for each, more in first_few(part.folder.bare_imports):
        stem = PurePosixPath(each.target).name.partition(".")[0]
        scripts = sorted(name for name in part.folder.names if ending_of(name) in {".js", ".mjs"})
        file = next((name for name in scripts if re.split(r"[.-]", PurePosixPath(name).name)[0] == stem), "…")
        yield Finding(
            path=at(each.file, each.line),
            value=Verbatim(each.target),
            expected=f"a path such as ./lib.js, or a name of an import map{more}",
            remedy=f'<script type="importmap">{{"imports": {{"{each.target}": "/{file}"}}}}</script>\n'
            'source="dist"  # what a bundler made of it',
        )


MISSING_RULES: tuple[Rule[FolderPart], ...] = (is_there, called_is_there, no_packages)
