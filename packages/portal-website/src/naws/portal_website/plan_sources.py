"""What a content security policy allows of other hosts. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from naws.core.authoring import known
from naws.portal_website.plan_references import Reference

_FALLBACKS: Mapping[str, Sequence[str]] = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "style-src": ("style-src-elem", "style-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}
"""The directives that browsers look for, in their order. Source: CSP Level 3, directive fallback list."""
_ADDRESS = re.compile(
    r"(?:https?:)?//(?P<host>[\w-]+(?:\.[\w-]+)*)(?::(?P<port>\d+))?(?P<path>/[^?#]*)?(?:[?#].*)?", re.IGNORECASE
)
_SOURCE = re.compile(
    r"(?:https?://)?(?P<host>\*|(?:\*\.)?[^/:'*\s]+)(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?", re.IGNORECASE
)
_HTTPS = "443"
_FONTS = {"fonts.googleapis.com": "//fonts.gstatic.com"}
"""Styles that have fonts of another host, which no file of the folder names."""


@dataclass(frozen=True)
class Needed:
    """What a policy lacks for something that a file loads.

    Attributes:
        reference: where it stands first.
        directive: the one to which a source is added.
        source: that which is to be added.
    """

    reference: Reference
    directive: str
    source: str


def all_needed(
    references: Iterable[Reference], policy: Mapping[str, Sequence[str]], own_host: str = ""
) -> Sequence[Needed]:
    """What a policy lacks for what is loaded of other hosts, each source of a directive once.

    Args:
        references: what files load, with directives.
        policy: the sources of each directive.
        own_host: the name of the site itself; empty when it is not known.
    """
    found: dict[tuple[str, str], Needed] = {}
    for each in references:
        address = _ADDRESS.fullmatch(each.target) if each.directive else None
        if address is None:
            continue
        fonts = _FONTS.get(address["host"].lower()) if each.directive == "style-src" else None
        further = _ADDRESS.fullmatch(fonts) if fonts else None
        for directive, loaded in ((each.directive, address), *((("font-src", further),) if further else ())):
            name = _in_force(directive, policy)
            if not any(_allows(source, loaded, own_host) for source in policy.get(name, ())):
                port = f":{loaded['port']}" if loaded["port"] else ""
                added = directive if name == "default-src" else name
                needed = Needed(each, added, f"https://{loaded['host'].lower()}{port}")
                found.setdefault((added, needed.source), needed)
    return list(found.values())


def _in_force(directive: str, policy: Mapping[str, Sequence[str]]) -> str:
    return next((each for each in _FALLBACKS.get(directive, (directive,)) if each in policy), "default-src")


def _allows(source: str, address: re.Match[str], own_host: str) -> bool:
    """Whether a source allows an address; one that nobody knows yet may, and a script may be trusted by another."""
    if not known(source) or source.lower() in ("*", "https:", "http:", "'strict-dynamic'"):
        return True
    found = _SOURCE.fullmatch(f"https://{own_host}" if own_host and source == "'self'" else source)
    if found is None:
        return False
    host, allowed, path = address["host"].lower(), found["host"].lower(), found["path"] or "/"
    is_host = allowed in ("*", host) or (allowed.startswith("*.") and host.endswith(allowed[1:]))
    is_port = found["port"] == "*" or (found["port"] or _HTTPS) == (address["port"] or _HTTPS)
    loaded = address["path"] or "/"
    return is_host and is_port and (loaded.startswith(path) if path.endswith("/") else loaded == path)
