"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

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

ALARM, SERVICE = "AWS::CloudWatch::Alarm", "AWS::ECS::Service"
BALANCER = "AWS::ElasticLoadBalancingV2"
CUSTOM = ["AWS::CloudFormation::CustomResource", "Custom::*"]
FLAGS = {"recommended_flags": True, "no_flags": False}
both_flags = pytest.mark.parametrize("flags", FLAGS)


@pytest.fixture
def minimal(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["minimal"]).template


@pytest.fixture
def several(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["several"]).template


@pytest.fixture
def public(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["public"]).template


@pytest.fixture
def production(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["production"]).template


def attributes(resource: dict[str, Any], name: str) -> dict[str, Any]:
    return {each["Key"]: each["Value"] for each in resource[name]}


def test_snapshot(
    template: dict[str, Any],
    scenario: Scenario,
    scenarios: dict[str, Scenario],
    minimal: dict[str, Any],
    snapshot: SnapshotAssertion,
) -> None:
    # What every stack of these has is shown once, and alarms of production in a file of their own.
    shared = () if scenario is scenarios["minimal"] else minimal["Resources"]
    kinds = (ALARM,) if scenario is scenarios["production"] else ()
    assert only(
        template, lambda name, kind: name not in shared and not name.startswith("NawsVpc") and kind not in kinds
    ) == snapshot(extension_class=TemplateSnapshot)


def test_snapshot_of_the_alarms(production: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert only(production, lambda _, kind: kind == ALARM) == snapshot(extension_class=TemplateSnapshot)


def test_logical_ids(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot(extension_class=LogicalIdSnapshot)


def test_nothing_is_custom(template: dict[str, Any]) -> None:
    assert_no_resource_types(template, CUSTOM)


def test_everything_is_encrypted_and_logs_end(template: dict[str, Any]) -> None:
    assert_encrypted(template)
    assert_log_retention(template)


def test_roles_may_do_only_what_they_do(template: dict[str, Any]) -> None:
    assert_no_wildcard_actions(template)
    assert_least_privilege(template, {"ecr:GetAuthorizationToken": "has no resource"})


def test_conventions_tag_everything(production: dict[str, Any]) -> None:
    assert_tagged(production, {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "ecs-service"})


def test_logical_ids_are_the_same_without_feature_flags(
    template: dict[str, Any], scenario: Scenario, synthesis: Synthesiser
) -> None:
    assert synthesis(scenario, recommended_flags=False).template["Resources"].keys() == template["Resources"].keys()


@pytest.mark.parametrize("flags", ["recommended_flags", pytest.param("no_flags", marks=pytest.mark.exhaustive)])
def test_cfn_lint_finds_nothing(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert cfn_lint(synthesis(scenario, recommended_flags=FLAGS[flags]).template) == []


@both_flags
def test_cdk_nag_finds_nothing_without_an_answer(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert synthesis(scenario, recommended_flags=FLAGS[flags]).nag == []


@both_flags
def test_cdk_validation_finds_nothing(scenario: Scenario, synthesis: Synthesiser, flags: str) -> None:
    assert synthesis(scenario, recommended_flags=FLAGS[flags]).default_rules == []


def test_no_task_has_a_public_address(template: dict[str, Any]) -> None:
    networks = [each["NetworkConfiguration"]["AwsvpcConfiguration"] for each in of_type(template, SERVICE)]
    assert {each["AssignPublicIp"] for each in networks} == {"DISABLED"}


def test_services_of_a_stack_share_one_internal_load_balancer(several: dict[str, Any]) -> None:
    (balancer,) = of_type(several, f"{BALANCER}::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert len(of_type(several, f"{BALANCER}::Listener")) == 1
    assert len(of_type(several, f"{BALANCER}::ListenerRule")) == 2
    assert len(of_type(several, SERVICE)) == 3


def test_what_no_route_has_is_not_found(template: dict[str, Any]) -> None:
    defaults = [action for each in of_type(template, f"{BALANCER}::Listener") for action in each["DefaultActions"]]
    assert {each["Type"] for each in defaults} <= {"fixed-response", "redirect"}
    codes = {each["FixedResponseConfig"]["StatusCode"] for each in defaults if each["Type"] == "fixed-response"}
    assert codes == {"404"}


def test_a_service_waits_for_its_route(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    for each in resources.values():
        if each["Type"] == SERVICE and each["Properties"].get("LoadBalancers"):
            waited = {resources[name]["Type"] for name in each["DependsOn"]}
            assert f"{BALANCER}::ListenerRule" in waited


def test_a_number_of_tasks_is_left_to_scaling(template: dict[str, Any]) -> None:
    assert [each for each in of_type(template, SERVICE) if "DesiredCount" in each] == []


def test_one_number_decides_all_times(minimal: dict[str, Any], production: dict[str, Any]) -> None:
    for template, idle, drain, stop, kept in ((minimal, 60, 30, 40, 65), (production, 70, 60, 70, 75)):
        (balancer,) = of_type(template, f"{BALANCER}::LoadBalancer")
        assert attributes(balancer, "LoadBalancerAttributes")["idle_timeout.timeout_seconds"] == str(idle)
        (group,) = of_type(template, f"{BALANCER}::TargetGroup")
        assert attributes(group, "TargetGroupAttributes")["deregistration_delay.timeout_seconds"] == str(drain)
        (task,) = of_type(template, "AWS::ECS::TaskDefinition")
        (container,) = task["ContainerDefinitions"]
        assert container["StopTimeout"] == stop
        told = {each["Name"]: each["Value"] for each in container["Environment"]}
        assert told["NAWS_KEEP_ALIVE_SECONDS"] == str(kept)
        assert told["PORT"] == str(container["PortMappings"][0]["ContainerPort"])


def test_a_rolling_deployment_goes_back_by_itself(minimal: dict[str, Any]) -> None:
    (service,) = of_type(minimal, SERVICE)
    deployment = service["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "ResetOnHealthyTask": False, "Rollback": True}
    assert {"MinimumHealthyPercent": 100, "MaximumPercent": 200}.items() <= deployment.items()
    watched = {each["Ref"] for each in deployment["Alarms"]["AlarmNames"]}
    assert {minimal["Resources"][name]["Type"] for name in watched} == {ALARM}
    assert deployment["Alarms"]["Rollback"] is True


def test_a_public_one_takes_https_alone(public: dict[str, Any]) -> None:
    plain, secure = sorted(of_type(public, f"{BALANCER}::Listener"), key=lambda each: each["Port"])
    assert plain["DefaultActions"][0]["RedirectConfig"] == {
        "Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"
    }  # fmt: skip
    assert secure["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    (record,) = of_type(public, "AWS::Route53::RecordSet")
    assert record["Name"] == "shop.example.com."


def test_a_gradual_deployment_has_two_target_groups_and_no_breaker(public: dict[str, Any]) -> None:
    (service,) = of_type(public, SERVICE)
    deployment = service["DeploymentConfiguration"]
    assert deployment["Strategy"] == "CANARY"
    assert deployment["CanaryConfiguration"] == {"CanaryBakeTimeInMinutes": 5, "CanaryPercent": 10}
    assert "DeploymentCircuitBreaker" not in deployment
    (balancer,) = service["LoadBalancers"]
    assert set(balancer["AdvancedConfiguration"]) == {"AlternateTargetGroupArn", "ProductionListenerRule", "RoleArn"}
    (rule,) = of_type(public, f"{BALANCER}::ListenerRule")
    weights = [each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]
    assert weights == [1, 0]


def test_the_least_number_of_tasks_is_never_spot(production: dict[str, Any]) -> None:
    (service,) = of_type(production, SERVICE)
    assert service["CapacityProviderStrategy"] == [
        {"Base": 4, "CapacityProvider": "FARGATE", "Weight": 1},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 4},
    ]


def test_only_the_load_balancer_reaches_tasks(minimal: dict[str, Any]) -> None:
    (way,) = of_type(minimal, "AWS::EC2::SecurityGroupIngress")
    assert (way["FromPort"], way["ToPort"]) == (8080, 8080)
    assert "NawsLoadBalancer" in str(way["SourceSecurityGroupId"])
    (out,) = of_type(minimal, "AWS::EC2::SecurityGroupEgress")
    assert out["FromPort"] == 8080
