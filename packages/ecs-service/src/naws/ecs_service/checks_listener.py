"""Rules at synthesis on the routes of a listener together, whichever services of the app they are of."""

import json
import re
from collections.abc import Iterator

from naws.core.authoring import Field, Finding, is_text, is_whole, limit, practice
from naws.ecs_service.checks_routes import covers, rooted
from naws.ecs_service.plan_routes import RoutePlan, RoutesView, priority_of

_RULES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"
_QUOTAS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"
_MOST_RULES, _MOST_GROUPS = 100, 100


def _beside(route: str) -> str:
    """Another service on the same listener, as an example has it."""
    return f'then=lambda made: EcsService(stack, "Stock", EcsServiceProps(image=image, route=Route(paths={route})))'


@limit(
    code="NAWS-ROUTE-007",
    title="Two routes of a listener have two priorities",
    source=_RULES,
    example='route=Route(paths=["/orders/*"], priority=5), ' + _beside('["/stock/*"], priority=5'),
    fix='route=Route(paths=["/orders/*"], priority=5), ' + _beside('["/stock/*"], priority=6'),
)
def two_priorities(view: RoutesView) -> Iterator[Finding]:
    """Elastic Load Balancing refuses the second rule while the stack is deployed.

    Of those that are calculated two can be the same by chance; the same paths and host always get the same. Rules that
    ordinary CDK code makes count, too, where they are in the service's stack.
    """
    taken = {route.priority for route in (*view.own, *(other for _, other in view.others))}
    taken |= {number for _, number in view.taken}
    for index, own in enumerate(view.own):
        for path in (path for path, number in view.taken if number == own.priority):
            remedy = f"priority={_free(own.priority, taken)}"
            yield Field(f"{own.path}.priority", own.priority).finding(f"a priority that {path} has not", remedy)
        for path, other in (*((view.path, each) for each in view.own[:index]), *view.others):
            if (
                (own.whole and view.path != path)
                or other.whole
                or own.priority != other.priority
                or not is_whole(own.priority)
            ):
                continue
            if _same(own, other):
                expected = f"requests that are not those of {path}, which has the same route"
                yield Field(f"{own.path}.paths", list(own.paths)).finding(expected, _other_route(view.path))
            elif view.path >= path:  # one of the two reports it
                expected = f"a priority that {path} has not"
                remedy = f"priority={_free(own.priority, taken)}"
                yield Field(f"{own.path}.priority", own.priority).finding(expected, remedy)


@practice(
    code="NAWS-ROUTE-008",
    title="No other service gets a service's requests",
    source=_RULES,
    example='route=Route(paths=["/orders/*"], priority=9), ' + _beside('["/*"], priority=1'),
    fix='route=Route(paths=["/orders/*"]), ' + _beside('["/*"]'),
)
def not_shadowed(view: RoutesView) -> Iterator[Finding]:
    """A rule with a lower number is tried first, and has them all: not one request comes by this path.

    Without priorities of one's own the more specific path is tried first.
    """
    taken = {route.priority for route in (*view.own, *(other for _, other in view.others))}
    for own in (each for each in view.own if not each.whole):
        for path, other in view.others:
            if not (is_whole(own.priority) and is_whole(other.priority) and other.priority < own.priority):
                continue
            lost = {
                index: before
                for index, each in enumerate(own.paths)
                if (before := next((one for one in other.paths if _has(other, one, own, each)), None)) is not None
            }
            if not lost:
                continue
            every, first = " and ".join(dict.fromkeys(lost.values())), next(iter(lost))
            at = f"{own.path}.paths[{first}]" if len(lost) == 1 else f"{own.path}.paths"
            shown = own.paths[first] if len(lost) == 1 else [own.paths[index] for index in lost]
            yield Field(at, shown).finding(
                f"{'a path' if len(lost) == 1 else 'paths'} that {every} of {path} has not, "
                f"which is tried before {'it' if len(lost) == 1 else 'them'}",
                _other_route(view.path) if _same(own, other) else "\n".join(_sooner(own, other, path, taken)),
            )


@limit(
    code="NAWS-ROUTE-009",
    title="Each of several services on one listener has a route",
    source=_RULES,
    example=_beside('["/stock", "/stock/*"]'),
    fix='route=Route(paths=["/orders", "/orders/*"]), ' + _beside('["/stock", "/stock/*"]'),
)
def has_route(view: RoutesView) -> Iterator[Finding]:
    """Without one a service has all requests, which it can only when nobody else is on the same listener.

    For all that no other route has, a service says `Route(paths=["/*"])`: it is tried last.
    """
    if not view.others or not any(each.whole for each in view.own):
        return
    beside = dict.fromkeys(path for path, _ in view.others)
    unrouted = dict.fromkeys(path for path, each in view.others if each.whole)
    also = "".join(f", and of {path} route={_route_of(path)}" for path in unrouted)
    yield Field("route").finding(
        f"a route: {', '.join(beside)} {'is' if len(beside) == 1 else 'are'} on the same listener",
        f"route={_route_of(view.path)}{'  # ' + also[2:] if also else ''}\n"
        'route=Route(paths=["/*"])  # all that no other route has\n'
        "load_balancer=LoadBalancer()  # one of its own",
        shown="not given",
    )


@practice(
    code="NAWS-ROUTE-010",
    title="A load balancer has at most 100 routes",
    source=_QUOTAS,
    example='then=lambda made: [made.add_route(Route(paths=[f"/{n}/*"], priority=n)) for n in range(1, 101)]',
    fix='then=lambda made: made.add_route(Route(paths=["/reports/*"]))',
)
def few_rules(view: RoutesView) -> Iterator[Finding]:
    """More need a quota that was raised. A service that sorts its requests itself needs one."""
    count = len(view.own) + len(view.others)
    if count > _MOST_RULES:
        yield Field("route").finding(
            f"at most {_MOST_RULES} on one load balancer",
            "load_balancer=LoadBalancer()  # one of its own",
            shown=f"{count} routes",
        )


@limit(
    code="NAWS-ROUTE-011",
    title="A load balancer leads to at most 100 target groups",
    source=_QUOTAS,
    example='then=lambda made: [EcsService(stack, f"S{n}", EcsServiceProps(image=image, '
    'route=Route(paths=[f"/{n}/*"]))) for n in range(100)]',
    fix='route=Route(paths=["/orders", "/orders/*"]), ' + _beside('["/stock", "/stock/*"]'),
)
def few_services(view: RoutesView) -> Iterator[Finding]:
    """A service has one, with a gradual deployment two: no quota raises the number."""
    groups = {path: route.groups for path, route in ((view.path, view.own[0]), *view.others)}
    count = sum(groups.values())
    if count > _MOST_GROUPS:
        yield Field("load_balancer").finding(
            f"at most {_MOST_GROUPS} target groups behind one load balancer",
            "load_balancer=LoadBalancer()  # one of its own",
            shown=f"{count} target groups of {len(groups)} services",
        )


def _other_route(path: str) -> str:
    """Lines for a service whose requests are another one's: whatever the priorities are, one of the two has none."""
    return f"route={_route_of(path)}\nload_balancer=LoadBalancer()  # one of its own"


def _claims(route: RoutePlan) -> tuple[str, frozenset[str]]:
    return (route.host or "").lower(), frozenset(rooted(each) if is_text(each) else each for each in route.paths)


def _same(own: RoutePlan, other: RoutePlan) -> bool:
    """Whether two routes take the same requests, so that one of them never has any."""
    return _claims(own) == _claims(other)


def _has(other: RoutePlan, before: str, own: RoutePlan, path: str) -> bool:
    """Whether one path of another route matches all that a path of one's own matches."""
    if not (is_text(before) and is_text(path)) or not covers(rooted(before), rooted(path)):
        return False
    if other.host is None:
        return True
    return is_text(other.host) and is_text(own.host) and covers(other.host.lower(), own.host.lower())


def _sooner(own: RoutePlan, other: RoutePlan, path: str, taken: set[int]) -> Iterator[str]:
    """Lines by which a route is tried before another one: its own first, which nobody else has to paste."""
    mine, theirs = priority_of(own.host, own.paths), priority_of(other.host, other.paths)
    if own.given and mine < other.priority:
        yield "omit priority"
    free = next((each for each in range(other.priority - 1, 0, -1) if each not in taken), None)
    if free is not None:
        yield f"priority={free}"
    if other.given and own.priority < theirs:
        yield f"omit priority  # of {path}"
    elif other.given and own.given and mine < theirs:
        yield f"omit priority  # here, and of {path}"
    elif free is None:
        yield f"priority={_free(own.priority, taken)}  # of {path}"


def _free(number: int, taken: set[int]) -> int:
    """The next number that no route has."""
    return next(each for each in (*range(number + 1, 50_001), *range(number, 0, -1)) if each not in taken)


def _route_of(path: str) -> str:
    """A route by the name of a service."""
    name = path.rpartition("/")[2]
    slug = re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)).strip("-").lower() or "api"
    return f"Route(paths={json.dumps([f'/{slug}', f'/{slug}/*'])})"


LISTENER_RULES = (two_priorities, not_shadowed, has_route, few_rules, few_services)
"""Those of a service's routes beside the others of its listener; each gets a `RoutesView`."""
