"""What API Gateway refuses of an HTTP API's parts, by API and by template, and the spelling that it keeps."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.departures.http_authorizers import is_reachable
from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import apigateway
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template, is_true

_BAD = "BadRequestException"
_ROUTE = re.compile(r"(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*")
_VARIABLE = re.compile(r"\{[^}+]*(\+?)\}")
_SHORTEST, _LONGEST = 50, 30_000
_NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
)
_NO_KEYS = "ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route null"
_WRONG_FORMAT = "The following errors are found in Access Log Format: Access Log format must include either"
_MAX_AGES = range(-1, 86_401)
Check = Callable[[str, dict[str, Any]], None]
"""Of a part of an API: is given the API's id, and the request or the properties with the API's names."""


@departure(
    "API Gateway API Reference, Cors, Integration, JWTConfiguration, Route, AccessLogSettings; the sentences as "
    "recorded in tests/conformance/apigatewayv2.json, and by Architect's package oldResources (a route's key twice), "
    "and in plutomi/plutomi, issue 271 (variables of other names)"
)
def http_api_settings() -> None:
    """An HTTP API's CORS, routes, integrations, authorizers and stages are refused as by API Gateway.

    An issuer is of HTTPS; here one of this machine may be of HTTP, and its discovery document is read when the first
    token comes, not when the authorizer is made.
    """
    parts: dict[str, Check] = {
        "Route": _check_route,
        "Integration": _check_integration,
        "Authorizer": _check_authorizer,
        "Stage": _check_stage,
    }
    for kind, check in parts.items():
        check_template(f"ApiGatewayV2::{kind}", ("create",), partial(_check_properties, check))
        create = f"_create_{kind.lower()}"
        check_requests(apigateway, create, partial(_check_part, check))
    check_template("ApiGatewayV2::Api", BOTH, lambda properties: _check_cors(camel(properties)))
    check_requests(apigateway, ("_create_api", "_update_api"), _check_cors)
    check_requests(apigateway, "_update_integration", _check_timeout)
    check_requests(apigateway, "_update_route", _check_key)
    complete_template("ApiGatewayV2::Api", BOTH, _spell_api)
    complete_template("ApiGatewayV2::Stage", BOTH, _spell_stage)


def _check_part(check: Check, api_id: str, data: dict[str, Any]) -> None:
    if members(apigateway._apis.get(api_id)).get("protocolType") == "HTTP":
        check(api_id, data)


def _check_properties(check: Check, properties: dict[str, Any]) -> None:
    _check_part(check, properties["ApiId"], camel(properties))


def camel(value: Any, depth: int = 2) -> Any:
    """Properties of a template with the API's names, as deep as there are names and not data."""
    if not is_object(value) or not depth:
        return value
    return {f"{key[:1].lower()}{key[1:]}": camel(item, depth - 1) for key, item in value.items()}


def _spell_api(api_id: str, properties: dict[str, Any]) -> None:
    if "CorsConfiguration" in properties:
        apigateway._apis[api_id]["corsConfiguration"] = camel(properties["CorsConfiguration"], 1)


def _spell_stage(name: str, properties: dict[str, Any]) -> None:
    stage: dict[str, Any] = apigateway._stages[properties["ApiId"]][name.rpartition("/")[2]]
    stage["defaultRouteSettings"] = camel(members(properties.get("DefaultRouteSettings")), 1)
    own = members(properties.get("RouteSettings"))
    stage["routeSettings"] = {key: camel(item, 1) for key, item in own.items()}


def _refuse(found: dict[str, bool]) -> None:
    for text, wrong in found.items():
        if wrong:
            raise RefusedError(text, _BAD)


def _check_cors(*request: Any) -> None:
    cors = members(request[-1].get("corsConfiguration"))
    wild = "*" in cors.get("allowOrigins", ())
    age = int(cors.get("maxAge") or 0)
    _refuse(
        {
            "allow-credentials is not supported if 'allow-origin' is *": wild and is_true(cors.get("allowCredentials")),
            f"Invalid max age {age}: it is between -1 and 86400": age not in _MAX_AGES,
        }
    )


def _check_route(api_id: str, data: dict[str, Any]) -> None:
    key, jwt = str(data.get("routeKey", "")), data.get("authorizationType") == "JWT"
    known: dict[str, Any] = apigateway._authorizers.get(api_id, {})
    no_authorizer = members(known.get(str(data.get("authorizerId")))).get("authorizerType") != "JWT"
    _refuse(
        {
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            '"[HTTP METHOD] /[RESOURCE PATH]" or "$default"': key != "$default" and not _ROUTE.fullmatch(key),
            _NO_AUTHORIZER: jwt and no_authorizer,
            _NO_KEYS: is_true(data.get("apiKeyRequired")),
        }
    )
    _check_key(api_id, "", data)


def _check_key(api_id: str, route_id: str, data: dict[str, Any]) -> None:
    """A key is of one route, and stays that route's until it is deleted, also while others are updated.

    So are its places: another route with other names for the same variables is refused. Whether one of another method
    is, no source says; here it is not.
    """
    key = data.get("routeKey")
    routes: dict[str, Any] = apigateway._routes.get(api_id, {})
    others = [str(route["routeKey"]) for number, route in routes.items() if number != route_id]
    if key in others:
        raise RefusedError(f"Route with key {key} already exists for this API", "ConflictException", 409)
    alike = next((other for other in others if _unnamed(other) == _unnamed(str(key))), None)
    if alike is not None:
        where = f'has a conflicting variable on the same hierarchical level as "{alike}"'
        raise RefusedError(f'The provided route key "{key}" {where}', "ConflictException", 409)


def _unnamed(key: str) -> str:
    return _VARIABLE.sub(r"{\1}", key)


def _check_integration(_: str, data: dict[str, Any]) -> None:
    kind, version = data.get("integrationType"), data.get("payloadFormatVersion")
    _refuse(
        {
            "PayloadFormatVersion is a required parameter for integration": not version and kind == "AWS_PROXY",
            f"PayloadFormatVersion {version} is not supported for integration of type {kind}": version
            not in {None, "1.0", "2.0" if kind == "AWS_PROXY" else "1.0"},
        }
    )
    _check_timeout(data)


def _check_timeout(*request: Any) -> None:
    wrong = not _SHORTEST <= int(request[-1].get("timeoutInMillis") or _LONGEST) <= _LONGEST
    _refuse({f"Timeout should be between {_SHORTEST} ms and {_LONGEST} ms": wrong})


def _check_authorizer(_: str, data: dict[str, Any]) -> None:
    if data.get("authorizerType") != "JWT":
        return
    settings = members(data.get("jwtConfiguration"))
    _refuse(
        {
            "JwtConfiguration must not be null for JWT Authorizer": not settings,
            "Invalid issuer: Issuer is not a valid URL for JWT Authorizer": not is_reachable(
                str(settings.get("issuer", ""))
            ),
            "Audience list must have at least 1 item for JWT Authorizer": not settings.get("audience"),
        }
    )


def _check_stage(_: str, data: dict[str, Any]) -> None:
    settings = members(data.get("accessLogSettings"))
    either = ("$context.requestId", "$context.extendedRequestId")
    unnamed = bool(settings.get("format")) and not any(each in settings["format"] for each in either)
    _refuse({f"{_WRONG_FORMAT} {' or '.join(either)} : '{settings.get('format')}'": unnamed})
