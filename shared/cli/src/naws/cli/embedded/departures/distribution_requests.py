"""Requests of viewers to distributions, from the viewer to the origin and back."""

import time

from naws.cli.embedded import http_records
from naws.cli.embedded.departures import distribution_metrics as metrics
from naws.cli.embedded.departures.distribution_calls import Call
from naws.cli.embedded.departures.distribution_config import Config, behaviors, distribution_for, in_home, items
from naws.cli.embedded.departures.distribution_local import as_found_here, as_on_aws
from naws.cli.embedded.departures.distribution_viewers import (
    CACHED_METHODS,
    UNSATISFIED,
    EdgeError,
    Result,
    Viewer,
    of_edge,
    page,
)
from naws.cli.embedded.departures.json_values import listed, members
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Message, Receive, Send
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import app, cloudfront
from naws.cli.embedded.distribution_urls import LOCAL

_LONGEST_URL, _LONGEST_HEAD = 8192, 32_768
_NO_BODY = "This distribution is not configured to allow a body in the HTTP request method that was used."
_WITHOUT_BODY = frozenset({204, 304})


@departure(
    "Amazon CloudFront Developer Guide: 'Request and response behavior for Amazon S3 origins' and '… for custom "
    "origins', 'Manage how long content stays in the cache (expiration)', 'Serve compressed files', 'Customize at the "
    "edge with CloudFront Functions', 'Quotas'"
)
@patch(wrap, app, "app")
async def distribution_requests(original: Original, scope: Message, receive: Receive, send: Send) -> None:
    """A request whose host is a distribution's, or an alias of one, goes the way of its cache behavior.

    The viewer's function sees it first; then it is answered from the cache, or by the origin. What the origin answers
    is cached by its headers and the policy's times, compressed, and sent with the headers of the policy for responses,
    errors too. A request for ``<name>.cloudfront.localhost`` counts as one by HTTPS for the first alias, or for the
    domain name without one, and what it is answered has addresses of this machine. One for any other name of a
    distribution is what its header ``X-Forwarded-Proto`` has, HTTP without it.

    Signed URLs and cookies are refused with 403, and where Lambda@Edge has a part every request is answered 501. Not
    emulated: web ACLs, geographic restrictions, real-time logs, continuous deployment, WebSockets, serving what has
    expired while the origin fails, and that requests for one object wait for each other.
    """
    request = ClientRequest.of(scope, receive, send) if scope["type"] == "http" else None
    found = distribution_for(request.host) if request else None
    if request is None or found is None:
        await original(scope, receive, send)
        return
    account, distribution = found
    with in_home(account):
        await answer(Viewer(request, distribution, await request.body()))


async def answer(viewer: Viewer) -> None:
    """Answer a viewer."""
    request = viewer.request
    here = request.host.endswith(LOCAL)
    if here:
        viewer.headers = as_on_aws(viewer.headers, viewer.distribution)
    try:
        result = await _by_behavior(viewer)
    except EdgeError as error:
        viewer.why = str(error)
        result = page(error.status, error.text)
    if here:
        result = as_found_here(result)
    given = result.headers
    headers = (
        given if result.by_edge else cloudfront._add_cloudfront_headers(given, result.cache, None, result.names_server)
    )
    size = headers.get("content-length") if request.method == "HEAD" else None
    sized = {"content-length": size or str(len(result.body))} if result.status not in _WITHOUT_BODY else {}
    kept = {name: value for name, value in headers.items() if name.lower() != "content-length"} | sized
    await request.begin(result.status, [(name, str(each)) for name, value in kept.items() for each in listed(value)])
    await request.write(b"" if request.method == "HEAD" or not sized else result.body, more=False)
    _note(viewer, result, str(headers.get("x-amz-cf-id", "")))


async def _by_behavior(viewer: Viewer) -> Result:
    request, method = viewer.request, viewer.request.method
    _check(viewer)
    behavior = cloudfront._match_behavior(viewer.parsed, request.plain_path)
    own = next(each for each in behaviors(viewer.config) if each.get("PathPattern") == behavior["path_pattern"])
    sent = (method, viewer.is_https, request.path, request.raw_query, viewer.headers)
    if found := cloudfront._check_viewer_protocol_policy(behavior, *sent):
        return of_edge(found)
    if found := cloudfront._check_allowed_methods(behavior, method):
        return of_edge(found)
    if method in CACHED_METHODS and viewer.body:
        raise EdgeError(403, _NO_BODY)
    _check_access(own)
    call = Call(viewer, behavior, own)
    if answered := await call.before():
        return answered
    return await call.after(await (call.from_cache() if method in CACHED_METHODS else call.from_origin()))


def _check_access(behavior: Config) -> None:
    """Refuse what only a signature, or code of Lambda@Edge, could let through: neither is judged here."""
    if any(members(behavior.get(name)).get("Enabled") for name in ("TrustedKeyGroups", "TrustedSigners")):
        raise EdgeError(403, "Missing Key-Pair-Id query parameter or cookie value", "signed URLs are not emulated")
    if items(behavior.get("LambdaFunctionAssociations")):
        raise EdgeError(501, "Lambda@Edge is not emulated.")


def _check(viewer: Viewer) -> None:
    """Refuse what no behavior is asked for."""
    request = viewer.request
    if viewer.config.get("Enabled") is False:
        raise EdgeError(403, "The distribution is disabled.")
    if found := cloudfront._check_stacked_distribution(viewer.headers):
        raise EdgeError(found[0], UNSATISFIED, "the request has passed CloudFront before")
    if len(request.path) + len(request.raw_query) + 1 > _LONGEST_URL:
        raise EdgeError(414, "Request-URI Too Large")
    if sum(len(name) + len(value) + 4 for name, value in request.headers) > _LONGEST_HEAD:
        raise EdgeError(413, "Request header fields too large")


def _note(viewer: Viewer, result: Result, request_id: str) -> None:
    """Measure a request, and keep it for those who show it."""
    sent = 0 if viewer.request.method == "HEAD" else len(result.body)
    hit = result.cache.startswith(("Hit", "RefreshHit"))
    metrics.count_request(
        viewer.distribution["Id"],
        result.status,
        sent=sent,
        received=len(viewer.body),
        hit=hit,
        latency=viewer.latency,
    )
    http_records.note(
        http_records.HttpRecord(
            api_id=viewer.distribution["ARN"],
            stage="",
            route=result.cache.partition(" ")[0],
            method=viewer.request.method,
            path=viewer.request.path,
            status=result.status,
            latency=round((time.monotonic() - viewer.began) * 1000),
            error=viewer.why,
            request_id=request_id,
            function="",
            at=viewer.at,
        )
    )
