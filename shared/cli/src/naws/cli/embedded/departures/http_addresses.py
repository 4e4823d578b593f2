"""Where an HTTP API and a function URL are reached on this machine: a path, because not every resolver knows a name."""

import os
import re
from typing import Any

from naws.cli.embedded.departures.json_values import json_object
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import apigateway, app, functions
from naws.cli.embedded.departures.templates import Made, wrap_template

_API, _URL = "/_aws/execute-api/", "/_aws/lambda-url/"
_API_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.")


def api_address(api_id: str) -> str:
    """The address of an API's ``$default`` stage; another stage's name follows it, as on AWS."""
    return f"{os.environ['AWS_ENDPOINT_URL']}{_API}{api_id}"


def named_api(host: str, path: str) -> tuple[str, str] | None:
    """The API that a request is for, by its path or its host, and what of the path is not the API's."""
    if found := _API_HOST.match(host):
        return found[1], ""
    if path.startswith(_API):
        api_id = path.removeprefix(_API).partition("/")[0]
        return api_id, f"{_API}{api_id}"
    return None


def url_prefix(path: str, url_id: str) -> str:
    """What of a path is not the function URL's own."""
    prefix = f"{_URL}{url_id}"
    return prefix if path.startswith(prefix) else ""


@departure("API Gateway API Reference, Api: apiEndpoint is the URI of the API; Lambda API Reference, FunctionUrlConfig")
def local_addresses() -> None:
    """The endpoint of an API, and a function's URL, are addresses that a client can use as they are.

    They are paths of the emulator's own address: a name such as ``<id>.execute-api.localhost`` resolves in some
    programs only. A signature covers host and path as they are sent, so it verifies.
    """
    wrap(app, "_parse_execute_api_url", _parsed)
    wrap(apigateway, "_create_api", _created_api)
    wrap_template("ApiGatewayV2::Api", create=_made_api)
    wrap(functions, "_create_function_url_config", _created_url)
    replace(functions, "_function_url_id", _url_id)


def _parsed(original: Original, host: str, path: str) -> Any:
    named = named_api(host, path)
    return original(host, path) or (named and (named[0], "$default", "/"))


def _created_api(original: Original, data: dict[str, Any]) -> Any:
    response = original(data)
    if failed(response):
        return response
    api_id = json_object(response[2])["apiId"]
    return apigateway._apigw_response(_addressed(api_id), response[0])


def _made_api(original: Original, *arguments: Any) -> Made:
    api_id, attributes = original(*arguments)
    return api_id, {**attributes, "ApiEndpoint": _addressed(api_id)["apiEndpoint"]}


def _addressed(api_id: str) -> dict[str, Any]:
    api: dict[str, Any] = apigateway._apis[api_id]
    if api["protocolType"] == "HTTP":
        api["apiEndpoint"] = api_address(api_id)
    return api


def _created_url(original: Original, name: str, data: dict[str, Any], qualifier: str | None) -> Any:
    response = original(name, data, qualifier)
    if failed(response):
        return response
    config: dict[str, Any] = functions._function_urls[functions._url_config_key(name, qualifier)]
    config["FunctionUrl"] = f"{os.environ['AWS_ENDPOINT_URL']}{_URL}{_url_id(config['FunctionUrl'])}/"
    if qualifier:
        config["FunctionArn"] = f"{config['FunctionArn']}:{qualifier}"
    return functions.json_response(config, status=response[0])


def _url_id(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].partition(".")[0]


@departure("API Gateway Developer Guide, 'Working with stages for HTTP APIs': an id is part of a domain name")
@patch(replace, apigateway, "find_api_scope")
def api_scope(api_id: str) -> tuple[str, str] | None:
    """An API is found by its id alone: a client without credentials names no account."""
    owned = ((account, region) for (account, region, each), _ in apigateway._apis.all_items() if each == api_id)
    return next(owned, None)
