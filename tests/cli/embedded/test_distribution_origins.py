"""Distributions in front of load balancers, APIs and functions."""

import json
import time
import uuid
from typing import Any

import pytest

from tests.cli.embedded.distributions import ALL_BUT_HOST, DISABLED, EVERY_METHOD, Edge, behavior, custom
from tests.cli.embedded.load_balancers import Balancer, Program

pytestmark = pytest.mark.e2e

API = {
    "cache": DISABLED,
    "OriginRequestPolicyId": ALL_BUT_HOST,
    "AllowedMethods": EVERY_METHOD,
    "PathPattern": "/api/*",
}
HANDLER = """
import json
def handler(event, context):
    http, headers = event["requestContext"]["http"], event["headers"]
    found = {"path": event["rawPath"], "query": event["rawQueryString"], "method": http["method"],
             "host": headers.get("host"), "body": event.get("body"), "authorization": headers.get("authorization")}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(found)}
"""


def api(target: str, **more: Any) -> list[dict[str, Any]]:
    return [behavior(target, **{**API, **more})]


def balanced(bench: Any, program: Program, until: Any) -> Balancer:
    balancer = Balancer(bench)
    balancer.register(program)
    until(lambda: balancer.health(program)[0] == "healthy")
    return balancer


@pytest.mark.parametrize("encoded", ["/api/a%20b?x=1&y=%C3%A9"])
def test_a_public_load_balancer_answers(bench: Any, until: Any, encoded: str) -> None:
    with Program().running() as program:
        balancer = balanced(bench, program, until)
        edge = Edge(bench, origins=[custom("lb", balancer.dns)], more={"CacheBehaviors": api("lb")})
        answer = edge.ask(encoded, "POST", b"12345", x_own="1", content_type="text/plain", x_forwarded_for="1.2.3.4")
        assert (answer.status, json.loads(answer.body)["bytes"]) == (200, 5)
        method, path, headers, _ = program.requests[-1]
        assert (method, path, headers["x-own"]) == ("POST", encoded, "1")
        assert headers["host"] == balancer.dns
        assert headers["via"].endswith("(CloudFront)")
        assert headers["x-forwarded-for"].startswith("1.2.3.4, ")
        assert edge.ask("/api/x?status=503").status == 503


def test_an_internal_load_balancer_answers_by_a_vpc_origin_only(bench: Any, until: Any) -> None:
    elb = bench.client("elbv2")
    with Program().running() as program:
        balancer = balanced(bench, program, until)
        made = elb.create_load_balancer(
            Name=f"in-{uuid.uuid4().hex[:8]}", Scheme="internal", Subnets=["subnet-1", "subnet-2"]
        )
        internal = made["LoadBalancers"][0]
        group = balancer.new_group()
        forward, arn = balancer.forward(group), internal["LoadBalancerArn"]
        elb.create_listener(LoadBalancerArn=arn, Port=8080, Protocol="HTTP", DefaultActions=[forward])
        balancer.register(program, group=group)
        until(lambda: balancer.health(group=group)[0][0] == "healthy")
        config = {
            "Name": internal["LoadBalancerName"],
            "Arn": arn,
            "HTTPPort": 8080,
            "OriginProtocolPolicy": "http-only",
        }
        resources = {"Way": {"Type": "AWS::CloudFront::VpcOrigin", "Properties": {"VpcOriginEndpointConfig": config}}}
        way = {"VpcOriginId": {"Fn::GetAtt": ["Way", "Id"]}, "OriginReadTimeout": 1}
        origin = {"Id": "way", "DomainName": internal["DNSName"], "VpcOriginConfig": way}
        direct = custom("direct", internal["DNSName"], HTTPPort=8080)
        edge = Edge(
            bench,
            origins=[origin, direct],
            more={"CacheBehaviors": [*api("way"), *api("direct", PathPattern="/direct/*")]},
            resources=resources,
        )
        assert edge.stack["StackStatus"] == "CREATE_COMPLETE"
        assert edge.ask("/api/a").status == 200
        assert edge.ask("/direct/a").status == 502
        assert edge.ask("/api/a?seconds=2").status == 504
        cloudfront = bench.client("cloudfront")
        way_id = cloudfront.list_vpc_origins()["VpcOriginList"]["Items"][-1]["Id"]
        found = cloudfront.get_vpc_origin(Id=way_id)
        with pytest.raises(cloudfront.exceptions.CannotDeleteEntityWhileInUse):
            cloudfront.delete_vpc_origin(Id=way_id, IfMatch=found["ETag"])
        state, reason = after_new_tags(bench, edge.stack["StackName"], until)
        assert (state, "409" in reason) == ("UPDATE_ROLLBACK_COMPLETE", True)


def after_new_tags(bench: Any, stack: str, until: Any) -> tuple[str, str]:
    """What a stack comes to that is given a tag, which every resource gets that has tags, and why."""
    cloudformation, tags = bench.client("cloudformation"), [{"Key": "owner", "Value": "me"}]
    cloudformation.update_stack(StackName=stack, UsePreviousTemplate=True, Tags=tags, Capabilities=["CAPABILITY_IAM"])

    def ended() -> str | None:
        state: str = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return None if state.endswith("IN_PROGRESS") else state

    state = until(ended)
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return state, next(
        (each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "UPDATE_FAILED"), ""
    )


def test_the_certificate_of_a_load_balancer_has_to_have_the_name_of_the_origin(bench: Any, until: Any) -> None:
    name = f"api-{uuid.uuid4().hex[:6]}.example.com"
    certificate = bench.client("acm").request_certificate(DomainName=name)["CertificateArn"]
    route53 = bench.client("route53")
    with Program().running() as program:
        balancer = balanced(bench, program, until)
        forward = balancer.forward(balancer.group)
        balancer.listen(443, forward, Protocol="HTTPS", Certificates=[{"CertificateArn": certificate}])
        zone = route53.create_hosted_zone(Name="example.com", CallerReference=uuid.uuid4().hex)["HostedZone"]["Id"]
        alias = {"HostedZoneId": "Z1", "DNSName": f"dualstack.{balancer.dns}", "EvaluateTargetHealth": False}
        change = {"Action": "CREATE", "ResourceRecordSet": {"Name": name, "Type": "A", "AliasTarget": alias}}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
        secure = {"OriginProtocolPolicy": "https-only"}
        edge = Edge(
            bench,
            origins=[custom("named", name, **secure), custom("lb", balancer.dns, **secure)],
            more={"CacheBehaviors": [*api("named"), *api("lb", PathPattern="/lb/*")]},
        )
        assert edge.ask("/api/a").status == 200
        refused = edge.ask("/lb/a")
        assert (refused.status, refused.cache) == (502, "Error")


def test_an_http_api_answers_by_its_own_name_only(bench: Any) -> None:
    resources = {
        **code("Program", bench),
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "api", "ProtocolType": "HTTP"}},
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "PayloadFormatVersion": "2.0",
                "IntegrationUri": {"Fn::GetAtt": ["Program", "Arn"]},
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "$default",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Program"},
                "Principal": "apigateway.amazonaws.com",
            },
        },
    }
    joined = {"Fn::Sub": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    split = {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Api", "ApiEndpoint"]}]}]}
    secure = {"OriginProtocolPolicy": "https-only"}
    all_viewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
    edge = Edge(
        bench,
        origins=[custom("joined", joined, **secure), custom("split", split, **secure)],
        more={
            "CacheBehaviors": [
                *api("joined"),
                *api("split", PathPattern="/split/*"),
                *api("joined", PathPattern="/host/*", OriginRequestPolicyId=all_viewer),
            ]
        },
        resources=resources,
    )
    assert edge.stack["StackStatus"] == "CREATE_COMPLETE"
    found = json.loads(edge.ask("/api/a?x=1", "PUT", b"{}", authorization="Bearer t", content_type="text/plain").body)
    assert (found["path"], found["query"], found["method"], found["body"]) == ("/api/a", "x=1", "PUT", "{}")
    assert found["authorization"] == "Bearer t"
    assert found["host"].partition(".")[2] == "execute-api.us-east-1.amazonaws.com"
    assert json.loads(edge.ask("/split/a").body)["path"] == "/split/a"
    assert edge.ask("/host/a").status == 403


def test_a_url_of_a_function_takes_what_cloudfront_signs(bench: Any) -> None:
    control = {"Name": f"u-{time.time_ns()}", "OriginAccessControlOriginType": "lambda"}
    signing = {"SigningBehavior": "always", "SigningProtocol": "sigv4"}
    allowed = {
        name: {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": f"lambda:{name}",
                "FunctionName": {"Ref": "Program"},
                "Principal": "cloudfront.amazonaws.com",
                "SourceArn": {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/*"},
            },
        }
        for name in ("InvokeFunctionUrl", "InvokeFunction")
    }
    resources = {
        **code("Program", bench),
        **allowed,
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "AWS_IAM", "TargetFunctionArn": {"Fn::GetAtt": ["Program", "Arn"]}},
        },
        "Signing": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {"OriginAccessControlConfig": {**control, **signing}},
        },
    }
    domain = {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Url", "FunctionUrl"]}]}]}
    secure = {"OriginProtocolPolicy": "https-only"}
    signed = {**custom("signed", domain, **secure), "OriginAccessControlId": {"Fn::GetAtt": ["Signing", "Id"]}}
    edge = Edge(
        bench,
        origins=[signed, custom("plain", domain, **secure)],
        more={"CacheBehaviors": [*api("signed"), *api("plain", PathPattern="/plain/*")]},
        resources=resources,
    )
    assert json.loads(edge.ask("/api/a").body)["path"] == "/api/a"
    assert edge.ask("/plain/a").status == 403
    assert edge.ask("/api/a", "POST", b"1").status == 403


def code(name: str, bench: Any) -> dict[str, Any]:
    """A function of a template, with a role that may do everything."""
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "Role": bench.role, "Code": {"ZipFile": HANDLER}}
    return {name: {"Type": "AWS::Lambda::Function", "Properties": properties}}
