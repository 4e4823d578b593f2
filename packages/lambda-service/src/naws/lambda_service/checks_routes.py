"""Rules on the routes of an HTTP API."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count as count_from

from naws.core.authoring import Field, Finding, advice, is_text, limit, practice
from naws.lambda_service.checks_cors import METHODS
from naws.lambda_service.plan import ANY_ROUTE, EndpointPlan

_ROUTES = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"
_QUOTAS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
_METHODS = ("ANY", *METHODS)
_PART = r"(?:\{[A-Za-z0-9._-]+\+?\}|[A-Za-z0-9._~!$&'()*+,;=:@%-]+)"
_KEY = re.compile(rf"({'|'.join(_METHODS)}) (/|(/{_PART})+)")
_FIRST = re.compile(r"([A-Za-z]+)(?:\s+|(?=/)|$)(.*)")
_REST = re.compile(r"\{[A-Za-z0-9._-]+\+\}")
_MOST_ROUTES, _FEW = 300, 5


@limit(
    code="NAWS-HTTP-001",
    title='A route is "METHOD /path", or "$default" for all others',
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["get orders/"])',
    fix='endpoint=HttpApi(routes=["GET /orders"])',
)
def route_key(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway refuses any other. A path ends without a slash, and an API without routes answers nothing but 404."""
    if endpoint.kind == "http-api" and not endpoint.routes:
        yield Field("endpoint.routes", []).finding("at least one route", "omit routes")
    for index, route in enumerate(endpoint.routes):
        if is_text(route) and route != ANY_ROUTE and not _KEY.fullmatch(route):
            expected = f'"$default", or one of {", ".join(_METHODS)}, a blank and a path such as /orders/{{id}}'
            yield Field(f"endpoint.routes[{index}]", route).finding(expected, _remedy(route))


@limit(
    code="NAWS-HTTP-002",
    title="A variable for the rest of a path is its last part",
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["GET /files/{path+}/meta"])',
    fix='endpoint=HttpApi(routes=["GET /files/{path+}"])',
)
def rest_is_last(endpoint: EndpointPlan) -> Iterator[Finding]:
    """What follows it could never match, and API Gateway refuses the route."""
    for index, route in enumerate(endpoint.routes):
        found = _REST.search(route) if is_text(route) and _KEY.fullmatch(route) else None
        if found is not None and found.end() < len(route):
            better = f'"{route[: found.end()]}"\n"{_REST.sub("{part}", route)}"'
            yield Field(f"endpoint.routes[{index}]", route).finding(f"nothing after {found[0]}", better)


@limit(
    code="NAWS-HTTP-003",
    title="An API has each route once",
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["GET /orders", "GET /orders"])',
    fix='endpoint=HttpApi(routes=["GET /orders"])',
)
def routes_once(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway refuses the second while the stack is deployed."""
    again = [route for route, count in Counter(filter(is_text, endpoint.routes)).items() if count > 1]
    if again:
        once = ", ".join(f'"{route}"' for route in dict.fromkeys(endpoint.routes))
        yield Field("endpoint.routes").finding("each route once", f"routes=[{once}]", shown=f"{again[0]} again")


@practice(
    code="NAWS-HTTP-022",
    title="A variable of a path is in braces",
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["GET /orders/:id"])',
    fix='endpoint=HttpApi(routes=["GET /orders/{id}"])',
)
def variables_in_braces(endpoint: EndpointPlan) -> Iterator[Finding]:
    """`:id` and `*` are frameworks' spellings: API Gateway takes them for the text that a path has there."""
    for index, route in enumerate(endpoint.routes):
        if is_text(route) and _KEY.fullmatch(route) and re.search(r"/(:\w|\*)", route):
            better = re.sub(r"/\*.*", "/{rest+}", re.sub(r"/:(\w+)", r"/{\1}", route))
            yield Field(f"endpoint.routes[{index}]", route).finding("variables such as {id} and {rest+}", f'"{better}"')


@practice(
    code="NAWS-HTTP-019",
    title="An API has at most 300 routes",
    source=_QUOTAS,
    example='endpoint=HttpApi(routes=[f"GET /{n}" for n in range(301)])',
    fix='endpoint=HttpApi(routes=["GET /{n}"])',
)
def few_routes(endpoint: EndpointPlan) -> Iterator[Finding]:
    """More need a quota that was raised. One route with a variable, or `"$default"`, takes them all to the function."""
    count = len(endpoint.routes)
    if count > _MOST_ROUTES:
        joined = list(dict.fromkeys(re.sub(r"(?<=/)[^/]*$", "{name}", str(route)) for route in endpoint.routes))
        fewer = ", ".join(f'"{route}"' for route in joined) if len(joined) <= _FEW else "…"
        remedy = f"routes=[{fewer}]  # a variable in place of what differs"
        yield Field("endpoint.routes").finding(f"at most {_MOST_ROUTES}", remedy, shown=f"{count} routes")


@limit(
    code="NAWS-HTTP-025",
    title="Routes that differ in the names of their variables are one",
    source=f"{_ROUTES}, and https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html",
    example='endpoint=HttpApi(routes=["GET /orders/{id}", "GET /orders/{name}"])',
    fix='endpoint=HttpApi(routes=["GET /orders/{id}"])',
)
def one_name_of_a_route(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway refuses the second: it "has a conflicting variable on the same hierarchical level as" the first."""
    first: dict[str, str] = {}
    for route in endpoint.routes:
        if not is_text(route) or not _KEY.fullmatch(route):
            continue
        other = first.setdefault(unnamed(route), route)
        if other != route:
            kept = {unnamed(each): each for each in reversed(endpoint.routes) if is_text(each)}
            once = ", ".join(f'"{each}"' for each in reversed(kept.values()))
            expected = f"another path than that of {other}, which takes the same requests"
            yield Field("endpoint.routes").finding(expected, f"routes=[{once}]", shown=route)
            return


@advice(
    code="NAWS-HTTP-026",
    title="The variables of a path have one name for all methods",
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["GET /orders/{id}", "PUT /orders/{name}"])',
    fix='endpoint=HttpApi(routes=["GET /orders/{id}", "PUT /orders/{id}"])',
)
def one_name_of_a_variable(endpoint: EndpointPlan) -> Iterator[Finding]:
    """One part of a path is one thing. Two names in routes of one method are refused; AWS does not say of others."""
    first: dict[str, str] = {}
    keys: set[str] = set()
    for index, route in enumerate(endpoint.routes):
        if not is_text(route) or not _KEY.fullmatch(route) or unnamed(route) in keys:
            continue
        keys.add(unnamed(route))
        method, _, path = route.partition(" ")
        other = first.setdefault(unnamed(path), path)
        if other != path:
            yield Field(f"endpoint.routes[{index}]", route).finding(f"the names of {other}", f'"{method} {other}"')


@practice(
    code="NAWS-HTTP-027",
    title="The variables of one path have names of their own",
    source=_ROUTES,
    example='endpoint=HttpApi(routes=["GET /orders/{id}/lines/{id}"])',
    fix='endpoint=HttpApi(routes=["GET /orders/{id}/lines/{id2}"])',
)
def own_name_of_each_variable(endpoint: EndpointPlan) -> Iterator[Finding]:
    """An event has one value for each name: the other part of the path would be lost."""
    for index, route in enumerate(endpoint.routes):
        names = re.findall(r"\{([^}+]+)\+?\}", route) if is_text(route) and _KEY.fullmatch(route) else []
        again = [name for name, count in Counter(names).items() if count > 1]
        if again:
            numbers = count_from(1)
            better = re.sub(
                rf"\{{{re.escape(again[0])}(?=[}}+])",
                lambda _: f"{{{again[0]}{number if (number := next(numbers)) > 1 else ''}",  # noqa: B023  # used at once
                route,
            )
            expected = f"a name of its own for each variable: {{{again[0]}}} is there {names.count(again[0])} times"
            yield Field(f"endpoint.routes[{index}]", route).finding(expected, f'"{better}"')


def unnamed(route: str) -> str:
    """A route's key without the names of its variables: what API Gateway tells routes apart by."""
    return re.sub(r"\{[^}+]*(\+?)\}", r"{\1}", route)


def _remedy(given: str) -> str:
    """The nearest legal route to what was intended; `…` stands for a part that has no spelling here."""
    text = given.strip()
    if ANY_ROUTE in text.lower():
        return f'"{ANY_ROUTE}"'
    if text.startswith("$"):
        return "remove the route  # it is one of a WebSocket API"
    found = _FIRST.fullmatch(text)
    word, rest = (found[1], found[2]) if found else ("", text)
    if word.upper() in _METHODS:
        method, path = word.upper(), rest
    else:
        method, path = "ANY", rest if rest.startswith("/") else text
    parts = [part.strip() for part in re.split(r"[?#]", path)[0].split("/")]
    return f'"{method} /{"/".join(_part(part) for part in parts if part)}"'


def _part(given: str) -> str:
    """The nearest legal part of a path."""
    given = re.sub(r":(\w+)", r"{\1}", given)
    if re.fullmatch(_PART, given):
        return given
    if re.search(r"[{}]", given):
        inner = re.search(r"\{([^{}]+)\}", given)
        name = inner[1] if inner else re.sub(r"[{}]", "", given)
        bare = re.sub(r"[^A-Za-z0-9._-]+", "_", name.strip().rstrip("+")).strip("_")
        return f"{{{bare or 'id'}{'+' if name.strip().endswith('+') else ''}}}"
    words = re.sub(r"\s+", "-", given)
    return words if re.fullmatch(_PART, words) else "…"


ROUTE_RULES = (
    route_key,
    rest_is_last,
    routes_once,
    variables_in_braces,
    few_routes,
    one_name_of_a_route,
    one_name_of_a_variable,
    own_name_of_each_variable,
)
