"""Function URLs: who may, what the function gets, and what a client sees."""

from typing import Any

import pytest
from botocore.credentials import Credentials

from tests.cli.embedded.http_apis import deployed, keys_of, send, send_signed, template
from tests.cli.embedded.policies import allow, as_session

pytestmark = pytest.mark.e2e

FORBIDDEN = b'{"Message":"Forbidden"}'
OUTPUTS = {"Url": {"Value": {"Fn::GetAtt": ["Address", "FunctionUrl"]}}, "Alias": {"Value": {"Ref": "Alias"}}}
PERMISSIONS = {
    "lambda:InvokeFunctionUrl": {"FunctionUrlAuthType": "NONE"},
    "lambda:InvokeFunction": {"InvokedViaFunctionUrl": True},
}


def address(bench: Any, kind: str, *actions: str, cors: Any = None, mode: Any = "BUFFERED", **parts: Any) -> Any:
    """Deploy a function URL of the alias, with these statements of its policy for everybody."""
    name = {"Fn::GetAtt": ["Function", "Arn"]}
    url = {
        "AuthType": kind,
        "TargetFunctionArn": name,
        "Qualifier": "live",
        "InvokeMode": mode,
        **({"Cors": cors} if cors else {}),
    }
    more = {"Address": ("Lambda::Url", url)}
    for index, action in enumerate(actions):
        statement = {"Action": action, "FunctionName": {"Ref": "Alias"}, "Principal": "*", **PERMISSIONS[action]}
        more[f"Everybody{index}"] = ("Lambda::Permission", statement)
    resources = template(more=more, **parts)
    resources["Address"]["DependsOn"] = ["Alias"]
    stack, outputs = bench.deploy(resources, OUTPUTS)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return outputs


@pytest.fixture(scope="module")
def public(bench: Any) -> Any:
    return address(bench, "NONE", *PERMISSIONS)


def test_a_public_function_gets_the_payload_through_its_alias(bench: Any, public: Any) -> None:
    reply = send(f"{public['Url']}orders/1?a=1&a=2", cookie="a=1; b=2")
    assert reply.status == 200
    event, url_id = reply.json["event"], public["Url"].rstrip("/").rpartition("/")[2]
    assert (reply.json["arn"], reply.json["version"]) == (public["Alias"], "1")
    assert (event["rawPath"], event["routeKey"], event["cookies"]) == ("/orders/1", "$default", ["a=1", "b=2"])
    context = event["requestContext"]
    assert (context["accountId"], context["apiId"], context["stage"]) == ("anonymous", url_id, "$default")
    assert "authorizer" not in context
    assert context["requestId"] == reply.headers["x-amzn-requestid"]
    record = bench.aws.http_requests()[-1]
    assert (record.api_id, record.function, record.path) == (url_id, public["Alias"], "/orders/1")
    name = public["Alias"].split(":")[6]
    config = bench.client("lambda").get_function_url_config(FunctionName=name, Qualifier="live")
    assert (config["FunctionUrl"], config["FunctionArn"]) == (public["Url"], public["Alias"])


@pytest.mark.parametrize("actions", [(), ("lambda:InvokeFunctionUrl",), ("lambda:InvokeFunction",)])
def test_a_public_url_needs_both_statements(bench: Any, actions: Any) -> None:
    reply = send(address(bench, "NONE", *actions)["Url"])
    assert (reply.status, reply.body) == (403, FORBIDDEN)
    missing = next(each for each in PERMISSIONS if each not in actions)
    denial = [each for each in bench.aws.denials() if each.principal == "anonymous"][-1]
    assert denial.action == missing
    assert bench.aws.http_requests()[-1].error == denial.sentence


def test_a_signed_caller_needs_both_permissions(bench: Any) -> None:
    made = address(bench, "AWS_IAM")
    both = bench.role_of(
        allow("lambda:InvokeFunctionUrl", on=made["Alias"], StringEquals={"lambda:FunctionUrlAuthType": "AWS_IAM"}),
        allow("lambda:InvokeFunction", on=made["Alias"], Bool={"lambda:InvokedViaFunctionUrl": "true"}),
    )
    keys = keys_of(bench, both)
    reply = send_signed(keys, f"{made['Url']}a", service="lambda", method="POST", body=b"{}")
    assert reply.status == 200
    iam = reply.json["event"]["requestContext"]["authorizer"]["iam"]
    assert iam["userArn"] == as_session(both, "caller")
    for action in PERMISSIONS:
        one = keys_of(bench, bench.role_of(allow(action, on=made["Alias"])))
        refused = send_signed(one, made["Url"], service="lambda")
        assert (refused.status, refused.body) == (403, FORBIDDEN), action
    wrong = Credentials(keys.access_key, "wrong" * 8, keys.token)
    refusals = [
        send(made["Url"]),
        send_signed(wrong, made["Url"], service="lambda"),
        send_signed(keys, made["Url"], service="execute-api"),
    ]
    assert [(each.status, each.body) for each in refusals] == [(403, FORBIDDEN)] * 3
    assert refusals[0].headers["x-amzn-errortype"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("fault", 502, b"Internal Server Error"),
        ("?form=wrong", 502, b"Internal Server Error"),
        ("?form=whole", 201, b"made"),
        ("?form=bytes", 200, b"\x00\xff"),
    ],
)
def test_a_client_sees_each_form_of_an_answer(public: Any, path: Any, status: Any, body: Any) -> None:
    reply = send(f"{public['Url']}{path}")
    assert (reply.status, reply.body) == (status, body)
    if path == "?form=whole":
        assert (reply.headers.get_all("set-cookie"), reply.headers["content-type"]) == (
            *(["a=1", "b=2"],),
            "application/json",
        )


def test_lambda_answers_cors(bench: Any) -> None:
    cors = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    made = address(bench, "NONE", *PERMISSIONS, cors=cors)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    reply = send(made["Url"], method="OPTIONS", **asked)
    names = ("access-control-allow-origin", "access-control-allow-methods", "access-control-max-age")
    assert [reply.headers[name] for name in names] == ["https://shop.example", "GET", "60"]
    headers = send(made["Url"], Origin="https://shop.example").headers
    assert headers.get_all("access-control-allow-origin") == ["https://shop.example"]
    assert send(made["Url"], Origin="https://other.example").headers["access-control-allow-origin"] is None


def test_a_url_that_streams_asks_for_the_same_permissions(bench: Any) -> None:
    assert send(address(bench, "NONE", mode="RESPONSE_STREAM")["Url"]).body == FORBIDDEN
    assert send(address(bench, "NONE", *PERMISSIONS, mode="RESPONSE_STREAM")["Url"]).status == 200
    made = address(bench, "AWS_IAM", mode="RESPONSE_STREAM")
    keys = keys_of(bench, bench.role_of(allow("lambda:*", on=made["Alias"])))
    assert send_signed(keys, made["Url"], service="lambda").status == 200
    wrong = Credentials(keys.access_key, "wrong" * 8, keys.token)
    assert send_signed(wrong, made["Url"], service="lambda").body == FORBIDDEN


def test_a_url_that_is_not_there_is_refused(bench: Any) -> None:
    reply = send(f"{bench.aws.endpoint_url}/_aws/lambda-url/{'a' * 32}/")
    assert (reply.status, reply.body) == (403, b'{"Message":null}')


def test_what_answers_is_an_address_of_this_machine(bench: Any, public: Any) -> None:
    assert public["Url"].startswith(f"{bench.aws.endpoint_url}/")
    assert deployed(bench)["Url"].startswith(f"{bench.aws.endpoint_url}/")
