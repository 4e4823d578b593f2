"""Requests to HTTP APIs: what a function gets and a client sees, what is refused, and what stays of each."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cli.embedded.http_apis import deployed, lines, send

pytestmark = pytest.mark.e2e

NOT_FOUND = b'{"message":"Not Found"}'
FAULT = b'{"message":"Internal Server Error"}'
BUSY = b'{"message":"Service Unavailable"}'
NOT_PERMITTED = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)
EXTRA_ROUTES = ("GET /pets/{id}", "ANY /pets/{proxy+}", "GET /pets/cats")


def routes(*keys: Any) -> Any:
    """More routes to the same integration."""
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    properties = [{"ApiId": {"Ref": "Api"}, "RouteKey": key, "Target": target} for key in keys]
    return {f"More{index}": ("ApiGatewayV2::Route", each) for index, each in enumerate(properties)}


@pytest.fixture(scope="module")
def api(bench: Any) -> Any:
    return deployed(bench, more=routes(*EXTRA_ROUTES), Stage={"StageVariables": {"color": "blue"}})


def test_a_function_gets_the_documented_payload_through_its_alias(api: Any) -> None:
    before = time.time()
    headers = {"cookie": "a=1; b=2", "x-two": "v", "content-type": "application/json", "user-agent": "tester"}
    reply = send(f"{api['Url']}/a%20b/c%252Fd?x=1&x=2&y=", method="POST", body=b'{"k":"\xc3\xa9"}', **headers)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    event, context = reply.json["event"], reply.json["event"]["requestContext"]
    assert (reply.json["arn"], reply.json["version"]) == (api["Alias"], "1")
    assert event.keys() == {
        *("version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters"),
        *("requestContext", "body", "stageVariables", "isBase64Encoded"),
    }
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a b/c%252Fd")
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("x=1&x=2&y=", {"x": "1,2", "y": ""})
    assert (event["cookies"], event["body"], event["isBase64Encoded"]) == (["a=1", "b=2"], '{"k":"é"}', False)
    assert event["stageVariables"] == {"color": "blue"}
    assert event["headers"]["x-two"] == "v"
    assert not {"cookie", "connection"} & event["headers"].keys()
    assert event["headers"].keys() >= {"host", "x-forwarded-for", "x-forwarded-proto", "x-amzn-trace-id"}
    domain = f"{api['Id']}.execute-api.us-east-1.amazonaws.com"
    assert (context["apiId"], context["domainPrefix"], context["domainName"]) == (api["Id"], api["Id"], domain)
    assert context["http"] == {
        "method": "POST",
        "path": "/a b/c%252Fd",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tester",
    }
    assert context["requestId"] == reply.headers["apigw-requestid"]
    assert before - 1 <= context["timeEpoch"] / 1000 <= time.time()
    assert context["time"] == time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(context["timeEpoch"] / 1000))


def test_what_is_no_text_is_base64_and_what_is_not_given_is_left_out(api: Any) -> None:
    sent = bytes(range(256))
    event = send(api["Url"], method="PUT", body=sent, content_type="application/octet-stream").json["event"]
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"], event["rawPath"]) == (sent, True, "/")
    bare = send(api["Url"]).json["event"]
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & bare.keys()


@pytest.mark.parametrize(
    ("path", "key", "parameters"),
    [
        ("/pets/cats", "GET /pets/cats", None),
        ("/pets/7", "GET /pets/{id}", {"id": "7"}),
        ("/pets/7/toys", "ANY /pets/{proxy+}", {"proxy": "7/toys"}),
        ("/pets", "$default", None),
        ("/", "$default", None),
    ],
)
def test_the_most_specific_route_is_taken(api: Any, path: Any, key: Any, parameters: Any) -> None:
    event = send(f"{api['Url']}{path}").json["event"]
    assert (event["routeKey"], event["requestContext"]["routeKey"], event.get("pathParameters")) == (
        *(key, key),
        parameters,
    )


@pytest.mark.parametrize(
    ("form", "status", "kind", "body"),
    [
        ("string", 200, "application/json", b"plain"),
        ("number", 200, "application/json", b"7"),
        ("nothing", 200, "application/json", b"null"),
        ("whole", 201, "text/plain; charset=utf-8", b"made"),
        ("bytes", 200, "application/octet-stream", b"\x00\xff"),
        ("wrong", 500, "application/json", FAULT),
    ],
)
def test_a_client_sees_each_form_of_an_answer(api: Any, form: Any, status: Any, kind: Any, body: Any) -> None:
    reply = send(f"{api['Url']}/?form={form}")
    assert (reply.status, reply.headers["content-type"], reply.body) == (status, kind, body)
    if form == "whole":
        assert reply.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert reply.headers["x-one"] == "1"


def test_a_fault_is_told_to_the_access_log_and_not_to_the_client(bench: Any, api: Any) -> None:
    reply = send(f"{api['Url']}/fault")
    assert (reply.status, reply.body) == (500, FAULT)
    line = next(each for each in lines(bench, api) if each["requestId"] == reply.headers["apigw-requestid"])
    told = (
        "The Lambda function returned the following error: secret words. Check your Lambda function code and try again."
    )
    assert (line["status"], line["integrationErrorMessage"], line["path"]) == ("500", told, "/fault")
    record = bench.aws.http_requests()[-1]
    assert (record.status, record.error, record.function) == (500, told, api["Alias"])
    assert (record.api_id, record.request_id) == (api["Id"], line["requestId"])


def test_a_named_stage_is_part_of_the_path(bench: Any) -> None:
    made = deployed(bench, route="GET /pets", Stage={"StageName": "v1"})
    event = send(f"{made['Url']}/v1/pets").json["event"]
    assert (event["rawPath"], event["requestContext"]["stage"], event["routeKey"]) == ("/v1/pets", "v1", "GET /pets")
    for path, method in (("/pets", "GET"), ("/v1/other", "GET"), ("/v1/pets", "POST"), ("", "GET")):
        reply = send(f"{made['Url']}{path}", method=method)
        assert (reply.status, reply.body) == (404, NOT_FOUND), path
        assert reply.headers["apigw-requestid"]
    unrouted = lines(bench, made)
    assert [(each["status"], each["routeKey"]) for each in unrouted] == [
        *(("200", "GET /pets"), ("404", "-"), ("404", "-"))
    ]


@pytest.mark.parametrize("permission", [False, "function"])
def test_the_policy_of_exactly_that_alias_must_let_api_gateway(bench: Any, permission: Any) -> None:
    made = deployed(bench, permission=permission)
    reply = send(made["Url"])
    assert (reply.status, reply.body) == (500, FAULT)
    assert [each["integrationErrorMessage"] for each in lines(bench, made)] == [NOT_PERMITTED]
    denied = [each for each in bench.aws.denials() if each.resource == made["Alias"]]
    assert [(each.principal, each.action) for each in denied] == [("apigateway.amazonaws.com", "lambda:InvokeFunction")]


def test_a_permission_for_another_path_is_none(bench: Any) -> None:
    arn = {"Fn::Sub": "arn:aws:execute-api:us-east-1:000000000000:${Api}/*/*/cats"}
    made = deployed(bench, route="GET /pets/{id}", Permission={"SourceArn": arn})
    assert send(f"{made['Url']}/pets/1").status == 500
    ours = {"Fn::Sub": "arn:aws:execute-api:us-east-1:000000000000:${Api}/*/GET/pets/{id}"}
    assert (
        send(f"{deployed(bench, route='GET /pets/{id}', Permission={'SourceArn': ours})['Url']}/pets/1").status == 200
    )


def test_a_late_function_is_503_after_the_time_of_its_integration(bench: Any) -> None:
    made = deployed(bench, Integration={"TimeoutInMillis": 500})
    send(made["Url"])
    reply = send(f"{made['Url']}/slow")
    assert (reply.status, reply.body) == (503, BUSY)


def test_a_throttled_function_is_503(bench: Any) -> None:
    uri = {"Fn::GetAtt": ["Function", "Arn"]}
    made = deployed(bench, permission="function", Integration={"IntegrationUri": uri})
    assert send(made["Url"]).status == 200
    name = made["Alias"].split(":")[6]
    bench.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    reply = send(made["Url"])
    assert (reply.status, reply.body) == (503, BUSY)


def test_a_body_of_over_ten_megabytes_is_refused_and_not_logged(bench: Any, api: Any) -> None:
    reply = send(api["Url"], method="POST", body=bytes(10 * 1024 * 1024 + 1))
    assert (reply.status, reply.body) == (413, b'{"message":"Request Entity Too Large"}')
    assert reply.headers["apigw-requestid"] not in {each["requestId"] for each in lines(bench, api)}


def test_a_stage_throttles_and_lets_through_again(bench: Any) -> None:
    made = deployed(bench, Stage={"DefaultRouteSettings": {"ThrottlingBurstLimit": 3, "ThrottlingRateLimit": 1}})
    replies = [send(f"{made['Url']}/?form=string") for _ in range(6)]
    assert [each.status for each in replies[:3]] == [200, 200, 200]
    assert 429 in [each.status for each in replies[3:]]
    refused = next(each for each in replies if each.status == 429)
    assert refused.body == b'{"message":"Too Many Requests"}'
    time.sleep(1.1)
    assert send(made["Url"]).status == 200
    described = bench.client("apigatewayv2").get_stage(ApiId=made["Id"], StageName="$default")
    assert described["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 3, "ThrottlingRateLimit": 1}


def test_a_route_of_its_own_limits_leaves_the_others_alone(bench: Any) -> None:
    limits = {"GET /pets": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}}
    made = deployed(bench, more=routes("GET /pets"), Stage={"RouteSettings": limits})
    assert [send(f"{made['Url']}/pets").status for _ in range(2)] == [200, 429]
    assert send(f"{made['Url']}/other").status == 200


def test_api_gateway_answers_a_preflight_by_itself(bench: Any) -> None:
    cors = {
        "AllowOrigins": ["https://shop.example"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["authorization"],
        "AllowCredentials": True,
        "ExposeHeaders": ["x-one"],
        "MaxAge": 300,
    }
    made = deployed(bench, Api={"CorsConfiguration": cors}, Route={"AuthorizationType": "AWS_IAM"})
    asked = {"Access-Control-Request-Method": "GET"}
    reply = send(made["Url"], method="OPTIONS", Origin="https://shop.example", **asked)
    assert (reply.status, reply.body) == (204, b"")
    assert {key.lower(): value for key, value in reply.headers.items() if key.lower().startswith("access-")} == {
        "access-control-allow-origin": "https://shop.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-one",
        "access-control-max-age": "300",
    }
    stranger = send(made["Url"], method="OPTIONS", Origin="https://other.example", **asked)
    assert (stranger.status, stranger.headers["access-control-allow-origin"]) == (204, None)
    refused = send(made["Url"], Origin="https://shop.example")
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (403, "https://shop.example")


def test_headers_of_cors_are_those_of_the_api_and_not_of_the_function(bench: Any, api: Any) -> None:
    assert send(f"{api['Url']}/?form=open", Origin="https://a.example").headers["access-control-allow-origin"] == "*"
    made = deployed(bench, Api={"CorsConfiguration": {"AllowOrigins": ["https://shop.example"]}})
    reply = send(f"{made['Url']}/?form=open", Origin="https://a.example")
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, None)


def test_requests_are_measured_and_with_details_by_route(bench: Any) -> None:
    made = deployed(bench, route="GET /pets", Stage={"DefaultRouteSettings": {"DetailedMetricsEnabled": True}})
    for path in ("/pets", "/pets", "/other"):
        send(f"{made['Url']}{path}")
    cloudwatch = bench.client("cloudwatch")

    def total(name: Any, **dimensions: Any) -> Any:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(each["Sum"] for each in points)

    api = {"ApiId": made["Id"]}
    staged = {**api, "Stage": "$default"}
    route = {**staged, "Method": "GET", "Resource": "/pets"}
    assert [total("Count", **each) for each in (api, staged, route)] == [3, 3, 2]
    assert [total("4xx", **each) for each in (api, staged, route)] == [1, 1, 0]
    assert total("5xx", **api) == 0
    assert total("DataProcessed", **api) > 100
    assert total("Latency", **api) >= total("IntegrationLatency", **api) > 0


def test_five_hundred_requests_twenty_at_once_are_all_answered(bench: Any) -> None:
    made = deployed(bench)

    def ask(number: Any) -> Any:
        reply = send(f"{made['Url']}/{number}")
        return reply.status, reply.json["event"]["rawPath"] if reply.status == 200 else reply.text

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(500)))
    assert answers == [(200, f"/{number}") for number in range(500)]
    assert len({each["requestId"] for each in lines(bench, made)}) == 500


def test_the_host_of_aws_reaches_an_api_too(bench: Any, api: Any) -> None:
    host = f"{api['Id']}.execute-api.us-east-1.amazonaws.com"
    event = send(f"{bench.aws.endpoint_url}/x", Host=host).json["event"]
    assert (event["rawPath"], event["requestContext"]["domainName"], event["headers"]["host"]) == ("/x", host, host)


def test_an_api_without_its_own_endpoint_is_not_found(bench: Any) -> None:
    reply = send(deployed(bench, Api={"DisableExecuteApiEndpoint": True})["Url"])
    assert (reply.status, reply.body) == (404, NOT_FOUND)


def test_a_custom_domain_reaches_the_stage_that_it_is_mapped_to(bench: Any) -> None:
    made = deployed(bench, Stage={"StageName": "v1"}, Api={"DisableExecuteApiEndpoint": True})
    gateway, name = bench.client("apigatewayv2"), f"{made['Id']}.shop.example"
    gateway.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:::c"}])
    gateway.create_api_mapping(DomainName=name, ApiId=made["Id"], Stage="v1")
    assert send(f"{made['Url']}/v1/a").status == 404
    reply = send(f"{bench.aws.endpoint_url}/a", Host=name)
    assert (reply.status, reply.json["event"]["requestContext"]["domainName"]) == (200, name)
    assert reply.json["event"]["requestContext"]["stage"] == "v1"


def test_an_http_proxy_is_reached_through_the_same_gate(bench: Any, api: Any) -> None:
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "PayloadFormatVersion": "1.0"}
    limits = {"DefaultRouteSettings": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}}
    made = deployed(bench, Integration={**proxy, "IntegrationUri": api["Url"]}, Stage=limits)
    replies = [send(f"{made['Url']}/through") for _ in range(2)]
    assert [each.status for each in replies] == [200, 429]
    assert replies[0].json["event"]["rawPath"] == "/through"
