"""A viewer's request by its cache behavior: functions, cache, origin, headers of the policy."""

import time
from typing import Any

from naws.cli.embedded.departures import distribution_cache as cache
from naws.cli.embedded.departures.distribution_compression import compressed
from naws.cli.embedded.departures.distribution_config import Config, items
from naws.cli.embedded.departures.distribution_functions import FunctionFailedError, run_function
from naws.cli.embedded.departures.distribution_origins import Answer, NoOriginError, OriginRequest, ask_origin
from naws.cli.embedded.departures.distribution_policies import Asked, Policies, parameters
from naws.cli.embedded.departures.distribution_viewers import CACHED_METHODS, UNSATISFIED, EdgeError, Result, Viewer
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import cloudfront

_OK, _PARTIAL, _NOT_MODIFIED, _BAD_GATEWAY, _TIMED_OUT = 200, 206, 304, 502, 504
_CONDITIONS = frozenset({"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"})
_FOR_PAGES = {"user-agent": "Amazon CloudFront"}

_Sent = tuple[str, str, dict[str, Any], bytes]
"""Path, query, headers and body of a request to an origin."""


class Call:
    """A request by its behavior.

    Args:
        viewer: Who sent it.
        behavior: As MiniStack's data plane has it.
        own: As botocore's model has it.
    """

    def __init__(self, viewer: Viewer, behavior: dict[str, Any], own: Config) -> None:
        self._viewer, self._behavior, self._own = viewer, behavior, own
        self._policies = Policies(behavior, own)
        request, root = viewer.request, viewer.parsed["default_root_object"]
        self._sent: str = cloudfront._apply_default_root_object(root, request.path)
        self._asked = Asked(
            method=request.method,
            uri=self._sent,
            query=parameters(request.raw_query),
            raw_query=request.raw_query,
            headers=dict(viewer.headers),
            encodings=str(viewer.headers.get("accept-encoding", "")),
            has_body=bool(viewer.body),
        )

    def _event(self, kind: str) -> dict[str, Any]:
        viewer, asked = self._viewer, self._asked
        known = (viewer.distribution["Id"], viewer.distribution["DomainName"], cloudfront.new_uuid())
        request = (asked.method, asked.uri, asked.query, asked.headers, viewer.request.client_ip)
        event: dict[str, Any] = cloudfront._build_function_event(kind, *known, *request)
        event["request"]["cookies"] = cloudfront._event_items(asked.cookies)
        return event

    async def before(self) -> Result | None:
        """Run the function of the request; the result is what it answers by itself."""
        arn, asked = self._behavior["functions"].get("viewer-request"), self._asked
        if not arn:
            return None
        event = self._event("viewer-request")
        returned = await _run(arn, event)
        if "statusCode" in returned:
            headers = _headers(None, returned)
            body = cloudfront._body_from_response_event(returned, b"")
            how = "FunctionGeneratedResponse from cloudfront"
            return Result(returned["statusCode"], headers, body, how, names_server=True)
        asked.uri = returned["uri"]
        asked.headers = cloudfront._merge_function_headers(event["request"]["headers"], returned.get("headers"))
        cookies = members(returned.get("cookies"))
        if pairs := [f"{name}={value}" for name, each in cookies.items() for value in _values(each)]:
            asked.headers["cookie"] = "; ".join(pairs)
        query = returned.get("querystring")
        if isinstance(query, str):
            asked.raw_query, asked.query = query, parameters(query)
        elif query is not None and query != event["request"]["querystring"]:
            asked.raw_query, asked.query = None, {name: _values(each) for name, each in query.items()}
        return None

    async def from_cache(self) -> Result:
        """Answer from the cache, or let the origin answer for it."""
        asked, lifetimes = self._asked, self._policies.lifetimes
        key = self._policies.key(self._viewer.distribution["Id"], asked)
        entry = cache.lookup(key)
        if entry is not None and entry.fresh:
            return self._cached(entry, "Error" if entry.status >= cache.FIRST_ERROR else "Hit")
        # A part is not worth the whole; and where nothing is cached, conditions are the origin's to judge.
        if lifetimes.most <= 0 or "range" in asked.headers or asked.method == "HEAD":
            return await self.from_origin()
        known = entry if entry is not None and entry.status == _OK else None
        answer = await self._of_behavior(self._conditions(known))
        if answer[0] == _NOT_MODIFIED and known is not None:
            refreshed = {**known.headers, **{name: answer[1][name] for name in cache.TIMES if name in answer[1]}}
            known = self._entry(known.status, refreshed, known.body, cache.seconds_of(refreshed, lifetimes))
            cache.store(key, known)
            return self._cached(known, "RefreshHit")
        status, headers, body, seconds = await self._final(answer)
        if self._own.get("Compress"):
            headers, body = compressed(status, headers, body, self._policies.encodings(asked))
        made = self._entry(status, headers, body, seconds)
        cache.store(key, made)
        return self._cached(made, "Error" if status >= cache.FIRST_ERROR else "Miss")

    def _conditions(self, known: cache.Entry | None) -> dict[str, Any]:
        """The headers by which the origin is asked for an object, or whether it is still the one that is known."""
        tag, date = (known.headers.get("etag"), known.headers.get("last-modified")) if known else (None, None)
        own = {"if-none-match": str(tag).removeprefix("W/")} if tag else {"if-modified-since": date} if date else {}
        return {**{name: value for name, value in self._asked.headers.items() if name not in _CONDITIONS}, **own}

    def _entry(self, status: int, headers: dict[str, Any], body: bytes, seconds: float) -> cache.Entry:
        raw = self._viewer.request.raw_query
        paths = (self._sent + (f"?{raw}" if raw else ""), self._asked.uri)
        return cache.Entry(self._viewer.distribution["Id"], paths, status, headers, body, seconds)

    def _cached(self, entry: cache.Entry, how: str) -> Result:
        asked, shown = self._asked.headers, f"{how} from cloudfront"
        headers = {**entry.headers, **({"age": str(entry.age)} if how == "Hit" else {})}
        if entry.status == _OK and cache.matches(entry.headers, asked):
            kept = {name: value for name, value in headers.items() if not name.startswith("content-")}
            return Result(_NOT_MODIFIED, kept, b"", shown)
        part = _range(str(asked.get("range", "")), len(entry.body)) if entry.status == _OK else None
        if part is not None:
            begin, end = part
            sized = {"content-range": f"bytes {begin}-{end - 1}/{len(entry.body)}", "content-length": str(end - begin)}
            return Result(_PARTIAL, {**headers, **sized}, entry.body[begin:end], shown)
        return Result(entry.status, headers, entry.body, shown)

    async def from_origin(self) -> Result:
        """Let the origin answer, without the cache."""
        status, headers, body, _ = await self._final(await self._of_behavior(self._asked.headers))
        return Result(status, headers, body, f"{'Error' if status >= cache.FIRST_ERROR else 'Miss'} from cloudfront")

    async def _of_behavior(self, given: dict[str, Any]) -> Answer:
        asked, policies = self._asked, self._policies
        sent = (asked.uri, policies.query(asked), policies.headers(asked, given), self._viewer.body)
        return await self._of_origin(self._behavior["target_origin_id"], asked.method, sent)

    async def _of_origin(self, target: str, method: str, sent: _Sent) -> Answer:
        """The answer of an origin, or of the first of a group's that does not fail."""
        config = self._viewer.config
        groups: list[Config] = [each for each in items(config.get("OriginGroups")) if each["Id"] == target]
        group: Config = groups[0] if groups else {}
        targets = [each["OriginId"] for each in items(group.get("Members"))] or [target]
        fails: set[int] = set(items(members(group.get("FailoverCriteria")).get("StatusCodes")))
        if method not in CACHED_METHODS | {"OPTIONS"}:
            targets = targets[:1]
        for each in targets[:-1]:
            try:
                answer = await self._once(each, method, sent)
            except EdgeError as error:
                if error.status not in fails:
                    raise
                continue
            if answer[0] not in fails:
                return answer
        return await self._once(targets[-1], method, sent)

    async def _once(self, target: str, method: str, sent: _Sent) -> Answer:
        viewer, began = self._viewer, time.monotonic()
        origin = viewer.parsed["origins"].get(target)
        config = next((each for each in items(viewer.config.get("Origins")) if each["Id"] == target), None)
        if origin is None or config is None:
            raise EdgeError(_BAD_GATEWAY, UNSATISFIED, f"there is no origin {target}")
        given = (viewer.is_https, viewer.request.client_ip, str(viewer.headers.get("x-forwarded-for", "")))
        uri, query, headers, body = sent
        to = (dict(origin), config, method, uri, query, headers, body)
        asked = OriginRequest(*to, *given, viewer.distribution["ARN"])
        try:
            status, answered, received = await ask_origin(asked)
        except NoOriginError as error:
            raise EdgeError(_BAD_GATEWAY, UNSATISFIED, str(error)) from error
        except TimeoutError as error:
            raise EdgeError(_TIMED_OUT, UNSATISFIED, f"no answer within {asked.seconds:.0f} s") from error
        finally:
            viewer.latency = (time.monotonic() - began) * 1000
        lower = {name.lower(): value for name, value in answered.items()}
        return status, cloudfront._strip_hop_by_hop_response_headers(lower), received

    async def _final(self, answer: Answer) -> tuple[int, dict[str, Any], bytes, float]:
        """What the viewer gets of an origin's answer, and how long it is cached; an error may have its own page."""
        status, headers, body = answer
        lifetimes, viewer = self._policies.lifetimes, self._viewer
        if status < cache.FIRST_ERROR:
            return *answer, cache.seconds_of(headers, lifetimes)
        known = {int(each["ErrorCode"]): each for each in items(viewer.config.get("CustomErrorResponses"))}
        own: Config = known.get(status, {})
        least = float(own.get("ErrorCachingMinTTL", cache.ERROR_SECONDS))
        page = own.get("ResponsePagePath")
        if not page:
            return *answer, cache.seconds_of_error(status, headers, least, lifetimes)
        # The page is asked for by the behavior that its own path has.
        target = cloudfront._match_behavior(viewer.parsed, page)["target_origin_id"]
        status, headers, body = await self._of_origin(target, "GET", (page, "", dict(_FOR_PAGES), b""))
        return status if status >= cache.FIRST_ERROR else int(own["ResponseCode"]), headers, body, least

    async def after(self, result: Result) -> Result:
        """Add the headers of the policy, and run the function of the response, which sees no error."""
        viewer = self._viewer
        policy = cloudfront.response_headers_policy_config(self._behavior.get("response_headers_policy_id"))
        given = (str(viewer.headers.get("origin", "")), viewer.request.method)
        headers = cloudfront._apply_response_headers_policy(result.headers, policy, *given)
        result.headers = headers
        arn = self._behavior["functions"].get("viewer-response")
        if not arn or result.status >= cache.FIRST_ERROR:
            return result
        event = self._event("viewer-response")
        event["response"] = cloudfront._response_event_fields(result.status, "", headers)
        returned = await _run(arn, event)
        body = cloudfront._body_from_response_event(returned, result.body)
        headers = _headers(event["response"]["headers"], returned)
        if body is not result.body:
            headers["content-length"] = str(len(body))
        return Result(returned["statusCode"], headers, body, result.cache, names_server=True)


async def _run(arn: str, event: dict[str, Any]) -> dict[str, Any]:
    try:
        return await run_function(arn, event)
    except FunctionFailedError as error:
        raise EdgeError(error.status, error.text, str(error)) from error


def _headers(before: Any, returned: dict[str, Any]) -> dict[str, Any]:
    """The headers of a response that a function returned; what it left out is gone."""
    headers = cloudfront._merge_function_headers(before, returned.get("headers"))
    cookies = cloudfront._set_cookie_values_from_event(returned.get("cookies"))
    return {**headers, **({"set-cookie": cookies} if cookies else {})}


def _values(given: dict[str, Any]) -> list[str]:
    several = [str(each.get("value", "")) for each in given.get("multiValue") or ()]
    return several or [str(given.get("value", ""))]


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The one range of a header within so many bytes; None for none, several, or one outside."""
    unit, _, given = header.partition("=")
    first, dash, last = given.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not f"{first}{last}".isdecimal():
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return (begin, end) if begin < end else None
