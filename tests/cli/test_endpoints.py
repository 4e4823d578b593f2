"""How each endpoint of a function is sent a request, by what the embedded AWS has of it."""

import shlex
from dataclasses import replace
from typing import Any
from urllib.request import Request, urlopen

import pytest

from naws.cli.aws import Aws
from naws.cli.endpoints import Endpoint, endpoints_of
from naws.cli.stacks import EmbeddedStack

SIGNED = '--aws-sigv4 "aws:amz:$AWS_REGION:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
JSON = "-H 'content-type: application/json' -d '{}'"
API = Endpoint(id="a1", alias="arn", url="http://127.0.0.1:1/a1", service="execute-api", routes=[])


@pytest.mark.parametrize(
    ("route", "kind", "command"),
    [
        ("$default", "NONE", "curl http://127.0.0.1:1/a1/"),
        ("ANY /orders", "NONE", "curl http://127.0.0.1:1/a1/orders"),
        ("GET /orders/{id}", "NONE", "curl http://127.0.0.1:1/a1/orders/ID"),
        ("GET /files/{name+}", "NONE", "curl http://127.0.0.1:1/a1/files/NAME"),
        ("POST /orders", "NONE", f"curl {JSON} http://127.0.0.1:1/a1/orders"),
        ("PUT /orders", "NONE", f"curl -X PUT {JSON} http://127.0.0.1:1/a1/orders"),
        ("DELETE /orders", "AWS_IAM", f"curl {SIGNED} -X DELETE http://127.0.0.1:1/a1/orders"),
    ],
)
def test_a_route_is_a_line_to_paste(route: str, kind: str, command: str) -> None:
    assert [*replace(API, routes=[(route, kind)]).commands()] == [command]


def test_a_token_has_a_place_to_go_to_once() -> None:
    routes = [("GET /a", "JWT"), ("GET /b", "JWT")]
    assert [*replace(API, routes=routes, token="a token of https://idp for shop").commands()] == [
        "TOKEN='a token of https://idp for shop'",
        'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:1/a1/a',
        'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:1/a1/b',
    ]


def test_of_many_routes_some_are_shown() -> None:
    assert len([*replace(API, routes=[(f"GET /{name}", "NONE") for name in "abcdef"]).commands()]) == 3


LAMBDA_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
MAY_INVOKE = {
    "Action": "lambda:InvokeFunction",
    "FunctionName": {"Ref": "Live"},
    "Principal": "apigateway.amazonaws.com",
}
TEMPLATE: dict[str, Any] = {
    "Role": ("IAM::Role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [LAMBDA_TRUST]}}),
    "Function": ("Lambda::Function", {"Code": {"ZipFile": "def handler(event, _):\n    return event['rawPath']"},
                                      "Handler": "index.handler", "Runtime": "python3.14",
                                      "Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
    "Version": ("Lambda::Version", {"FunctionName": {"Ref": "Function"}}),
    "Live": ("Lambda::Alias", {"FunctionName": {"Ref": "Function"}, "Name": "live",
                               "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}}),
    "Url": ("Lambda::Url", {"TargetFunctionArn": {"Ref": "Function"}, "Qualifier": "live", "AuthType": "AWS_IAM"}),
    "MayInvoke": ("Lambda::Permission", MAY_INVOKE),
    "Other": ("ApiGatewayV2::Api", {"Name": "nobody's", "ProtocolType": "HTTP"}),
    "Api": ("ApiGatewayV2::Api", {"Name": "shop", "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": True}),
    "Integration": ("ApiGatewayV2::Integration", {"ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY",
                                                  "IntegrationUri": {"Ref": "Live"}, "PayloadFormatVersion": "2.0"}),
    "Authorizer": ("ApiGatewayV2::Authorizer", {"ApiId": {"Ref": "Api"}, "Name": "jwt", "AuthorizerType": "JWT",
                                                "IdentitySource": ["$request.header.Authorization"],
                                                "JwtConfiguration": {"Issuer": "https://idp.example.com",
                                                                     "Audience": ["shop", "staff"]}}),
    "Open": ("ApiGatewayV2::Route", {"ApiId": {"Ref": "Api"}, "RouteKey": "GET /open",
                                     "Target": {"Fn::Sub": "integrations/${Integration}"}}),
    "Closed": ("ApiGatewayV2::Route", {"ApiId": {"Ref": "Api"}, "RouteKey": "GET /closed",
                                       "AuthorizationType": "JWT", "AuthorizerId": {"Ref": "Authorizer"},
                                       "Target": {"Fn::Sub": "integrations/${Integration}"}}),
    "Stage": ("ApiGatewayV2::Stage", {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True}),
    "Name": ("ApiGatewayV2::DomainName", {"DomainName": "endpoints.example.com",
                                          "DomainNameConfigurations": [{"EndpointType": "REGIONAL"}]}),
    "Mapped": ("ApiGatewayV2::ApiMapping", {"ApiId": {"Ref": "Api"}, "DomainName": {"Ref": "Name"},
                                            "Stage": {"Ref": "Stage"}}),
}  # fmt: skip
RUNS = {"naws:runs": {"pattern": "drum-machine", "path": "Shop/Mails", "kind": "function"}}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    resources = {name: {"Type": f"AWS::{kind}", "Properties": given} for name, (kind, given) in TEMPLATE.items()}
    resources["Live"]["Metadata"] = RUNS
    resources["Url"]["DependsOn"] = "Live"
    return {"Resources": resources}


@pytest.fixture
def stack(made: dict[str, Any], assembly: Any, deploy: Any) -> EmbeddedStack:
    (deployed,) = deploy(assembly.stack("endpoints", made))
    return deployed


@pytest.mark.e2e
def test_the_endpoints_of_a_function_are_those_that_lead_to_its_alias(stack: EmbeddedStack, aws: Aws) -> None:
    url, api = endpoints_of(stack)
    alias = stack.resources["Live"][1]
    assert stack.functions == {alias: "Shop/Mails"}
    assert (url.alias, url.service, url.routes) == (alias, "lambda", [("$default", "AWS_IAM")])
    assert url.url == f"{aws.endpoint_url}/_aws/lambda-url/{url.id}"
    assert (api.alias, api.id, api.host) == (alias, stack.resources["Api"][1], "endpoints.example.com")
    assert dict(api.routes) == {"GET /open": "NONE", "GET /closed": "JWT"}
    assert api.token == "a token of https://idp.example.com for shop or staff"
    opened = next(line for line in api.commands() if line.endswith("/open"))
    _, _, header, address = shlex.split(opened)
    with urlopen(Request(address, headers=dict([header.split(": ")]))) as answer:
        assert answer.read() == b"/open"
