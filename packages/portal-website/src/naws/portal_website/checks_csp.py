"""Rules on sources of a content security policy that mean something only alone, or only where it is enforced."""

import json
from collections.abc import Iterator

from naws.core.authoring import Field, Finding, Rule, limit, practice
from naws.portal_website.checks_headers import HeadersPart
from naws.portal_website.plan_headers import NONE, SELF, allowing

_CSP = "https://www.w3.org/TR/CSP3/#match-url-to-source-list"
_FRAMES = "https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-x-frame-options-header"
_ANCESTORS = "frame-ancestors"
_FRAME = {NONE: "DENY", SELF: "SAMEORIGIN"}


@limit(
    code="NAWS-EDGE-091",
    title="A directive that allows 'none' allows nothing else",
    source=_CSP,
    example='headers=SecurityHeaders(csp_sources={"frame-src": ["\'none\'", "https://maps.example.com"]})',
    fix='headers=SecurityHeaders(csp_sources={"frame-src": ["https://maps.example.com"]})',
)
def none_is_alone(part: HeadersPart) -> Iterator[Finding]:
    """Browsers skip `'none'` beside other sources. Alone it takes the place of what a directive allows otherwise."""
    given = part.plan.given.csp_sources
    for name, sources in given.items():
        others = allowing(sources)
        if not others or len(others) == len(sources):
            continue
        lines = (json.dumps({**given, name: each}, ensure_ascii=False, default=str) for each in (others, [NONE]))
        yield Field(f'headers.csp_sources["{name}"]').finding(
            "'none' alone, or without it",
            "\n".join(f"csp_sources={each}" for each in lines),
            shown=", ".join(map(str, sources)),
        )


@practice(
    code="NAWS-EDGE-092",
    title="Sites that may show this one in a frame are of a policy that is enforced",
    source=_FRAMES,
    example='headers=SecurityHeaders(csp_sources={"frame-ancestors": ["https://intranet.example.com"]})',
    fix='headers=SecurityHeaders(csp="enforce", csp_sources={"frame-ancestors": ["https://intranet.example.com"]})',
)
def frames_are_enforced(part: HeadersPart) -> Iterator[Finding]:
    """X-Frame-Options, which `frame` sets, counts until then; browsers skip it where frame-ancestors is enforced."""
    given = part.plan.given
    sources = given.csp_sources.get(_ANCESTORS, ())
    frame = _FRAME.get(sources[0]) if len(sources) == 1 else None
    if given.csp != "report" or not sources or frame == given.frame:
        return
    yield Field(f'headers.csp_sources["{_ANCESTORS}"]').finding(
        f'csp="enforce": a policy that only reports leaves frame="{given.frame}" in force',
        f'csp="enforce"\nomit {_ANCESTORS} from csp_sources' if frame is None else f'frame="{frame}"\ncsp="enforce"',
        shown=", ".join(map(str, sources)),
    )


CSP_RULES: tuple[Rule[HeadersPart], ...] = (none_is_alone, frames_are_enforced)
