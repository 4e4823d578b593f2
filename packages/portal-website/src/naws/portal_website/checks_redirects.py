"""Rules on redirects: those of a file `_redirects`, and those that are given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from naws.core.authoring import Finding, Rule, Verbatim, advice, limit, nearest, practice
from naws.portal_website.checks_folder import first_few
from naws.portal_website.plan_folder import Folder
from naws.portal_website.plan_names import matches_any
from naws.portal_website.plan_redirects import (
    REWRITE,
    SPLAT,
    STATUSES,
    Redirect,
    address_of,
    file_of,
    first_of,
    followed,
    passed_pages,
)

_PAGES = "https://developers.cloudflare.com/pages/configuration/redirects/"
_OPEN = "https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html"
_SPLATS = "https://developers.cloudflare.com/pages/configuration/redirects/#splats"
_FUNCTIONS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html"


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


def _finding(redirect: Redirect, expected: str, remedy: str, more: str = "") -> Finding:
    shown = redirect.written or redirect.target
    return Finding(path=redirect.path, value=Verbatim(shown), expected=f"{expected}{more}", remedy=remedy)


def _line(redirect: Redirect, *, source: str = "", target: str = "", status: int = 0) -> str:
    """The redirect as it is written where it is given, mended."""
    source, target = source or redirect.source, target or redirect.target
    if not redirect.written:
        return f'redirects={{"{source}": "{target}"}}'
    return f"{source} {target} {status or redirect.status or 301}"


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
        yield _finding(each, expected, better, more)


def _wrong_form(redirect: Redirect) -> Iterator[tuple[str, str]]:
    source, target = redirect.source, redirect.target
    if "://" in source:
        path = "/" + source.partition("://")[2].partition("/")[2]
        yield "a path: each name of domain_names leads to the first", _line(redirect, source=path)
    elif not source.startswith("/"):
        yield "a path that begins with a slash", _line(redirect, source=f"/{source}")
    elif re.search(r"[?#]", source):
        yield "a path alone, without ? and #", _line(redirect, source=re.split(r"[?#]", source)[0])
    if not target:
        yield "where it leads to: /old /new 301", _line(redirect, target="/…")
    elif "{Token" not in target and not (redirect.is_local or redirect.leads_elsewhere):
        better = f"https:{target}" if target.startswith("//") else f"/{target}"
        yield "a path that begins with a slash, or a URL with https://", _line(redirect, target=better)


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
                yield _finding(each, "a path of the site, beside 200", _as_api(prefix, each.host), more)
        elif each.status not in STATUSES:
            expected = f"one of {', '.join(map(str, STATUSES))}, or {REWRITE} to show another file"
            yield _finding(each, expected, _line(each, status=301), more)


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
        yield _finding(each, f"a line without {' '.join(each.conditions)}", _line(each), more)


@limit(
    code="NAWS-SITE-033",
    title="The target of a redirect has what its path fills",
    source=_SPLATS,
    example='redirects={"/blog/*": "/news/:slug"}',
    fix='redirects={"/blog/*": "/news/:splat"}',
)
def placeholders(part: RedirectsPart) -> Iterator[Finding]:
    """`:splat` is what `*` at the end of a path stands for, and `:name` what `:name` does. Others stay as they are."""
    wrong = [(each, expected, better) for each in part.whole for expected, better in _wrong_placeholders(each)]
    for (each, expected, better), more in first_few(wrong):
        yield _finding(each, expected, better, more)


def _wrong_placeholders(redirect: Redirect) -> Iterator[tuple[str, str]]:
    if "*" in redirect.source[:-1]:
        yield "one *, at its end", _line(redirect, source=f"{redirect.source.partition('*')[0]}*")
        return
    twice = sorted({name for name in redirect.names if redirect.names.count(name) > 1})
    if twice:
        yield f"each placeholder once: :{twice[0]} is there again", _line(redirect, source=f"{redirect.source}…")
    for name in dict.fromkeys(redirect.used):
        if name not in redirect.names:
            has = ", ".join(f":{each}" for each in redirect.names) or "no placeholder"
            close = nearest(name, redirect.names) or next(iter(redirect.names), "")
            mended = (
                redirect.target.replace(f":{name}", f":{close}") if close else redirect.target.replace(f":{name}", "")
            )
            yield f"what {redirect.source} fills: {has}", _line(redirect, target=mended)
    if "*" in redirect.target:
        yield f":{SPLAT} for *", _line(redirect, target=redirect.target.replace("*", f":{SPLAT}"))


@limit(
    code="NAWS-SITE-034",
    title="Redirects come to an end",
    source="https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Redirections#redirection_loops",
    example='redirects={"/a": "/b", "/b": "/a"}',
    fix='redirects={"/a": "/b"}',
)
def ends(part: RedirectsPart) -> Iterator[Finding]:
    """A browser follows some 20 of them and shows ERR_TOO_MANY_REDIRECTS. `/*` matches its own target, too."""
    reported: set[str] = set()
    looping = list[tuple[Redirect, list[Redirect]]]()
    for each in part.whole:
        steps = list(followed(_with_own_host(part), each.sample))
        if each.path in {step.path for step in steps[1:]} and each.path not in reported:
            reported.update(step.path for step in steps)
            looping.append((each, steps))
    for (each, steps), more in first_few(looping):
        others = list(dict.fromkeys(step.path for step in steps if step.path != each.path))
        through = f", by way of {others[0]}" if others else ""
        yield _finding(each, f"a target that does not lead back here{through}", _without(each), more)


def _with_own_host(part: RedirectsPart) -> Sequence[Redirect]:
    """The redirects, those to the site's own names as such of paths."""
    own = [f"https://{name}" for name in part.domains if "{Token" not in name]
    return [_local(each, own) for each in part.redirects]


def _local(redirect: Redirect, own: Sequence[str]) -> Redirect:
    base = next(
        (each for each in own if redirect.target.startswith((f"{each}/", f"{each}:")) or redirect.target == each), ""
    )
    if not base:
        return redirect
    return Redirect(
        path=redirect.path,
        source=redirect.source,
        target=redirect.target[len(base) :] or "/",
        status=redirect.status,
        conditions=redirect.conditions,
        written=redirect.written,
    )


def _without(redirect: Redirect) -> str:
    return f"# {redirect.written}" if redirect.written else f"omit {redirect.source} from redirects"


@practice(
    code="NAWS-SITE-035",
    title="Each redirect is reached",
    source=_PAGES,
    example='redirects={"/blog/*": "/news/:splat", "/blog/:year/*": "/archive/:year"}',
    fix='redirects={"/blog/:year/*": "/archive/:year", "/blog/*": "/news/:splat"}',
)
def reached(part: RedirectsPart) -> Iterator[Finding]:
    """The first that matches is taken: what stands below a wider one, or a second time, is never tried.

    A path without variables comes before all that have some.
    """
    unreached = list[tuple[Redirect, Redirect]]()
    for number, each in enumerate(part.whole):
        wider = [other for other in part.whole[:number] if each.is_dynamic or not other.is_dynamic]
        before = next((other for other in wider if _covers(other, each)), None)
        if before is not None:
            unreached.append((each, before))
    for (each, before), more in first_few(unreached):
        expected = f"a line above {before.path}, whose {before.source} has all of {each.source}"
        if before.source == each.source:
            expected = f"once {each.source}: {before.path} has it"
        remedy = (
            _line(each) if each.written else f'redirects={{"{each.source}": …, "{before.source}": …}}  # in this order'
        )
        yield _finding(each, expected, remedy, more)


def _covers(wider: Redirect, narrower: Redirect) -> bool:
    """Whether a redirect matches whatever another one does: what stands for anything is tried by several texts."""
    samples = ("a", "b-1", "x.html")
    tried = [re.sub(r":[A-Za-z]\w*", each, narrower.source.replace("*", each)) for each in samples]
    if "*" in narrower.source:
        tried += [narrower.source.replace("*", "a/b"), narrower.source.replace("*", "")]
    return all(wider.expression.fullmatch(each) for each in tried)


@practice(
    code="NAWS-SITE-036",
    title="The host of a redirect is not what a visitor writes",
    source=_OPEN,
    example='redirects={"/out/*": "https://:splat"}',
    fix='redirects={"/out/*": "https://www.example.com/:splat"}',
)
def own_host(part: RedirectsPart) -> Iterator[Finding]:
    """Whoever sends a link of yours would decide where it leads: people trust your name and end at another site."""
    for each, more in first_few(each for each in part.whole if each.leads_elsewhere and ":" in _names_in(each.host)):
        better = f"https://www.example.com/:{each.names[0]}" if each.names else "https://www.example.com/"
        yield _finding(each, "a host that is written whole, with a slash after it", _line(each, target=better), more)


def _names_in(host: str) -> str:
    """The host without a port."""
    return re.sub(r":\d+$", "", host)


@practice(
    code="NAWS-SITE-037",
    title="A redirect leads to a page that is there",
    source=_PAGES,
    example="""
    # The folder has no page contact.
    source="web/pages", kind="pages", redirects={"/kontakt": "/contact"}
    """,
    fix="""
    # The folder has a page about.
    source="web/pages", kind="pages", redirects={"/kontakt": "/about"}
    """,
)
def leads_to_page(part: RedirectsPart) -> Iterator[Finding]:
    """A visitor would be led to a 404. Of a single-page app nobody knows its addresses."""
    if part.kind != "pages" or not part.folder.files:
        return
    names = sorted(part.folder.names)
    for each, more in first_few(each for each in part.whole if not _leads_somewhere(part, each)):
        pages = {f"/{re.sub(r'(^|/)index[.]html$|[.]html$', '', name)}" for name in names if name.endswith(".html")}
        close = nearest(each.target, sorted(pages))
        yield _finding(each, "a page of the folder", _line(each, target=close or "/…"), more)


def _leads_somewhere(part: RedirectsPart, redirect: Redirect) -> bool:
    path = unquote(re.split(r"[?#]", redirect.target)[0]).strip("/")
    if not redirect.is_local or redirect.used or matches_any(part.apis, path):
        return True
    return bool(file_of(path, part.folder.names, "pages")) or first_of(part.redirects, f"/{path}") is not None


@practice(
    code="NAWS-SITE-038",
    title="A redirect is of a path that the site answers",
    source=_FUNCTIONS,
    example='redirects={"/api/old": "/new"}, api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
    fix='redirects={"/old": "/new"}, api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
)
def of_the_site(part: RedirectsPart) -> Iterator[Finding]:
    """Requests of an API's path go to its endpoint, which redirects itself, and do not pass the site's redirects."""
    taken = [each for each in part.whole if "*" not in each.source and matches_any(part.apis, each.source.lstrip("/"))]
    for each, more in first_few(taken):
        yield _finding(each, f"a path that is none of {', '.join(part.apis)}", _without(each), more)


@advice(
    code="NAWS-SITE-039",
    title="A redirect hides no page",
    source=_PAGES,
    example="""
    # The folder has about/index.html.
    source="web/pages", kind="pages", redirects={"/about": "/"}
    """,
    fix='source="web/pages", kind="pages", redirects={"/old": "/about"}',
)
def hides_nothing(part: RedirectsPart) -> Iterator[Finding]:
    """It comes before a file of the same path, which nobody sees any more. With status 200 it does so in three cases.

    These are 200!, a target with placeholders, and more pages than the function at the edge can know. Of a path with
    variables only scripts and other immutable files count, and `/config.json`: pages are hidden on purpose.
    """
    hiding = [(each, name) for each in part.whole if (name := _hidden(part, each))]
    for (each, name), more in first_few(hiding):
        yield _finding(each, f"a path without a file: the site has {name}", _without(each), more)


def _hidden(part: RedirectsPart, redirect: Redirect) -> str:
    """A file that nobody sees because of a redirect; empty when there is none."""
    names = part.folder.names
    if not redirect.is_dynamic:
        found = file_of(redirect.source, {*names, *part.published}, "pages")
        return "" if redirect.gives_way else found
    if redirect.gives_way and not redirect.used:
        hides_pages = part.kind == "pages" and not passed_pages([redirect], names)
        addresses = [name for name in sorted(names) if name.endswith(".html")] if hides_pages else []
        return next((name for name in addresses if redirect.expression.fullmatch(address_of(name))), "")
    looked_at = {name for name in names if matches_any(part.immutable, name)} | {*part.published}
    if redirect.status == REWRITE:
        looked_at |= names
    return next((name for name in sorted(looked_at) if redirect.expression.fullmatch(f"/{name}")), "")


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


REDIRECT_RULES: tuple[Rule[RedirectsPart], ...] = (
    has_form,
    status,
    unconditional,
    placeholders,
    ends,
    reached,
    own_host,
    leads_to_page,
    of_the_site,
    hides_nothing,
    one_place,
)
