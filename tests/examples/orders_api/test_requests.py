"""The example on the embedded AWS, by real requests: signed, with a token, and of anybody."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from naws.cli.aws import Aws
from naws.lambda_service import (
    FunctionUrl,
    HttpApi,
    Iam,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    Public,
    PythonCode,
    QueueBinding,
    TableBinding,
)
from naws.testing import cdk_app
from tests.cli.embedded.http_apis import Reply, keys_of, send, send_signed
from tests.cli.embedded.issuers import Issuer

pytestmark = pytest.mark.e2e

EXAMPLE = Path(__file__).parents[3] / "examples" / "orders-api"
LAMP = b'{"item": "lamp", "quantity": 2}'
API = "AWS::ApiGatewayV2::Api"
SHORT = 2
"""Seconds that the queue hides a message in this test: with six timeouts, five receives take half an hour."""


def eventually(found: Callable[[], Any], seconds: float = 60) -> Any:
    """What `found` returns as soon as it is something."""
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)
    return answer


def of_stack(stack: Any, kind: str, named: str) -> str:
    (found,) = (physical for name, physical in stack.of_type(kind).items() if name.startswith(named))
    return found


class Client:
    """Signs requests to the deployed example as a role that may send them."""

    def __init__(self, aws: Aws, url: str, role: str) -> None:
        self._keys, self._url = keys_of(aws, role), url

    def __call__(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return send_signed(self._keys, f"{self._url}{path}", method=method, body=body)


@pytest.fixture(scope="module")
def url(shop: Any) -> str:
    (found,) = (value for name, value in shop.outputs.items() if name.startswith("Api") and "Url" in name)
    return found


@pytest.fixture(scope="module")
def client(shop: Any, aws: Aws, url: str) -> Client:
    arn = f"arn:aws:execute-api:{aws.target.region}:{aws.target.account}:"
    may = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{arn}{of_stack(shop, API, 'Api')}/*"}
    name = f"shopper-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.target.account}:root"}}
    role = aws.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"})
    )
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=policy(may))
    return Client(aws, url, role["Role"]["Arn"])


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_an_order_is_placed_shown_and_its_mail_sent(client: Client) -> None:
    placed = client("POST", "/orders", LAMP)
    assert placed.status == 201, placed.text
    path = f"/orders/{placed.json['id']}"
    assert client("GET", path).json.items() >= placed.json.items()
    assert eventually(lambda: client("GET", path).json.get("mailed")) is True
    assert placed.json["id"] in [each["id"] for each in client("GET", "/orders").json["orders"]]


def test_what_is_no_order_and_what_is_not_there(client: Client) -> None:
    assert client("POST", "/orders", b"{").status == 400
    assert client("GET", "/orders/none").status == 404
    assert client("DELETE", "/orders").status == 404


def test_who_does_not_sign_is_refused(url: str) -> None:
    assert send(f"{url}/orders").status == 403


def test_a_message_that_names_no_order_is_in_the_dead_letter_queue_and_the_others_are_done(
    shop: Any, aws: Aws, client: Client
) -> None:
    (queue,), (letters,) = shop.of_runs(lambda runs: runs.queues), shop.of_runs(lambda runs: runs.dead_letter_queues)
    client_of_sqs = aws.client("sqs")
    client_of_sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(SHORT)})
    placed = client("POST", "/orders", LAMP).json["id"]
    client_of_sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"order": "none"}))
    (letter,) = eventually(lambda: client_of_sqs.receive_message(QueueUrl=letters).get("Messages"))
    assert json.loads(letter["Body"]) == {"order": "none"}
    assert eventually(lambda: client("GET", f"/orders/{placed}").json.get("mailed")) is True


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def variants(issuer: Issuer, deploy: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same code with three others who may: a token's holder, anybody, and a role by a URL of the function."""
    folder = tmp_path_factory.mktemp("variants")
    app = cdk_app(folder)
    app.node.set_context("naws:local-packages", True)  # noqa: FBT003  # CDK's
    stack = cdk.Stack(app, f"Variants-{uuid.uuid4().hex[:8]}")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    table = dynamodb.Table(stack, "Orders", partition_key=key, removal_policy=cdk.RemovalPolicy.DESTROY)
    queue = sqs.Queue(stack, "Mails")

    def service(name: str, endpoint: HttpApi | FunctionUrl) -> LambdaService:
        code = PythonCode(str(EXAMPLE / "orders"), lock=str(EXAMPLE / "requirements.txt"))
        bindings = [TableBinding(table, access="read-write"), QueueBinding(queue)]
        return LambdaService(stack, name, LambdaServiceProps(code=code, endpoint=endpoint, bindings=bindings))

    tokens = service("Tokens", HttpApi(authorizer=Jwt(issuer="https://login.example.com", audience=["shop"])))
    # The issuer of this test has no certificate, which AWS would ask for.
    authorizer: Any = tokens.node.find_child("Authorizer")
    authorizer.jwt_configuration = {"issuer": issuer.url, "audience": ["shop"]}
    service("Open", HttpApi(authorizer=Public(reason="a catalogue that anybody may read")))
    by_role = service("ByRole", FunctionUrl(authorizer=Iam()))
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    by_role.grant_invoke_url(caller)
    app.synth()
    (made,) = deploy(folder)
    return made


def url_of(stack: Any, service: str) -> str:
    (found,) = (value for name, value in stack.outputs.items() if name.startswith(f"{service}Url"))
    return found.rstrip("/")


def test_a_token_of_the_issuer_is_answered_and_no_other(variants: Any, issuer: Issuer) -> None:
    url = f"{url_of(variants, 'Tokens')}/orders"
    assert send(url, Authorization=f"Bearer {issuer.token()}").json == {"orders": []}
    assert send(url, Authorization=f"Bearer {issuer.token(aud='another')}").status == 401
    assert send(url).status == 401


def test_a_public_endpoint_answers_anybody(variants: Any) -> None:
    assert send(f"{url_of(variants, 'Open')}/orders").json == {"orders": []}


def test_a_url_of_the_function_is_answered_to_who_was_granted_it(variants: Any, aws: Aws) -> None:
    name = of_stack(variants, "AWS::IAM::Role", "Caller")
    keys = keys_of(aws, f"arn:aws:iam::{aws.target.account}:role/{name}")
    url = f"{url_of(variants, 'ByRole')}/orders"
    assert send_signed(keys, url, service="lambda").json == {"orders": []}
    assert send(url).status == 403
