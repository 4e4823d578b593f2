"""The priority of a route among those of a listener: by what it says alone, so that no other service changes it.

    exact host, host with a wildcard, no host  >  how deep its path is  >  a hash within the band

AWS has one number a rule, 1 to 50,000, and tries the lowest first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from naws.core.authoring import is_text
from naws.ecs_service.props import Route

_LAST = 50_000
_BANDS = (1_500, 3_500, 5_000, 5_500, 1_000)
"""How many numbers the routes of one kind of host have, from four parts of a path and more down to none."""


@dataclass(frozen=True, kw_only=True)
class RoutePlan:
    """Which requests of a listener are a service's.

    Attributes:
        path: the field.
        host: None: any.
        paths: with at most five values together with `host`.
        priority: of the listener's rule.
        given: whether the priority was given.
        whole: whether nobody gave a route: all requests are the service's.
        groups: how many target groups its service has.
    """

    path: str
    host: str | None
    paths: tuple[str, ...]
    priority: int
    given: bool = False
    whole: bool = False
    groups: int = 1


@dataclass(frozen=True, kw_only=True)
class RoutesView:
    """The routes of a service among all of its listener.

    Attributes:
        path: the service's.
        own: the service's.
        others: those of other services, by their paths.
        ours: whether the listener is a pattern's, so that nothing else can have rules on it.
        gradual: whether deployments of the service move its route.
        taken: the numbers of other rules of the listener, with their paths.
    """

    path: str
    own: Sequence[RoutePlan]
    others: Sequence[tuple[str, RoutePlan]]
    ours: bool
    gradual: bool = False
    taken: Sequence[tuple[str, int]] = ()


def plan_route(route: Route | None, path: str, *, gradual: bool = False) -> RoutePlan:
    """Decide the priority of a route; of none it is the last one.

    Args:
        route: as it is given.
        path: the field.
        gradual: whether its service has a second target group, for the version that takes over.
    """
    whole, given = route is None, route or Route()
    priority = given.priority
    texts = tuple(each for each in given.paths if isinstance(each, str))  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
    paths = texts or (Route().paths if given.paths else ())
    return RoutePlan(
        path=path,
        host=given.host,
        paths=tuple(paths),
        priority=_LAST if whole else priority_of(given.host, paths) if priority is None else priority,
        given=priority is not None,
        whole=whole,
        groups=2 if gradual else 1,
    )


def priority_of(host: str | None, paths: Sequence[str]) -> int:
    """The number of a route; a token in it counts as text without wildcards."""
    kind, band = _band(host, paths)
    first = kind * sum(_BANDS) + sum(_BANDS[:band])
    digest = hashlib.sha256("\n".join([host or "", *paths]).encode(errors="surrogatepass")).digest()
    return 1 + first + int.from_bytes(digest[:8], "big") % _BANDS[band]


def band_of(route: RoutePlan) -> tuple[int, int]:
    """The kind of its host, and how deep it is: within these a hash decides."""
    return _band(route.host, route.paths)


def _band(host: str | None, paths: Sequence[str]) -> tuple[int, int]:
    kind = 2 if host is None else int(is_text(host) and ("*" in host or "?" in host))
    depth = min((depth_of(each) for each in paths), default=0)
    return kind, len(_BANDS) - 1 - min(depth, len(_BANDS) - 1)


def depth_of(path: str) -> int:
    """How many parts of a path have no wildcard: `/orders`, `/orders/*` and `/*/orders` have one."""
    return len([each for each in path.split("/") if each and "*" not in each and "?" not in each])
