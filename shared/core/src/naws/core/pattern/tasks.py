"""The base of patterns whose program is a container in an ECS task."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from naws.core.build.logs import log_group
from naws.core.build.network import Network, build_network
from naws.core.build.task import Task, build_task, shared_cluster
from naws.core.build.task_host import TaskHost
from naws.core.issues import Issue
from naws.core.naming import LIMITS, of_this_stack
from naws.core.pattern.image_inspection import given_images, image_views, missing_folders_as_issues
from naws.core.pattern.inspection import (
    Inspection,
    cluster_view,
    images_of,
    network_view,
    pulled_images,
    role_resources,
    role_trusts,
    role_view,
    secret_services,
    task_view,
    topic_view,
)
from naws.core.pattern.triggered import ProgramPattern
from naws.core.plans.pattern import TaskPatternPlan
from naws.core.plans.task import TaskPlan
from naws.core.rules.image_platforms import IMAGE_RULES
from naws.core.rules.task_owners import TRUST_RULES, Trust
from naws.core.rules.topic_key import TOPIC_RULES
from naws.core.secret_access import read_by_role
from naws.core.stacks import stack_of
from naws.core.validation import refused


@jsii.implements(ec2.IConnectable)
class TaskPattern(ProgramPattern):
    """A pattern that runs its program as a task. Its `_build` calls `_build_task`, and at last `_build_program`."""

    _network: Network
    _cluster: ecs.ICluster
    _log_group: logs.LogGroup
    _task: Task
    _role_resources: Sequence[cdk.CfnResource] = ()

    @property
    def task_definition(self) -> ecs.FargateTaskDefinition:
        """The task definition; the pattern runs exactly this revision."""
        return self._task.definition

    @property
    def container(self) -> ecs.ContainerDefinition:
        """The container whose exit ends the task."""
        return self._task.container

    @property
    def cluster(self) -> ecs.ICluster:
        """The ECS cluster that the task runs in."""
        return self._cluster

    @property
    def vpc(self) -> ec2.IVpc:
        """The network of the task."""
        return self._network.vpc

    @property
    def connections(self) -> ec2.Connections:
        """The security groups of the task; `connections.allow_to(…)` opens a way out."""
        return self._network.connections

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the containers; one stream per container and task."""
        return self._log_group

    @property
    def task_role(self) -> iam.IRole:
        """The program's role; grant it what the program needs and no binding covers."""
        return self._task.task_role

    def add_secret(self, name: str, secret: ecs.Secret, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program a variable that ECS fills in when the task starts; held to the rules of `secrets`."""
        self._add("secrets", {**self._plan.props.secrets, name: secret}, acknowledge)
        self.container.add_secret(name, read_by_role(secret))

    @classmethod
    def foreseen(cls, plan: TaskPatternPlan) -> Sequence[Issue]:
        """Issues of the given images, roles and topic that can be found before anything is built.

        CDK has to be asked, which takes its time: it is done for who has something else wrong already, so that one
        error has everything. Whatever has nothing else wrong hears of these when it is synthesised.
        """
        topic = plan.operations.topic
        topics = [] if topic is None else [topic_view(topic[1], topic[0])]
        found = [
            *(issue for each in given_images(plan.task) for rule in IMAGE_RULES for issue in rule.issues(each)),
            *(issue for each in cls._trusts(plan.task) for rule in TRUST_RULES for issue in rule.issues(each)),
            *(issue for each in topics for rule in TOPIC_RULES for issue in rule.issues(each)),
        ]
        return refused(found, plan.props.acknowledge)

    @staticmethod
    def _trusts(plan: TaskPlan) -> Iterator[Trust]:
        roles = {"task_role": plan.given.task_role, "execution_role": plan.given.execution_role}
        return role_trusts(roles, "ecs-tasks.amazonaws.com")

    def _build_task(self, plan: TaskPatternPlan) -> None:
        """The network of the task, its cluster, its logs and its definition.

        Raises:
            PatternValidationError: with each image whose folder is missing.
        """
        self._network = build_network(self, plan.network)
        self._cluster = plan.network.cluster or shared_cluster(stack_of(self), self._network.vpc)
        name = plan.context.physical_name("", "log-group")
        self._log_group = log_group(
            self, "Logs", plan.operations, name and of_this_stack(self, name, LIMITS["log-group"])
        )
        with missing_folders_as_issues(plan.context.path, plan.task):
            self._task = build_task(self, plan.task, log_group=self._log_group)

    def _host(self) -> TaskHost:
        return TaskHost(
            task=self.task_definition,
            container=self.container,
            task_role=self.task_role,
            connectable=cast("ec2.IConnectable", self),
            user=self._plan.task.main.user,
        )

    def _providers(self) -> Sequence[str]:
        """The capacity providers by which tasks are started; none when they are by launch type."""
        return ()

    def _resources(self) -> list[cdk.CfnResource]:
        self._role_resources = role_resources(self.task_role)
        return [*super()._resources(), self._task.resource, *self._role_resources]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        plan: TaskPatternPlan = self._plan
        task = task_view(inspection.properties(self._task.resource), plan)
        network = network_view(
            inspection,
            self._network,
            plan.network,
            images=images_of(task),
            secrets=lambda: secret_services(task, stack_of(self)),
            sessions=plan.task.enable_execute_command,
        )
        return {
            **super()._views(inspection),
            "task": [task],
            "containers": [task.together],
            "users": task.fields("user", "user"),
            "root_filesystems": task.fields("readonlyRootFilesystem", "readonly_root_filesystem"),
            "variables": task.variables,
            "images": image_views(self, task, plan.task),
            "network": [network],
            "zones": [network.zones],
            "cluster": [cluster_view(self._cluster, self._providers())],
            "role": [role_view("task_role", map(inspection.properties, self._role_resources))],
            "trusts": self._trusts(plan.task),
            "pulled": pulled_images(task, plan.context.home),
        }
