"""`naws verify`: a service behind a load balancer that scales, against what the embedded AWS has."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.test_verify import found

pytestmark = pytest.mark.e2e

NOTHING = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
FORWARD = {"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}
PATH = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orders/*"]}}
CPU = {"TargetValue": 60, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
BREAKER = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
CONTAINER = {"Name": "main", "Image": "web:1"}
BALANCING = "ElasticLoadBalancingV2"
RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "Here": ("EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24",
                             "AvailabilityZone": {"Fn::Sub": "${AWS::Region}a"}}),
    "There": ("EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/28",
                              "AvailabilityZone": {"Fn::Sub": "${AWS::Region}b"}}),
    "Balancer": (f"{BALANCING}::LoadBalancer", {"Scheme": "internal", "Subnets": [{"Ref": "Here"}, {"Ref": "There"}]}),
    "Targets": (f"{BALANCING}::TargetGroup", {"Port": 8080, "Protocol": "HTTP", "TargetType": "ip",
                                              "VpcId": {"Ref": "Vpc"}}),
    "Listener": (f"{BALANCING}::Listener", {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 80, "Protocol": "HTTP",
                                            "DefaultActions": [NOTHING]}),
    "Orders": (f"{BALANCING}::ListenerRule", {"ListenerArn": {"Ref": "Listener"}, "Priority": 5, "Conditions": [PATH],
                                              "Actions": [FORWARD]}),
    "Cluster": ("ECS::Cluster", {}),
    "Task": ("ECS::TaskDefinition", {"ContainerDefinitions": [CONTAINER], "Cpu": "256", "Memory": "512",
                                     "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"]}),
    "Web": ("ECS::Service", {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 0,
                             "LaunchType": "FARGATE", "DeploymentConfiguration": BREAKER,
                             "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Here"}]}}}),
    "Count": ("ApplicationAutoScaling::ScalableTarget", {"ServiceNamespace": "ecs", "MinCapacity": 0, "MaxCapacity": 4,
                                                         "ScalableDimension": "ecs:service:DesiredCount",
                                                         "ResourceId": {"Fn::Sub": "service/${Cluster}/${Web.Name}"}}),
    "Busy": ("ApplicationAutoScaling::ScalingPolicy", {"ScalingTargetId": {"Ref": "Count"}, "PolicyName": "cpu",
                                                       "PolicyType": "TargetTrackingScaling",
                                                       "TargetTrackingScalingPolicyConfiguration": CPU}),
}  # fmt: skip
FACTS = {
    "Balancer": ["active", "scheme internal"],
    "Targets": ["no targets"],
    "Listener": ["protocol HTTP", "port 80"],
    "Orders": ["priority 5", "forward"],
    "Web": [
        "active",
        "rollout completed",
        "0 of 0 tasks run",
        "stopped by the circuit breaker when it fails",
        "rolled back when it fails",
    ],
    "Count": ["0 to 4"],
    "Busy": ["ECSServiceAverageCPUUtilization at 60"],
}


@pytest.fixture(scope="module")
def stack(aws: Any) -> tuple[str, dict[str, str]]:
    """The name of a deployed stack, and its physical ids."""
    name, client = f"verify-{uuid.uuid4().hex[:8]}", aws.client("cloudformation")
    made = {key: {"Type": f"AWS::{kind}", "Properties": given} for key, (kind, given) in RESOURCES.items()}
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": made}))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    found = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return name, {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def test_what_is_there_and_then_what_is_not(naws: Any, aws: Any, stack: Any) -> None:
    name, physical = stack
    code, resources = found(naws, name)
    assert (code, {key: resources[key]["facts"] for key in FACTS}) == (0, FACTS)
    assert {resources[key]["source"] for key in FACTS} == {"service"}

    balancing, scaling = aws.client("elbv2"), aws.client("application-autoscaling")
    resource, dimension, namespace = physical["Count"].split("|")
    identity = {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}
    scaling.delete_scaling_policy(**identity, PolicyName="cpu")
    scaling.register_scalable_target(**identity, MaxCapacity=9, SuspendedState={"DynamicScalingInSuspended": True})
    balancing.set_rule_priorities(RulePriorities=[{"RuleArn": physical["Orders"], "Priority": 6}])
    breaker = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    _, cluster, service = resource.split("/")
    aws.client("ecs").update_service(cluster=cluster, service=service, deploymentConfiguration=breaker)
    code, resources = found(naws, name)
    assert (code, {key: one["problems"] for key, one in resources.items() if not one["ok"]}) == (
        1,
        {
            "Orders": ["priority 6 instead of 5"],
            "Web": [
                "not stopped by the circuit breaker when it fails",
                "not rolled back when it fails",
            ],
            "Count": ["0 to 9 instead of 0 to 4", "scaling in suspended"],
            "Busy": ["not there"],
        },
    )

    network = aws.client("ec2")
    for _ in range(4):  # of the eleven addresses that AWS leaves of sixteen
        network.create_network_interface(SubnetId=physical["There"])
    _, resources = found(naws, name)
    assert resources["Balancer"]["problems"] == [f"7 of 8 free addresses to grow in {physical['There']}"]

    balancing.delete_rule(RuleArn=physical["Orders"])
    balancing.delete_listener(ListenerArn=physical["Listener"])
    balancing.delete_target_group(TargetGroupArn=physical["Targets"])
    balancing.delete_load_balancer(LoadBalancerArn=physical["Balancer"])
    scaling.deregister_scalable_target(**identity)
    _, resources = found(naws, name)
    gone = {key: [text.lower() for text in resources[key]["problems"]] for key in FACTS}
    # AWS refuses to describe what is not there; the embedded AWS may answer that there is none.
    assert all(gone[key] in (["missing"], ["not there"]) for key in ("Orders", "Listener", "Targets", "Balancer"))
    assert resources["Count"]["problems"] == ["not there"]
