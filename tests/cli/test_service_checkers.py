"""What `naws verify` says of services, load balancers and scaling, by what AWS answers of each."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.checkers import CHECKERS, Resource

ARN = "arn:aws:ecs:eu-west-1:111111111111"
PHYSICAL = {"Cluster": "shop", "Task": f"{ARN}:task-definition/web:7"}
SERVICE = {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}}
BREAKER = {"DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": "true"}}}
RUNNING = {
    "status": "ACTIVE",
    "taskDefinition": f"{ARN}:task-definition/web:7",
    "deployments": [{"status": "PRIMARY", "rolloutState": "COMPLETED"}],
    "runningCount": 2,
    "desiredCount": 2,
}
FACTS = [("active", True), ("rollout completed", True), ("2 of 2 tasks run", True)]
STOPPED, BACK = "stopped by the circuit breaker when it fails", "rolled back when it fails"


def asked(kind: str, declared: Mapping[str, Any], physical: str, **answers: Any) -> list[tuple[str, bool]]:
    """The facts, and whether each is as declared; a service answers only what is named here."""
    requests = {name: lambda _answer=answer, **_: _answer for name, answer in answers.items()}
    place: Any = SimpleNamespace(client=lambda _: SimpleNamespace(**requests))
    found = CHECKERS[f"AWS::{kind}"](Resource(place, physical, declared, PHYSICAL))
    return [(fact.text, fact.good) for fact in found]


@pytest.mark.parametrize(
    ("declared", "answered", "facts"),
    [
        ({}, {}, FACTS),
        ({}, {"status": "DRAINING"}, [("draining", False), *FACTS[1:]]),
        ({}, {"runningCount": 1}, [*FACTS[:2], ("1 of 2 tasks run", False)]),
        ({}, {"deployments": [{"status": "PRIMARY", "rolloutState": "FAILED",
                               "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start."},
                              {"status": "ACTIVE", "rolloutState": "COMPLETED"}]},
         [FACTS[0], ("rollout failed: ECS deployment circuit breaker: tasks failed to start.", False), FACTS[2]]),
        ({}, {"deployments": [{"status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]},
         [FACTS[0], ("rollout in progress", False), FACTS[2]]),
        ({}, {"deployments": [{"status": "PRIMARY"}]}, [FACTS[0], FACTS[2]]),
        ({}, {"taskDefinition": f"{ARN}:task-definition/web:6"},
         [*FACTS[:2], ("task definition web:6 instead of web:7", False), FACTS[2]]),
        ({"TaskDefinition": "web"}, {}, FACTS),
        (BREAKER, {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}},
         [*FACTS, (STOPPED, True), (BACK, True)]),
        (BREAKER, {"deploymentConfiguration": {}}, [*FACTS, (f"not {STOPPED}", False), (f"not {BACK}", False)]),
    ],
)  # fmt: skip
def test_a_service(declared: Any, answered: Any, facts: Any) -> None:
    answer = {"services": [{**RUNNING, **answered}]}
    assert asked("ECS::Service", {**SERVICE, **declared}, "web", describe_services=answer) == facts


def test_a_service_that_is_not_there() -> None:
    assert asked("ECS::Service", SERVICE, "web", describe_services={"services": []}) == [("not there", False)]


PROTECTED = {"Key": "deletion_protection.enabled", "Value": "true"}


@pytest.mark.parametrize(
    ("declared", "found", "attributes", "facts"),
    [
        ({"Scheme": "internal"}, {}, [], [("active", True), ("scheme internal", True)]),
        ({}, {}, [], [("active", True), ("scheme internal instead of internet-facing", False)]),
        ({"Scheme": "internal"}, {"State": {"Code": "failed", "Reason": "No addresses are free."}}, [],
         [("failed: No addresses are free.", False), ("scheme internal", True)]),
        ({"Scheme": "internal"}, {}, [PROTECTED],
         [("active", True), ("scheme internal", True), ("protected from deletion", True)]),
        ({"Scheme": "internal", "LoadBalancerAttributes": [PROTECTED]}, {}, [],
         [("active", True), ("scheme internal", True), ("not protected from deletion", False)]),
    ],
)  # fmt: skip
def test_a_load_balancer(declared: Any, found: Any, attributes: Any, facts: Any) -> None:
    answers: dict[str, Any] = {
        "describe_load_balancers": {"LoadBalancers": [{"State": {"Code": "active"}, "Scheme": "internal", **found}]},
        "describe_load_balancer_attributes": {"Attributes": attributes},
    }
    assert asked("ElasticLoadBalancingV2::LoadBalancer", declared, "arn", **answers) == facts


def test_a_load_balancer_without_room_to_grow() -> None:
    zones = [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}, {"ZoneName": "outpost"}]
    subnets = [{"SubnetId": name, "AvailableIpAddressCount": free} for name, free in (("subnet-1", 7), ("subnet-2", 8))]
    found = {"State": {"Code": "active"}, "Scheme": "internal", "AvailabilityZones": zones}
    answers: dict[str, Any] = {
        "describe_load_balancers": {"LoadBalancers": [found]},
        "describe_load_balancer_attributes": {"Attributes": []},
        "describe_subnets": {"Subnets": subnets},
    }
    facts = [("active", True), ("scheme internal", True), ("7 of 8 free addresses to grow in subnet-1", False)]
    assert asked("ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"}, "arn", **answers) == facts


HEALTHY, FAILING = {"State": "healthy"}, {"State": "unhealthy", "Description": "Request timed out"}


@pytest.mark.parametrize(
    ("states", "facts"),
    [
        ([], [("no targets", True)]),
        ([HEALTHY, HEALTHY], [("2 of 2 targets healthy", True)]),
        ([HEALTHY, {"State": "draining"}], [("1 of 1 targets healthy", True)]),
        ([{"State": "unavailable", "Reason": "Target.HealthCheckDisabled"}], [("1 of 1 targets healthy", True)]),
        ([HEALTHY, FAILING, FAILING, {"State": "initial"}],
         [("1 of 4 targets healthy", False), ("2 unhealthy: Request timed out", False), ("1 initial", False)]),
    ],
)  # fmt: skip
def test_a_target_group(states: Any, facts: Any) -> None:
    answer = {"TargetHealthDescriptions": [{"TargetHealth": state} for state in states]}
    assert asked("ElasticLoadBalancingV2::TargetGroup", {}, "arn", describe_target_health=answer) == facts


@pytest.mark.parametrize(
    ("declared", "found", "facts"),
    [
        ({"Port": "80"}, {}, [("protocol HTTP", True), ("port 80", True)]),
        ({"Port": 81, "Protocol": "HTTPS", "Certificates": [{}]}, {},
         [("protocol HTTP instead of HTTPS", False), ("port 80 instead of 81", False), ("has no certificate", False)]),
        ({}, {"Certificates": [{}]}, [("protocol HTTP", True), ("port 80", True), ("has a certificate", True)]),
    ],
)  # fmt: skip
def test_a_listener(declared: Any, found: Any, facts: Any) -> None:
    answer = {"Listeners": [{"Protocol": "HTTP", "Port": 80, **found}]}
    assert asked("ElasticLoadBalancingV2::Listener", declared, "arn", describe_listeners=answer) == facts


@pytest.mark.parametrize(
    ("priority", "facts"),
    [
        (5, [("priority 5", True), ("forward", True)]),
        ("6", [("priority 5 instead of 6", False), ("forward", True)]),
    ],
)
def test_a_rule(priority: Any, facts: Any) -> None:
    answer = {"Rules": [{"Priority": "5", "Actions": [{"Type": "forward"}]}]}
    declared = {"Priority": priority}
    assert asked("ElasticLoadBalancingV2::ListenerRule", declared, "arn", describe_rules=answer) == facts


BOUNDS = {"MinCapacity": 2, "MaxCapacity": "10"}


@pytest.mark.parametrize(
    ("declared", "found", "facts"),
    [
        ({}, [{}], [("2 to 10", True)]),
        ({}, [{"MinCapacity": 0}], [("0 to 10 instead of 2 to 10", False)]),
        ({"ScheduledActions": [{}]}, [{"MinCapacity": 0}], [("0 to 10", True)]),
        ({}, [{"SuspendedState": {"DynamicScalingInSuspended": True}}],
         [("2 to 10", True), ("scaling in suspended", False)]),
        ({"SuspendedState": {"ScheduledScalingSuspended": "true"}},
         [{"SuspendedState": {"ScheduledScalingSuspended": True}}],
         [("2 to 10", True), ("scheduled scaling suspended", True)]),
        ({}, [], [("not there", False)]),
    ],
)  # fmt: skip
def test_a_scalable_target(declared: Any, found: Any, facts: Any) -> None:
    answer = {"ScalableTargets": [{"MinCapacity": 2, "MaxCapacity": 10, **one} for one in found]}
    physical = "service/shop/web|ecs:service:DesiredCount|ecs"
    kind = "ApplicationAutoScaling::ScalableTarget"
    assert asked(kind, {**BOUNDS, **declared}, physical, describe_scalable_targets=answer) == facts


POLICY = "arn:aws:autoscaling:eu-west-1:111111111111:scalingPolicy:1a:resource/ecs/service/shop/web:policyName/cpu"
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


@pytest.mark.parametrize(
    ("declared", "found", "facts"),
    [
        ("60", {}, [("ECSServiceAverageCPUUtilization at 60", True)]),
        (70, {}, [("ECSServiceAverageCPUUtilization at 60 instead of 70", False)]),
        (None, {"PolicyARN": f"{POLICY}2"}, [("not there", False)]),
        (None, {"TargetTrackingScalingPolicyConfiguration": {}, "PolicyType": "StepScaling"}, [("StepScaling", True)]),
    ],
)
def test_a_scaling_policy(declared: Any, found: Any, facts: Any) -> None:
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0, **CPU}}
    answer = {"ScalingPolicies": [{"PolicyARN": POLICY, **tracking, **found}]}
    wanted = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": declared}}
    kind = "ApplicationAutoScaling::ScalingPolicy"
    assert asked(kind, wanted, POLICY, describe_scaling_policies=answer) == facts
