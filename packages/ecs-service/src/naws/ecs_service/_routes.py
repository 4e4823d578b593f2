"""The routes of a listener, of whichever service in the app: found when it is synthesised, without walking the app."""

from collections.abc import Iterator

from constructs import Construct

from naws.core.authoring import asked, known, node_of, path_of, reference_of
from naws.ecs_service._load_balancer import Balancer
from naws.ecs_service.plan_routes import RoutePlan, RoutesView

_ROUTES: dict[str, dict[str, list[RoutePlan]]] = {}
"""By listener the routes of each service, by its path."""


def register_route(scope: Construct, balancer: Balancer, route: RoutePlan) -> None:
    """Have a route compared with the others of its listener."""
    _ROUTES.setdefault(_key(balancer), {}).setdefault(path_of(scope), []).append(route)


def routes_beside(scope: Construct, balancer: Balancer, *, gradual: bool) -> Iterator[RoutesView]:
    """The routes of a service, beside those of the others on its listener."""
    own = path_of(scope)
    every = _ROUTES[_key(balancer)]
    others = [(path, route) for path, routes in every.items() if path != own for route in routes]
    yield RoutesView(path=own, own=tuple(every[own]), others=tuple(others), ours=balancer.ours, gradual=gradual)


def _key(balancer: Balancer) -> str:
    """The ARN of a listener that was imported, wherever; jsii's reference to one that is made in the app."""
    arn: str = asked(balancer.listener, "listener_arn")
    return f"{reference_of(node_of(balancer.listener).root)} {arn}" if known(arn) else reference_of(balancer.listener)
