"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

import aws_cdk as cdk

from naws.testing import Synthesis, TemplateContract
from naws.testing.templates import of_type

Scenario = Callable[[cdk.App], cdk.Stack]
Synthesiser = Callable[..., Synthesis]
VENDED = dict.fromkeys(
    (
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
    "the delivery of vended logs has no resource",
)
TRACES = dict.fromkeys(
    (
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    ),
    "has no resource",
)


class TestTemplates(TemplateContract):
    tags: ClassVar = {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "step-function-executor"}
    forbidden = (*TemplateContract.forbidden, "AWS::EC2::VPC")
    without_resource: ClassVar = {**VENDED, **TRACES}


def test_data_are_retained(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> None:
    made = synthesis(scenarios["triggered"]).template["Resources"]
    kept = [each for each in made.values() if each["Type"] in {"AWS::SQS::Queue", "AWS::Logs::LogGroup"}]
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in kept} == {
        ("RetainExceptOnCreate", "Retain")
    }


def test_logs_have_no_data_and_are_vended(template: dict[str, Any]) -> None:
    (machine,) = of_type(template, "AWS::StepFunctions::StateMachine")
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    (group,) = of_type(template, "AWS::Logs::LogGroup")
    assert "/aws/vendedlogs/states/" in json.dumps(group["LogGroupName"])
