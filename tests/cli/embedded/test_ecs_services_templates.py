"""AWS::ECS::Service: what the stack keeps, waits for, and fails with."""

import json
from typing import Any

import pytest

from tests.cli.embedded.ecs_services import CONTAINER_PORT, Services

pytestmark = pytest.mark.e2e
SETTINGS = {
    "MinimumHealthyPercent": 50,
    "MaximumPercent": 200,
    "DeploymentCircuitBreaker": {
        "Enable": True,
        "Rollback": True,
        "ResetOnHealthyTask": False,
        "ThresholdConfiguration": {"Type": "COUNT", "Value": 1},
    },
}


def template(services: Services, definition: Any, group: Any = None, **more: Any) -> Any:
    balancers = [{"TargetGroupArn": group, "ContainerName": "web", "ContainerPort": CONTAINER_PORT}] if group else []
    properties = {
        "Cluster": services.cluster,
        "TaskDefinition": definition,
        "LaunchType": "FARGATE",
        "LoadBalancers": balancers,
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
        "DeploymentConfiguration": SETTINGS,
        **more,
    }
    names = {"Arn": {"Ref": "Web"}, "Name": {"Fn::GetAtt": ["Web", "Name"]}}
    return json.dumps(
        {
            "Resources": {"Web": {"Type": "AWS::ECS::Service", "Properties": properties}},
            "Outputs": {name: {"Value": value} for name, value in names.items()},
        }
    )


class Stack:
    def __init__(self, services: Services, name: str, until: Any) -> None:
        self.cfn, self.name, self._until = services.cfn, f"{services.name}-{name}", until

    def status(self) -> Any:
        return self.cfn.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]

    def settled(self) -> Any:
        self._until(lambda: not self.status().endswith("IN_PROGRESS"), seconds=60)
        return self.status()

    def outputs(self) -> Any:
        outputs = self.cfn.describe_stacks(StackName=self.name)["Stacks"][0]["Outputs"]
        return {item["OutputKey"]: item["OutputValue"] for item in outputs}

    def reasons(self) -> str:
        events = self.cfn.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_the_stack_waits_keeps_every_property_and_drains(services: Services, until: Any) -> None:
    stack, group = Stack(services, "whole", until), services.group()
    more = {
        "HealthCheckGracePeriodSeconds": 7,
        "PropagateTags": "SERVICE",
        "AvailabilityZoneRebalancing": "DISABLED",
        "EnableECSManagedTags": True,
        "Tags": [{"Key": "team", "Value": "web"}],
    }
    services.cfn.create_stack(
        StackName=stack.name, TemplateBody=template(services, services.definition(), group, **more)
    )
    assert stack.settled() == "CREATE_COMPLETE"
    outputs = stack.outputs()
    service = services.look(outputs["Arn"])
    assert service["serviceName"] == outputs["Name"]
    assert outputs["Name"].startswith(f"{stack.name}-Web-")
    assert (service["desiredCount"], service["runningCount"]) == (1, 1)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert len(services.ports(group)) == 1
    kept = ("healthCheckGracePeriodSeconds", "propagateTags", "availabilityZoneRebalancing", "enableECSManagedTags")
    assert [service[name] for name in kept] == [7, "SERVICE", "DISABLED", True]
    breaker = {"enable": True, "rollback": True, "resetOnHealthyTask": False}
    threshold = {"thresholdConfiguration": {"type": "COUNT", "value": 1}}
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {**breaker, **threshold}
    arn = services.tasks(outputs["Name"])[0]["taskArn"]
    tags = services.ecs.describe_tasks(cluster=services.cluster, tasks=[arn], include=["TAGS"])["tasks"][0]["tags"]
    assert {"key": "team", "value": "web"} in tags

    services.update(outputs["Name"], desiredCount=3)
    changed = template(services, services.definition("other"), group, **{**more, "HealthCheckGracePeriodSeconds": 9})
    services.cfn.update_stack(StackName=stack.name, TemplateBody=changed)
    assert stack.settled() == "UPDATE_COMPLETE"
    service = services.look(outputs["Name"])
    assert (service["desiredCount"], service["runningCount"], len(service["deployments"])) == (3, 3, 1)
    assert service["healthCheckGracePeriodSeconds"] == 9

    services.cfn.delete_stack(StackName=stack.name)
    until(lambda: services.look(outputs["Name"])["status"] == "INACTIVE", seconds=30)
    assert services.ports(group) == []


def test_a_failed_deployment_fails_the_stack_in_the_words_of_aws(services: Services, until: Any) -> None:
    stack = Stack(services, "failing", until)
    good = services.definition("well", family="good")
    services.cfn.create_stack(StackName=stack.name, TemplateBody=template(services, good))
    assert stack.settled() == "CREATE_COMPLETE"
    name = stack.outputs()["Name"]
    crashing = template(services, services.definition("crash", family="bad"))
    services.cfn.update_stack(StackName=stack.name, TemplateBody=crashing)
    assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." in stack.reasons()
    service = services.look(name)
    assert (service["taskDefinition"], service["deployments"][0]["rolloutState"]) == (good, "COMPLETED")
    services.cfn.delete_stack(StackName=stack.name)
    until(lambda: services.look(name)["status"] == "INACTIVE", seconds=30)


def test_a_failed_creation_leaves_nothing(services: Services, until: Any) -> None:
    stack = Stack(services, "never", until)
    body = template(services, services.definition("crash", family="never"))
    services.cfn.create_stack(StackName=stack.name, TemplateBody=body)
    assert stack.settled() == "ROLLBACK_COMPLETE"
    assert "HandlerErrorCode: GeneralServiceException" in stack.reasons()
    assert stack.name not in str(services.ecs.list_services(cluster=services.cluster)["serviceArns"])


def test_other_strategies_are_named(services: Services, embedded: Any, until: Any) -> None:
    stack = Stack(services, "green", until)
    settings = {"Strategy": "BLUE_GREEN", "BakeTimeInMinutes": 0}
    body = template(services, services.definition(), DesiredCount=0, DeploymentConfiguration=settings)
    services.cfn.create_stack(StackName=stack.name, TemplateBody=body)
    assert stack.settled() == "CREATE_COMPLETE"
    (named,) = [item for item in embedded.not_emulated() if item.stack == stack.name]
    assert "BLUE_GREEN" in named.reason
    services.cfn.delete_stack(StackName=stack.name)
    until(lambda: not [item for item in embedded.not_emulated() if item.stack == stack.name], seconds=30)
