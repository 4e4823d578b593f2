"""What CloudFront has in its cache, by the key of the behavior's cache policy.

Source: Amazon CloudFront Developer Guide, 'Manage how long content stays in the cache (expiration)', 'Control the cache
key', 'HTTP 4xx and 5xx status codes that CloudFront caches', 'Control how long CloudFront caches errors'.
"""

import threading
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from naws.cli.embedded.departures.json_values import listed
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import cloudfront

_MOST_BYTES = 64 * 1024 * 1024
"""Of all bodies; what was asked for longest ago goes first, as CloudFront does it at its own discretion."""
_LONGEST_BODY = 16 * 1024 * 1024
_ALWAYS = frozenset({404, 414, 500, 501, 502, 503, 504})
_WITH_AGE = frozenset({400, 403, 405, 412, 415})
FIRST_ERROR = 400
ERROR_SECONDS = 10.0
TIMES = ("cache-control", "date", "etag", "expires", "last-modified")
"""Headers by which an origin renews what it says of an object that did not change."""

Key = tuple[Any, ...]
Headers = dict[str, Any]


@dataclass(frozen=True)
class Lifetimes:
    """How long objects stay, in seconds."""

    least: float
    usual: float
    most: float

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Lifetimes":
        """Those of a cache policy, or of a behavior without one; what is not given is a day, and a year at most."""
        least = float(given.get("MinTTL") or 0)
        usual, most = (
            float(given.get(name, other)) for name, other in (("DefaultTTL", 86_400), ("MaxTTL", 31_536_000))
        )
        return cls(least, max(least, usual), max(least, most))


@dataclass
class Entry:
    """An object in the cache; names of headers are in lower case.

    Attributes:
        paths: The viewer's path and that which its function made of it, with their queries.
    """

    distribution: str
    paths: tuple[str, str]
    status: int
    headers: Headers
    body: bytes
    seconds: float
    at: float = field(default_factory=time.time)

    @property
    def age(self) -> int:
        """Seconds since the origin sent it."""
        return int(time.time() - self.at)

    @property
    def fresh(self) -> bool:
        """Whether it may be sent without asking the origin."""
        return time.time() - self.at < self.seconds


_entries: OrderedDict[Key, Entry] = OrderedDict()
_lock = threading.Lock()


def lookup(key: Key) -> Entry | None:
    """What is in the cache, fresh or not."""
    with _lock:
        entry = _entries.get(key)
        if entry is not None:
            _entries.move_to_end(key)
        return entry


def store(key: Key, entry: Entry) -> None:
    """Put an object into the cache, unless it is kept for no time."""
    with _lock:
        _entries.pop(key, None)
        if entry.seconds <= 0 or len(entry.body) > _LONGEST_BODY:
            return
        _entries[key] = entry
        while sum(len(each.body) for each in _entries.values()) > _MOST_BYTES:
            _entries.popitem(last=False)


def invalidate(distribution: str, paths: list[str]) -> None:
    """Take objects out of the cache: by their path, also without its query, or by one with a star at its end."""
    with _lock:
        gone = [
            key
            for key, entry in _entries.items()
            if entry.distribution == distribution
            and all(any(_matches(known, path) for path in paths) for known in entry.paths)
        ]
        for key in gone:
            del _entries[key]


@departure("Amazon CloudFront Developer Guide, 'What you need to know when invalidating paths'")
@patch(wrap, cloudfront, "_create_invalidation")
def invalidations(original: Original, distribution: str, body: bytes) -> Any:
    """An invalidation takes objects out of the cache: by their path, or by one with a star at its end.

    A path without a query names the object whatever its query is. Where the viewer's function changes the path, both
    have to be named. On AWS it takes seconds to minutes.
    """
    response = original(distribution, body)
    if not failed(response):
        root = cloudfront._parse_body(body)
        invalidate(
            distribution, [each.text for each in root.iter() if each.tag.endswith("}Path") or each.tag == "Path"]
        )
    return response


def _matches(known: str, path: str) -> bool:
    wanted = urllib.parse.unquote(path if path.startswith("/") else f"/{path}")
    plain, _, query = known.partition("?")
    whole = urllib.parse.unquote(plain) + (f"?{query}" if query else "")
    if wanted.endswith("*"):
        return whole.startswith(wanted[:-1])
    # Without a query it names the object whatever its query is.
    return wanted in (whole, urllib.parse.unquote(plain))


def seconds_of(headers: Mapping[str, Any], lifetimes: Lifetimes) -> float:
    """How long an object stays that its origin answered with success."""
    directives = _directives(headers)
    if {"no-cache", "no-store", "private"} & set(directives):
        return lifetimes.least
    fresh = _fresh(headers, directives)
    return lifetimes.usual if fresh is None else max(lifetimes.least, min(fresh, lifetimes.most))


def seconds_of_error(status: int, headers: Mapping[str, Any], least: float, lifetimes: Lifetimes) -> float:
    """How long an error stays; some only when the origin sends how long.

    Args:
        status: The origin's.
        headers: The origin's.
        least: The behavior's for this status.
        lifetimes: The behavior's for objects.
    """
    directives = _directives(headers)
    fresh = _fresh(headers, directives)
    if status in _WITH_AGE and not {"max-age", "s-maxage"} & set(directives):
        return 0.0
    if status not in _ALWAYS | _WITH_AGE:
        return 0.0
    return least if fresh is None else max(least, min(fresh, lifetimes.most))


def _directives(headers: Mapping[str, Any]) -> dict[str, str]:
    given = headers.get("cache-control", "")
    text = ",".join(str(each) for each in listed(given))
    parts = (part.strip().partition("=") for part in text.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts if name}


def _fresh(headers: Mapping[str, Any], directives: Mapping[str, str]) -> float | None:
    for name in ("s-maxage", "max-age"):
        if directives.get(name, "").isdecimal():
            return float(directives[name])
    if "expires" in headers:
        try:
            return max(0.0, parsedate_to_datetime(str(headers["expires"])).timestamp() - time.time())
        except (TypeError, ValueError):
            return 0.0
    return None


def matches(known: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a viewer already has an object, by the headers of the object and of its request."""
    tag = str(known.get("etag", "")).removeprefix("W/")
    if "if-none-match" in given:
        tags = [each.strip().removeprefix("W/") for each in str(given["if-none-match"]).split(",")]
        return "*" in tags or (bool(tag) and tag in tags)
    if "if-modified-since" in given and "last-modified" in known:
        try:
            dates = (parsedate_to_datetime(str(each)) for each in (known["last-modified"], given["if-modified-since"]))
            return next(dates) <= next(dates)
        except (TypeError, ValueError):
            return False
    return False
