"""An ECS task decided from a pattern's props: its size, containers and roles. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from aws_cdk import aws_ecs as ecs

from naws.core.containers import Sidecar
from naws.core.fargate import Size
from naws.core.props import Containerized
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
    """An ECS task: what `Containerized` has of it, with every default filled in.

    Attributes:
        given: the same as it is given.
        family: physical name of the task definition. None: CDK's.
        size: cpu and memory.
        main: the container whose end ends the task.
        sidecars: the containers beside it.
        stop_timeout: seconds from SIGTERM to SIGKILL.
    """

    given: Containerized
    family: str | None
    size: Size
    main: ContainerPlan
    sidecars: tuple[ContainerPlan, ...]
    stop_timeout: float

    @property
    def enable_execute_command(self) -> bool:
        """Whether ECS Exec leads into the containers."""
        return self.given.enable_execute_command is True

    @property
    def containers(self) -> tuple[ContainerPlan, ...]:
        """All containers of the task, the main one first."""
        return (self.main, *self.sidecars)


def plan_task(props: Containerized, main: str, family: str | None, *, stop_timeout: float = LONGEST_STOP) -> TaskPlan:
    """Decide what `props` leave open.

    Args:
        props: the pattern's.
        main: name of the main container.
        family: physical name of the task definition. None: CDK's.
        stop_timeout: seconds from SIGTERM to SIGKILL when none are given. Omitted: as many as there can be.
    """
    sidecars = (
        _container(each, f"sidecars[{index}]", each.name)
        for index, each in enumerate(props.sidecars)
        if isinstance(each, Sidecar)  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
    )
    return TaskPlan(
        given=props,
        family=family,
        size=Size(cpu=props.cpu, memory_limit_mib=props.memory_limit_mib),
        main=_container(props, "", main),
        sidecars=tuple(sidecars),
        stop_timeout=seconds(props.stop_timeout, stop_timeout),
    )


def _container(given: Containerized | Sidecar, path: str, name: str) -> ContainerPlan:
    """The fields have the same names wherever a container is given."""
    own = ("path", "name", "essential")
    names = (each.name for each in fields(ContainerPlan) if each.name not in own and hasattr(given, each.name))
    return ContainerPlan(path=path, name=name, essential=not path, **{each: getattr(given, each) for each in names})
