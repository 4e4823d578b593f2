"""Where the functions of a deployed stack answer requests, and how each is sent one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naws.cli.stacks import EmbeddedStack

_SHOWN_ROUTES = 3
_WITH_BODY = ("POST", "PUT", "PATCH")
_PARAMETER = re.compile(r"\{(\w+)\+?\}")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An HTTP API or a URL in front of a function.

    Attributes:
        id: The API's id, or the URL's.
        alias: ARN of the function's alias.
        url: Where it answers here, without a slash at the end.
        service: What a signature is for.
        routes: Their keys, each with the type of its authorization and its authorizer's id.
        token: Whose tokens for whom it takes; empty when it takes none.
        host: The name by which alone it answers; empty: by any.
    """

    id: str
    alias: str
    url: str
    service: str
    routes: Sequence[tuple[str, str]]
    token: str = ""
    host: str = ""

    def commands(self) -> Iterator[str]:
        """Lines of a shell that send it a request by each of its first routes."""
        if self.token and any(kind == "JWT" for _, kind in self.routes):
            yield f"TOKEN='{self.token}'"
        for route, kind in self.routes[:_SHOWN_ROUTES]:
            method, _, path = route.rpartition(" ")
            path = "/" if path == "$default" else _PARAMETER.sub(lambda name: name[1].upper(), path)
            parts = ["curl", *_authorization(kind, self.service)]
            parts += [f"-H 'Host: {self.host}'"] if self.host else []
            parts += [f"-X {method}"] if method not in ("", "ANY", "GET", "POST") else []
            parts += ["-H 'content-type: application/json' -d '{}'"] if method in _WITH_BODY else []
            yield " ".join([*parts, self.url + path])


def _authorization(kind: str, service: str) -> list[str]:
    if kind == "AWS_IAM":
        signed = f'--aws-sigv4 "aws:amz:$AWS_REGION:{service}"'
        return [signed, '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"']
    return ['-H "Authorization: Bearer $TOKEN"'] if kind == "JWT" else []


def endpoints_of(stack: EmbeddedStack) -> list[Endpoint]:
    """Those of the functions that the stack's patterns name."""
    if not stack.functions:
        return []
    aliases = {alias: [*_urls(stack, alias)] for alias in stack.functions}
    for api in stack.of_type("AWS::ApiGatewayV2::Api").values():
        for alias, endpoint in _api(stack, api):
            aliases.setdefault(alias, []).append(endpoint)
    return [endpoint for alias in stack.functions for endpoint in aliases[alias]]


def _urls(stack: EmbeddedStack, alias: str) -> Iterator[Endpoint]:
    client = stack.aws.client("lambda")
    function, _, qualifier = alias.rpartition(":")
    try:
        found = client.get_function_url_config(FunctionName=function, Qualifier=qualifier)
    except client.exceptions.ResourceNotFoundException:
        return
    url: str = found["FunctionUrl"].rstrip("/")
    name = url.rpartition("/")[2]
    yield Endpoint(id=name, alias=alias, url=url, service="lambda", routes=[("$default", found["AuthType"])])


def _api(stack: EmbeddedStack, api: str) -> Iterator[tuple[str, Endpoint]]:
    """Its endpoint for each function behind it."""
    client = stack.aws.client("apigatewayv2")
    found = client.get_api(ApiId=api)
    integrations = {one["IntegrationId"]: one["IntegrationUri"] for one in _items(client.get_integrations(ApiId=api))}
    routes = _items(client.get_routes(ApiId=api))
    tokens = [one["JwtConfiguration"] for one in _items(client.get_authorizers(ApiId=api)) if "JwtConfiguration" in one]
    token = f"a token of {tokens[0]['Issuer']} for {' or '.join(tokens[0]['Audience'])}" if tokens else ""
    host = _domain(stack, api) if found.get("DisableExecuteApiEndpoint") else ""
    url = stack.aws.endpoint_url if host else found["ApiEndpoint"]
    for integration, alias in integrations.items():
        if alias not in stack.functions:
            continue
        own = [one for one in routes if one.get("Target") == f"integrations/{integration}"]
        kinds = [(one["RouteKey"], one.get("AuthorizationType", "NONE")) for one in own]
        yield alias, Endpoint(id=api, alias=alias, url=url, service="execute-api", routes=kinds, token=token, host=host)


def _domain(stack: EmbeddedStack, api: str) -> str:
    """The custom domain that leads to an API; empty without one."""
    client = stack.aws.client("apigatewayv2")
    names = stack.of_type("AWS::ApiGatewayV2::DomainName").values()
    mapped = (name for name in names for one in _items(client.get_api_mappings(DomainName=name)) if one["ApiId"] == api)
    return next(mapped, "")


def _items(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return answer["Items"]
