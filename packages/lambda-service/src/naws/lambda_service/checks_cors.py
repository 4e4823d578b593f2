"""Rules on CORS: from which pages requests may come, and with which methods."""

import re
from collections.abc import Iterator, Sequence

from naws.core import Public
from naws.core.authoring import Field, Finding, is_text, limit, practice, span
from naws.lambda_service.plan import EndpointPlan

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CORS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
_TOKENS = 'Jwt(issuer="https://login.example.com", audience=["shop"])'
_ORIGIN = re.compile(r"(\*|[a-z][a-z0-9+.-]*://[^/\s*]+)")
_OF_ONE_SCHEME = ("https://*", "http://*")
"""Any page by it; of an HTTP API alone."""
_ANY_PAGE = {"*", *_OF_ONE_SCHEME}
_MOST_ORIGINS = 100
_PREFLIGHT = span(0, 86_400)


@limit(
    code="NAWS-HTTP-008",
    title="Credentials are for named origins",
    source=_CORS,
    example='endpoint=HttpApi(cors=Cors(["*"], allow_credentials=True))',
    fix='endpoint=HttpApi(cors=Cors(["https://app.example.com"], allow_credentials=True))',
)
def credentials_for_some(endpoint: EndpointPlan) -> Iterator[Finding]:
    """No browser sends cookies to a page of any origin, and API Gateway refuses the two together."""
    cors = endpoint.cors
    if cors is not None and cors.allow_credentials is True and "*" in cors.allow_origins:
        yield Field("endpoint.cors.allow_origins", ["*"]).finding(
            "the origins of the pages, by name", 'allow_origins=["https://app.example.com"]\nallow_credentials=False'
        )


@practice(
    code="NAWS-HTTP-009",
    title="An endpoint that asks who sends names the pages that may",
    source=_CORS,
    example=f'endpoint=HttpApi(authorizer={_TOKENS}, cors=Cors(["*"]))',
    fix=f'endpoint=HttpApi(authorizer={_TOKENS}, cors=Cors(["https://app.example.com"]))',
)
def origins_by_name(endpoint: EndpointPlan) -> Iterator[Finding]:
    """Any page that gets hold of a token may use it then, from the browser of whoever it was stolen from."""
    cors = endpoint.cors
    if (
        cors is None
        or isinstance(endpoint.authorizer, Public)
        or (cors.allow_credentials is True and "*" in cors.allow_origins)
    ):
        return
    any_page = [each for each in cors.allow_origins if each in _ANY_PAGE]
    if any_page:
        yield Field("endpoint.cors.allow_origins", any_page).finding(
            "the origins of the pages, by name", 'allow_origins=["https://app.example.com"]'
        )


@limit(
    code="NAWS-HTTP-010",
    title="Browsers keep the answer to a preflight for at most a day",
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html, and "
    "https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html",
    example='endpoint=HttpApi(cors=Cors(["https://app.example.com"], max_age=cdk.Duration.days(7)))',
    fix='endpoint=HttpApi(cors=Cors(["https://app.example.com"], max_age=cdk.Duration.days(1)))',
)
def preflight_age(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway and Lambda refuse more, and most browsers keep it for two hours anyway. A URL takes 100 origins."""
    yield from _PREFLIGHT.check(Field("endpoint.cors.max_age", endpoint.cors_max_age))
    cors = endpoint.cors
    if endpoint.kind == "function-url" and cors is not None and len(cors.allow_origins) > _MOST_ORIGINS:
        shown = f"{len(cors.allow_origins)} origins"
        expected, remedy = f"at most {_MOST_ORIGINS}", "endpoint=HttpApi(cors=…)"
        yield Field("endpoint.cors.allow_origins").finding(expected, remedy, shown=shown)


@practice(
    code="NAWS-HTTP-021",
    title="An origin is a scheme and a host, and nothing else",
    source=f"https://developer.mozilla.org/en-US/docs/Glossary/Origin, and {_CORS}",
    example='endpoint=HttpApi(cors=Cors(["https://app.example.com/"]))',
    fix='endpoint=HttpApi(cors=Cors(["https://app.example.com"]))',
)
def origins(endpoint: EndpointPlan) -> Iterator[Finding]:
    """A browser sends `https://app.example.com`, without a slash or a path: another text never matches.

    A `*` within an origin is no wildcard: `"*"` is any page, and for an HTTP API `"https://*"` and `"http://*"`.
    """
    given: Sequence[object] = () if endpoint.cors is None else endpoint.cors.allow_origins
    schemes = _OF_ONE_SCHEME if endpoint.kind == "http-api" else ()
    for index, origin in enumerate(given):
        if is_text(origin) and not _ORIGIN.fullmatch(origin) and origin not in schemes:
            scheme, _, rest = origin.strip().lower().rpartition("://")
            host = re.sub(r"\*\.?", "app.", re.split(r"[/\s]", rest)[0]).strip(".")
            better = f"{scheme or 'https'}://{host if '.' in host else 'app.example.com'}"
            expected = "a scheme and a host, such as https://app.example.com"
            yield Field(f"endpoint.cors.allow_origins[{index}]", origin).finding(expected, f'"{better}"')


@limit(
    code="NAWS-HTTP-023",
    title="CORS has the origins of some pages, and some methods",
    source=_CORS,
    example="endpoint=HttpApi(cors=Cors([]))",
    fix='endpoint=HttpApi(cors=Cors(["https://app.example.com"]))',
)
def some_pages(endpoint: EndpointPlan) -> Iterator[Finding]:
    """Without an origin or a method every preflight is refused, as it is without CORS."""
    cors = endpoint.cors
    if cors is not None and not cors.allow_origins:
        remedy = 'allow_origins=["https://app.example.com"]\nomit cors'
        yield Field("endpoint.cors.allow_origins", []).finding("the origins of the pages that send requests", remedy)
    if cors is not None and not cors.allow_methods:
        yield Field("endpoint.cors.allow_methods", []).finding("the methods that pages use", "omit allow_methods")


@limit(
    code="NAWS-HTTP-024",
    title="CORS has methods of HTTP, in capital letters",
    source=f"{_CORS}, and https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html",
    example='endpoint=HttpApi(cors=Cors(["https://app.example.com"], allow_methods=["get"]))',
    fix='endpoint=HttpApi(cors=Cors(["https://app.example.com"], allow_methods=["GET"]))',
)
def cors_methods(endpoint: EndpointPlan) -> Iterator[Finding]:
    """Browsers compare the letters as they are. Lambda refuses any other, and OPTIONS, which it answers itself."""
    given: Sequence[str] = () if endpoint.cors is None else endpoint.cors.allow_methods
    known = [each for each in (*METHODS, "*") if endpoint.kind == "http-api" or each != "OPTIONS"]
    for index, method in enumerate(given):
        if is_text(method) and method not in known:
            bare = method.strip().upper()
            better = "*" if bare == "ANY" else bare if bare in known else ""
            remedy = f'"{better}"' if better else "omit it" if len(given) > 1 else "omit allow_methods"
            yield Field(f"endpoint.cors.allow_methods[{index}]", method).finding(f"one of {', '.join(known)}", remedy)


@practice(
    code="NAWS-HTTP-028",
    title="A wildcard of CORS is one where a browser takes it for one",
    source="https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Access-Control-Allow-Headers, and "
    "https://fetch.spec.whatwg.org/#cors-protocol-and-credentials",
    example=f'endpoint=HttpApi(authorizer={_TOKENS}, cors=Cors(["https://app.example.com"], allow_headers=["*"]))',
    fix=f'endpoint=HttpApi(authorizer={_TOKENS}, cors=Cors(["https://app.example.com"]))',
)
def wildcards_that_count(endpoint: EndpointPlan) -> Iterator[Finding]:
    """`"*"` never covers the header `Authorization`, in which tokens and signatures are: it has to be named.

    With credentials browsers take a `"*"` for a method or a header of that name, and refuse all others.
    """
    cors = endpoint.cors
    if cors is None:
        return
    asks = not isinstance(endpoint.authorizer, Public)
    lists = (("allow_methods", cors.allow_methods), ("allow_headers", cors.allow_headers))
    for name, given in (*lists, ("expose_headers", cors.expose_headers)):
        if cors.allow_credentials is True and "*" in given:
            field = Field(f"endpoint.cors.{name}", ["*"])
            remedy = 'expose_headers=["…"]' if name == "expose_headers" else f"omit {name}"
            yield field.finding("names, since credentials make a * no wildcard", f"{remedy}\nallow_credentials=False")
        elif name == "allow_headers" and "*" in given and asks and not _names_authorization(given):
            remedy = 'allow_headers=["*", "authorization"]\nomit allow_headers'
            yield Field(f"endpoint.cors.{name}", ["*"]).finding("authorization by its name beside it", remedy)


def _names_authorization(given: Sequence[object]) -> bool:
    return any(str(each).lower() == "authorization" for each in given)


CORS_RULES = (
    credentials_for_some,
    origins_by_name,
    preflight_age,
    origins,
    some_pages,
    cors_methods,
    wildcards_that_count,
)
