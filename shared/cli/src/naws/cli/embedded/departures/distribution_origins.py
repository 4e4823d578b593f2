"""Requests of CloudFront to origins: buckets, load balancers, APIs, functions' URLs, and whatever else answers HTTP."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from naws.cli.embedded.departures import http_messages
from naws.cli.embedded.departures.distribution_config import Config
from naws.cli.embedded.departures.http_addresses import named_api
from naws.cli.embedded.departures.http_function_urls import signed_for
from naws.cli.embedded.departures.json_values import first, members
from naws.cli.embedded.departures.load_balancer_addresses import Listener, listeners_of
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest, Message
from naws.cli.embedded.departures.load_balancer_requests import answer_by
from naws.cli.embedded.departures.services import acm, alb, app, cloudfront, functions, responses, route53
from naws.cli.embedded.settings import HOST

Answer = tuple[int, dict[str, Any], bytes]
"""Status, headers, body."""
_FORBIDDEN = b'{"message":"Forbidden"}'
_JSON = {"content-type": "application/json"}
_WITH_BODY = frozenset({"PUT", "POST", "PATCH"})
_USUAL_TIMEOUT = 30


@dataclass
class OriginRequest:
    """A request that CloudFront sends to an origin.

    Attributes:
        origin: As MiniStack's data plane has it.
        config: As botocore's model has it.
        headers: Those that the policies let through.
    """

    origin: dict[str, Any]
    config: Config
    method: str
    uri: str
    query: str
    headers: dict[str, Any]
    body: bytes
    is_https: bool
    client_ip: str
    forwarded_for: str
    distribution_arn: str
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        settings = members(self.config.get("CustomOriginConfig")) or members(self.config.get("VpcOriginConfig"))
        self.seconds = float(settings.get("OriginReadTimeout") or _USUAL_TIMEOUT)
        self.origin["read_timeout"] = self.seconds

    @property
    def path(self) -> str:
        """The path at the origin."""
        return f"{self.origin.get('origin_path') or ''}{self.uri}"

    @property
    def host(self) -> str:
        """The Host header that the origin gets, without a port."""
        return str(self.headers.get("host", self.origin["domain_name"])).partition(":")[0].lower()

    def sent(self) -> dict[str, str]:
        """The headers that the origin gets, by their names in lower case."""
        given = (self.origin, self.headers, self.client_ip, self.forwarded_for)
        return {name.lower(): value for name, value in cloudfront._origin_request_headers(*given).items()}


class NoOriginError(Exception):
    """The origin is not reached, or not trusted: CloudFront answers 502."""


async def ask_origin(request: OriginRequest) -> Answer:
    """Send a request to its origin and return the whole answer.

    Raises:
        NoOriginError: It is not reached, or its certificate is none for its name.
        TimeoutError: It does not answer in time.
    """
    if request.origin.get("s3_bucket"):
        return await _from_bucket(request)
    try:
        async with asyncio.timeout(request.seconds):
            if (found := _balancer_of(request)) is not None:
                return await _from_balancer(request, *found)
            domain = request.origin["domain_name"].lower()
            if _is_api(domain):
                return await _from_gateway(request, domain)
            if ".lambda-url." in domain:
                return await _from_url(request, domain)
            return await _from_elsewhere(request)
    except cloudfront.OriginTimeout as error:
        raise TimeoutError(str(error)) from error
    except cloudfront.OriginUnreachable as error:
        raise NoOriginError(str(error)) from error


async def _from_bucket(request: OriginRequest) -> Answer:
    origin = dict(request.origin)
    access: dict[str, Any] = members(cloudfront._oacs.get(origin.get("oac_id")))
    signs = access.get("SigningBehavior", "always") != "never"
    given = (request.method, request.uri, request.headers, request.distribution_arn if signs else "")
    status, pairs, body = await asyncio.to_thread(cloudfront._serve_s3_origin, origin, *given)
    return status, pairs, body


def _balancer_of(request: OriginRequest) -> tuple[tuple[str, str], dict[str, Any], dict[str, Any]] | None:
    """The load balancer behind an origin with its account and region, and the settings of the connection to it."""
    vpc_origin: str = members(request.config.get("VpcOriginConfig")).get("VpcOriginId", "")
    known = [((account, region), each) for (account, region, _), each in alb._lbs.all_items()]
    if vpc_origin:
        own: dict[str, Any] = members(cloudfront._vpc_origins.get(vpc_origin)).get("VpcOriginEndpointConfig") or {}
        found = next((item for item in known if item[1]["LoadBalancerArn"] == own.get("Arn")), None)
        if found is None:
            raise NoOriginError(f"the VPC origin {vpc_origin} has no load balancer")
        return *found, own
    name = _resolved(request.origin["domain_name"].lower())
    found = next((item for item in known if item[1]["DNSName"].lower() == name), None)
    if found is not None and found[1].get("Scheme") == "internal":
        raise NoOriginError(f"{name} is internal: CloudFront reaches it by a VPC origin only")
    return None if found is None else (*found, members(request.config.get("CustomOriginConfig")))


def _resolved(name: str) -> str:
    """The name that a record of a hosted zone leads to; the name itself without one."""
    for records in list(route53._records.values()):
        for record in records:
            if record["Name"].rstrip(".").lower() == name and record["Type"] in {"A", "AAAA", "CNAME"}:
                values: list[Any] = record.get("ResourceRecords") or []
                value = str(members(record.get("AliasTarget")).get("DNSName") or first(values))
                return value.rstrip(".").lower().removeprefix("dualstack.")
    return name


async def _from_balancer(
    request: OriginRequest, owner: tuple[str, str], balancer: dict[str, Any], settings: dict[str, Any]
) -> Answer:
    policy = settings.get("OriginProtocolPolicy", "match-viewer")
    secure = policy == "https-only" or (policy == "match-viewer" and request.is_https)
    port = int(settings.get("HTTPSPort" if secure else "HTTPPort") or (443 if secure else 80))
    with responses.request_scope(*owner):
        known: list[Listener] = [each for each in listeners_of(balancer) if int(each["Port"]) == port]
        wanted = "HTTPS" if secure else "HTTP"
        listener = next((each for each in known if each["Protocol"] == wanted), None)
        if listener is None:
            raise NoOriginError(f"{balancer['DNSName']} has no listener of {wanted} on port {port}")
        if secure:
            _check_certificate(listener, {request.origin["domain_name"].lower(), request.host})
    answer = _Collected()
    client = ClientRequest(
        request.method,
        request.path,
        request.query,
        [*request.sent().items(), *((("content-length", str(len(request.body))),) if request.body else ())],
        HOST,
        _body(request.body),
        answer.send,
    )
    await answer_by(client, owner, balancer, listener)
    return answer.whole()


def _check_certificate(listener: Listener, names: set[str]) -> None:
    """Refuse a certificate that has neither the origin's domain name nor that of a forwarded Host header.

    Source: Amazon CloudFront Developer Guide, 'Require HTTPS for communication between CloudFront and your custom
    origin', 'HTTP 502 status code (Bad Gateway)'.
    """
    arns = [*(listener.get("Certificates") or ()), *(listener.get("AdditionalCertificates") or ())]
    for arn in arns:
        certificate: dict[str, Any] = members(acm._certificates.get(arn))
        own = {certificate.get("DomainName", ""), *(certificate.get("SubjectAlternativeNames") or ())}
        if any(covers(pattern.lower(), name) for pattern in own for name in names):
            return
    raise NoOriginError(f"no certificate of the listener has one of {', '.join(sorted(names))}")


def covers(pattern: str, name: str) -> bool:
    """Whether a name of a certificate covers a domain name; a star stands for one part."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return pattern == name


def _is_api(domain: str) -> bool:
    return ".execute-api." in domain and named_api(domain, "/") is not None


async def _from_gateway(request: OriginRequest, domain: str) -> Answer:
    if not cloudfront._origin_connect_target(request.origin, request.is_https)[2]:
        raise NoOriginError(f"{domain} does not answer HTTP")
    if request.host != domain:
        return 403, dict(_JSON), _FORBIDDEN
    return await _from_application(request, request.path)


async def _from_url(request: OriginRequest, domain: str) -> Answer:
    if not cloudfront._origin_connect_target(request.origin, request.is_https)[2]:
        raise NoOriginError(f"{domain} does not answer HTTP")
    url_id = domain.partition(".")[0]
    if request.host != domain or functions.resolve_function_url(url_id) is None:
        return 403, {**_JSON, "x-amzn-errortype": "AccessDeniedException"}, b'{"Message":null}'
    signed = ""
    if request.origin.get("oac_id"):
        signed = request.distribution_arn
        given = request.headers.get("x-amz-content-sha256", "")
        if request.method in _WITH_BODY and given != hashlib.sha256(request.body).hexdigest():
            # CloudFront signs no payload: whoever sends one names its hash.
            text = b'{"message":"The request signature we calculated does not match the signature you provided."}'
            return 403, {**_JSON, "x-amzn-errortype": "InvalidSignatureException"}, text
    return await _from_application(request, request.path, signed)


async def _from_application(request: OriginRequest, path: str, signed: str = "") -> Answer:
    """What the embedded AWS itself answers to a request for a name of its own."""
    headers = [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in request.sent().items()]
    if request.body:
        headers.append((b"content-length", str(len(request.body)).encode()))
    scope: Message = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "headers": headers,
        "client": (HOST, 0),
    }
    answer = _Collected()

    async def run() -> None:
        http_messages.begin(scope)
        signed_for.set(signed)
        await app.app(scope, _body(request.body), answer.send)

    # A task has a context of its own.
    await asyncio.create_task(run())
    return answer.whole()


async def _from_elsewhere(request: OriginRequest) -> Answer:
    status, _, pairs, body = await cloudfront.run_reentrant(
        cloudfront._forward_to_origin,
        request.origin,
        request.method,
        request.path,
        request.query,
        request.headers,
        request.body,
        request.is_https,
        request.client_ip,
        request.forwarded_for,
    )
    return status, cloudfront._multidict_from_pairs(pairs), body


def _body(body: bytes) -> Callable[[], Awaitable[Message]]:
    """What gives a whole body to a server, and then waits: the client stays."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        raise AssertionError

    return receive


class _Collected:
    """An answer, collected as a server sends it."""

    def __init__(self) -> None:
        self._status, self._pairs = 0, list[tuple[str, str]]()
        self._pieces: list[bytes] = []
        self._complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._pairs = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self._pieces.append(message.get("body", b""))
            self._complete = not message.get("more_body", False)

    def whole(self) -> Answer:
        if not self._status or not self._complete:
            raise NoOriginError("the origin's answer is not whole")
        return self._status, cloudfront._multidict_from_pairs(self._pairs), b"".join(self._pieces)
