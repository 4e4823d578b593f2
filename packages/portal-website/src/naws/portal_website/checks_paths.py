"""Rules on the paths under which endpoints answer in the place of the site's files."""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core import Authorizer, Iam
from naws.core.authoring import (
    Field,
    Finding,
    Rule,
    Unconverted,
    Verbatim,
    advice,
    as_duration,
    certifies,
    format_duration,
    is_number,
    is_text,
    limit,
    nearest,
    practice,
)
from naws.portal_website.plan_folder import Folder
from naws.portal_website.plan_names import matches

_PATTERNS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"
_QUOTAS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
_SIGNING = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html"
_PATTERN = re.compile(r"[A-Za-z0-9_.*?$/~\"'@:+&-]*")
_ANOTHER_PATH = "another path, of ASCII letters and digits, of the endpoint and of api"
_LONGEST_PATTERN, LONGEST_WAIT = 255, 120
_API = 'HttpEndpoint.of_domain("api.example.com"{})'


@dataclass(frozen=True, kw_only=True)
class ApiPart:
    """An endpoint under the site's own domain.

    Attributes:
        pattern: its path pattern.
        name: of the endpoint.
        request_timeout: seconds that it has for an answer. None: not known yet.
        authorizer: who may send requests to it.
        strips: whether the pattern's folder is taken off the path.
        answers: the paths that the endpoint answers, with `*` for any text. None: not known.
    """

    pattern: str
    name: str = ""
    request_timeout: float | None = None
    authorizer: Authorizer | None = None
    strips: bool = False
    answers: Sequence[str] | None = None

    @property
    def path(self) -> str:
        """The field that it is given in."""
        return f'api["{self.pattern}"]'


@dataclass(frozen=True, kw_only=True)
class PathsPart:
    """All endpoints of a website, and the files whose place they take.

    Attributes:
        apis: the endpoints, in the order in which CloudFront asks them.
        folder: the files.
        immutable: path patterns of what is cached for a year.
        published: what is published beside the folder, such as `config.json`.
        domains: the names of the site.
    """

    apis: Sequence[ApiPart]
    folder: Folder
    immutable: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    @property
    def known(self) -> Sequence[ApiPart]:
        """Those whose patterns are known and can be matched."""
        return [each for each in self.apis if is_text(each.pattern) and _wrong(each.pattern) is None]


@dataclass(frozen=True, kw_only=True)
class StripsPart:
    """The paths of which the folder is taken off, beside all that have an endpoint.

    Attributes:
        given: the first.
        paths: the others, those that were added later, too.
    """

    given: Sequence[str]
    paths: Sequence[str]


def _wrong(pattern: str) -> tuple[str, str] | None:
    """What a pattern has to be, and a better one, if another would not be another path; None when it is right."""
    if not pattern.startswith("/") and not pattern.startswith("*"):
        bare = "/" + (re.sub(r"^https?://[^/]*", "", pattern).lstrip("/") or "api/*")
        wrong = _wrong(bare)
        return wrong or ("a path that begins with a slash, such as /api/*", bare)
    if not _PATTERN.fullmatch(pattern):
        braced = re.sub(r"(\{[^}]*\}|:[A-Za-z]\w*).*", "*", pattern)
        expected = "letters of ASCII, digits and _-.*?$/~\"'@:+&, such as /api/orders/*"
        return f"{expected}; * is any text, ? one character", braced if _PATTERN.fullmatch(braced) else ""
    if len(pattern) > _LONGEST_PATTERN:
        return f"at most {_LONGEST_PATTERN} characters", "/api/*"
    return None


@limit(
    code="NAWS-EDGE-001",
    title="The path of an API is a pattern of CloudFront",
    source=_PATTERNS,
    example=f'api={{"api/{{id}}": {_API.format("")}}}',
    fix=f'api={{"/api/*": {_API.format("")}}}',
)
def pattern(part: PathsPart) -> Iterator[Finding]:
    """CloudFront refuses other characters, and a path that begins otherwise is never asked for."""
    for each in part.apis:
        wrong = _wrong(each.pattern) if is_text(each.pattern) else None
        if wrong is not None:
            expected, better = wrong
            yield _keyed(each, expected, f'api={{"{better}": …}}' if better else _ANOTHER_PATH)


def _keyed(api: ApiPart, expected: str, remedy: str) -> Finding:
    return Finding(path=api.path, value=Verbatim(api.name or "an endpoint"), expected=expected, remedy=remedy)


@practice(
    code="NAWS-EDGE-002",
    title="The path of an API ends with a whole folder",
    source=_PATTERNS,
    example=f'api={{"/api*": {_API.format("")}}}',
    fix=f'api={{"/api/*": {_API.format("")}}}',
)
def whole_folder(part: PathsPart) -> Iterator[Finding]:
    """`/api*` has `/apidocs` and `/api-guide.html`, too, which are the site's."""
    for each in part.known:
        if re.search(r"[A-Za-z0-9_-]\*$", each.pattern):
            yield _keyed(each, f"{each.pattern[:-1]}/*, a folder", f'api={{"{each.pattern[:-1]}/*": …}}')


@advice(
    code="NAWS-EDGE-003",
    title="The path of an API has what is below it",
    source=_PATTERNS,
    example=f'api={{"/api": {_API.format("")}}}',
    fix=f'api={{"/api/*": {_API.format("")}}}',
)
def below(part: PathsPart) -> Iterator[Finding]:
    """`/api` is that path alone: the site is asked for `/api/orders`. Accept it for a single path, as `/graphql`."""
    for each in part.known:
        if "*" not in each.pattern and "?" not in each.pattern:
            bare = each.pattern.rstrip("/")
            others = [other.pattern for other in part.known if other.pattern.startswith(f"{bare}/")]
            if not others:
                yield _keyed(each, f"{bare}/*, unless it is one path", f'api={{"{bare}/*": …}}')


@practice(
    code="NAWS-EDGE-004",
    title="An API takes the place of no file",
    source=_PATTERNS,
    example="""
    # The folder has assets/index-B3k9dx1y.js.
    api={"/assets/*": HttpEndpoint.of_domain("api.example.com")}
    """,
    fix='api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
)
def hides_nothing(part: PathsPart) -> Iterator[Finding]:
    """Requests of its path never reach the files: the site would lack them. `/*` takes all of them."""
    names = sorted({*part.folder.names, *part.published})
    for each in part.known:
        hidden = [name for name in names if matches(each.pattern, name)]
        if hidden:
            more = f" and {len(hidden) - 1:,} more" if len(hidden) > 1 else ""
            expected = f"a path without files of the site: it has {hidden[0]}{more}"
            yield _keyed(each, expected, f'api={{"{_free(part, names)}": …}}')
            continue
        inside = [path for path in part.immutable if matches(each.pattern, path.replace("*", "a").lstrip("/"))]
        if inside:
            yield _keyed(each, f"a path without the immutable {inside[0]}", f'api={{"{_free(part, names)}": …}}')


def _free(part: PathsPart, names: Sequence[str]) -> str:
    """A path that is no other API's and has no file."""
    taken = {*names, *(path.replace("*", "a").lstrip("/") for path in part.immutable)}
    numbers = (f"/api{number}/*" for number in itertools.count(2))
    return next(
        each
        for each in itertools.chain(("/api/*", "/backend/*", "/services/*"), numbers)
        if each not in {api.pattern for api in part.apis} and not any(matches(each, name) for name in taken)
    )


@practice(
    code="NAWS-EDGE-005",
    title="Each API is reached",
    source=_PATTERNS,
    example=f'api={{"/api/*": {_API.format("")}, "/api/orders/*": HttpEndpoint.of_domain("orders.example.com")}}',
    fix=f'api={{"/api/orders/*": HttpEndpoint.of_domain("orders.example.com"), "/api/*": {_API.format("")}}}',
)
def reached(part: PathsPart) -> Iterator[Finding]:
    """The first path that matches is asked, in the order that they are given in."""
    for number, each in enumerate(part.known):
        wider = next((other for other in part.known[:number] if _covers(other.pattern, each.pattern)), None)
        if wider is not None:
            order = f'api={{"{each.pattern}": …, "{wider.pattern}": …}}  # in this order'
            yield _keyed(each, f"a place before {wider.pattern}, which has all of its paths", order)


def _covers(wider: str, narrower: str) -> bool:
    tried = [narrower.replace("*", each).replace("?", "x") for each in ("", "a", "a/b", "x.json")]
    return all(matches(wider, each.lstrip("/")) for each in tried)


@limit(
    code="NAWS-EDGE-006",
    title="An API answers within two minutes, counted in whole seconds",
    source=_QUOTAS,
    example='api={"/api/*": HttpEndpoint.of_domain("api.example.com", request_timeout=cdk.Duration.minutes(5))}',
    fix='api={"/api/*": HttpEndpoint.of_domain("api.example.com", request_timeout=cdk.Duration.seconds(120))}',
)
def answers_in_time(part: PathsPart) -> Iterator[Finding]:
    """CloudFront waits for 120 seconds at most, and answers with 504. A request that takes longer starts a run."""
    for each in part.apis:
        waits = each.request_timeout
        if isinstance(waits, Unconverted):
            expected = f"1 to {LONGEST_WAIT} seconds: its request_timeout is a token in {waits.unit}"
            yield _keyed(each, expected, "request_timeout=cdk.Duration.seconds(…)  # of the endpoint")
        elif is_number(waits) and not (1 <= waits <= LONGEST_WAIT and waits == int(waits)):
            nearest_end = min(max(math.ceil(waits), 1), LONGEST_WAIT)
            yield _keyed(
                each,
                f"1 to {LONGEST_WAIT} whole seconds, where it has {format_duration(waits)}",
                f"request_timeout={as_duration(nearest_end)}  # of the endpoint",
            )


@limit(
    code="NAWS-EDGE-007",
    title="A browser can send requests to an API",
    source=_SIGNING,
    example="""
    # Its authorizer is Iam().
    api={"/api/*": internal.endpoint}
    """,
    fix="""
    # Its authorizer is Jwt(…).
    api={"/api/*": orders.endpoint}
    """,
)
def unsigned(part: PathsPart) -> Iterator[Finding]:
    """Iam() wants requests that a role has signed, and a browser has none: each would be refused with 403."""
    for each in part.apis:
        if isinstance(each.authorizer, Iam):
            yield _keyed(
                each,
                "an endpoint with the authorizer Jwt(…) or Public(…): it has Iam()",
                "give its service HttpApi(authorizer=website.authorizer)\n"
                'give its service HttpApi(authorizer=Public(reason="…"))',
            )


@practice(
    code="NAWS-EDGE-008",
    title="What is taken off a path is a folder of it",
    source="`strip_prefix` takes off what stands before the * of a path pattern",
    example=f'strip_prefix=True, api={{"*.json": {_API.format("")}}}',
    fix=f'api={{"*.json": {_API.format("")}}}',
)
def strips(part: PathsPart) -> Iterator[Finding]:
    """Of another pattern nothing can be taken off, or a part of a name."""
    for each in part.known:
        if each.strips and not re.fullmatch(r"(/[^*?/]+)+/\*", each.pattern):
            yield _keyed(each, "a folder such as /api/*, beside strip_prefix", "strip_prefix=False")


@practice(
    code="NAWS-EDGE-009",
    title="What is taken off a path is taken off one that has an endpoint",
    source="`strip_prefix` names paths of `api` and of `add_api`",
    example=f'strip_prefix=["/apis/*"], api={{"/api/*": {_API.format("")}}}',
    fix=f'strip_prefix=["/api/*"], api={{"/api/*": {_API.format("")}}}',
)
def strips_what_is_there(part: StripsPart) -> Iterator[Finding]:
    """A path that no endpoint has changes nothing, and the one that was intended keeps its folder."""
    for index, each in enumerate(part.given):
        if is_text(each) and each not in part.paths:
            near = nearest(each, part.paths)
            remedy = f'strip_prefix=["{near}"]' if near else "omit strip_prefix"
            expected = f"a path of api: {', '.join(part.paths)}" if part.paths else "a path of api, which has none"
            yield Field(f"strip_prefix[{index}]", each).finding(expected, remedy)


@practice(
    code="NAWS-EDGE-010",
    title="An endpoint answers below the path that leads to it",
    source=_PATTERNS,
    example="""
    # Its route is /catalogue/*.
    api={"/api/*": catalogue.endpoint}
    """,
    fix='api={"/catalogue/*": catalogue.endpoint}',
)
def has_route(part: PathsPart) -> Iterator[Finding]:
    """CloudFront passes paths on as they are: each request would be a 404 of the endpoint.

    What `strip_prefix` takes off is not in the endpoint's routes.
    """
    for each in part.known:
        routes = each.answers
        if not routes or _reaches(each, routes):
            continue
        shown = f"{', '.join(routes[:3])}{', …' if len(routes) > 3 else ''}"  # noqa: PLR2004  # as many are read
        if each.strips:
            expected = f"routes without {each.pattern.rstrip('*')}, which strip_prefix takes off: it has {shown}"
            remedy = "strip_prefix=False" if len(part.known) == 1 else f"omit {each.pattern} from strip_prefix"
            yield _keyed(each, expected, remedy)
            continue
        theirs = list(dict.fromkeys(re.sub(r"(?<=/)[^/]*[*?].*", "*", route) for route in routes))
        own = each.pattern.removesuffix("/*")
        strip = re.fullmatch(r"(/[^*?/]+)+", own) and not any(route.startswith(own) for route in routes)
        remedy = "api={" + ", ".join(f'"{path}": …' for path in theirs[:2]) + "}"
        lines = [remedy, f'strip_prefix=["{each.pattern}"]'] if strip else [remedy]
        yield _keyed(each, f"a path of its routes: {shown}", "\n".join(lines))


def _reaches(api: ApiPart, routes: Sequence[str]) -> bool:
    """Whether a path may be one of the API and one of a route."""
    own = _fixed(api.pattern)
    if api.strips:
        return any(not each.startswith(own) for each in routes)
    for each in routes:
        theirs = _fixed(each)
        if each == theirs or api.pattern == own:
            wide, plain = (api.pattern, each) if each == theirs else (each, api.pattern)
            if matches(wide, plain.lstrip("/")):
                return True
        elif theirs.startswith(own) or own.startswith(theirs):
            return True
    return False


def _fixed(pattern: str) -> str:
    """What stands before the first `*` or `?`."""
    return re.split(r"[*?]", pattern, maxsplit=1)[0]


@limit(
    code="NAWS-EDGE-011",
    title="An API is not the site itself",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-5xx-errors.html",
    example='domain_names=["www.example.com"], '
    'certificate=acm.Certificate(stack, "C", domain_name="www.example.com"), '
    'api={"/api/*": HttpEndpoint.of_domain("www.example.com")}',
    fix='domain_names=["www.example.com"], '
    'certificate=acm.Certificate(stack, "C", domain_name="www.example.com"), '
    'api={"/api/*": HttpEndpoint.of_domain("api.example.com")}',
)
def no_loop(part: PathsPart) -> Iterator[Finding]:
    """The distribution would ask itself, until CloudFront refuses the loop with 403."""
    names = [name.lower() for name in part.domains if is_text(name)]
    for each in part.apis:
        own = each.name.lower() if is_text(each.name) and "." in each.name else ""
        if own and any(certifies(name, own) for name in names):
            better = f"api.{own.partition('.')[2] if own.count('.') > 1 else own}"
            expected = f"an endpoint under another name than {own}, which is the site's"
            yield _keyed(each, expected, f'api={{"{each.pattern}": HttpEndpoint.of_domain("{better}")}}')


STRIP_RULES: tuple[Rule[StripsPart], ...] = (strips_what_is_there,)
PATH_RULES: tuple[Rule[PathsPart], ...] = (
    pattern,
    whole_folder,
    below,
    hides_nothing,
    reached,
    answers_in_time,
    unsigned,
    strips,
    has_route,
    no_loop,
)
