"""The base of patterns whose program is a container in an ECS task."""

from typing import cast

import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from naws.core.build.logs import log_group
from naws.core.build.task import Task, TaskPlace, build_place, build_task
from naws.core.build.task_host import TaskHost
from naws.core.naming import LIMITS, of_this_stack
from naws.core.pattern.image_inspection import missing_folders_as_issues
from naws.core.pattern.triggered import ProgramPattern
from naws.core.plans.pattern import TaskPatternPlan


@jsii.implements(ec2.IConnectable)
class TaskPattern(ProgramPattern):
    """A pattern that runs its program as a task. Its `_build` calls `_build_task`, and at last `_build_program`."""

    _place: TaskPlace
    _log_group: logs.LogGroup
    _task: Task

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
        """Where the task runs."""
        return self._place.cluster

    @property
    def vpc(self) -> ec2.IVpc:
        """The network of the task."""
        return self._place.vpc

    @property
    def connections(self) -> ec2.Connections:
        """The task's place in the network; `connections.allow_to(…)` opens a way out."""
        return self._place.connections

    @property
    def log_group(self) -> logs.ILogGroup:
        """What the containers print; one stream per container and task."""
        return self._log_group

    @property
    def task_role(self) -> iam.IRole:
        """The program's role; grant it what the program needs and no binding covers."""
        return self._task.task_role

    def _build_task(self, plan: TaskPatternPlan, log_group_name: str | None) -> None:
        """The place of the task, its logs and its definition.

        Args:
            plan: what was decided.
            log_group_name: physical name. None: CloudFormation names it.

        Raises:
            PatternValidationError: with each image whose folder is missing.
        """
        self._place = build_place(self, plan.network, plan.context.construct_id)
        self._log_group = log_group(
            self,
            "Logs",
            retention=plan.operations.log_retention,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
            name=None if log_group_name is None else of_this_stack(self, log_group_name, LIMITS["log-group"]),
        )
        self._log_group_name = self._log_group.log_group_name
        with missing_folders_as_issues(plan.context.path, plan.task):
            self._task = build_task(self, plan.task, log_group=self._log_group)

    def _build_host(self) -> TaskHost:
        """What takes the bindings."""
        return TaskHost(
            task=self.task_definition,
            container=self.container,
            task_role=self.task_role,
            connectable=cast("ec2.IConnectable", self),
        )
