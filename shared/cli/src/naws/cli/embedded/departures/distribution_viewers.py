"""A viewer's request to a distribution, and what the viewer gets."""

import time
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.distribution_config import Config, Record, config_of
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest
from naws.cli.embedded.departures.services import cloudfront
from naws.cli.embedded.distribution_urls import LOCAL

UNSATISFIED = "The request could not be satisfied."
CACHED_METHODS = frozenset({"GET", "HEAD"})


class EdgeError(Exception):
    """CloudFront answers by itself, with a page of its own."""

    def __init__(self, status: int, text: str, why: str = "") -> None:
        super().__init__(why or text)
        self.status, self.text = status, text


@dataclass
class Result:
    """What the viewer gets; names of headers are in lower case.

    Attributes:
        cache: The header ``X-Cache``.
        by_edge: Whether it is CloudFront's own page, with all of its headers.
        names_server: Whether CloudFront is the server where the origin names none, as it is behind a function.
    """

    status: int
    headers: dict[str, Any]
    body: bytes
    cache: str
    by_edge: bool = False
    names_server: bool = False


@dataclass
class Viewer:
    """One request of a viewer.

    Attributes:
        latency: Milliseconds that the origin took; None when it was not asked.
        why: What is wrong, for people.
    """

    request: ClientRequest
    distribution: Record
    body: bytes
    began: float = field(default_factory=time.monotonic)
    at: float = field(default_factory=time.time)
    latency: float | None = None
    why: str = ""

    def __post_init__(self) -> None:
        self.config: Config = config_of(self.distribution)
        self.headers: dict[str, Any] = self.request.joined()
        given = self.headers.pop("x-forwarded-proto", "https" if self.request.host.endswith(LOCAL) else "http")
        self.is_https = given.strip().lower() == "https"
        self.parsed: dict[str, Any] = cloudfront.parse_distribution_dataplane_config(self.distribution)


def page(status: int, text: str) -> Result:
    """CloudFront's own page of an error."""
    return of_edge(cloudfront._cf_error_response(status, text, cloudfront._ERROR_X_CACHE))


def of_edge(answer: tuple[int, dict[str, Any], bytes]) -> Result:
    """An answer that CloudFront gives by itself, as MiniStack makes it."""
    status, headers, body = answer
    lower = {name.lower(): value for name, value in headers.items()}
    return Result(status, lower, body, lower.get("x-cache", cloudfront._ERROR_X_CACHE), by_edge=True)
