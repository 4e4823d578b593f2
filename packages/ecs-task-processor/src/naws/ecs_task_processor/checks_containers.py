"""Which parts of a plan the rules for containers are asked of."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from naws.core.rules import compute, containers
from naws.core.rules.values import Field
from naws.core.validation import Check, Rule
from naws.ecs_task_processor.plan import CONTAINER, Plan
from naws.ecs_task_processor.props import Sidecar

PartT = TypeVar("PartT")


def sidecars(plan: Plan) -> Iterator[tuple[str, Sidecar]]:
    """The sidecars with their paths."""
    for index, sidecar in enumerate(plan.props.sidecars):
        if isinstance(sidecar, Sidecar):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            yield f"sidecars[{index}]", sidecar


def _each(select: Callable[[Plan], Iterable[PartT]], *rules: Rule[PartT]) -> tuple[Check[Plan], ...]:
    return tuple(rule.on(select) for rule in rules)


def _containers(plan: Plan) -> tuple[containers.ContainerPlan, ...]:
    return tuple(
        containers.ContainerPlan(path=path, name=each.name, memory_reservation_mib=each.memory_reservation_mib)
        for path, each in sidecars(plan)
    )


def _task(plan: Plan) -> tuple[containers.Containers]:
    return (containers.Containers(main=CONTAINER, others=_containers(plan), path="sidecars", size=plan.size),)


def _everywhere(name: str) -> Callable[[Plan], Iterable[Field]]:
    """A field that the main container and the sidecars have."""
    return lambda plan: (
        Field(name, getattr(plan.props, name)),
        *(Field(f"{path}.{name}", getattr(each, name)) for path, each in sidecars(plan)),
    )


def _commands(plan: Plan) -> Iterator[Field]:
    for name in ("command", "entry_point", "dev_command"):
        yield Field(name, getattr(plan.props, name))
    for path, each in sidecars(plan):
        yield Field(f"{path}.command", each.command)


def _scratch(plan: Plan) -> tuple[compute.Scratch]:
    return (compute.Scratch(mounts=tuple(_everywhere("scratch_mib")(plan)), size=plan.size),)


CHECKS: tuple[Check[Plan], ...] = (
    *_each(_scratch, compute.scratch_fits, compute.scratch_leaves_room),
    containers.stop_timeout.on(lambda plan: (Field("stop_timeout", plan.runs.stop_timeout),)),
    *_each(_containers, containers.container_name, containers.reservation),
    *_each(_task, containers.unique_names, containers.few_containers, containers.reservations_fit),
    *_each(_everywhere("user"), containers.not_root, containers.user_form),
    containers.readonly_root.on(_everywhere("readonly_root_filesystem")),
    containers.command_words.on(_commands),
    containers.absolute_directory.on(lambda plan: (Field("working_directory", plan.props.working_directory),)),
)
