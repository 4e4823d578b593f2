"""Requests to load balancers, from the client to the target and back."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from naws.cli.embedded import http_records
from naws.cli.embedded.departures import load_balancer_metrics as metrics
from naws.cli.embedded.departures.json_values import listed, members
from naws.cli.embedded.departures.load_balancer_addresses import Listener, listener_for, local_locations
from naws.cli.embedded.departures.load_balancer_checks import conversation_of
from naws.cli.embedded.departures.load_balancer_connections import TargetError
from naws.cli.embedded.departures.load_balancer_messages import (
    SERVER,
    ClientRequest,
    Headers,
    Message,
    Receive,
    Send,
    end_to_end,
)
from naws.cli.embedded.departures.load_balancer_proxy import exchange
from naws.cli.embedded.departures.load_balancer_rules import actions_for
from naws.cli.embedded.departures.load_balancer_targets import group_for, target_for
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import alb, app, responses
from naws.cli.embedded.departures.target_health import attribute, registered

_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")
_IDLE = "60"
_FIXED, _REDIRECTED = "HTTP_Fixed_Response_Count", "HTTP_Redirect_Count"
_NOT_EMULATED = 501
_UNAVAILABLE = 503
_CLIENT_GONE = 460


@departure(
    "Application Load Balancers, 'Listener rules for your Application Load Balancer', 'HTTP headers and Application "
    "Load Balancers', 'Edit attributes for your Application Load Balancer', 'Troubleshoot your Application Load "
    "Balancers'"
)
@patch(wrap, app, "app")
async def load_balancer_requests(original: Original, scope: Message, receive: Receive, send: Send) -> None:
    """A request to a load balancer goes to a healthy target of the group that its listener's rules name.

    Whatever else its path means here; bodies are streamed both ways, so that a long answer holds up nobody. Without a
    registered target it is answered 503, by targets that do not answer 502 or 504.

    Connections to targets in HTTP/1.1 are used again until they were idle for the load balancer's timeout. The 502 of a
    target that closes them sooner needs a request that is on its way just then, which is seldom where the way is as
    short as here. In HTTP/2 each request has a connection of its own. WebSockets, transforms and the authentication by
    Cognito or by JWT are not emulated.
    """
    request = ClientRequest.of(scope, receive, send) if scope["type"] == "http" else None
    found = listener_for(request) if request else None
    if request is None or found is None:
        await original(scope, receive, send)
        return
    await answer_by(request, *found)


async def answer_by(
    request: ClientRequest, owner: tuple[str, str], balancer: dict[str, Any], listener: Listener | None
) -> None:
    """Answer a request by a listener of a load balancer, in the account and region of its owner."""
    with responses.request_scope(*owner):
        call = _Call(request, balancer, listener)
        try:
            await call.answer()
        finally:
            call.note()


class _Call:
    """One request to a listener."""

    def __init__(self, request: ClientRequest, balancer: dict[str, Any], listener: Listener | None) -> None:
        self._request, self._balancer, self._listener = request, balancer["LoadBalancerArn"], listener
        self._began, self._at = time.monotonic(), time.time()
        self._group, self._target, self._error, self._trace = "", "", "", ""
        self._status = 0

    async def answer(self) -> None:
        request = self._request
        if not self._listener:
            await self._fail(_UNAVAILABLE, "the load balancer has no listener on this port")
            return
        arn = self._listener["ListenerArn"]
        request.added = [
            (header, value)
            for key, header in alb._LISTENER_RESPONSE_HEADERS.items()
            if (value := attribute(alb._listener_attrs, arn, key, ""))
        ]
        if self._lb_attribute("routing.http.drop_invalid_header_fields.enabled", "false") == "true":
            request.headers = [item for item in request.headers if _VALID_NAME.fullmatch(item[0])]
        headers = alb._target_headers(self._balancer, self._listener, request.joined(), request.client_ip)
        self._trace = headers["x-amzn-trace-id"]
        for action in actions_for(self._listener, request):
            kind = str(action["Type"])
            if kind in _ACTIONS:
                await _ACTIONS[kind](self, action, headers)
                return
            if kind != "authenticate-oidc":
                await self._fail(_NOT_EMULATED, f"the action {kind} is not emulated")
                return
            if response := await self._authenticated(action, headers):
                await self._own(*response)
                return

    def note(self) -> None:
        """Keep the request for those who show it."""
        http_records.note(
            http_records.HttpRecord(
                api_id=self._balancer,
                stage="",
                route=self._group,
                method=self._request.method,
                path=self._request.path,
                status=self._status,
                latency=round((time.monotonic() - self._began) * 1000),
                error=self._error,
                request_id=self._trace.removeprefix("Root="),
                function="",
                target=self._target,
                at=self._at,
            )
        )

    def _lb_attribute(self, key: str, default: str) -> str:
        return attribute(alb._lb_attrs, self._balancer, key, default)

    async def _authenticated(self, action: dict[str, Any], headers: dict[str, str]) -> Any:
        request, port = self._request, (self._listener or {}).get("Port", 80)
        given = (request.method, request.plain_path, headers, b"", request.query, port)
        return await alb._authenticate_oidc(action, *given, lb_arn=self._balancer)

    async def fixed(self, action: dict[str, Any], _headers: dict[str, str]) -> None:
        config = action["FixedResponseConfig"]
        body = str(config.get("MessageBody", "")).encode()
        await self._own(int(config["StatusCode"]), {"content-type": config["ContentType"]}, body, _FIXED)

    async def redirect(self, action: dict[str, Any], headers: dict[str, str]) -> None:
        config, request = action["RedirectConfig"], self._request
        known = {
            "protocol": headers["x-forwarded-proto"],
            "host": request.host,
            "port": headers["x-forwarded-port"],
            "path": request.path.lstrip("/"),
            "query": request.raw_query,
        }
        filled = {key: re.sub(r"#\{(\w+)\}", lambda found: known[found[1]], value) for key, value in config.items()}
        query = f"?{filled['Query']}" if filled["Query"] else ""
        origin = f"{filled['Protocol'].lower()}://{filled['Host']}:{filled['Port']}"
        location = f"{self._local(origin)}{filled['Path']}{query}"
        await self._own(int(config["StatusCode"].removeprefix("HTTP_")), {"location": location}, b"", _REDIRECTED)

    def _local(self, origin: str) -> str:
        """Where a redirect to another listener of the same load balancer leads here, when its local name was used."""
        host = self._request.host
        if self._listener and host.endswith(".alb.localhost"):
            found = (url for port, url in local_locations(self._listener) if origin.endswith(f"//{host}{port}"))
            return next(found, origin)
        return origin

    async def forward(self, action: dict[str, Any], headers: dict[str, str]) -> None:
        self._group = group_for(action)
        group: dict[str, Any] = members(alb._tgs.get(self._group))
        if group.get("TargetType") == "lambda":
            await self._to_function(headers)
            return
        target = target_for(self._group, self._request) if group else None
        if target is None:
            await self._fail(_UNAVAILABLE, "the target group has no registered targets")
            return
        self._target = f"{target.id}:{target.port}"
        metrics.count_request(self._balancer, self._group, targets=len(registered(self._group)))
        idle = float(self._lb_attribute("idle_timeout.timeout_seconds", _IDLE))
        target.open_requests += 1
        try:
            sent, how = self._to_target(headers), conversation_of(group)
            answer = await exchange(self._request, target, sent, how, secure=group["Protocol"] == "HTTPS", idle=idle)
        except TargetError as error:
            if error.unreachable:
                metrics.count_unreachable(self._balancer, self._group)
            await self._fail(error.status, str(error))
        else:
            metrics.count_answer(self._balancer, self._group, answer.status, answer.seconds)
            self._status = answer.status
        finally:
            target.open_requests -= 1

    def _to_target(self, headers: dict[str, str]) -> Headers:
        if self._listener and self._lb_attribute("routing.http.preserve_host_header.enabled", "false") != "true":
            headers["host"] = alb._target_host_header(headers["host"], self._listener["Port"])
        chunked = "transfer-encoding" in headers
        return [*end_to_end(headers.items()), *([("transfer-encoding", "chunked")] if chunked else [])]

    async def _to_function(self, headers: dict[str, str]) -> None:
        functions: list[dict[str, Any]] = alb._targets.get(self._group) or []
        if not functions:
            await self._fail(_UNAVAILABLE, "the target group has no registered targets")
            return
        request = self._request
        given = (request.method, request.plain_path, headers, await request.body(), request.query, request.raw_query)
        self._target = functions[0]["Id"]
        metrics.count_request(self._balancer, self._group, targets=1)
        began = time.monotonic()
        status, answered, body = await alb._invoke_lambda_target(self._target, self._group, *given)
        metrics.count_answer(self._balancer, self._group, status, time.monotonic() - began)
        await self._send(status, answered, body)

    async def _own(self, status: int, headers: dict[str, Any], body: bytes, counted: str = "") -> None:
        """Answer without a target."""
        metrics.count_own(self._balancer, status, counted)
        await self._send(status, headers, body)

    async def _send(self, status: int, headers: dict[str, Any], body: bytes) -> None:
        several = [(name, str(each)) for name, value in headers.items() for each in listed(value)]
        self._status = status
        await self._request.answer(status, [*several, *self._server()], body)

    def _server(self) -> Headers:
        arn = (self._listener or {}).get("ListenerArn", "")
        shown = attribute(alb._listener_attrs, arn, "routing.http.response.server.enabled", "true") == "true"
        return [("server", SERVER)] if shown else []

    async def _fail(self, status: int, why: str) -> None:
        """Answer with an error of the load balancer, unless an answer has begun: then the client sees it cut off."""
        self._status, self._error = status, why
        metrics.count_own(self._balancer, status)
        if not self._request.started and status != _CLIENT_GONE:
            await self._request.fail(status, self._server())


_Run = Callable[[_Call, dict[str, Any], dict[str, str]], Awaitable[None]]
_ACTIONS: dict[str, _Run] = {"forward": _Call.forward, "redirect": _Call.redirect, "fixed-response": _Call.fixed}
