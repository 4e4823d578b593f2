"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

import json
from collections.abc import Callable, Collection
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest

from naws.testing import (
    Synthesis,
    TemplateContract,
)
from naws.testing.templates import of_type

Scenario = Callable[[cdk.App], cdk.Stack]
Synthesiser = Callable[..., Synthesis]

ALARM = "AWS::CloudWatch::Alarm"
INTERFACES = dict.fromkeys(
    (
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ),
    "Lambda checks the role for it on all: the interfaces are its own",
)


@pytest.fixture
def production(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["production"]).template


@pytest.fixture
def http(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["http"]).template


class TestTemplates(TemplateContract):
    tags: ClassVar = {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "lambda-service"}
    forbidden = (*TemplateContract.forbidden, "AWS::EC2::VPC")
    without_resource = dict.fromkeys(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "has no resource")

    def shows(self, scenario: str, logical_id: str, kind: str, minimal: Collection[str]) -> bool:
        """Each scenario shows its function: only what functions of a stack share is shown in minimal alone."""
        return super().shows(scenario, logical_id, kind, [name for name in minimal if name.startswith("Naws")])

    def exempt(self, scenario: str) -> dict[str, str]:
        return {**self.without_resource, **(INTERFACES if scenario == "production" else {})}

    def unversioned(self, logical_id: str) -> str:
        """A version is called by what is in it, and a flag of CDK decides what counts."""
        head, found, _ = logical_id.partition("CurrentVersion")
        return head + found


def test_everything_targets_the_alias(template: dict[str, Any]) -> None:
    (alias,) = (name for name, each in template["Resources"].items() if each["Type"] == "AWS::Lambda::Alias")
    live = {"Ref": alias}
    targets = [
        *(each["FunctionName"] for each in of_type(template, "AWS::Lambda::Permission")),
        *(each["FunctionName"] for each in of_type(template, "AWS::Lambda::EventSourceMapping")),
        *(each["IntegrationUri"] for each in of_type(template, "AWS::ApiGatewayV2::Integration")),
        *(each["Target"]["Arn"] for each in of_type(template, "AWS::Scheduler::Schedule")),
        *(target["Arn"] for each in of_type(template, "AWS::Events::Rule") for target in each["Targets"]),
    ]
    assert [each for each in targets if each != live] == []
    assert {each["Qualifier"] for each in of_type(template, "AWS::Lambda::EventInvokeConfig")} <= {"live"}


def test_a_function_that_only_answers_has_no_queues(http: dict[str, Any]) -> None:
    assert of_type(http, "AWS::SQS::Queue") == []
    assert of_type(http, "AWS::Lambda::EventInvokeConfig") == []


def test_an_api_has_one_permission_an_access_log_and_a_throttle(http: dict[str, Any]) -> None:
    (permission,) = of_type(http, "AWS::Lambda::Permission")
    assert json.dumps(permission["SourceArn"]).endswith('"/*"]]}')
    (stage,) = of_type(http, "AWS::ApiGatewayV2::Stage")
    assert {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}.items() <= stage["DefaultRouteSettings"].items()
    assert "DestinationArn" in stage["AccessLogSettings"]
    assert {each["AuthorizationType"] for each in of_type(http, "AWS::ApiGatewayV2::Route")} == {"AWS_IAM"}


def test_messages_are_hidden_for_six_timeouts_and_the_window(production: dict[str, Any]) -> None:
    (mapping,) = of_type(production, "AWS::Lambda::EventSourceMapping")
    (queue,) = [each for each in of_type(production, "AWS::SQS::Queue") if "RedrivePolicy" in each]
    assert queue["VisibilityTimeout"] == 6 * 20 + 5
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_data_is_retained(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> None:
    made = synthesis(scenarios["asynchronous"]).template["Resources"]
    kept = [each for each in made.values() if each["Type"] in {"AWS::SQS::Queue", "AWS::Logs::LogGroup"}]
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in kept} == {
        ("RetainExceptOnCreate", "Retain")
    }
