"""The contract of any pattern for this one."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from naws.ecs_service import (
    Alarms,
    CapacitySchedule,
    EcsService,
    EcsServiceProps,
    FixedCount,
    HealthCheck,
    LoadBalancer,
    NewVpc,
    Route,
    Scaling,
)
from naws.testing import PatternContract, cdk_app, synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")


ANSWER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""


def props(**given: Any) -> EcsServiceProps:
    return EcsServiceProps(**{"image": IMAGE, "vpc": NewVpc(), "dev_command": [sys.executable, "-c", ANSWER], **given})


class TestEcsService(PatternContract):
    construct = EcsService
    refuses_tokens: ClassVar = {}

    def minimal_props(self) -> EcsServiceProps:
        return props()

    def production_props(self, scope: Construct) -> EcsServiceProps:
        certificate = acm.Certificate.from_certificate_arn(
            scope, "Certificate", f"arn:{cdk.Aws.PARTITION}:acm:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:certificate/1"
        )
        return props(
            cpu=1024,
            memory_limit_mib=4096,
            request_timeout=cdk.Duration.seconds(60),
            health_check=HealthCheck(path="/healthz", interval=cdk.Duration.seconds(15)),
            route=Route(host="orders.example.com"),
            load_balancer=LoadBalancer(
                public=True,
                domain_name="orders.example.com",
                certificate=certificate,
                web_acl=wafv2.CfnWebACL(
                    scope,
                    "Filter",
                    scope="REGIONAL",
                    default_action={"allow": {}},
                    visibility_config={
                        "cloudWatchMetricsEnabled": True,
                        "metricName": "orders",
                        "sampledRequestsEnabled": True,
                    },
                ),
            ),
            scaling=Scaling(
                min_capacity=3,
                max_capacity=30,
                requests_per_task=600,
                schedules=[CapacitySchedule("@daily", min_capacity=6)],
            ),
            environment={"MODE": "live"},
            alarms=Alarms(detail=True),
            encryption_key=kms.Key(scope, "Encryption", enable_key_rotation=True),
        )

    def updated_props(self, scope: Construct) -> EcsServiceProps:
        """A load balancer of its own in place of the stack's would be another resource."""
        routed = {"load_balancer": None, "route": Route(paths=["/orders", "/orders/*"])}
        return replace(self.production_props(scope), **routed)

    def invalid_props(self) -> Iterable[EcsServiceProps]:
        yield props(memory_limit_mib=300)
        yield props(container_port=0)
        yield props(health_check=HealthCheck(path="health"))
        yield props(scaling=Scaling(min_capacity=5, max_capacity=2))
        yield props(scaling=FixedCount(-1))
        yield props(load_balancer=LoadBalancer(public=True))

    def test_two_in_one_stack(self) -> None:
        """Two services of one listener are told apart by their routes, which the minimal props have not."""

        def build(app: cdk.App, *names: str) -> cdk.Stack:
            stack = cdk.Stack(app, "Stack")
            for name in names:
                self.construct(stack, name, props(route=Route(paths=[f"/{name}/*"])))
            return stack

        one = synth_template(lambda app: build(app, "Pattern"))["Resources"]
        two = synth_template(lambda app: build(app, "Pattern", "Second"))["Resources"]
        assert one.keys() < two.keys()
        rules = [name for name in one if "Route" in name]
        assert [two[name] for name in rules] == [one[name] for name in rules]


def test_a_third_service_changes_no_rule_of_the_others() -> None:
    paths = ["/orders", "/orders/*"], ["/prices/*"], ["/orders/archive/*"], ["/*"]

    def rules(count: int) -> dict[str, Any]:
        stack = cdk.Stack(cdk_app(), "Shop")
        for number in range(count):
            EcsService(stack, f"Service{number}", props(route=Route(paths=paths[number])))
        kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
        made = synth_template(stack)["Resources"]
        return {name: each["Properties"] for name, each in made.items() if each["Type"] == kind}

    two, four = rules(2), rules(4)
    assert {name: four[name] for name in two} == two
    order = sorted(four.values(), key=lambda each: each["Priority"])
    values = [each["Conditions"][0]["PathPatternConfig"]["Values"] for each in order]
    assert values[0] == paths[2]
    assert values[-1] == paths[3]
