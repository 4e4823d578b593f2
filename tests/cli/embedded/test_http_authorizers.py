"""Who may ask an HTTP API: callers by signature and policy, holders of a token of an issuer."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cli.embedded.http_apis import deployed, keys_of, lines, send, send_signed
from tests.cli.embedded.issuers import Issuer
from tests.cli.embedded.policies import allow, as_session, deny

pytestmark = pytest.mark.e2e

FORBIDDEN = b'{"message":"Forbidden"}'
UNAUTHORIZED = b'{"message":"Unauthorized"}'
ON = "arn:aws:execute-api:us-east-1:000000000000:"


@pytest.fixture(scope="module")
def iam(bench: Any) -> Any:
    return deployed(bench, Route={"AuthorizationType": "AWS_IAM"})


def test_a_signed_request_of_whom_a_policy_lets_is_answered(bench: Any, iam: Any) -> None:
    role = bench.role_of(allow("execute-api:Invoke", on=f"{ON}{iam['Id']}/$default/POST/orders/*"))
    keys = keys_of(bench, role)
    reply = send_signed(keys, f"{iam['Url']}/orders/1?a=b%20c", method="POST", body=b"{}")
    assert reply.status == 200
    caller = reply.json["event"]["requestContext"]["authorizer"]["iam"]
    assert (caller["userArn"], caller["accountId"]) == (as_session(role, "caller"), "000000000000")
    assert caller["accessKey"] == keys.access_key
    assert lines(bench, iam)[-1]["identity.userArn"] == caller["userArn"]
    for path, method in (("/orders/1", "GET"), ("/others/1", "POST")):
        refused = send_signed(keys, f"{iam['Url']}{path}", method=method)
        assert (refused.status, refused.body) == (403, FORBIDDEN)
    denial = [each for each in bench.aws.denials() if each.action == "execute-api:Invoke"][-1]
    assert denial.resource == f"{ON}{iam['Id']}/$default/POST/others/1"


def test_without_a_right_signature_nobody_is_answered(bench: Any, iam: Any) -> None:
    keys = keys_of(bench, bench.role_of(allow("execute-api:Invoke")))
    assert send_signed(keys, iam["Url"]).status == 200
    wrong = Credentials(keys.access_key, "wrong" * 8, keys.token)
    replies = {
        "unsigned": send(iam["Url"]),
        "of a token": send(iam["Url"], Authorization="Bearer abc"),
        "of a wrong key": send_signed(wrong, iam["Url"]),
        "for another service": send_signed(keys, iam["Url"], service="lambda"),
        "for another query": send_signed(keys, iam["Url"], tamper="?more=1"),
    }
    assert {name: (reply.status, reply.body) for name, reply in replies.items()} == dict.fromkeys(
        replies, (403, FORBIDDEN)
    )
    reasons = [record.error for record in bench.aws.http_requests() if record.api_id == iam["Id"]][-len(replies) :]
    assert reasons[:2] == ["no signature"] * 2
    assert all("signature we calculated does not match" in reasons[at] for at in (2, 4))
    assert reasons[3] == "the signature is for us-east-1/lambda, and not for us-east-1/execute-api"


def test_a_deny_and_no_policy_at_all_refuse(bench: Any, iam: Any) -> None:
    denied = bench.role_of(allow("execute-api:*"), deny("execute-api:Invoke", on=f"{ON}{iam['Id']}/*"))
    for role in (denied, bench.role_of(allow("s3:*"))):
        assert send_signed(keys_of(bench, role), iam["Url"]).status == 403
        assert "is not authorized to perform: execute-api:Invoke" in bench.aws.http_requests()[-1].error


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def jwt(bench: Any, issuer: Issuer) -> Any:
    settings = {"Issuer": issuer.url, "Audience": ["shop", "office"]}
    properties = {
        "ApiId": {"Ref": "Api"},
        "AuthorizerType": "JWT",
        "Name": "tokens",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": settings,
    }
    route = {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "Authorizer"}}
    more = {"Authorizer": ("ApiGatewayV2::Authorizer", properties)}
    for name, scopes in (("Read", ["read", "admin"]),):
        target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
        key = {"ApiId": {"Ref": "Api"}, "RouteKey": f"GET /{name.lower()}", "Target": target}
        more[name] = ("ApiGatewayV2::Route", {**key, **route, "AuthorizationScopes": scopes})
    return deployed(bench, more=more, Route=route)


def test_a_valid_token_is_let_through_with_its_claims(issuer: Issuer, jwt: Any) -> None:
    token = issuer.token(scope="read write", level=3)
    for value in (f"Bearer {token}", token):
        reply = send(jwt["Url"], Authorization=value)
        assert reply.status == 200
    authorizer = reply.json["event"]["requestContext"]["authorizer"]["jwt"]
    assert (authorizer["claims"]["sub"], authorizer["claims"]["level"]) == ("me", "3")
    assert authorizer["scopes"] == ["read", "write"]
    assert send(jwt["Url"], Authorization=issuer.token(aud=None, client_id="office")).status == 200
    assert send(jwt["Url"], Authorization=issuer.token(aud=["x", "office"])).status == 200
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("given", "described"),
    [
        ({"iss": "https://other.example"}, "the token does not have a valid issuer"),
        ({"aud": "other"}, "the token does not have a valid audience"),
        ({"aud": "other", "client_id": "shop"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"exp": 1}, "the token has expired"),
        ({"exp": None}, "the token has expired"),
        ({"nbf": 9_999_999_999}, "the token is not valid yet"),
        ({"iat": 9_999_999_999}, "the token is issued in the future"),
        ({"header": {"kid": "two"}}, "the token has an invalid signature"),
        ({"header": {"kid": None}}, "the token has an invalid signature"),
        ({"header": {"alg": "none"}}, "the token is not signed with RS256"),
        ({"key": rsa.generate_private_key(65537, 2048)}, "the token has an invalid signature"),
    ],
)
def test_a_wrong_token_is_401(bench: Any, issuer: Issuer, jwt: Any, given: Any, described: Any) -> None:
    reply = send(jwt["Url"], Authorization=f"Bearer {issuer.token(**given)}")
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)
    header = f'Bearer scope="" error="invalid_token" error_description="{described}"'
    assert reply.headers["www-authenticate"] == header
    assert lines(bench, jwt)[-1]["authorizer.error"] == described


def test_an_issuer_that_does_not_answer_is_named_to_whoever_runs_the_app(bench: Any, issuer: Issuer) -> None:
    nobody = "http://127.0.0.1:9"
    properties = {
        "ApiId": {"Ref": "Api"},
        "AuthorizerType": "JWT",
        "Name": "tokens",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": nobody, "Audience": ["shop"]},
    }
    route = {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "Authorizer"}}
    made = deployed(bench, more={"Authorizer": ("ApiGatewayV2::Authorizer", properties)}, Route=route)
    reply = send(made["Url"], Authorization=f"Bearer {issuer.token(iss=nobody)}")
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)
    assert "the token has an invalid signature" in reply.headers["www-authenticate"]
    assert f"the keys of {nobody} could not be fetched" in bench.aws.http_requests()[-1].error


@pytest.mark.parametrize("value", ["nonsense", "a.b.c", "Bearer a.b", "\u00e4.\u00e4.\u00e4"])
def test_what_is_no_token_is_401(jwt: Any, value: Any) -> None:
    reply = send(jwt["Url"], Authorization=value.encode().decode("latin-1"))
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)


def test_no_token_is_401_and_says_what_is_wanted(jwt: Any) -> None:
    reply = send(jwt["Url"])
    assert (reply.status, reply.body, reply.headers["www-authenticate"]) == (401, UNAUTHORIZED, "Bearer")


@pytest.mark.parametrize(
    ("claims", "status"), [({}, 403), ({"scope": "write"}, 403), ({"scope": "x admin"}, 200), ({"scp": ["read"]}, 200)]
)
def test_a_route_with_scopes_wants_one_of_them(issuer: Issuer, jwt: Any, claims: Any, status: Any) -> None:
    reply = send(f"{jwt['Url']}/read", Authorization=issuer.token(**claims))
    assert reply.status == status
    if status == 403:
        assert reply.body == FORBIDDEN
        assert reply.headers["www-authenticate"] == 'Bearer scope="read admin" error="insufficient_scope"'
