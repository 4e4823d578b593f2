"""Rules on pages that are there, and that browsers cannot read or nobody comes back to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from naws.core.authoring import Field, Finding, Rule, Verbatim, advice, is_text, nearest, practice
from naws.portal_website.checks_folder import FolderPart, at, first_few
from naws.portal_website.plan_folder import Folder
from naws.portal_website.plan_names import ending_of, matches_any
from naws.portal_website.plan_redirects import address_of, file_of

_CLIENT = "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html"


@advice(
    code="NAWS-SITE-060",
    title="An immutable path has files",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html",
    example='immutable_paths=["/assets/*", "/asets/*"]',
    fix='immutable_paths=["/assets/*"]',
)
def immutable_files(part: FolderPart) -> Iterator[Finding]:
    """Nothing is kept by it. Accept it where only some builds have such files."""
    given = part.immutable_paths or ()
    folders = {f"/{name.rpartition('/')[0]}/*" for name in part.folder.names if "/" in name}
    for index, path in enumerate(given):
        right = is_text(path) and path.startswith("/") and part.folder.files
        if not right or any(matches_any((path,), name) for name in part.folder.names):
            continue
        close = nearest(path, sorted(folders.difference(given)))
        kept = [*given[:index], *([close] if close else []), *given[index + 1 :]]
        remedy = "immutable_paths=[" + ", ".join(f'"{each}"' for each in kept) + "]"
        yield Finding(path=f"immutable_paths[{index}]", value=path, expected="a path with files", remedy=remedy)


@practice(
    code="NAWS-SITE-061",
    title="Pages are text in UTF-8",
    source="https://html.spec.whatwg.org/multipage/semantics.html#charset",
    example="""
    # The folder has an index.html in UTF-16, as PowerShell writes it.
    source="web/utf16"
    """,
    fix='source="web/dist"',
)
def readable_text(part: FolderPart) -> Iterator[Finding]:
    """They are served as `text/html; charset=utf-8`: a page in another encoding shows other characters, or nothing."""
    for (name, what), more in first_few(part.folder.odd_pages):
        remedy = f"iconv -f {what} -t UTF-8 {part.on_disk(name)}" if what else f"{part.on_disk(name)}  # build it again"
        yield Finding(path=at(name), value=Verbatim(what or "empty"), expected=f"text in UTF-8{more}", remedy=remedy)


@dataclass(frozen=True, kw_only=True)
class CallbackPart:
    """Where signing in leads back to, and what is there.

    Attributes:
        path: `callback_path` as it is given.
        folder: the files of the site.
        kind: "spa" or "pages".
        apis: path patterns of what answers in the place of the site.
    """

    path: str
    folder: Folder
    kind: Literal["spa", "pages"] = "spa"
    apis: tuple[str, ...] = ()


@practice(
    code="NAWS-EDGE-080",
    title="Signing in leads back to a page of the site",
    source=_CLIENT,
    example='api={"/api/*": HttpEndpoint.of_domain("api.example.com")}, sign_in=SignIn(callback_path="/api/callback")',
    fix='api={"/api/*": HttpEndpoint.of_domain("api.example.com")}, sign_in=SignIn(callback_path="/callback")',
)
def leads_to_page(part: CallbackPart) -> Iterator[Finding]:
    """Its script changes the code for tokens: an API or a missing page would leave people signed out, with an error."""
    if not is_text(part.path) or not part.path.startswith("/") or not part.folder.files:
        return
    path = re.split(r"[?#]", part.path)[0].lstrip("/")
    field = Field("sign_in.callback_path", part.path)
    api = next((each for each in part.apis if matches_any((each,), path)), None)
    if api is not None:
        yield field.finding(f"a path of the site: {api} is an API's", 'callback_path="/callback"')
    elif (part.kind == "pages" or ending_of(path) in {".html", ".htm"}) and not file_of(
        path, part.folder.names, part.kind
    ):
        pages = sorted(address_of(name) for name in part.folder.names if ending_of(name) in {".html", ".htm"})
        yield field.finding("a page of the folder", f'callback_path="{nearest(f"/{path}", pages) or "/"}"')


PAGE_RULES: tuple[Rule[FolderPart], ...] = (immutable_files, readable_text)
CALLBACK_RULES: tuple[Rule[CallbackPart], ...] = (leads_to_page,)
