"""The contract of any pattern for this one."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from naws.lambda_service import (
    Alarms,
    Batch,
    Canary,
    Cors,
    EventTrigger,
    HttpApi,
    Iam,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    QueueTrigger,
    ScheduleTrigger,
    Throttle,
    VpcLookup,
)
from naws.testing import PatternContract, cdk_app, synth_template

CODE = lambda_.Code.from_inline("def handler(event, context):\n    return {}\n")
VERSION = re.compile("(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}")


def props(**given: Any) -> LambdaServiceProps:
    return LambdaServiceProps(**{"code": CODE, "handler": "index.handler", **given})


class TestLambdaService(PatternContract):
    construct = LambdaService

    def minimal_props(self) -> LambdaServiceProps:
        return props()

    def production_props(self, scope: Construct) -> LambdaServiceProps:
        return props(
            memory_size=1769,
            timeout=cdk.Duration.seconds(20),
            environment={"MODE": "nightly"},
            endpoint=HttpApi(
                routes=["GET /orders", "ANY /orders/{id}"],
                authorizer=Jwt(issuer="https://login.example.com", audience=["shop"]),
                cors=Cors(["https://app.example.com"]),
                throttle=Throttle(rate=50, burst=100),
            ),
            triggers=[
                EventTrigger({"source": ["shop.orders"]}),
                QueueTrigger(),
            ],
            batch=Batch(batch_size=20, max_batching_window=cdk.Duration.seconds(5), max_concurrency=5),
            reserved_concurrent_executions=20,
            rollout=Canary(percent=10),
            vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets"),
            alarms=Alarms(detail=True),
            encryption_key=kms.Key(scope, "Encryption", enable_key_rotation=True),
        )

    def updated_props(self, scope: Construct) -> LambdaServiceProps:
        """Nothing here has the parameters that the network is found by."""
        return replace(self.production_props(scope), vpc=None)

    def invalid_props(self) -> Iterable[LambdaServiceProps]:
        yield props(memory_size=2)
        yield props(triggers=[ScheduleTrigger("every day")])
        yield props(endpoint=HttpApi(routes=["orders"]))
        yield props(rollout=Canary(percent=100))
        yield props(batch=Batch(batch_size=100), triggers=[QueueTrigger()])

    @pytest.mark.parametrize("props", ["minimal", "production"])
    def test_logical_ids_hold_with_and_without_feature_flags(self, props: str) -> None:
        """A version's id ends with a hash of the function, which differs where a flag changes its template."""
        new, old = (self._synthesis(props, flags).template["Resources"] for flags in ("recommended", "none"))
        assert {VERSION.sub(r"\1", name) for name in new} == {VERSION.sub(r"\1", name) for name in old}


def test_pages_of_other_origins_ask_without_a_token_whether_they_may_send() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    endpoint = HttpApi(
        routes=["$default", "ANY /a", "GET /b"], authorizer=Iam(), cors=Cors(["https://app.example.com"])
    )
    LambdaService(stack, "Orders", props(endpoint=endpoint))
    resources = synth_template(stack)["Resources"].values()
    routes = [each["Properties"] for each in resources if each["Type"] == "AWS::ApiGatewayV2::Route"]
    assert {each["RouteKey"]: each["AuthorizationType"] for each in routes} == {
        "$default": "AWS_IAM",
        "ANY /a": "AWS_IAM",
        "GET /b": "AWS_IAM",
        "OPTIONS /": "NONE",
        "OPTIONS /{proxy+}": "NONE",
        "OPTIONS /a": "NONE",
    }
    assert len({str(each["Target"]) for each in routes}) == 1
