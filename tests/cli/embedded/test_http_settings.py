"""What API Gateway refuses of the parts of an HTTP API, by API and by template, beside tests/conformance."""

import uuid
from typing import Any

import pytest

from tests.cli.embedded.http_apis import reasons, template
from tests.cli.embedded.policies import refusal

pytestmark = pytest.mark.e2e

BAD = "BadRequestException"
ROUTE_KEY = (
    "The provided route key is not formatted properly for HTTP protocol. Format should be "
    '"[HTTP METHOD] /[RESOURCE PATH]" or "$default"'
)
TIMEOUT = "Timeout should be between 50 ms and 30000 ms"
NO_CREDENTIALS = "allow-credentials is not supported if 'allow-origin' is *"
LAMBDA = {"IntegrationType": "AWS_PROXY", "IntegrationUri": "arn:aws:lambda:us-east-1:000000000000:function:f"}
TOKENS = {"Name": "t", "AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"]}
REFUSED = [
    ("create_route", {"RouteKey": "GET"}, ROUTE_KEY),
    ("create_route", {"RouteKey": "GET pets"}, ROUTE_KEY),
    ("create_integration", LAMBDA, "PayloadFormatVersion is a required parameter for integration"),
    (
        "create_authorizer",
        {**TOKENS, "JwtConfiguration": {"Issuer": "ftp://127.0.0.1", "Audience": ["a"]}},
        "Invalid issuer: Issuer is not a valid URL for JWT Authorizer",
    ),
]


@pytest.fixture(scope="module")
def gateway(bench: Any) -> Any:
    return bench.client("apigatewayv2")


@pytest.fixture(scope="module")
def api_id(gateway: Any) -> Any:
    return gateway.create_api(Name=uuid.uuid4().hex, ProtocolType="HTTP")["ApiId"]


@pytest.mark.parametrize(("operation", "request_", "text"), REFUSED)
def test_a_request_is_refused(gateway: Any, api_id: Any, operation: Any, request_: Any, text: Any) -> None:
    assert refusal(lambda: getattr(gateway, operation)(ApiId=api_id, **request_)) == (BAD, text)


def test_a_route_key_is_there_once(gateway: Any, api_id: Any) -> None:
    gateway.create_route(ApiId=api_id, RouteKey="GET /once")
    again = refusal(lambda: gateway.create_route(ApiId=api_id, RouteKey="GET /once"))
    assert again == ("ConflictException", "Route with key GET /once already exists for this API")
    other = gateway.create_route(ApiId=api_id, RouteKey="GET /other")["RouteId"]
    renamed = refusal(lambda: gateway.update_route(ApiId=api_id, RouteId=other, RouteKey="GET /once"))
    assert renamed == again
    gateway.update_route(ApiId=api_id, RouteId=other, RouteKey="GET /other", OperationName="same")


def test_variables_of_a_place_have_one_name(gateway: Any, api_id: Any) -> None:
    made = gateway.create_route(ApiId=api_id, RouteKey="GET /named/{id}")["RouteId"]
    refused = refusal(lambda: gateway.create_route(ApiId=api_id, RouteKey="GET /named/{name}"))
    where = 'has a conflicting variable on the same hierarchical level as "GET /named/{id}"'
    assert refused == ("ConflictException", f'The provided route key "GET /named/{{name}}" {where}')
    gateway.update_route(ApiId=api_id, RouteId=made, RouteKey="GET /named/{name}")
    gateway.create_route(ApiId=api_id, RouteKey="GET /named/{rest+}")
    gateway.create_route(ApiId=api_id, RouteKey="POST /named/{id}")


@pytest.mark.parametrize(
    ("cors", "text"),
    [
        ({"AllowOrigins": ["*"], "AllowCredentials": True}, NO_CREDENTIALS),
        ({"AllowOrigins": ["*"], "MaxAge": 86_401}, "Invalid max age 86401: it is between -1 and 86400"),
    ],
)
def test_cors_is_refused_of_a_new_and_an_old_api(gateway: Any, api_id: Any, cors: Any, text: Any) -> None:
    new = refusal(lambda: gateway.create_api(Name="a", ProtocolType="HTTP", CorsConfiguration=cors))
    assert new == refusal(lambda: gateway.update_api(ApiId=api_id, CorsConfiguration=cors)) == (BAD, text)


def test_an_integration_is_not_changed_into_a_longer_one(gateway: Any, api_id: Any) -> None:
    made = gateway.create_integration(ApiId=api_id, PayloadFormatVersion="2.0", **LAMBDA)
    changed = {"ApiId": api_id, "IntegrationId": made["IntegrationId"], "TimeoutInMillis": 30_001}
    assert refusal(lambda: gateway.update_integration(**changed)) == (BAD, TIMEOUT)
    assert made["TimeoutInMillis"] == 30_000


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"Integration": {"TimeoutInMillis": 30_001}}, TIMEOUT),
        ({"Integration": {"TimeoutInMillis": 49}}, TIMEOUT),
        ({"Route": {"RouteKey": "GET"}}, ROUTE_KEY),
        ({"Api": {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}}}, NO_CREDENTIALS),
    ],
)
def test_a_template_is_refused(bench: Any, parts: Any, text: Any) -> None:
    stack, _ = bench.deploy(template(**parts))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(text in reason for reason in reasons(bench, stack))


def test_settings_of_a_template_are_described_with_the_names_of_the_api(bench: Any, gateway: Any) -> None:
    cors = {"AllowOrigins": ["https://a.example"], "MaxAge": 5}
    _, outputs = bench.deploy(template(Api={"CorsConfiguration": cors}), {"Id": {"Value": {"Ref": "Api"}}})
    assert gateway.get_api(ApiId=outputs["Id"])["CorsConfiguration"] == cors
