"""A website in front of a function's endpoint: what CloudFront may send, signs and waits for."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_lambda as lambda_

from naws.lambda_service import FunctionUrl, HttpApi, Jwt, LambdaService, LambdaServiceProps, Public
from naws.testing import cdk_app, synth_template

CODE = lambda_.Code.from_inline("def handler(event, context): ...")
OPEN = {"NAWS-HTTP-014": "a shop"}
LONG = {"NAWS-FN-047": "others than the site call what takes so long"}


def service(stack: cdk.Stack, endpoint: HttpApi | FunctionUrl, **given: Any) -> LambdaService:
    props = LambdaServiceProps(code=CODE, handler="index.handler", endpoint=endpoint, **given)
    return LambdaService(stack, "Orders", props)


def site(stack: cdk.Stack, service: LambdaService) -> None:
    """Two behaviours, which ask for the origin twice."""
    assert service.endpoint is not None
    first, second = (cloudfront.BehaviorOptions(origin=service.endpoint.for_edge()) for _ in range(2))
    cloudfront.Distribution(stack, "Site", default_behavior=first, additional_behaviors={"/orders/*": second})


def of_type(template: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def origins_of(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    (distribution,) = of_type(template, "AWS::CloudFront::Distribution")
    return distribution["DistributionConfig"]["Origins"]


def test_cloudfront_signs_what_it_sends_to_a_url_and_may_send_it() -> None:
    app = cdk_app()
    functions, pages = cdk.Stack(app, "Functions"), cdk.Stack(app, "Pages")
    site(pages, service(functions, FunctionUrl()))
    made, shown = synth_template(functions), synth_template(pages)
    (access,) = of_type(made, "AWS::CloudFront::OriginAccessControl")
    assert access["OriginAccessControlConfig"]["OriginAccessControlOriginType"] == "lambda"
    assert all("OriginAccessControlId" in each for each in origins_of(shown))
    rights = [each for each in of_type(made, "AWS::Lambda::Permission") if each["Principal"].startswith("cloudfront")]
    assert {each["Action"]: each.get("InvokedViaFunctionUrl") for each in rights} == {
        "lambda:InvokeFunctionUrl": None,
        "lambda:InvokeFunction": True,
    }
    assert all("distribution/*" in str(each["SourceArn"]) for each in rights)
    assert not of_type(shown, "AWS::Lambda::Permission")


def test_an_api_with_signed_requests_is_behind_no_website() -> None:
    endpoint = service(cdk.Stack(cdk_app(), "Shop"), HttpApi()).endpoint
    assert endpoint is not None
    with pytest.raises(RuntimeError, match=r"^Shop/Orders takes signed requests, and CloudFront signs none for an API"):
        endpoint.for_edge()


@pytest.mark.parametrize(
    ("endpoint", "seconds", "waits", "accepted"),
    [
        (FunctionUrl(), 900, 120, LONG),
        (FunctionUrl(authorizer=Public(reason="a shop")), 30, 30, OPEN),
        (HttpApi(authorizer=Jwt(issuer="https://login.example.com", audience=["shop"])), 10, 11, {}),
    ],
    ids=["long", "open", "token"],
)
def test_cloudfront_waits_as_long_as_a_request_may_take_and_it_can(
    endpoint: HttpApi | FunctionUrl, seconds: int, waits: int, accepted: Mapping[str, str]
) -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    made = service(stack, endpoint, timeout=cdk.Duration.seconds(seconds), acknowledge=accepted)
    site(stack, made)
    found = origins_of(synth_template(stack))
    assert [each["CustomOriginConfig"]["OriginReadTimeout"] for each in found] == [waits, waits]
