"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

from collections.abc import Callable
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.ecs_service import EcsService, EcsServiceProps, HealthCheck, NewVpc, VpcLookup
from naws.testing import Synthesis, TemplateContract, cdk_app, synth_template
from naws.testing.templates import of_type
from tests.ecs_service.conftest import image

Scenario = Callable[[cdk.App], cdk.Stack]
Synthesiser = Callable[..., Synthesis]

ALARM, SERVICE = "AWS::CloudWatch::Alarm", "AWS::ECS::Service"
BALANCER = "AWS::ElasticLoadBalancingV2"
PROVIDERS = "AWS::ECS::ClusterCapacityProviderAssociations"


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


class TestTemplates(TemplateContract):
    tags: ClassVar = {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "ecs-service"}
    without_resource: ClassVar = {"ecr:GetAuthorizationToken": "has no resource"}


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


def test_a_cluster_by_its_arn_has_services_when_the_network_is_given() -> None:
    arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/shared"
    for vpc in (VpcLookup.by_parameter(vpc_id="/vpc", private_subnet_ids="/subnets"), NewVpc()):
        stack = cdk.Stack(cdk_app(), "Shop")
        cluster = ecs.Cluster.from_cluster_arn(stack, "Shared", arn)
        made = EcsService(stack, "Orders", EcsServiceProps(image=image(), vpc=vpc, cluster=cluster))
        (service,) = of_type(synth_template(stack), SERVICE)
        assert service["Cluster"] == "shared"
        assert made.cluster is cluster


def test_codes_are_written_as_elastic_load_balancing_writes_them() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    check = HealthCheck(codes="200, 204 - 206")
    EcsService(stack, "Orders", EcsServiceProps(image=image(), vpc=NewVpc(), health_check=check))
    (group,) = of_type(synth_template(stack), "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert group["Matcher"] == {"HttpCode": "200,204-206"}


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("capacity", ["on-demand", "spot"])
def test_with_spot_the_cluster_has_its_providers_before_the_service_and_until_it_is_gone(
    capacity: Any,
    own: bool,  # noqa: FBT001
) -> None:
    """ECS takes no provider away that a service uses, and the deletion of the stack would fail."""
    stack = cdk.Stack(cdk_app(), "Shop")
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = ecs.Cluster(stack, "Own", vpc=vpc, enable_fargate_capacity_providers=True) if own else None
    network: dict[str, Any] = {"cluster": cluster} if own else {"vpc": vpc}
    EcsService(stack, "Orders", EcsServiceProps(image=image(), capacity=capacity, **network))
    resources = synth_template(stack)["Resources"]
    (providers,) = (name for name, each in resources.items() if each["Type"] == PROVIDERS)
    (service,) = (each for each in resources.values() if each["Type"] == SERVICE)
    assert (providers in service["DependsOn"]) is (capacity == "spot")


def test_a_service_below_its_cluster_does_not_wait_for_itself() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    cluster = ecs.Cluster(stack, "Own", vpc=ec2.Vpc(stack, "Vpc"), enable_fargate_capacity_providers=True)
    EcsService(cluster, "Orders", EcsServiceProps(image=image(), capacity="spot", cluster=cluster))
    (service,) = (each for each in synth_template(stack)["Resources"].values() if each["Type"] == SERVICE)
    assert not any("Own" in each and "Orders" not in each for each in service["DependsOn"])
