"""A rule on what pages load of other hosts, where a content security policy is enforced."""

import json
from collections.abc import Iterator

from naws.core.authoring import Field, Finding, Rule, practice
from naws.portal_website.checks_folder import first_few, printable
from naws.portal_website.checks_headers import HeadersPart
from naws.portal_website.plan_headers import allowing
from naws.portal_website.plan_sources import all_needed

_CSP = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"


@practice(
    code="NAWS-EDGE-090",
    title="A policy that is enforced allows what pages load of other hosts",
    source=_CSP,
    example="""
    # index.html has a script of https://js.example.com/lib.js.
    source="web/foreign", headers=SecurityHeaders(csp="enforce")
    """,
    fix="""
    # index.html has a script of https://js.example.com/lib.js.
    source="web/foreign", headers=SecurityHeaders(csp="enforce", csp_sources={"script-src": ["https://js.example.com"]})
    """,
)
def others_are_allowed(part: HeadersPart) -> Iterator[Finding]:
    """Browsers would load none of it. What scripts ask for later is in no file: `csp="report"` has browsers name it."""
    given, folder = part.plan.given, part.folder
    if given.csp != "enforce" or folder is None:
        return
    loaded = (each for each in folder.references if each.directive and not each.is_local and folder.runs(each))
    needed = all_needed(loaded, part.plan.csp, part.host)
    sources = {name: [*each] for name, each in given.csp_sources.items()}
    for each in needed:
        sources[each.directive] = allowing(sources.get(each.directive, ()), [each.source])
    remedy = f'csp_sources={json.dumps(sources, ensure_ascii=False)}\ncsp="report"'
    for each, more in first_few(needed):
        where = f"{printable(each.reference.file)}:{each.reference.line}"
        expected = f"{each.source} in {each.directive}: {where} loads it{more}"
        yield Field("headers.csp_sources").finding(expected, remedy, shown=each.reference.target)


HOST_RULES: tuple[Rule[HeadersPart], ...] = (others_are_allowed,)
