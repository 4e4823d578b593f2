"""Checks of an ECS task as it is planned, and of the variables of a program."""

from collections.abc import Callable, Iterable, Iterator

from naws.core.plans.program import ProgramPlan, variables_of
from naws.core.plans.task import TaskPlan
from naws.core.rule import Check
from naws.core.rules import containers, data, environment, task_sizes, times
from naws.core.rules.values import Field, is_whole
from naws.core.validation import bind


def _of_each(name: str) -> Callable[[TaskPlan], Iterable[Field]]:
    """A field that all containers have."""
    return lambda task: (each.field(name) for each in task.containers)


def _of_sidecars(name: str) -> Callable[[TaskPlan], Iterable[Field]]:
    return lambda task: (each.field(name) for each in task.sidecars)


def _together(task: TaskPlan) -> tuple[containers.ContainersTogether]:
    reserved = [each.memory_reservation_mib for each in task.sidecars]
    return (
        containers.ContainersTogether(
            path="sidecars",
            count=len(task.containers),
            reserved=sum(filter(is_whole, reserved)),
            size=task.size,
        ),
    )


def _commands(task: TaskPlan) -> Iterator[Field]:
    for name in ("command", "entry_point"):
        yield from _of_each(name)(task)
    yield Field("dev_command", task.given.dev_command)


def _sessions(task: TaskPlan) -> tuple[containers.Sessions]:
    wanted, readonly = task.enable_execute_command, task.main.readonly_root_filesystem
    return (containers.Sessions(wanted=wanted, readonly=readonly),)


def _environments(task: TaskPlan) -> Iterator[environment.Environment]:
    for each in task.sidecars:
        variables = tuple(variables_of(each.environment, each.secrets, each.path))
        yield environment.Environment(path=each.at("environment"), variables=variables)


def _variables(task: TaskPlan) -> Iterator[environment.Variable]:
    return (variable for each in _environments(task) for variable in each.variables)


TASK_PLAN_CHECKS: tuple[Check[TaskPlan], ...] = (
    *bind(lambda task: (Field("stop_timeout", task.stop_timeout),), (times.convertible, containers.stop_timeout)),
    *bind(lambda task: (task.size,), task_sizes.SIZE_RULES),
    task_sizes.ephemeral_storage.on(lambda task: (Field("ephemeral_storage_gib", task.given.ephemeral_storage_gib),)),
    *bind(
        lambda task: (task_sizes.Scratch(mounts=tuple(_of_each("scratch_mib")(task)), size=task.size),),
        task_sizes.SCRATCH_RULES,
    ),
    *bind(_of_sidecars("name"), containers.NAME_RULES),
    *bind(_of_sidecars("memory_reservation_mib"), containers.RESERVATION_RULES),
    containers.unique_names.on(lambda task: ((*_of_each("name")(task),),)),
    *bind(_together, containers.TOGETHER_RULES),
    *bind(_of_each("user"), containers.USER_RULES),
    containers.readonly_root.on(_of_each("readonly_root_filesystem")),
    containers.sessions.on(_sessions),
    containers.command_words.on(_commands),
    containers.absolute_directory.on(_of_each("working_directory")),
    data.field_of_secret.on(
        lambda task: (Field(each.path, data.colons_of(each.reference)) for each in _variables(task))
    ),
    *bind(_variables, environment.VARIABLE_RULES),
    *bind(_environments, environment.ENVIRONMENT_RULES),
)
TASK_PROGRAM_CHECKS: tuple[Check[ProgramPlan], ...] = (
    *bind(lambda program: program.variables, environment.VARIABLE_RULES),
    *bind(
        lambda program: (environment.Environment(path="environment", variables=program.variables),),
        environment.ENVIRONMENT_RULES,
    ),
)
"""Those of the main container's variables, whatever sets them."""
