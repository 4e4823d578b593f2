"""Throttling of a stage and its routes: a token bucket each."""

import time
from dataclasses import dataclass, field
from typing import Any

_RATE, _BURST = "throttlingRateLimit", "throttlingBurstLimit"
ACCOUNT_LIMITS = {_RATE: 10_000.0, _BURST: 5_000}
"""Of what a stage does not set. Source: API Gateway Developer Guide, 'Amazon API Gateway quotas', per account."""


@dataclass
class Bucket:
    """So many requests at once, and so many a second again."""

    rate: float
    burst: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.burst

    def take(self, now: float) -> bool:
        """Whether there is one for a request now."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


_buckets: dict[tuple[str, str, str], Bucket] = {}


def admitted(api_id: str, stage: dict[str, Any], route_key: str) -> bool:
    """Whether a request is within the limits of its route, or of the stage's default, which its other routes share."""
    own: dict[str, Any] = stage.get("routeSettings", {}).get(route_key) or {}
    limits = {**ACCOUNT_LIMITS, **stage.get("defaultRouteSettings", {}), **own}
    apart = route_key if own.keys() & ACCOUNT_LIMITS.keys() else ""
    key, rate, burst = (api_id, stage["stageName"], apart), float(limits[_RATE]), float(limits[_BURST])
    bucket = _buckets.get(key)
    if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
        bucket = _buckets[key] = Bucket(rate, burst)
    return bucket.take(time.monotonic())
