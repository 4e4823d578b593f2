"""What a behavior's policies let through to the origin, and what of a request is in the cache key.

Source: Amazon CloudFront Developer Guide, 'Control the cache key', 'Control origin requests', 'How origin request
policies and cache policies work together', 'HTTP request headers and CloudFront behavior'.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures.distribution_cache import Key, Lifetimes
from naws.cli.embedded.departures.distribution_compression import accepted
from naws.cli.embedded.departures.distribution_config import Config
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import cloudfront

_KEEPS_AUTHORIZATION = frozenset({"DELETE", "PATCH", "POST", "PUT"})


@dataclass
class Asked:
    """A request, as the viewer's function left it.

    Attributes:
        query: The parameters with all their values, encoded as they were sent.
        raw_query: Their text; None where a function changed them one by one.
        encodings: What the viewer accepts, whatever a function made of it.
    """

    method: str
    uri: str
    query: dict[str, list[str]]
    raw_query: str | None
    headers: dict[str, Any]
    encodings: str
    has_body: bool

    @property
    def cookies(self) -> dict[str, list[str]]:
        """Its cookies with all their values."""
        pairs = (each.strip().partition("=") for each in str(self.headers.get("cookie", "")).split(";"))
        return _collected((name, value.strip()) for name, is_pair, value in pairs if is_pair and name)


def parameters(query: str) -> dict[str, list[str]]:
    """The parameters of a query with all their values, nothing decoded: CloudFront passes on what a viewer encoded."""
    pairs = (each.partition("=") for each in query.split("&") if each)
    return _collected((name, value) for name, _, value in pairs)


def _collected(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


class Policies:
    """The policies of a behavior.

    Args:
        behavior: As MiniStack's data plane has it.
        own: As botocore's model has it.
    """

    def __init__(self, behavior: dict[str, Any], own: Config) -> None:
        policy_id = own.get("CachePolicyId")
        known: Any = cloudfront._cache_policies.get(policy_id) or cloudfront._MANAGED_CACHE_POLICIES.get(policy_id)
        policy: dict[str, Any] = members(members(known).get("Config"))
        self.parameters: dict[str, Any] = members(policy.get("Parameters"))
        self.lifetimes = Lifetimes.of(policy or own)
        self._behavior = behavior
        self._forwarded = cloudfront._forwarding_predicates(behavior)
        only_cache = {**behavior, "origin_request_policy_id": None}
        self._in_key = cloudfront._policy_predicates(only_cache) if policy else self._forwarded

    def key(self, distribution: str, asked: Asked) -> Key:
        """The cache key of a request; in another order parameters and cookies are another key."""
        header, cookie, query = self._in_key
        return (
            distribution,
            self._behavior["path_pattern"],
            asked.uri,
            tuple((name, tuple(values)) for name, values in asked.query.items() if query(name)),
            tuple(sorted((name, str(value)) for name, value in asked.headers.items() if header(name))),
            tuple((name, tuple(values)) for name, values in asked.cookies.items() if cookie(name)),
            self.encodings(asked),
        )

    def encodings(self, asked: Asked) -> str:
        """What of the accepted encodings is in the cache key."""
        return accepted(asked.encodings, self.parameters)

    def headers(self, asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
        """The headers that the origin gets, of those given."""
        header, cookie, _ = self._forwarded
        always, never = cloudfront._ALWAYS_FORWARD_REQUEST_HEADERS, cloudfront._HOP_BY_HOP_REQUEST_HEADERS
        unasked = always | ({"content-type"} if asked.has_body else set())
        if asked.method in _KEEPS_AUTHORIZATION:
            unasked = unasked | {"authorization"}
        names = [name for name in given if name not in never | {"accept-encoding"}]
        kept = {name: given[name] for name in names if header(name) or name in unasked}
        if not header("user-agent") or "user-agent" not in kept:
            kept["user-agent"] = "Amazon CloudFront"
        encodings = self.encodings(asked) or (asked.encodings if header("accept-encoding") else "")
        if encodings:
            kept["accept-encoding"] = encodings
        if header("host"):
            kept["host"] = given.get("host", "")
        if pairs := [f"{name}={each}" for name, values in asked.cookies.items() if cookie(name) for each in values]:
            kept["cookie"] = "; ".join(pairs)
        return kept

    def query(self, asked: Asked) -> str:
        """The parameters that the origin gets, as the viewer sent them where all of them go there."""
        allowed = self._forwarded[2]
        if asked.raw_query is not None and all(allowed(name) for name in asked.query):
            return asked.raw_query
        pairs = [f"{name}={each}" for name, values in asked.query.items() if allowed(name) for each in values]
        return "&".join(pairs)
