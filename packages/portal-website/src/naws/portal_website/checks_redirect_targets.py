"""Rules on what redirects lead to, and what they hide."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from naws.core.authoring import Finding, Rule, advice, limit, nearest, practice
from naws.portal_website.checks_folder import first_few
from naws.portal_website.checks_redirects import RedirectsPart, finding_of, mended, without
from naws.portal_website.plan_names import ending_of, matches_any
from naws.portal_website.plan_redirects import (
    REWRITE,
    Redirect,
    address_of,
    file_of,
    first_of,
    followed,
    passed_pages,
)
from naws.portal_website.plan_references import resolved
from naws.portal_website.plan_viewer import USUAL_EXTENSIONS, encoded

_PAGES = "https://developers.cloudflare.com/pages/configuration/redirects/"
_OPEN = "https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html"
_FUNCTIONS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html"


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
        yield finding_of(each, f"a target that does not lead back here{through}", without(each), more)


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
    return replace(redirect, target=redirect.target[len(base) :] or "/")


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
            mended(each) if each.written else f'redirects={{"{each.source}": …, "{before.source}": …}}  # in this order'
        )
        yield finding_of(each, expected, remedy, more)


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
        yield finding_of(each, "a host that is written whole, with a slash after it", mended(each, target=better), more)


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
    """A visitor would be led to a 404. In a single-page app only what has the extension of a file is looked for."""
    if not part.folder.files:
        return
    names = sorted(part.folder.names)
    for each, more in first_few(each for each in part.whole if not _leads_somewhere(part, each)):
        path = unquote(each.target)
        shown = [f"/{name}" for name in names] if _is_file(part, path) else [address_of(name) for name in names]
        close = nearest(path, sorted(shown))
        kind = "file" if _is_file(part, path) else "page"
        yield finding_of(each, f"a {kind} of the folder", mended(each, target=close or "/…"), more)


def _leads_somewhere(part: RedirectsPart, redirect: Redirect) -> bool:
    path = unquote(re.split(r"[?#]", redirect.target)[0]).strip("/")
    if not redirect.is_local or redirect.used or matches_any(part.apis, path):
        return True
    if part.kind == "spa" and not _is_file(part, path):
        return True
    return bool(file_of(path, {*part.folder.names, *part.published}, part.kind)) or (
        first_of(part.redirects, f"/{path}") is not None
    )


def _is_file(part: RedirectsPart, path: str) -> bool:
    """Whether the function at the edge takes an address for that of a file."""
    ending = ending_of(re.split(r"[?#]", path)[0]).removeprefix(".")
    return bool(ending) and ending in {*USUAL_EXTENSIONS, *(each.lower() for each in part.folder.extensions)}


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
        yield finding_of(each, f"a path that is none of {', '.join(part.apis)}", without(each), more)


@practice(
    code="NAWS-SITE-042",
    title="A redirect hides no file that the site needs",
    source=_PAGES,
    example="""
    # index.html has the script /assets/index-B3k9dx1y.js.
    source="web/dist", redirects={"/assets/*": "/"}
    """,
    fix='source="web/dist", redirects={"/old/*": "/"}',
)
def hides_no_need(part: RedirectsPart) -> Iterator[Finding]:
    """It comes before the file: a browser would get another page in the place of a script, a style or an image."""
    needed = _needed(part)
    for (each, name), more in first_few((each, name) for each in part.whole if (name := _hides(each, needed))):
        expected = f"a path without what {needed[name]} refers to: {name}"
        yield finding_of(each, expected, without(each), more)


def _needed(part: RedirectsPart) -> dict[str, str]:
    """The files that pages, styles and scripts refer to, each with the first that does."""
    found: dict[str, str] = {}
    for each in part.folder.references if any(not redirect.gives_way for redirect in part.whole) else ():
        name = resolved(each.target, beside=part.folder.bases.get(each.file, each.file)) if each.is_local else ""
        if name in part.folder.names and ending_of(name) != ".html":
            found.setdefault(name, each.file)
    return found


def _hides(redirect: Redirect, needed: Mapping[str, str]) -> str:
    """A file that is needed and that nobody gets because of a redirect; empty when there is none."""
    if redirect.gives_way:
        return ""
    matches = redirect.expression.fullmatch
    return next((name for name in sorted(needed) if matches(f"/{name}") or matches(f"/{encoded(name)}")), "")


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
    needed = _needed(part)
    hiding = [(each, name) for each in part.whole if (name := _hidden(part, each)) and not _hides(each, needed)]
    for (each, name), more in first_few(hiding):
        yield finding_of(each, f"a path without a file: the site has {name}", without(each), more)


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


TARGET_RULES: tuple[Rule[RedirectsPart], ...] = (
    ends,
    reached,
    own_host,
    leads_to_page,
    of_the_site,
    hides_no_need,
    hides_nothing,
)
