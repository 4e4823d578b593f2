"""What answers requests, made with plain CDK as patterns will: whoever uses it needs no more than the protocol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb

from naws.core import HttpEndpoint, Iam, Public, ServiceBinding
from naws.core.bindings.needs import EcsTask, Statement
from naws.core.build.task_host import TaskHost
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.endpoints import Authorizer
from naws.core.plans.program import plan_program
from naws.core.type_checks import check_types
from naws.testing import synth_template


class Api(HttpEndpoint):
    """A function's API: public, and asked by signed requests."""

    def __init__(self, scope: cdk.Stack) -> None:
        self._api = apigateway.HttpApi(scope, "Prices")

    @property
    def name(self) -> str:
        return self._api.node.id

    @property
    def url(self) -> str:
        return self._api.api_endpoint

    @property
    def request_timeout(self) -> cdk.Duration:
        return cdk.Duration.seconds(10)

    @property
    def authorizer(self) -> Authorizer:
        return Iam()

    def call_statements(self) -> Sequence[Statement]:
        return [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": self._api.arn_for_execute_api()}]

    def for_edge(self) -> cloudfront.IOrigin:
        return origins.HttpOrigin(cdk.Fn.select(2, cdk.Fn.split("/", self.url)), read_timeout=self.request_timeout)


class LoadBalancer(HttpEndpoint):
    """A service's load balancer: internal, and asked by whoever reaches it."""

    def __init__(self, scope: cdk.Stack, port: int = 80) -> None:
        vpc = ec2.Vpc(scope, "Vpc", restrict_default_security_group=False)
        self._balancer = elb.ApplicationLoadBalancer(scope, "Orders", vpc=vpc)
        self._port = "" if port == 80 else f":{port}"

    @property
    def name(self) -> str:
        return self._balancer.node.id

    @property
    def url(self) -> str:
        return f"http://{self._balancer.load_balancer_dns_name}{self._port}"

    @property
    def request_timeout(self) -> cdk.Duration:
        return cdk.Duration.seconds(30)

    @property
    def connections(self) -> ec2.Connections:
        return self._balancer.connections

    def for_edge(self) -> cloudfront.IOrigin:
        return origins.VpcOrigin.with_application_load_balancer(self._balancer)


@dataclass(frozen=True)
class Caller:
    """A task that sends requests."""

    stack: cdk.Stack

    def bound(self, binding: ServiceBinding) -> dict[str, Any]:
        """The resources of a stack in which a task has the binding, by type."""
        vpc = ec2.Vpc(self.stack, "Own", restrict_default_security_group=False)
        task = ecs.FargateTaskDefinition(self.stack, "Task")
        host = TaskHost(
            task=task,
            container=task.add_container("main", image=ecs.ContainerImage.from_registry("busybox:1.36")),
            task_role=task.task_role,
            connectable=ec2.SecurityGroup(self.stack, "Group", vpc=vpc, allow_all_outbound=False),
        )
        host.take(binding.needs(PatternContext.of(self.stack, "It")))
        found: dict[str, list[Any]] = {}
        for each in synth_template(self.stack)["Resources"].values():
            found.setdefault(each["Type"], []).append(each["Properties"])
        return found


def variables(found: dict[str, Any]) -> list[str]:
    return [each["Name"] for each in found["AWS::ECS::TaskDefinition"][0]["ContainerDefinitions"][0]["Environment"]]


def test_a_program_may_ask_an_api_and_finds_it() -> None:
    stack = cdk.Stack()
    found = Caller(stack).bound(Api(stack).binding())
    assert variables(found) == ["PRICES_URL"]
    ((statement,),) = (each["PolicyDocument"]["Statement"] for each in found["AWS::IAM::Policy"])
    assert statement["Action"] == "execute-api:Invoke"
    assert "AWS::EC2::SecurityGroupEgress" not in found


@pytest.mark.parametrize("port", [80, 8080])
def test_a_program_reaches_a_load_balancer_and_finds_it(port: int) -> None:
    stack = cdk.Stack()
    found = Caller(stack).bound(LoadBalancer(stack, port).binding())
    assert variables(found) == ["ORDERS_URL"]
    ways = found["AWS::EC2::SecurityGroupEgress"] + found["AWS::EC2::SecurityGroupIngress"]
    assert {(each["FromPort"], each["ToPort"], each["Description"]) for each in ways} == {
        (port, port, "requests to Orders")
    }
    assert "AWS::IAM::Policy" not in found


def test_a_program_finds_whatever_has_a_name() -> None:
    stack = cdk.Stack()
    found = Caller(stack).bound(HttpEndpoint.of_domain("api.example.com").binding())
    assert found["AWS::ECS::TaskDefinition"][0]["ContainerDefinitions"][0]["Environment"] == [
        {"Name": "API_EXAMPLE_COM_URL", "Value": "https://api.example.com"}
    ]


def test_the_variable_gets_another_name() -> None:
    partner = HttpEndpoint.of_domain("api.example.com")
    for binding, name in (
        (ServiceBinding(partner, name="partner"), "PARTNER_URL"),
        (ServiceBinding(partner, name="partner", variables={"url": "BASE"}), "BASE"),
    ):
        assert dict(binding.needs(PatternContext.of(cdk.Stack(), "It")).variables) == {name: "https://api.example.com"}


ENDPOINTS: dict[str, Callable[[cdk.Stack], HttpEndpoint]] = {
    "api": Api,
    "load balancer": LoadBalancer,
    "domain": lambda _: HttpEndpoint.of_domain("api.example.com"),
}


@pytest.mark.parametrize("make", ENDPOINTS.values(), ids=ENDPOINTS)
def test_a_website_passes_requests_on(make: Callable[[cdk.Stack], HttpEndpoint]) -> None:
    stack = cdk.Stack()
    behavior = cloudfront.BehaviorOptions(origin=make(stack).for_edge())
    cloudfront.Distribution(stack, "Site", default_behavior=behavior)
    found = synth_template(stack)["Resources"].values()
    (site,) = (each["Properties"] for each in found if each["Type"] == "AWS::CloudFront::Distribution")
    (origin,) = site["DistributionConfig"]["Origins"]
    assert ("VpcOriginConfig" in origin) == (make is LoadBalancer)


def test_a_website_knows_who_may_ask() -> None:
    stack = cdk.Stack()
    api, balancer, domain = (make(stack) for make in ENDPOINTS.values())
    assert (api.authorizer, balancer.authorizer) == (Iam(), None)
    assert isinstance(domain.authorizer, Public)
    assert [each.connections is None for each in (api, balancer, domain)] == [True, False, True]


def test_a_binding_of_something_else_is_told_and_a_wrong_part_too() -> None:
    endpoint: Any = "https://api.example.com"
    _, (mismatch,) = check_types(ServiceBinding(endpoint, name="a"))
    assert (mismatch.path, mismatch.value) == ("endpoint", endpoint)
    assert check_types(ServiceBinding(HttpEndpoint.of_domain("a.example.com"), name="a"))[1] == ()

    wrong = ServiceBinding(HttpEndpoint.of_domain("a.example.com"), name="a", variables={"uri": "BASE"})
    plan = plan_program({}, {}, [wrong], PatternContext.of(cdk.Stack(), "It"), EcsTask())
    (issue,) = (issue for check in PROGRAM_CHECKS for issue in check.run(plan))
    assert (issue.code, issue.path, issue.expected) == (
        "NAWS-DATA-015",
        "bindings[0].variables",
        "one of its parts: url",
    )


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("http://api.example.com/x", "api.example.com"),
        ("https://api.example.com:8443", "api.example.com"),
        ("API.example.com/", "api.example.com"),
        ("", "api.example.com"),
    ],
)
def test_the_name_of_a_domain_is_that_alone(name: str, better: str) -> None:
    with pytest.raises(ValueError, match="takes the name of a domain alone") as refused:
        HttpEndpoint.of_domain(name)
    assert str(refused.value).endswith(f'HttpEndpoint.of_domain("{better}")')


def test_the_name_of_a_domain_may_be_known_later() -> None:
    assert HttpEndpoint.of_domain(cdk.Fn.import_value("domain")).url.startswith("https://${Token[")
