"""What browsers get with every answer, decided: the content security policy as a text, times in seconds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from naws.core.authoring import seconds
from naws.portal_website.props import SecurityHeaders

_TWO_YEARS = 63_072_000
LONGEST_VALUE = 1_783
"""Characters of a header's value. Source: CloudFront quotas, maximum length of a header value."""
ENFORCED, REPORTED = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
_SELF = "'self'"
_DIRECTIVES: Mapping[str, Sequence[str]] = {
    "default-src": (_SELF,),
    "script-src": (_SELF,),
    "style-src": (_SELF, "'unsafe-inline'"),
    "img-src": (_SELF, "data:"),
    "font-src": (_SELF, "data:"),
    "connect-src": (_SELF,),
    "object-src": ("'none'",),
    "base-uri": (_SELF,),
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
        every = {**self.csp, "connect-src": [*self.csp.get("connect-src", (_SELF,)), *connects]}
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
    csp["frame-ancestors"] = ["'none'" if given.frame == "DENY" else _SELF]
    for name, sources in given.csp_sources.items():
        before = csp.get(name, csp["default-src"] if name.endswith("-src") else [])
        csp[name] = [*(each for each in before if each != "'none'"), *sources]
    return HeadersPlan(given=given, csp=csp, hsts=seconds(given.hsts, _TWO_YEARS))
