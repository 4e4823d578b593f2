"""Requests to HTTP APIs, from the client to the function and back."""

import time
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.http_addresses import named_api
from naws.cli.embedded.departures.http_authorizers import signed_caller, token_claims
from naws.cli.embedded.departures.http_cors import is_preflight, preflight, with_origin
from naws.cli.embedded.departures.http_integrations import ask_integration, function_of
from naws.cli.embedded.departures.http_limits import admitted
from naws.cli.embedded.departures.http_logs import note, publish_metrics, write_line
from naws.cli.embedded.departures.http_messages import (
    MOST_BYTES,
    Answer,
    AnsweredError,
    HttpRequest,
    MalformedError,
    answer_of,
    current_request,
    event_of,
)
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import apigateway, app, responses

_PLAIN = "text/plain; charset=utf-8"
_TOO_LARGE = 413
_MALFORMED = (
    "The response from the Lambda function doesn't match the format that API Gateway expects. "
    'Lambda body contains the wrong type for field "{}"'
)


@dataclass
class HttpCall:
    """One request to an API: what is found of it, and what its access log may have.

    Attributes:
        path: Of the request, without the name of its stage.
    """

    api: dict[str, Any]
    scope: tuple[str, str]
    request: HttpRequest
    path: str
    stage: dict[str, Any]
    context: dict[str, Any]
    route: dict[str, Any] = field(default_factory=dict[str, Any])
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    function: str = ""

    def arn(self, method: str, path: str) -> str:
        """ARN of a request in policies."""
        account, region = self.scope
        return apigateway.execute_api_arn(region, account, self.api["apiId"], self.stage["stageName"], method, path)


@departure(
    "API Gateway Developer Guide: 'Create routes for HTTP APIs', 'Create AWS Lambda proxy integrations for HTTP APIs', "
    "'Configure CORS for HTTP APIs', 'Throttle requests to your HTTP APIs', 'Quotas for configuring and running an "
    "HTTP API'"
)
@patch(wrap, app, "_handle_execute_api_request")
async def http_requests(
    original: Original, host: str, path: str, method: str, headers: Any, body: bytes, query: Any, **raw: Any
) -> Any:
    """A request to an HTTP API is routed, authorized, throttled, answered, logged and measured.

    A function gets payload version 2.0, through its alias where the integration names one, and only when its resource
    policy lets API Gateway. Its failure is 500, one that is late 503, both without its words. API Gateway answers
    preflights by itself, and a body of over 10 MB with 413, which it does not log.
    """
    api_id, prefix, mapped = _named(host, path)
    scope = apigateway.find_api_scope(api_id)
    if scope is None:
        return await original(host, path, method, headers, body, query, **raw)
    with responses.request_scope(*scope):
        api: dict[str, Any] = apigateway._apis[api_id]
        if api["protocolType"] != "HTTP":
            return await original(host, path, method, headers, body, query, **raw)
        call = _call(api, scope, current_request(prefix, body), mapped)
        answer = await _answered(call)
    return answer.status, {**answer.headers, "apigw-requestid": call.request.id}, answer.body


def _named(host: str, path: str) -> tuple[str, str, str | None]:
    """The API, what of the path is not its own, and the stage that a custom domain names; None without a domain."""
    if found := named_api(host, path):
        return (*found, None)
    api_id, stage, rest = app._resolve_custom_domain_request(host, path) or ("", "", path)
    return api_id, path.removesuffix(rest), stage or ""


def _call(api: dict[str, Any], scope: tuple[str, str], request: HttpRequest, mapped: str | None) -> HttpCall:
    stages: dict[str, Any] = apigateway._stages.get(api["apiId"], {})
    head, _, rest = request.path.lstrip("/").partition("/")
    staged = not mapped and head in stages
    hidden = mapped is None and api.get("disableExecuteApiEndpoint")
    stage: dict[str, Any] = {} if hidden else stages.get(head if staged else mapped or "$default", {})
    host = request.headers.get("host", "").partition(":")[0]
    if ".execute-api." not in host and mapped is None:
        host = f"{api['apiId']}.execute-api.{scope[1]}.amazonaws.com"
    context = {
        "accountId": scope[0],
        "apiId": api["apiId"],
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "extendedRequestId": request.id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.headers.get("user-agent", "-"),
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request.id,
        "requestTime": request.time,
        "requestTimeEpoch": int(request.at * 1000),
        "stage": stage.get("stageName", ""),
    }
    return HttpCall(api, scope, request, f"/{rest}" if staged else request.path, stage, context)


async def _answered(call: HttpCall) -> Answer:
    began = time.monotonic()
    try:
        answer = await _from_stage(call)
    except AnsweredError as error:
        answer = error.answer
        call.context.update({"error.message": str(error), "error.messageString": f'"{error}"'})
    cors: dict[str, Any] = call.api.get("corsConfiguration") or {}
    if cors and not is_preflight(call.request):
        answer = with_origin(cors, call.request, answer)
    call.context |= {
        "status": answer.status,
        "responseLength": len(answer.body),
        "responseLatency": round((time.monotonic() - began) * 1000),
        "dataProcessed": len(call.request.body) + len(answer.body),
    }
    if call.stage and answer.status != _TOO_LARGE:
        write_line(call.stage, call.context)
        publish_metrics(call.stage, call.route, call.context)
    note(call.context, call.function)
    return answer


async def _from_stage(call: HttpCall) -> Answer:
    request, cors = call.request, call.api.get("corsConfiguration")
    if len(request.body) > MOST_BYTES:
        raise AnsweredError(_TOO_LARGE, "Request Entity Too Large")
    if not call.stage:
        raise AnsweredError(404, "Not Found")
    if cors and is_preflight(request):
        return preflight(cors, request, 204)
    path = f"/{call.path.lstrip('/')}"
    call.route = apigateway._match_route(call.api["apiId"], request.method, path) or {}
    if not call.route:
        raise AnsweredError(404, "Not Found")
    call.context["routeKey"] = call.route["routeKey"]
    template = call.route["routeKey"].partition(" ")[2]
    call.parameters = apigateway._extract_path_params(template, path) if template else {}
    if not admitted(call.api["apiId"], call.stage, call.route["routeKey"]):
        raise AnsweredError(429, "Too Many Requests")
    try:
        authorizer = await _authorized(call, path)
    except AnsweredError as error:
        call.context["authorizer.error"] = error.reason or str(error)
        raise
    return await _integrated(call, authorizer)


async def _authorized(call: HttpCall, path: str) -> dict[str, Any]:
    """The ``authorizer`` of the event."""
    request, api_id, kind = call.request, call.api["apiId"], call.route.get("authorizationType") or "NONE"
    if kind == "AWS_IAM":
        iam = signed_caller(request, call.arn(request.method, path)) or {}
        names = {"accountId": "accountId", "caller": "callerId", "user": "userId", "userArn": "userArn"}
        call.context |= {f"identity.{name}": iam[key] for name, key in names.items() if iam.get(key)}
        return {"iam": iam} if iam else {}
    if kind == "JWT":
        known: dict[str, Any] = apigateway._authorizers.get(api_id, {}).get(call.route.get("authorizerId")) or {}
        if not known:
            raise AnsweredError(401, "Unauthorized")
        jwt = await token_claims(known, call.route.get("authorizationScopes") or [], request)
        call.context |= {f"authorizer.claims.{name}": value for name, value in jwt["claims"].items()}
        return {"jwt": jwt}
    if kind == "CUSTOM":
        template, variables = (
            call.route["routeKey"].partition(" ")[2] or path,
            members(call.stage.get("stageVariables")),
        )
        at = (api_id, call.stage["stageName"], call.route, request.method, path, template)
        given = (request.headers, request.query, call.parameters, variables, *call.scope, request.raw_query)
        refusal, context = await apigateway._authorize_request_v2(*at, *given)
        if refusal is not None:
            raise AnsweredError(refusal[0], _message(refusal[0]))
        return {"lambda": context}
    return {}


def _message(status: int) -> str:
    return {401: "Unauthorized", 403: "Forbidden"}.get(status, "Internal Server Error")


async def _integrated(call: HttpCall, authorizer: dict[str, Any]) -> Answer:
    key = call.route["target"].rpartition("/")[2]
    integration: dict[str, Any] = apigateway._integrations.get(call.api["apiId"], {}).get(key) or {}
    began = time.monotonic()
    try:
        if integration.get("integrationType") != "AWS_PROXY":
            return await _elsewhere(call, integration)
        return await _from_function(call, integration, authorizer)
    except AnsweredError as error:
        call.context |= {"integrationErrorMessage": error.reason, "integration.error": error.reason}
        raise
    finally:
        took = round((time.monotonic() - began) * 1000)
        call.context |= {"integrationLatency": took, "integration.latency": took}


async def _from_function(call: HttpCall, integration: dict[str, Any], authorizer: dict[str, Any]) -> Answer:
    call.function = function_of(integration)
    if integration["payloadFormatVersion"] != "2.0":
        raise AnsweredError(500, "Internal Server Error", "Payload version 1.0 is not emulated")
    context = {name: call.context[name] for name in ("accountId", "apiId", "domainName", "domainPrefix", "requestId")}
    event = event_of(
        call.request,
        {
            **context,
            **({"authorizer": authorizer} if authorizer else {}),
            "routeKey": call.route["routeKey"],
            "stage": call.stage["stageName"],
            "pathParameters": call.parameters,
            "stageVariables": call.stage.get("stageVariables"),
        },
    )
    template = call.route["routeKey"].partition(" ")[2]
    source = call.arn(call.request.method if template else "$default", template)
    returned = await ask_integration(integration, event, source)
    call.context |= {"integrationStatus": 200, "integration.integrationStatus": 200}
    try:
        answer = answer_of(returned, plain=_PLAIN)
    except MalformedError as error:
        raise AnsweredError(500, "Internal Server Error", _MALFORMED.format(error)) from error
    call.context["integration.status"] = answer.status
    return answer


async def _elsewhere(call: HttpCall, integration: dict[str, Any]) -> Answer:
    """What an HTTP proxy answers."""
    if integration.get("integrationType") != "HTTP_PROXY":
        raise AnsweredError(500, "Internal Server Error", "The integration is not emulated")
    request = call.request
    headers, query, path = apigateway._apply_request_parameter_mappings(
        integration,
        request_headers=request.headers,
        request_query=request.query,
        request_path=call.path,
        path_params=call.parameters,
        context_vars=call.context,
        stage_vars=members(call.stage.get("stageVariables")),
    )
    sent = (integration, path, request.method, headers, request.body, query)
    status, given, body = await apigateway._invoke_http_proxy(*sent)
    return Answer(status, {key.lower(): value for key, value in given.items()}, body)
