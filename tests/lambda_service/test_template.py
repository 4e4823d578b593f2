"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from naws.testing import (
    LogicalIdSnapshot,
    Synthesis,
    TemplateSnapshot,
    assert_encrypted,
    assert_least_privilege,
    assert_log_retention,
    assert_no_resource_types,
    assert_no_wildcard_actions,
    assert_tagged,
    cfn_lint,
)
from naws.testing.templates import of_type, only

Scenario = Callable[[cdk.App], cdk.Stack]
Synthesiser = Callable[..., Synthesis]

ALARM = "AWS::CloudWatch::Alarm"
CUSTOM = ["AWS::CloudFormation::CustomResource", "Custom::*", "AWS::EC2::VPC"]
TRACES = dict.fromkeys(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "has no resource")
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
FLAGS = {"recommended_flags": True, "no_flags": False}
both_flags = pytest.mark.parametrize("flags", FLAGS)


@pytest.fixture
def production(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["production"]).template


@pytest.fixture
def http(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["http"]).template


def test_snapshot(
    template: dict[str, Any],
    scenario: Scenario,
    scenarios: dict[str, Scenario],
    synthesis: Synthesiser,
    snapshot: SnapshotAssertion,
) -> None:
    # What every stack of these has is shown once, and alarms of production in a file of their own.
    elsewhere = () if scenario is scenarios["minimal"] else synthesis(scenarios["minimal"]).template["Resources"]
    shared = [name for name in elsewhere if name.startswith("Naws")]
    kinds = (ALARM,) if scenario is scenarios["production"] else ()
    assert only(template, lambda name, kind: name not in shared and kind not in kinds) == snapshot(
        extension_class=TemplateSnapshot
    )


def test_snapshot_of_the_alarms(production: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert only(production, lambda _, kind: kind == ALARM) == snapshot(extension_class=TemplateSnapshot)


def test_logical_ids(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot(extension_class=LogicalIdSnapshot)


def test_nothing_is_custom_and_no_network_is_made(template: dict[str, Any]) -> None:
    assert_no_resource_types(template, CUSTOM)


def test_everything_is_encrypted_and_logs_end(template: dict[str, Any]) -> None:
    assert_encrypted(template)
    assert_log_retention(template)


def test_roles_may_do_only_what_they_do(template: dict[str, Any], production: dict[str, Any]) -> None:
    assert_no_wildcard_actions(template)
    assert_least_privilege(template, {**TRACES, **(INTERFACES if template is production else {})})


def test_conventions_tag_everything(production: dict[str, Any]) -> None:
    assert_tagged(production, {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "lambda-service"})


def test_logical_ids_are_the_same_without_feature_flags(
    template: dict[str, Any], scenario: Scenario, synthesis: Synthesiser
) -> None:
    plain = synthesis(scenario, recommended_flags=False).template["Resources"].keys()
    # A version is called by what is in it, and a flag of CDK decides what counts.
    assert {_unversioned(name) for name in plain} == {_unversioned(name) for name in template["Resources"]}


def _unversioned(name: str) -> str:
    head, found, _ = name.partition("CurrentVersion")
    return head + found


@pytest.mark.parametrize("flags", ["recommended_flags", pytest.param("no_flags", marks=pytest.mark.exhaustive)])
def test_cfn_lint_finds_nothing(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert cfn_lint(synthesis(scenario, recommended_flags=FLAGS[flags]).template) == []


@both_flags
def test_cdk_nag_finds_nothing_without_an_answer(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert synthesis(scenario, recommended_flags=FLAGS[flags]).nag == []


@both_flags
def test_cdk_validation_finds_nothing(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert synthesis(scenario, recommended_flags=FLAGS[flags]).default_rules == []


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
