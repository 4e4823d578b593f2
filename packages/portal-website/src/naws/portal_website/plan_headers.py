"""What browsers get with every answer, decided: the content security policy as a text, times in seconds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from naws.core.authoring import seconds
from naws.portal_website.props import SecurityHeaders

_TWO_YEARS = 63_072_000
LONGEST_VALUE = 1_783
"""Characters of a header's value. Source: CloudFront quotas, maximum length of a header value."""
ENFORCED, REPORTED = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
SELF, NONE = "'self'", "'none'"
_DIRECTIVES: Mapping[str, Sequence[str]] = {
    "default-src": (SELF,),
    "script-src": (SELF,),
    "style-src": (SELF, "'unsafe-inline'"),
    "img-src": (SELF, "data:"),
    "font-src": (SELF, "data:"),
    "connect-src": (SELF,),
    "object-src": (NONE,),
    "base-uri": (SELF,),
}


@dataclass(frozen=True, kw_only=True)
class HeadersPlan:
    """What browsers get with every answer.

    Attributes:
        given: as it is given.
        csp: what pages may load, by directive; without what sign-in adds.
        too_many: whether the scripts that stand in pages are too many for their hashes to fit, so that a policy that
            only reports allows all of them.
        hsts: seconds for which browsers ask by HTTPS alone. 0: they need not.
    """

    given: SecurityHeaders
    csp: Mapping[str, Sequence[str]]
    hsts: float
    too_many: bool = False

    def policy(self, connects: Sequence[str] = ()) -> str:
        """The content security policy as a header has it.

        Args:
            connects: further addresses that scripts may ask, such as that of the sign-in page.
        """
        every = {**self.csp}
        if connects:
            every["connect-src"] = allowing(self.csp["connect-src"], connects)
        return "; ".join(" ".join((name, *dict.fromkeys(sources))) for name, sources in every.items())


def plan_headers(given: SecurityHeaders, script_hashes: Sequence[str], *, reserved: int = 0) -> HeadersPlan:
    """Decide what `given` leaves open.

    Args:
        given: the user's.
        script_hashes: the SHA-256 of each script that stands in a page itself, in base64.
        reserved: characters of the policy that are left for addresses that are known later.
    """
    scripts = [f"'sha256-{each}'" for each in script_hashes]
    plan = _with_scripts(given, scripts)
    if given.csp != "report" or len(plan.policy()) + reserved <= LONGEST_VALUE:
        return plan
    return replace(_with_scripts(given, ["'unsafe-inline'"]), too_many=True) if scripts else plan


def _with_scripts(given: SecurityHeaders, scripts: Sequence[str]) -> HeadersPlan:
    csp = {name: list(sources) for name, sources in _DIRECTIVES.items()}
    csp["script-src"] += scripts
    csp["frame-ancestors"] = [NONE if given.frame == "DENY" else SELF]
    for name, sources in given.csp_sources.items():
        before = csp.get(name, csp["default-src"] if name.endswith("-src") else [])
        csp[name] = [NONE] if [*sources] == [NONE] else allowing(before, sources)
    return HeadersPlan(given=given, csp=csp, hsts=seconds(given.hsts, _TWO_YEARS))


def allowing(sources: Sequence[str], more: Sequence[str] = ()) -> list[str]:
    """`sources` and `more`, without the one for "nothing"."""
    return [*(each for each in sources if each != NONE), *more]
