"""Rules on the files of a folder: what refers to what, what scripts are allowed, and what is shown."""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from naws.core.authoring import Finding, Rule, Verbatim, advice, format_number, is_text, limit, nearest, practice
from naws.portal_website.checks_folder import FolderPart, at, first_few
from naws.portal_website.plan_folder import INDEX
from naws.portal_website.plan_headers import allowing
from naws.portal_website.plan_leftovers import is_leftover
from naws.portal_website.plan_names import ending_of, matches_any
from naws.portal_website.plan_references import resolved

_MIXED = "https://developer.mozilla.org/en-US/docs/Web/Security/Mixed_content"
_ERRORS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html"
_CSP = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/script-src"
_BASE = "https://vite.dev/guide/build.html#public-base-path"
_NOT_ASKED_FOR = frozenset(("CNAME", "LICENSE", "NOTICE", "README", "AUTHORS", "CHANGELOG", "VERSION"))


@practice(
    code="NAWS-SITE-013",
    title="A page gets nothing by plain HTTP",
    source=_MIXED,
    example="""
    # index.html has a script of http://cdn.example.com/lib.js.
    source="web/mixed"
    """,
    fix='source="web/dist"',
)
def encrypted(part: FolderPart) -> Iterator[Finding]:
    """The site is shown by HTTPS alone, and browsers refuse to load such scripts, styles and frames in it."""
    found = [each for each in part.folder.references if each.is_plain_http]
    for each, more in first_few(found):
        better = "https://" + each.target[len("http://") :]
        yield Finding(
            path=at(each.file, each.line), value=Verbatim(each.target), expected=f"https://…{more}", remedy=better
        )


@practice(
    code="NAWS-SITE-014",
    title="The page of a single-page app names its files from the root on",
    source=_BASE,
    example="""
    # index.html has a script of ./assets/index-B3k9dx1y.js.
    source="web/relative"
    """,
    fix='source="web/dist"',
)
def from_the_root(part: FolderPart) -> Iterator[Finding]:
    """It is the answer to every address: at /orders/7 a browser would look for /orders/assets/…, and get a 404."""
    if part.kind != "spa" or INDEX in part.folder.bases or part.folder.kind == "pages":  # the kind is wrong then
        return
    used = [each for each in part.folder.references if each.is_relative and each.file == INDEX]
    for each, more in first_few(each for each in used if ending_of(each.target.partition("?")[0])):
        name = resolved(each.target, beside=INDEX)
        yield Finding(
            path=at(each.file, each.line),
            value=Verbatim(each.target),
            expected=f"/{name}{more}",
            remedy='base: "/"  // in vite.config, or what your tool has for it\n<base href="/">',
        )


@practice(
    code="NAWS-SITE-017",
    title="Pages have no JavaScript in attributes where a policy is enforced",
    source=_CSP,
    example="""
    # index.html has a button with onclick.
    source="web/handlers", headers=SecurityHeaders(csp="enforce")
    """,
    fix="""
    # index.html has a button with onclick.
    source="web/handlers"
    """,
)
def no_handlers(part: FolderPart) -> Iterator[Finding]:
    """Scripts that are written in pages are allowed by their hashes, which go with the policy; attributes have none."""
    sources = " ".join(f"{each}" for each in part.csp_sources.get("script-src-attr", ()))
    if part.csp != "enforce" or "'unsafe-inline'" in sources:
        return
    for each, more in first_few(part.folder.handlers):
        event = each.attribute.removeprefix("on")
        listening = f'element.addEventListener("{event}", …)' if each.attribute.startswith("on") else "<button>"
        yield Finding(
            path=at(each.file, each.line),
            value=Verbatim(each.attribute),
            expected=f"a script that listens{more}",
            remedy=f'{listening}\nheaders=SecurityHeaders(csp="report")',
        )


@practice(
    code="NAWS-SITE-062",
    title="WebAssembly is allowed where a policy is enforced",
    source=_CSP,
    example="""
    # The folder has assets/pdf-B3k9dx1y.wasm.
    source="web/wasm", headers=SecurityHeaders(csp="enforce")
    """,
    fix="""
    # The folder has assets/pdf-B3k9dx1y.wasm.
    source="web/wasm", headers=SecurityHeaders(csp="enforce", csp_sources={"script-src": ["'wasm-unsafe-eval'"]})
    """,
)
def no_wasm(part: FolderPart) -> Iterator[Finding]:
    """`'self'` is not enough: a browser refuses to compile it, and the script that asked fails.

    With the source `'wasm-unsafe-eval'` it does; that a text is run as JavaScript stays forbidden.
    """
    sources = part.csp_sources.get("script-src", ())
    modules = [name for name in sorted(part.folder.names) if ending_of(name) == ".wasm"]
    if part.csp == "enforce" and modules and not {"'wasm-unsafe-eval'", "'unsafe-eval'"}.intersection(sources):
        mended = {**part.csp_sources, "script-src": allowing(sources, ["'wasm-unsafe-eval'"])}
        yield Finding(
            path="headers.csp",
            value="enforce",
            expected=f"a policy that lets scripts compile {modules[0]}",
            remedy=f"csp_sources={json.dumps(mended, ensure_ascii=False)}",
        )


@advice(
    code="NAWS-SITE-018",
    title="All pages are read for their scripts",
    source=_CSP,
    example="""
    # The folder has a page of 9 MB.
    source="web/huge", headers=SecurityHeaders(csp="enforce")
    """,
    fix="""
    # The folder has a page of 9 MB.
    source="web/huge", headers=SecurityHeaders(csp=None)
    """,
)
def all_read(part: FolderPart) -> Iterator[Finding]:
    """The first 12 MB of pages are read, and none above 8 MB: the policy has no hash of scripts in others."""
    unread = [name for name in part.folder.unread if ending_of(name) in {".html", ".htm"}]
    if part.csp == "enforce" and unread:
        yield Finding(
            path="headers.csp",
            value="enforce",
            expected=f"scripts in files: {format_number(len(unread))} pages are not read, {unread[0]} is the first",
            remedy='csp="report"\n<script src="/…">  <!-- in the place of inline scripts -->',
        )


@advice(
    code="NAWS-SITE-019",
    title="The kind of the site is that of its folder",
    source=_ERRORS,
    example="""
    # The folder has about/index.html.
    source="web/pages"
    """,
    fix="""
    # The folder has about/index.html.
    source="web/pages", kind="pages"
    """,
)
def kind(part: FolderPart) -> Iterator[Finding]:
    """The address of no file is answered by index.html of "spa", with 200, and by a 404 of "pages"."""
    found = part.folder.kind
    if found is not None and found != part.kind:
        looks = "a page for each address" if found == "pages" else "one page that runs scripts"
        yield Finding(path="kind", value=part.kind, expected=f'"{found}": it has {looks}', remedy=f'kind="{found}"')


@practice(
    code="NAWS-SITE-020",
    title="Nothing of the folder is hidden by what is published beside it",
    source="`config` is published as /config.json",
    example="""
    # The folder has a file config.json.
    source="web/configured", config={"stage": "test"}
    """,
    fix="""
    # The folder has a file config.json.
    source="web/configured"
    """,
)
def not_hidden(part: FolderPart) -> Iterator[Finding]:
    """The site reads /config.json, and gets what `config` and `sign_in` say."""
    for name in sorted(part.folder.names.intersection(part.published)):
        yield Finding(
            path=at(name),
            value=Verbatim("hidden"),
            expected=f"another name, or nothing else that is published as /{name}",
            remedy=f"omit {name.partition('.')[0]}\nrm {part.on_disk(name)}",
        )


@limit(
    code="NAWS-SITE-021",
    title="The page for what is not there is a file of the folder",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html",
    example='source="web/pages", kind="pages", not_found_page="missing.html"',
    fix='source="web/pages", kind="pages", not_found_page="404.html"',
)
def not_found_is_there(part: FolderPart) -> Iterator[Finding]:
    """CloudFront would get a 404 for it, too, and show S3's own error."""
    given = part.not_found_page
    if given is None or "{Token" in given or given in part.folder.names or not part.folder.files:
        return
    near = nearest(given, [name for name in part.folder.names if ending_of(name) == ".html"])
    known_ = "404.html" if "404.html" in part.folder.names else near
    remedy = f'not_found_page="{known_}"' if known_ else "omit not_found_page"
    expected = "a file of the folder" + (", without a slash before it" if given.startswith("/") else "")
    yield Finding(path="not_found_page", value=given, expected=expected, remedy=remedy)


@practice(
    code="NAWS-SITE-022",
    title="A page for what is not there is of pages without an API",
    source=_ERRORS,
    example='source="web/pages", not_found_page="404.html"',
    fix='source="web/pages", kind="pages", not_found_page="404.html"',
)
def not_found_is_shown(part: FolderPart) -> Iterator[Finding]:
    """CloudFront has one such page for all paths: it would be the answer to an API's own 404, too.

    A single-page app is the answer to every address, and shows a page of its own.
    """
    if part.not_found_page is None or (part.kind == "pages" and not part.apis):
        return
    expected = "none beside api: it would replace the 404 of those endpoints" if part.apis else 'kind="pages"'
    remedy = "omit not_found_page" if part.apis else 'omit not_found_page\nkind="pages"'
    yield Finding(path="not_found_page", value=part.not_found_page, expected=expected, remedy=remedy)


@limit(
    code="NAWS-SITE-023",
    title="A release that is pinned is named by its id",
    source="`naws rollback` prints the id of each release that is kept, and the line that pins it",
    example='release="v1.4"',
    fix='release="0123456789ab"',
)
def release_id(part: FolderPart) -> Iterator[Finding]:
    """It is the beginning of a hash of the files: 12 hexadecimal digits. Under another name nothing was uploaded."""
    if is_text(part.release) and not re.fullmatch(r"[0-9a-f]{12}", part.release):
        yield Finding(
            path="release",
            value=part.release,
            expected="12 of 0-9 and a-f, such as 0123456789ab",
            remedy="omit release",
        )


@advice(
    code="NAWS-SITE-024",
    title="A file that is shown has an extension",
    source="what has no extension, or one that no file of the folder has, is the address of a page",
    example="""
    # The folder has .well-known/apple-app-site-association.
    source="web/bare"
    """,
    fix='source="web/dist"',
)
def with_extension(part: FolderPart) -> Iterator[Finding]:
    """Its address is taken for that of a page: index.html is the answer, or the page of that name.

    A line of `_redirects` with 200 shows a file with an extension under it.
    """
    for_nobody = frozenset(part.folder.secret_files)
    shown = [
        name
        for name in part.folder.bare
        if not matches_any(part.immutable, name) and not (_is_of_tools(name) or is_leftover(name) or name in for_nobody)
    ]
    for name, more in first_few(shown):
        yield Finding(
            path=at(name),
            value=Verbatim("never shown"),
            expected=f"an extension, such as {name}.json{more}",
            remedy=f"mv {part.on_disk(name)} {part.on_disk(name)}.json && echo '/{name} /{name}.json 200' >> "
            f"{part.on_disk('_redirects')}",
        )


@limit(
    code="NAWS-SITE-026",
    title="The folder is that of a build, and not that of the app",
    source="https://docs.aws.amazon.com/cdk/v2/guide/assets.html",
    example="""
    # The folder has cdk.json: the app is run in it.
    source="web/app"
    """,
    fix='source="web/dist"',
)
def no_app(part: FolderPart) -> Iterator[Finding]:
    """The CDK would copy its own output into itself without end, and everybody could read the app."""
    if "cdk.json" in part.folder.names:
        yield Finding(
            path="source",
            value=part.folder.source,
            expected=f"a folder with what visitors get: {part.on_disk('cdk.json')} is of the app",
            remedy='source="dist"  # with the files of the site alone',
        )


def _is_of_tools(name: str) -> bool:
    """Whether a file is for a tool or a person, as `.nojekyll` is, and nobody asks for it by its address."""
    path = PurePosixPath(name)
    return path.name in _NOT_ASKED_FOR or (path.name.startswith(".") and path.parts[0] != ".well-known")


FILE_RULES: tuple[Rule[FolderPart], ...] = (
    encrypted,
    from_the_root,
    no_handlers,
    no_wasm,
    all_read,
    kind,
    not_hidden,
    not_found_is_there,
    not_found_is_shown,
    release_id,
    with_extension,
    no_app,
)
