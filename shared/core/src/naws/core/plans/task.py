"""An ECS task decided from a pattern's props: its size, containers and roles. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from naws.core.containers import Sidecar
from naws.core.fargate import Size
from naws.core.pattern.props import Containerized
from naws.core.rules.values import Field
from naws.core.units import seconds

LONGEST_STOP = 120
"""Seconds from SIGTERM to SIGKILL at most. Source: ECS API, ContainerDefinition, stopTimeout."""


@dataclass(frozen=True, kw_only=True)
class ContainerPlan:
    """One container of a task.

    Attributes:
        path: where its fields are given, such as `sidecars[0]`; empty for the main container's.
        name: its name in the task.
        essential: whether the task ends when it ends.
        image: what it runs.
        command, entry_point, working_directory: None: the image's.
        environment, secrets: what is given for it, without what bindings add.
        user: uid:gid. None: as the main container.
        readonly_root_filesystem: whether only `/tmp` can be written.
        memory_reservation_mib: MiB that it sets aside. None: nothing.
        scratch_mib: size of its `/tmp`; 0: none.
    """

    path: str
    name: str
    essential: bool
    image: ecs.ContainerImage
    command: Sequence[str] | None
    entry_point: Sequence[str] | None = None
    working_directory: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])
    user: str | None = None
    readonly_root_filesystem: bool = True
    memory_reservation_mib: int | None = None
    scratch_mib: int = 0

    def at(self, name: str) -> str:
        """The path of one of its fields."""
        return f"{self.path}.{name}" if self.path else name

    def field(self, name: str) -> Field:
        """One of its fields as it is given."""
        value: Any = getattr(self, name)
        return Field(self.at(name), value)


@dataclass(frozen=True, kw_only=True)
class TaskPlan:
    """An ECS task: the fields of `Containerized` with every default filled in.

    Attributes:
        family: physical name of the task definition. None: CDK's.
        size: cpu and memory.
        main: the container whose end ends the task.
        sidecars: the containers beside it.
        cpu_architecture: None: X86_64.
        stop_timeout: seconds from SIGTERM to SIGKILL.
        ephemeral_storage_gib: disk. None: the 20 GiB that are free.
        task_role, execution_role: None: created.
        enable_execute_command: whether ECS Exec leads into the containers.
        dev_command: what a local runner executes without a container engine. None: nothing.
    """

    family: str | None
    size: Size
    main: ContainerPlan
    sidecars: tuple[ContainerPlan, ...]
    cpu_architecture: ecs.CpuArchitecture | None
    stop_timeout: float
    ephemeral_storage_gib: int | None
    task_role: iam.IRole | None
    execution_role: iam.IRole | None
    enable_execute_command: bool
    dev_command: Sequence[str] | None

    @property
    def containers(self) -> tuple[ContainerPlan, ...]:
        """All of them, the main one first."""
        return (self.main, *self.sidecars)


def plan_task(props: Containerized, main: str, family: str | None) -> TaskPlan:
    """Decide what `props` leave open.

    Args:
        props: the pattern's.
        main: name of the main container.
        family: physical name of the task definition. None: CDK's.
    """
    return TaskPlan(
        family=family,
        size=Size(cpu=props.cpu, memory_limit_mib=props.memory_limit_mib),
        main=ContainerPlan(
            path="",
            name=main,
            essential=True,
            image=props.image,
            command=props.command,
            entry_point=props.entry_point,
            working_directory=props.working_directory,
            environment=props.environment,
            secrets=props.secrets,
            user=props.user,
            readonly_root_filesystem=props.readonly_root_filesystem,
            scratch_mib=props.scratch_mib,
        ),
        sidecars=tuple(_sidecars(props.sidecars)),
        cpu_architecture=props.cpu_architecture,
        stop_timeout=seconds(props.stop_timeout, LONGEST_STOP),
        ephemeral_storage_gib=props.ephemeral_storage_gib,
        task_role=props.task_role,
        execution_role=props.execution_role,
        enable_execute_command=props.enable_execute_command is True,
        dev_command=props.dev_command,
    )


def _sidecars(given: Sequence[Sidecar]) -> Iterator[ContainerPlan]:
    for index, each in enumerate(given):
        if not isinstance(each, Sidecar):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            continue
        yield ContainerPlan(
            path=f"sidecars[{index}]",
            name=each.name,
            essential=False,
            image=each.image,
            command=each.command,
            environment=each.environment,
            secrets=each.secrets,
            user=each.user,
            readonly_root_filesystem=each.readonly_root_filesystem,
            memory_reservation_mib=each.memory_reservation_mib,
            scratch_mib=each.scratch_mib,
        )
