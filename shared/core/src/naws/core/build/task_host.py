"""The host of a program in an ECS task: bindings get permissions, variables, secrets, mounts and network paths."""

from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from naws.core.bindings.needs import EcsTask, Mount, Needs, SecretValue, Statement
from naws.core.build.access_points import build_access_point, volume_name
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.secret_access import secret_by_arn, secret_value
from naws.core.ways import note_way


@dataclass(frozen=True, kw_only=True)
class TaskHost(EcsTask):
    """A container in a task, which can be given whatever a source needs.

    Attributes:
        task: the task definition.
        container: the container that gets variables and mounts.
        task_role: the program's role.
        connectable: has the task's security groups, and is asked for them when a way is opened.
        user: uid:gid of the container. None: the image's.
    """

    task: ecs.TaskDefinition
    container: ecs.ContainerDefinition
    task_role: iam.IRole
    connectable: ec2.IConnectable
    user: str | None = None

    def take(self, needs: Needs) -> None:
        """Grant, connect, mount and set the variables."""
        for each in needs.statements:
            self._allow(each)
        acknowledge_nag_wildcards(self.task_role, needs.wildcards)
        for name, value in needs.variables.items():
            self.container.add_environment(name, value)
        for name, secret in needs.secrets.items():
            self.container.add_secret(name, _secret(secret))
        for way in needs.reach:
            note_way(self.task, way.to)
            self.connectable.connections.allow_to(cast("ec2.IConnectable", way.to), way.port, way.why)
        for mount in needs.mounts:
            self._mount(mount)

    def _allow(self, statement: Statement) -> None:
        made = statement if isinstance(statement, iam.PolicyStatement) else iam.PolicyStatement.from_json(statement)
        self.task_role.add_to_principal_policy(made)

    def _mount(self, mount: Mount) -> None:
        """A volume of its own for each path.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-efs-config.html (an access point and
        IAM authorization ask for encryption in transit)
        """
        name = volume_name(mount.path)
        door = mount.access_point or build_access_point(self.task, name, mount.file_system, self.user)
        self._allow(mount.statement(door.access_point_arn))
        self.task.add_volume(
            name=name,
            efs_volume_configuration=ecs.EfsVolumeConfiguration(
                file_system_id=mount.file_system.file_system_id,
                transit_encryption="ENABLED",
                authorization_config=ecs.AuthorizationConfig(access_point_id=door.access_point_id, iam="ENABLED"),
            ),
        )
        self.container.add_mount_points(
            ecs.MountPoint(source_volume=name, container_path=mount.path, read_only=mount.read_only)
        )


def _secret(value: SecretValue) -> ecs.Secret:
    if value.source is not None:
        return secret_value(value.source, value.field)
    parameter = value.kind == "parameter"
    return secret_by_arn(value.arn, value.field, key=value.key, key_arn=value.key_arn, parameter=parameter)
