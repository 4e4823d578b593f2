"""Rules on how redirects are written: those of a file `_redirects`, and those that are given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from naws.core.authoring import Finding, Rule, Verbatim, advice, limit, nearest
from naws.portal_website.checks_folder import first_few
from naws.portal_website.plan_folder import Folder
from naws.portal_website.plan_redirects import (
    DEFAULT_STATUS,
    GIVEN_STATUS,
    REWRITE,
    SPLAT,
    STATUSES,
    Redirect,
)

_PAGES = "https://developers.cloudflare.com/pages/configuration/redirects/"
_SPLATS = "https://developers.cloudflare.com/pages/configuration/redirects/#splats"
_STATUSES = "https://docs.netlify.com/routing/redirects/redirect-options/#http-status-codes"

_WRITTEN = "/:?#[]@!$&'()*+,;=%{}~"
"""What stays as it is written where a blank is encoded."""


@dataclass(frozen=True, kw_only=True)
class RedirectsPart:
    """The redirects of a website, and what they lead to.

    Attributes:
        redirects: all, in the order that they are tried in.
        folder: the files of the site.
        kind: "spa" or "pages".
        apis: path patterns of what answers in the place of the site.
        domains: the names of the site.
        immutable: path patterns of what is cached for a year.
        published: what is published beside the folder, such as `config.json`.
    """

    redirects: Sequence[Redirect]
    folder: Folder
    kind: Literal["spa", "pages"] = "spa"
    apis: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    published: tuple[str, ...] = ()

    @property
    def whole(self) -> Sequence[Redirect]:
        """Those that can be followed."""
        return [each for each in self.redirects if each.is_whole and not (each.is_fallback and self.kind == "spa")]


def finding_of(redirect: Redirect, expected: str, remedy: str, more: str = "") -> Finding:
    """A mistake, with the line or the target that has it."""
    shown = redirect.written or redirect.target
    return Finding(path=redirect.path, value=Verbatim(shown), expected=f"{expected}{more}", remedy=remedy)


def mended(redirect: Redirect, *, source: str = "", target: str = "", status: int = 0) -> str:
    """The redirect as it is written where it is given, mended."""
    source, target = source or redirect.source, target or redirect.target
    if not redirect.written:
        return f'redirects={{"{source}": "{target}"}}'
    return f"{source} {target} {status or redirect.status or 301}"


def without(redirect: Redirect) -> str:
    """The redirect, taken away."""
    return f"# {redirect.written}" if redirect.written else f"omit {redirect.source} from redirects"


@limit(
    code="NAWS-SITE-030",
    title="A redirect leads from a path to a path or a URL",
    source=_PAGES,
    example='redirects={"old": "new"}',
    fix='redirects={"/old": "/new"}',
)
def has_form(part: RedirectsPart) -> Iterator[Finding]:
    """A line is `/old /new 301`. The path begins with a slash, and has no host, no query and no fragment.

    Other names of the site lead to its main one by themselves.
    """
    wrong = [(each, expected, better) for each in part.redirects for expected, better in _wrong_form(each)]
    for (each, expected, better), more in first_few(wrong):
        yield finding_of(each, expected, better, more)


def _wrong_form(redirect: Redirect) -> list[tuple[str, str]]:
    """What each side has to be, and the redirect with both as they should be."""
    source, target = _wrong_source(redirect.source), _wrong_target(redirect)
    if source and _of_another_host(redirect):
        return [(source[0], without(redirect))]
    better = mended(redirect, source=source[1] if source else "", target=target[1] if target else "")
    return [(side[0], better) for side in (source, target) if side]


def _wrong_source(source: str) -> tuple[str, str] | None:
    if "://" in source:
        path = "/" + source.partition("://")[2].partition("/")[2]
        return "a path: each name of domain_names leads to the first", path
    if not source.startswith("/"):
        return "a path that begins with a slash", f"/{source}"
    if re.search(r"[?#]", source):
        return "a path alone, without ? and #", re.split(r"[?#]", source)[0]
    return None


def _of_another_host(redirect: Redirect) -> bool:
    """Whether it is what another name of the site leads to: without that name it would take pages of this one away."""
    host, _, path = redirect.source.partition("://")[2].partition("/")
    theirs, _, _ = redirect.target.partition("://")[2].partition("/")
    return bool(host) and (path in ("", "*") or (bool(theirs) and theirs.lower() != host.lower()))


def _wrong_target(redirect: Redirect) -> tuple[str, str] | None:
    target = redirect.target
    if not target:
        return "where it leads to: /old /new 301", "/…"
    if re.search(r"\s", target):
        return _wrong_words(target)
    if "{Token" in target or redirect.is_local or redirect.leads_elsewhere:
        return None
    if target.startswith("//"):
        better = f"https:{target}"
    else:
        better = "/…" if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", target) else f"/{target}"
    return "a path that begins with a slash, or a URL with https://", better


def _wrong_words(target: str) -> tuple[str, str]:
    """Of a target with blanks: it is a line of `_redirects`, or they are a part of the address."""
    *words, last = target.split()
    if words and re.fullmatch(r"\d{3}!?", last):
        own = "" if last == str(GIVEN_STATUS) else f", and {last} is a line of the file _redirects"
        return f"a target alone: it is answered with {GIVEN_STATUS}{own}", quote(" ".join(words), safe=_WRITTEN)
    return "a target without blanks", quote(target.strip(), safe=_WRITTEN)


@limit(
    code="NAWS-SITE-031",
    title="The status of a redirect is 301, 302, 303, 307 or 308",
    source=_PAGES,
    example="""
    # _redirects has the line: /old /new 404
    source="web/wrong-status"
    """,
    fix='source="web/dist"',
)
def status(part: RedirectsPart) -> Iterator[Finding]:
    """A line with 200 shows another file of the site. No other host's answer can be shown by it: that is an `api`."""
    for each, more in first_few(each for each in part.redirects if each.target and each.source.startswith("/")):
        if each.status == REWRITE:
            if not each.is_local:
                prefix = each.source.partition("*")[0] or "/api/"
                yield finding_of(each, "a path of the site, beside 200", _as_api(prefix, each.host), more)
        elif each.status not in STATUSES:
            expected = f"one of {', '.join(map(str, STATUSES))}, or {REWRITE} to show another file"
            yield finding_of(each, expected, mended(each, status=301), more)


def _as_api(prefix: str, host: str) -> str:
    return f'api={{"{prefix}*": HttpEndpoint.of_domain("{host}")}}'


@limit(
    code="NAWS-SITE-032",
    title="A redirect has no conditions",
    source=_PAGES,
    example="""
    # _redirects has the line: / /de 302 Language=de
    source="web/conditions"
    """,
    fix='source="web/dist"',
)
def unconditional(part: RedirectsPart) -> Iterator[Finding]:
    """Country, language, cookie, role and query are Netlify's: here the path alone decides."""
    for each, more in first_few(each for each in part.redirects if each.conditions):
        yield finding_of(each, f"a line without {' '.join(each.conditions)}", mended(each), more)


@limit(
    code="NAWS-SITE-033",
    title="The target of a redirect has what its path fills",
    source=_SPLATS,
    example='redirects={"/blog/*": "/news/:slug"}',
    fix='redirects={"/blog/*": "/news/:splat"}',
)
def placeholders(part: RedirectsPart) -> Iterator[Finding]:
    """`:splat` is what `*` at the end of a path stands for, and `:name` what `:name` does. Others stay as they are."""
    wrong = [
        (each, expected, better)
        for each in part.whole
        if not _wrong_form(each)
        for expected, better in _wrong_placeholders(each)
    ]
    for (each, expected, better), more in first_few(wrong):
        yield finding_of(each, expected, better, more)


def _wrong_placeholders(redirect: Redirect) -> Iterator[tuple[str, str]]:
    if "*" in redirect.source[:-1]:
        yield "one *, at its end", mended(redirect, source=f"{redirect.source.partition('*')[0]}*")
        return
    twice = sorted({name for name in redirect.names if redirect.names.count(name) > 1})
    if twice:
        yield f"each placeholder once: :{twice[0]} is there again", mended(redirect, source=f"{redirect.source}…")
    for name in dict.fromkeys(redirect.used):
        if name not in redirect.names:
            has = ", ".join(f":{each}" for each in redirect.names) or "no placeholder"
            close = nearest(name, redirect.names) or next(iter(redirect.names), "")
            target = redirect.target.replace(f":{name}", f":{close}" if close else "")
            yield f"what {redirect.source} fills: {has}", mended(redirect, target=target)
    if "*" in redirect.target:
        yield f":{SPLAT} for *", mended(redirect, target=redirect.target.replace("*", f":{SPLAT}"))


@advice(
    code="NAWS-SITE-040",
    title="Redirects are in one place",
    source="`redirects` is in the place of the file `_redirects`",
    example="""
    # The folder has a file _redirects.
    source="web/moved", redirects={"/a": "/b"}
    """,
    fix="""
    # The folder has a file _redirects.
    source="web/moved"
    """,
)
def one_place(part: RedirectsPart) -> Iterator[Finding]:
    """What the field gives is all: the lines of the file are not read beside it."""
    unread = part.folder.redirects
    if unread and part.redirects and not part.redirects[0].written:
        shown = Verbatim(f"{len(part.redirects)} of the field")
        expected = f"none beside {unread[0].path}, which is not read then"
        yield Finding(path="redirects", value=shown, expected=expected, remedy="omit redirects")


@advice(
    code="NAWS-SITE-041",
    title="A line of `_redirects` has its status",
    source=_STATUSES,
    example="""
    # _redirects has the line: /old /new
    source="web/statusless"
    """,
    fix="""
    # _redirects has the line: /old /new 301
    source="web/moved"
    """,
)
def has_status(part: RedirectsPart) -> Iterator[Finding]:
    """Without one it is 302 here, as on Cloudflare Pages. On Netlify it is 301, which browsers and search engines keep.

    A browser goes on asking for the old address after a 302, and for good for the new one after a 301.
    """
    for each, more in first_few(each for each in part.whole if each.written and not each.has_status):
        expected = f"a status: it is {DEFAULT_STATUS} here, and 301 on Netlify"
        yield finding_of(each, expected, mended(each, status=GIVEN_STATUS), more)


REDIRECT_RULES: tuple[Rule[RedirectsPart], ...] = (
    has_form,
    status,
    unconditional,
    placeholders,
    has_status,
    one_place,
)
