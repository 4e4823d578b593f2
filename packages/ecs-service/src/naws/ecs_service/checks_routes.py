"""Rules on which requests of a listener are a service's, and at synthesis on the routes of all its services."""

import json
import re
from collections.abc import Iterator

from naws.core.authoring import Bounds, Check, Field, Finding, bind, has_token, is_text, limit, practice
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_routes import RoutePlan

_CONDITIONS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"
_QUOTAS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"
_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html"
_RULES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"
_MOST_VALUES, _MOST_WILDCARDS, _LONGEST = 5, 5, 128
_FOREIGN = r"[^A-Za-z0-9_\-.$/~\"'@:+&*?]"
_PATH = re.compile(r"[/*?][A-Za-z0-9_\-.$/~\"'@:+&*?]*")
_HOST = re.compile(r"(?=.{1,128}$)[A-Za-z0-9\-.*?]*\.[A-Za-z]+")
_PRIORITY = Bounds(low=1, high=50_000, unit="as a priority")


@limit(
    code="NAWS-ROUTE-001",
    title="A route has up to five paths, together with its host",
    source=_QUOTAS,
    example='route=Route(paths=["/a", "/b", "/c", "/d", "/e", "/f"])',
    fix='route=Route(paths=["/a/*", "/b/*", "/c/*", "/d/*", "/e/*"])',
)
def few_values(route: RoutePlan) -> Iterator[Finding]:
    """A rule of a listener has five values, which no quota raises. `add_route` gives a service another rule."""
    most = _MOST_VALUES - (route.host is not None)
    if not 1 <= len(route.paths) <= most:
        beside = " beside the host" if most < _MOST_VALUES else ""
        some = json.dumps(list(route.paths[:most])) if route.paths and not has_token(route.paths) else '["/*"]'
        yield Field(f"{route.path}.paths").finding(
            f"1 to {most} paths{beside}; others by service.add_route(Route(paths=[…]))",
            f"paths={some}",
            shown=f"{len(route.paths)} paths",
        )


@limit(
    code="NAWS-ROUTE-002",
    title="A route has up to five wildcards",
    source=_CONDITIONS,
    example='route=Route(paths=["/*/a/*", "/*/b/*", "/*/c/*"])',
    fix='route=Route(paths=["/*/a/*", "/*/b/*"])',
)
def few_wildcards(route: RoutePlan) -> Iterator[Finding]:
    """Each `*` and `?` of host and paths counts. One page of AWS has six, and another one five."""
    texts = [text for text in (route.host, *route.paths) if is_text(text)]
    count = sum(text.count("*") + text.count("?") for text in texts)
    if count > _MOST_WILDCARDS and len(texts) <= _MOST_VALUES:
        kept = list(route.paths)
        while len(kept) > 1 and _wildcards([route.host, *kept]) > _MOST_WILDCARDS:
            kept.pop()
        better = json.dumps(kept if _wildcards([route.host, *kept]) <= _MOST_WILDCARDS else ["/*"])
        yield Field(f"{route.path}.paths", list(route.paths)).finding(
            f"at most {_MOST_WILDCARDS} of * and ?, host and paths together; others by service.add_route(Route(…))",
            f"paths={better}",
            shown=f"{count} wildcards",
        )


@limit(
    code="NAWS-ROUTE-003",
    title="A path begins with / and has the characters of one",
    source=_API,
    example='route=Route(paths=["orders/*"])',
    fix='route=Route(paths=["/orders", "/orders/*"])',
)
def path_form(route: RoutePlan) -> Iterator[Finding]:
    """What begins otherwise matches no request, and other characters, or more than 128, are refused.

    A path is matched without its query, and its letters as they are. Blanks and what is not ASCII come percent-encoded,
    and `%` is none of a pattern's characters: `*` stands for them.
    """
    for index, path in enumerate(route.paths):
        if is_text(path) and not (_PATH.fullmatch(path) and len(path) <= _LONGEST):
            yield Field(f"{route.path}.paths[{index}]", path).finding(
                f"/ and up to {_LONGEST - 1} of A-Z a-z 0-9 _ - . $ / ~ \" ' @ : + & and the wildcards * and ?",
                json.dumps(_legal(path)),
            )


@limit(
    code="NAWS-ROUTE-004",
    title="A host has a dot, and letters alone behind the last one",
    source=_API,
    example='route=Route(host="https://orders.example.com/")',
    fix='route=Route(host="orders.example.com")',
)
def host_form(route: RoutePlan) -> Iterator[Finding]:
    """Elastic Load Balancing refuses a scheme, a port, a path, and more than 128 characters."""
    if is_text(route.host) and not _HOST.fullmatch(route.host):
        own = re.sub(r"^\w+://", "", route.host.strip()).split("/")[0].split(":")[0]
        better = own if _HOST.fullmatch(own) else "orders.example.com"
        yield Field(f"{route.path}.host", route.host).finding(
            "such as orders.example.com or *.example.com, of up to 128 letters, digits, - and . and the wildcards * ?",
            f'host="{better}"\nomit host',
        )


@limit(
    code="NAWS-ROUTE-005",
    title="A priority is 1 to 50,000",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",
    example="route=Route(priority=100_000)",
    fix="route=Route(priority=100)",
)
def priority(route: RoutePlan) -> Iterator[Finding]:
    """The lowest is tried first. Without one it is decided by how specific the route is."""
    yield from _PRIORITY.check(Field(f"{route.path}.priority", route.priority))


@practice(
    code="NAWS-ROUTE-006",
    title="A path is there with what lies below it",
    source=_CONDITIONS,
    example='route=Route(paths=["/orders"])',
    fix='route=Route(paths=["/orders", "/orders/*"])',
)
def with_below(route: RoutePlan) -> Iterator[Finding]:
    """`/orders` is that path alone: `/orders/1` would be answered with 404, or by another service.

    What is a file, as `/robots.txt`, has nothing below it.
    """
    for index, path in enumerate(route.paths):
        if (
            not is_text(path)
            or "*" in path
            or "?" in path
            or "." in path.rpartition("/")[2]
            or not path.startswith("/")
        ):
            continue
        below = f"{path.rstrip('/')}/*"
        if not (_PATH.fullmatch(below) and len(below) <= _LONGEST):
            continue  # the rule on paths reports it, or there is nothing below so long a path
        if not any(covers(rooted(other), below) for other in route.paths if is_text(other)):
            paths = [*route.paths[: index + 1], below, *route.paths[index + 1 :]]
            better = json.dumps([each for each in paths if is_text(each)])
            yield Field(f"{route.path}.paths[{index}]", path).finding(f"beside it {below}", f"paths={better}")


@practice(
    code="NAWS-ROUTE-012",
    title="A variable of a path is a wildcard",
    source=_CONDITIONS,
    example='route=Route(paths=["/orders/:id/*"])',
    fix='route=Route(paths=["/orders/*"])',
)
def variables_are_wildcards(route: RoutePlan) -> Iterator[Finding]:
    """`:id` is frameworks' spelling: a load balancer takes it for the text that a path has there."""
    for index, path in enumerate(route.paths):
        if is_text(path) and re.search(r"/:\w", path):
            better = re.sub(r"/:\w+", "/*", path)
            yield Field(f"{route.path}.paths[{index}]", path).finding("* for what varies", json.dumps(better))


@practice(
    code="NAWS-ROUTE-013",
    title="A path is given once",
    source=_QUOTAS,
    example='route=Route(paths=["/orders/*", "/orders/*"])',
    fix='route=Route(paths=["/orders/*"])',
)
def paths_differ(route: RoutePlan) -> Iterator[Finding]:
    """The second one matches nothing more, and takes one of a rule's five values. Often another one is intended."""
    texts = [each for each in route.paths if is_text(each)]
    same = [rooted(each) for each in texts]
    better = json.dumps(list({rooted(each): each for each in reversed(texts)}.values())[::-1])
    for each in (one for one in dict.fromkeys(same) if same.count(one) > 1):
        last = max(index for index, one in enumerate(route.paths) if is_text(one) and rooted(one) == each)
        yield Field(f"{route.path}.paths[{last}]", route.paths[last]).finding(
            "a path that is not there yet", f"paths={better}"
        )


def _legal(path: str) -> str:
    """The nearest path that a pattern may be: with wildcards for what may not be in it, no more than there may be."""
    own = re.sub(r"^\w+://[^/]*|#.*|\?\w*=.*", "", path.strip())
    own = re.sub(rf"\{{[^}}]*\}}|:\w+|(?:%[0-9A-Fa-f]{{2}}|{_FOREIGN})+", "*", own)
    own = re.sub(r"\*{2,}", "*", "/" + own.lstrip("/"))
    if _wildcards([own]) > _MOST_WILDCARDS:
        first = re.match(rf"(?:[^*?]*[*?]){{{_MOST_WILDCARDS}}}", own)
        own = first[0][:-1] + "*" if first else own
    return own[:_LONGEST]


def covers(pattern: str, other: str) -> bool:
    """Whether a pattern is known to match all that another one matches: `*` takes anything of it, `?` one character."""
    takes = {"*": ".*", "?": "[^*]"}
    return re.fullmatch("".join(takes.get(each) or re.escape(each) for each in pattern), other, re.DOTALL) is not None


def rooted(path: str) -> str:
    """A pattern that begins with `/`, as each path does: `*` and `/*` match the same; `*/a` matches `/a`, too."""
    rest = path.lstrip("*")
    if rest == path:
        return re.sub(r"^\?", "/", path)
    return path if rest.startswith("/") else f"/*{rest}"


def _wildcards(texts: list[str | None]) -> int:
    return sum(text.count("*") + text.count("?") for text in texts if is_text(text))


ROUTE_CHECKS: tuple[Check[Plan], ...] = bind(
    lambda plan: () if plan.balancer.kind == "none" else (plan.route,),
    (few_values, few_wildcards, path_form, host_form, priority, with_below, variables_are_wildcards, paths_differ),
)
