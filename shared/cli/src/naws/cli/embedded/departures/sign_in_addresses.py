"""Addresses of websites and of pages for signing in: AWS's, and those that a browser on this machine finds."""

import os
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from naws.cli.embedded.departures.distribution_config import aliases_of, distribution_for
from naws.cli.embedded.departures.services import cognito
from naws.cli.embedded.distribution_urls import LOCAL, url_of

_DOMAIN = re.compile(r"(?P<prefix>[a-z0-9-]+)\.auth\.(?P<region>[a-z0-9-]+)\.amazoncognito\.(?:com|localhost)")
_PAGES = re.compile(r"https://([a-z0-9-]+\.auth\.[a-z0-9-]+\.amazoncognito)\.com(?![\w.-])")
_SITES = re.compile(r"https://([a-z0-9]+\.cloudfront\.net)(?![\w.-])")
_HERE = frozenset({"127.0.0.1", "localhost", "host.docker.internal"})


def domain_of(host: str) -> str | None:
    """The domain of a pool that a host names, without its port; empty for this machine itself, None for other hosts."""
    name = host.partition(":")[0].lower()
    if name in _HERE:
        return ""
    if found := _DOMAIN.fullmatch(name):
        return found["prefix"]
    return name if name in {domain for _, _, domain in _domains()} else None


def pool_of(domain: str) -> str:
    """The id of the pool that has a domain; empty without one."""
    return next((pool for _, pool, name in _domains() if name == domain), "")


def _domains() -> list[tuple[str, str, str]]:
    return [(account, pool, domain) for (account, _, domain), pool in cognito._pool_domain_map.all_items()]


def on_this_machine(text: str) -> str:
    """A text in which addresses of CloudFront and of pages for signing in are those that a browser here finds."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    port = endpoint.rpartition(":")[2]
    with_pages = _PAGES.sub(rf"http://\1.localhost:{port}", text)
    return _SITES.sub(lambda found: _site(found, endpoint), with_pages)


def _site(found: re.Match[str], endpoint: str) -> str:
    return url_of(endpoint, found[1]) if distribution_for(found[1]) else found[0]


def registered(url: str, known: list[str]) -> str:
    """The URL among those that a client registered which leads to the same page of the same distribution as another."""
    parts = urlsplit(url)
    host = parts.netloc.partition(":")[0].lower()
    found = distribution_for(host) if host.endswith(LOCAL) and url not in known else None
    if found is None:
        return url
    names = [found[1]["DomainName"], *aliases_of(found[1])]
    same = (urlunsplit(("https", name, parts.path, parts.query, parts.fragment)) for name in names)
    return next((each for each in same if each in known), url)


def local_location(url: str) -> str:
    """Where a browser here finds the page of a distribution that AWS's address names."""
    parts: Any = urlsplit(url)
    host = parts.netloc.partition(":")[0].lower()
    found = None if host.endswith(LOCAL) else distribution_for(host)
    if found is None:
        return url
    here = urlsplit(url_of(os.environ["AWS_ENDPOINT_URL"], found[1]["DomainName"]))
    return urlunsplit((here.scheme, here.netloc, parts.path or "/", parts.query, parts.fragment))
