"""Rules on what browsers keep for a year, and what stays for tabs that are open during a deployment."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from naws.core.authoring import Finding, Rule, Verbatim, advice, format_number, is_text, limit, practice
from naws.portal_website.checks_folder import FolderPart, at, first_few
from naws.portal_website.plan_names import ending_of, matches_any, tool_folders

_CACHING = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"
_PATTERNS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"
_FEWEST_HASHED = 3


@practice(
    code="NAWS-SITE-015",
    title="What is immutable has a hash of its content in its name",
    source=_CACHING,
    example="""
    # The folder has assets/logo.png.
    source="web/hashless", immutable_paths=["/assets/*"]
    """,
    fix="""
    # The folder has assets/logo.png.
    source="web/hashless"
    """,
)
def hashed(part: FolderPart) -> Iterator[Finding]:
    """Browsers keep it for a year: whoever has been here goes on seeing the old one, and nothing can call it back."""
    hashed = part.folder.hashed
    wrong = sorted(name for name in part.folder.names if matches_any(part.immutable, name) and name not in hashed)
    for name, more in first_few(wrong):
        yield Finding(
            path=at(name),
            value=Verbatim("cached for a year"),
            expected=f"a name with a hash, such as {_with_hash(name)}, or no part of immutable_paths{more}",
            remedy="omit immutable_paths" if part.folder.immutable.cached else "immutable_paths=[]",
        )


def _with_hash(name: str) -> str:
    path = PurePosixPath(name)
    return f"{path.stem}-B3k9dx1y{path.suffix}"


@advice(
    code="NAWS-SITE-016",
    title="Files with a hash in their names are immutable",
    source=_CACHING,
    example="""
    # The folder has three files such as bundle/main.073c9b0a.js.
    source="web/elsewhere"
    """,
    fix="""
    # The folder has three files such as bundle/main.073c9b0a.js.
    source="web/elsewhere", immutable_paths=["/bundle/*"]
    """,
)
def kept(part: FolderPart) -> Iterator[Finding]:
    """Elsewhere browsers ask for each of them again, and a tab that is open during a deployment misses the old ones."""
    every = sorted(part.folder.names)
    outside = [name for name in every if _is_hashed(part, name) and not matches_any(part.immutable, name)]
    if len(outside) < _FEWEST_HASHED:
        return
    patterns = sorted({_pattern(part, name) for name in outside})
    mixed = {each: next((name for name in every if _lacks_hash(part, each, name)), "") for each in patterns}
    whole = [*part.immutable, *(each for each, name in mixed.items() if not name)]
    first = next(filter(None, mixed.values()), "")
    more = f", and no file beside it without a hash, as {first} is" if first else ""
    given = "immutable_paths=[" + ", ".join(f'"{each}"' for each in whole) + "]"
    yield Finding(
        path="immutable_paths",
        value=Verbatim(", ".join(part.immutable) or "none"),
        expected=f"{format_number(len(outside))} more files, such as {outside[0]}{more}",
        remedy=given if len(whole) > len(part.immutable) else f"mv {part.on_disk(first)} …",
    )


def _is_hashed(part: FolderPart, name: str) -> bool:
    return name in part.folder.hashed and ending_of(name) not in {".map", ".html", ".txt"}


def _lacks_hash(part: FolderPart, pattern: str, name: str) -> bool:
    return matches_any((pattern,), name) and name not in part.folder.hashed


def _pattern(part: FolderPart, name: str) -> str:
    """Of the folder of a well-known tool that it is in, else of the first folder of its path, else of its ending."""
    if "/" not in name:
        return f"/*{ending_of(name)}"
    tools = (each for each in tool_folders(part.folder.names, part.folder.hashed) if name.startswith(f"{each}/"))
    return f"/{next(tools, name.partition('/')[0])}/*"


@limit(
    code="NAWS-SITE-025",
    title="An immutable path is a pattern of paths of the site",
    source=_PATTERNS,
    example='source="web/elsewhere", immutable_paths=["bundle/*"]',
    fix='source="web/elsewhere", immutable_paths=["/bundle/*"]',
)
def immutable_form(part: FolderPart) -> Iterator[Finding]:
    """It is compared with paths as browsers ask for them, which begin with a slash; of a folder it ends with `/*`."""
    for index, given in enumerate(part.immutable_paths or ()):
        if not is_text(given):
            continue
        path = "/" + re.sub(r"^https?://[^/]*", "", given.strip()).lstrip("/")
        is_folder = any(name.startswith(f"{path.strip('/')}/") for name in part.folder.names)
        better = f"{path.rstrip('/')}/*" if path != "/" and (path.endswith("/") or is_folder) else path
        if better != given or path == "/":
            shown = next(iter(part.folder.immutable.cached), "/assets/*") if path == "/" else better
            expected = f"a path that begins with a slash, such as {shown}"
            remedy = f'immutable_paths=["{shown}"]'
            yield Finding(path=f"immutable_paths[{index}]", value=given, expected=expected, remedy=remedy)


IMMUTABLE_RULES: tuple[Rule[FolderPart], ...] = (hashed, kept, immutable_form)
