"""Signing in to a website: the pages of a user pool's domain, codes, verifiers and tokens."""

import base64
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.cli.embedded.distributions import Answer, Edge, ask, associated, function

pytestmark = pytest.mark.e2e

CALLBACK = "https://people.example.org/signed-in"


@dataclass
class Pool:
    """A pool with a domain, a client without a secret, and a user."""

    bench: Any
    callback: str = CALLBACK

    def __post_init__(self) -> None:
        idp = self.bench.client("cognito-idp")
        self.id = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self.prefix = f"shop-{uuid.uuid4().hex[:8]}"
        idp.create_user_pool_domain(Domain=self.prefix, UserPoolId=self.id)
        self.client = self.new_client(self.id)
        idp.admin_create_user(UserPoolId=self.id, Username="ann", MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=self.id, Username="ann", Password="Secret-123", Permanent=True)
        self.host = f"{self.prefix}.auth.us-east-1.amazoncognito.localhost"
        self.verifier = secrets.token_urlsafe(48)

    def new_client(self, pool: str) -> str:
        made = self.bench.client("cognito-idp").create_user_pool_client(
            UserPoolId=pool,
            ClientName="web",
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["openid", "email"],
            CallbackURLs=[self.callback],
            LogoutURLs=[self.callback],
            SupportedIdentityProviders=["COGNITO"],
        )
        return made["UserPoolClient"]["ClientId"]

    def authorize(self, host: str = "", **more: str) -> Answer:
        return self._get("/oauth2/authorize", host, **self.request(**more))

    def request(self, **more: str) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid email",
            "redirect_uri": self.callback,
            "state": "s-1",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **more,
        }

    def _get(self, path: str, host: str = "", **query: str) -> Answer:
        return ask(self.bench.aws.endpoint_url, host or self.host, f"{path}?{urlencode(query)}")

    def logout(self, uri: str) -> Answer:
        return self._get("/logout", client_id=self.client, logout_uri=uri)

    def post(self, path: str, host: str = "", **form: str) -> Answer:
        kind = {"content_type": "application/x-www-form-urlencoded"}
        return ask(self.bench.aws.endpoint_url, host or self.host, path, "POST", urlencode(form).encode(), **kind)

    def sign_in(self, **more: str) -> Answer:
        return self.post("/login", username="ann", **{"password": "Secret-123", **self.request(**more)})

    def code(self) -> str:
        return parse_qs(urlsplit(self.sign_in().headers["location"]).query)["code"][0]

    def exchange(self, code: str, **more: str) -> Answer:
        form = {"grant_type": "authorization_code", "client_id": self.client, "code": code}
        return self.post(
            "/oauth2/token", **{**form, "redirect_uri": self.callback, "code_verifier": self.verifier, **more}
        )


@pytest.fixture(scope="module")
def pool(bench: Any) -> Pool:
    return Pool(bench)


def test_a_code_and_its_verifier_are_exchanged_for_tokens_once(pool: Pool) -> None:
    page = pool.authorize()
    assert (page.status, "<form" in page.text) == (200, True)
    back = pool.sign_in().headers["location"]
    assert back.startswith(f"{CALLBACK}?code=")
    assert parse_qs(urlsplit(back).query)["state"] == ["s-1"]
    code = pool.code()
    answer = pool.exchange(code)
    tokens = json.loads(answer.body)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert {"access_token", "id_token", "refresh_token"} <= set(tokens)
    again = pool.exchange(code)
    assert (again.status, json.loads(again.body)["error"]) == (400, "invalid_grant")
    head = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[0] + "=="))
    claims = json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    keys = json.loads(ask(pool.bench.aws.endpoint_url, "localhost", f"/{pool.id}/.well-known/jwks.json").body)["keys"]
    assert head["kid"] in {key["kid"] for key in keys}
    assert (claims["iss"], claims["aud"]) == (f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}", pool.client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example.com"},
        {"client_id": "x"},
    ],
)
def test_what_does_not_belong_to_a_code_is_refused(pool: Pool, wrong: dict[str, str]) -> None:
    code = pool.code()
    answer = pool.exchange(code, **wrong)
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_grant")
    if "code_verifier" in wrong:
        assert json.loads(pool.exchange(code).body)["error"] == "invalid_grant"


def test_a_callback_that_is_not_registered_is_refused(pool: Pool) -> None:
    for uri in ("https://evil.example.com/", f"{CALLBACK}/x"):
        assert pool.authorize(redirect_uri=uri).status == 400
        assert pool.sign_in(redirect_uri=uri).status == 400
        assert pool.logout(uri).status == 400
    wrong = pool.sign_in(password="wrong")
    assert (wrong.status, "Incorrect username or password" in wrong.text) == (200, True)


def test_a_domain_is_that_of_its_own_pool(pool: Pool, bench: Any) -> None:
    other = Pool(bench)
    assert other.authorize(host=pool.host).status == 400
    assert other.authorize(host="127.0.0.1").status == 200
    bare = bench.client("cognito-idp").create_user_pool(PoolName="bare")["UserPool"]["Id"]
    assert pool.authorize(host="127.0.0.1", client_id=pool.new_client(bare)).status == 400
    # Another host has these paths to itself.
    assert "<form" not in pool.authorize(host="abc123.execute-api.us-east-1.amazonaws.com").text


def test_a_website_signs_in_at_its_address_here(bench: Any) -> None:
    edge = Edge(bench)
    pool = Pool(bench, callback=f"https://{edge.domain}/signed-in")
    port = bench.aws.endpoint_url.rpartition(":")[2]
    here = f"http://{edge.host}:{port}/signed-in"
    assert pool.authorize(redirect_uri=here).status == 200
    back = pool.sign_in(redirect_uri=pool.callback).headers["location"]
    assert back.startswith(f"{here}?code=")
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert pool.exchange(code, redirect_uri=here).status == 200
    assert pool.logout(here).headers["location"] == here


def test_a_page_that_is_opened_here_names_addresses_here(bench: Any) -> None:
    policy = "connect-src 'self' https://shop.auth.us-east-1.amazoncognito.com"
    headers = {"Items": [{"Header": "x-csp", "Value": policy, "Override": True}]}
    settings = {"Name": f"h-{uuid.uuid4().hex[:8]}", "CustomHeadersConfig": headers}
    resources = {
        "Headers": {
            "Type": "AWS::CloudFront::ResponseHeadersPolicy",
            "Properties": {"ResponseHeadersPolicyConfig": settings},
        },
        "Hosts": function(
            "function handler(event) { var host = event.request.headers.host.value;"
            " if (event.request.uri === '/host') return {statusCode: 302,"
            " headers: {location: {value: 'https://' + host + '/found'}}};"
            " return event.request; }"
        ),
    }
    behavior = {"Compress": True, "ResponseHeadersPolicyId": {"Ref": "Headers"}, **associated(viewer_request="Hosts")}
    edge, port = Edge(bench, behavior=behavior, resources=resources), bench.aws.endpoint_url.rpartition(":")[2]
    here, signing = f"http://{edge.host}:{port}", f"http://shop.auth.us-east-1.amazoncognito.localhost:{port}"
    given = {
        "pages": "https://shop.auth.us-east-1.amazoncognito.com/x",
        "site": f"https://{edge.domain}/",
        "other": "https://d0.cloudfront.net",
        "filling": "x" * 2000,
    }
    edge.put("config.json", json.dumps(given), ContentType="application/json")
    for encoding in ("gzip", "identity"):
        answer = edge.ask("/config.json", accept_encoding=encoding)
        assert json.loads(answer.body) == {**given, "pages": f"{signing}/x", "site": f"{here}/"}
        assert answer.headers["x-csp"] == f"connect-src 'self' {signing}"
    aws = edge.ask("/config.json", host=edge.domain, x_forwarded_proto="https")
    assert json.loads(aws.body) == given
    assert edge.ask("/host").headers["location"] == f"{here}/found"
    moved = edge.ask("/host", host=edge.domain, x_forwarded_proto="https")
    assert moved.headers["location"] == f"https://{edge.domain}/found"
