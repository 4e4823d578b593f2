"""A service of processes behind a load balancer, for the tests of the scheduler."""

import json
import sys
import uuid
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from naws.cli.aws import Aws
from naws.cli.engine import DevCommand, DevCommands

PROGRAM = Path(__file__).with_name("ecs_service_program.py")
CONTAINER_PORT = 8080


class Services:
    """A cluster, and verbs that make and look at services of it."""

    def __init__(self, aws: Aws, commands: DevCommands, folder: Path) -> None:
        self.ecs, self.elb, self.cfn = (aws.client(name) for name in ("ecs", "elbv2", "cloudformation"))
        self.aws, self.commands, self.folder = aws, commands, folder
        self.name = f"svc-{uuid.uuid4().hex[:8]}"
        insights = [{"name": "containerInsights", "value": "enhanced"}]
        self.cluster = self.ecs.create_cluster(clusterName=self.name, settings=insights)["cluster"]["clusterArn"]
        self.role = self._role()
        self._names: dict[Any, str] = {}

    def _role(self) -> Any:
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        documents = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, logs)]
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
        iam.put_role_policy(RoleName=self.name, PolicyName="logs", PolicyDocument=documents[1])
        return role

    def definition(self, how: str = "well", *, family: str = "web", stop_timeout: int = 2, **container: Any) -> Any:
        """A revision whose program behaves as ``how``; returns its ARN. All revisions of a family run the last one."""
        family = f"{self.name}-{family}"
        command = (sys.executable, str(PROGRAM))
        self.commands.add([DevCommand(family, "web", command, str(self.folder))])
        container = {
            **container,
            "name": "web",
            "image": f"web:{how}",
            "stopTimeout": stop_timeout,
            "portMappings": [{"containerPort": CONTAINER_PORT}],
            "environment": [{"name": "PORT", "value": str(CONTAINER_PORT)}, {"name": "HOW", "value": how}],
        }
        container |= self._logs() if how == "crash" else {}
        made = self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[container],
            executionRoleArn=self.role,
        )
        return made["taskDefinition"]["taskDefinitionArn"]

    def _logs(self) -> dict[str, Any]:
        """A group in which the tasks' role may write."""
        group = f"/{self.name}"
        with suppress(self.aws.client("logs").exceptions.ResourceAlreadyExistsException):
            self.aws.client("logs").create_log_group(logGroupName=group)
        options = {"awslogs-group": group, "awslogs-stream-prefix": "p", "awslogs-region": "us-east-1"}
        return {"logConfiguration": {"logDriver": "awslogs", "options": options}}

    def group(self, *, delay: int = 2) -> Any:
        """A target group of a load balancer; returns its ARN."""
        name = f"g{uuid.uuid4().hex[:12]}"
        balancer = self.elb.create_load_balancer(Name=name, Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        group = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            VpcId="vpc-1",
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
        )
        self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        self._names[group] = balancer["DNSName"]
        return group

    def balancer_of(self, group: Any) -> Any:
        """The ARN of the load balancer of a group."""
        return self.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"][0]

    def ask(self, group: Any, path: str = "/") -> tuple[int, str]:
        """Status and text that the load balancer of a group answers."""
        here = urlsplit(self.aws.endpoint_url)
        connection = HTTPConnection(here.hostname or "", here.port, timeout=30)
        with closing(connection):
            connection.request("GET", path, headers={"Host": self._names[group]})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def create(self, definition: Any, group: Any = None, *, count: int = 2, breaker: Any = None, **more: Any) -> Any:
        """A service; returns its name."""
        balancers = (
            [{"targetGroupArn": group, "containerName": "web", "containerPort": CONTAINER_PORT}] if group else []
        )
        settings = {"deploymentCircuitBreaker": breaker} if breaker else {}
        return self.ecs.create_service(
            **{
                "cluster": self.cluster,
                "serviceName": f"web-{uuid.uuid4().hex[:6]}",
                "taskDefinition": definition,
                "desiredCount": count,
                "launchType": "FARGATE",
                "loadBalancers": balancers,
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
                "deploymentConfiguration": settings,
                **more,
            }
        )["service"]["serviceName"]

    def update(self, name: Any, **changes: Any) -> Any:
        return self.ecs.update_service(cluster=self.cluster, service=name, **changes)["service"]

    def look(self, name: Any) -> Any:
        return self.ecs.describe_services(cluster=self.cluster, services=[name])["services"][0]

    def state(self, name: Any) -> Any:
        return self.look(name)["deployments"][0]["rolloutState"]

    def tasks(self, name: Any, status: str = "RUNNING") -> Any:
        arns = self.ecs.list_tasks(cluster=self.cluster, serviceName=name, desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []

    def messages(self, name: Any) -> list[str]:
        """The events of a service, the oldest first."""
        return [event["message"] for event in reversed(self.look(name)["events"])]

    def ports(self, group: Any) -> list[int]:
        """The ports of the targets of a group that are healthy."""
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [item["Target"]["Port"] for item in found if item["TargetHealth"]["State"] == "healthy"]

    def delete(self, name: Any) -> None:
        self.ecs.delete_service(cluster=self.cluster, service=name, force=True)
