"""Containers as they will be deployed: what they ask for together, and what was added by ordinary CDK code."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from naws.core.rule import Finding, rule
from naws.core.rules.built_parts import BuiltTask, container_with, path_of
from naws.core.rules.environment import Variable, no_plain_secret, reserved_name
from naws.core.rules.values import Verbatim, is_text, is_whole, plain

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_QUOTAS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"
_FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html"
_MOST_CONTAINERS = 10
_ROOT = ("", "0", "root")


def _sum(task: BuiltTask, name: str) -> int:
    return sum(value for each in task.containers if is_whole(value := each.get(name)))


def _two(**said: object) -> str:
    return f"then=lambda made: [{container_with('one', **said)}, {container_with('two', **said)}]"


@rule(
    code="NAWS-BUILT-010",
    level="limit",
    title="What all containers reserve fits into the task's memory",
    source=_DEFINITION,
    example=_two(memory_reservation_mib=1500),
    fix=_two(memory_reservation_mib=500),
)
def reservations_together(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses a task definition whose reservations are larger than the task, however small each of them is."""
    memory, reserved = task.number("memory"), _sum(task, "memoryReservation")
    if memory is not None and reserved > memory:
        yield Finding(
            path="task_definition",
            value=Verbatim(f"{plain(reserved)} MiB reserved"),
            expected=f"at most the task's {plain(memory)} MiB for all containers together",
            remedy=f"memory_reservation_mib={memory // (len(task.containers) + 1)}  # of each\n"
            "memory_limit_mib=…  # a larger task",
        )


@rule(
    code="NAWS-BUILT-011",
    level="practice",
    title="What all containers may use fits into the task's memory",
    source=_DEFINITION,
    example=_two(memory_limit_mib=1500),
    fix=_two(memory_limit_mib=500),
)
def memory_together(task: BuiltTask) -> Iterator[Finding]:
    """Limits that together exceed the task bound nothing: the task runs out of memory before a container does.

    The run then fails for a helper's sake, and nothing says which container it was.
    """
    memory, limits = task.number("memory"), _sum(task, "memory")
    if memory is not None and limits > memory:
        yield Finding(
            path="task_definition",
            value=Verbatim(f"limits of {plain(limits)} MiB"),
            expected=f"at most the task's {plain(memory)} MiB for all containers together",
            remedy=f"memory_limit_mib={memory // (len(task.containers) + 1)}  # of each\n"
            "memory_limit_mib=…  # a larger task",
        )


@rule(
    code="NAWS-BUILT-012",
    level="limit",
    title="A task definition has at most ten containers",
    source=_QUOTAS,
    example='then=lambda made: [made.task_definition.add_container(f"helper{n}", image=image, user="1000:1000", '
    "readonly_root_filesystem=True, logging=ecs.LogDrivers.aws_logs(log_group=made.log_group, "
    'stream_prefix=f"helper{n}")) for n in range(10)]',
    fix=f"then=lambda made: {container_with()}",
)
def ten_containers(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses more, whoever added them."""
    if len(task.containers) > _MOST_CONTAINERS:
        yield Finding(
            path="task_definition",
            value=Verbatim(f"{len(task.containers)} containers"),
            expected=f"at most {_MOST_CONTAINERS}",
            remedy="put what belongs together into one image",
        )


@rule(
    code="NAWS-BUILT-013",
    level="limit",
    title="No container is privileged",
    source=_FARGATE,
    example=f"then=lambda made: {container_with(privileged=True)}",
    fix=f"then=lambda made: {container_with()}",
)
def not_privileged(task: BuiltTask) -> Iterator[Finding]:
    """Fargate has no host that a container could be given; it refuses the task definition."""
    for container in task.containers:
        if container.get("privileged") is True:
            path, expected = path_of(container, "privileged"), "False: Fargate runs no privileged containers"
            yield Finding(path=path, value=True, expected=expected, remedy="omit privileged")


@rule(
    code="NAWS-BUILT-014",
    level="practice",
    title="An added container does not run as root",
    source=f"{_CONTROLS}#ecs-20",
    example=f"then=lambda made: {container_with(user='')}",
    fix=f"then=lambda made: {container_with()}",
)
def added_user(task: BuiltTask) -> Iterator[Finding]:
    """Without `user` it runs as whoever its image says, which is root in most. `Sidecar` has the main container's."""
    for container in task.added:
        user = container.get("user", "")
        if is_text(user) and user.partition(":")[0] in _ROOT:
            yield Finding(
                path=path_of(container, "user"),
                value=user or Verbatim("not said"),
                expected="a user other than root, as uid:gid",
                remedy='user="1000:1000"\nsidecars=[Sidecar(…)]  # instead of add_container',
            )


@rule(
    code="NAWS-BUILT-015",
    level="practice",
    title="An added container cannot write to its root filesystem",
    source=f"{_CONTROLS}#ecs-5",
    example=f"then=lambda made: {container_with(readonly_root_filesystem='')}",
    fix=f"then=lambda made: {container_with()}",
)
def added_root(task: BuiltTask) -> Iterator[Finding]:
    """What can be written can be replaced by whoever gets in. Security Hub reports it as ECS.5."""
    for container in task.added:
        if not container.get("readonlyRootFilesystem", False):
            yield Finding(
                path=path_of(container, "readonly_root_filesystem"),
                value=container.get("readonlyRootFilesystem", Verbatim("not said")),
                expected="True",
                remedy="readonly_root_filesystem=True\nsidecars=[Sidecar(…)]  # instead of add_container",
            )


@rule(
    code="NAWS-BUILT-016",
    level="practice",
    title="An added container writes a log",
    source=f"{_CONTROLS}#ecs-9",
    example=f"then=lambda made: {container_with(logging='')}",
    fix=f"then=lambda made: {container_with()}",
)
def added_log(task: BuiltTask) -> Iterator[Finding]:
    """Without a log driver Fargate keeps nothing of what it prints. Security Hub reports it as ECS.9."""
    for container in task.added:
        if not container.get("logConfiguration"):
            name = container.get("name")
            yield Finding(
                path=path_of(container, "logging"),
                value=Verbatim("not said"),
                expected="a log driver",
                remedy=f'logging=ecs.LogDrivers.aws_logs(log_group=processor.log_group, stream_prefix="{name}")\n'
                "sidecars=[Sidecar(…)]  # instead of add_container",
            )


@rule(
    code="NAWS-BUILT-017",
    level="practice",
    title="No container opens a port",
    source=_DEFINITION,
    example="then=lambda made: made.container.add_port_mappings(ecs.PortMapping(container_port=8080))",
    fix="",
)
def no_ports(task: BuiltTask) -> Iterator[Finding]:
    """Nothing routes to a task that ends when its work is done: no load balancer, no service, no ingress.

    Containers of one task reach each other at localhost without a mapping.
    """
    for container in task.containers:
        ports = cast("list[Mapping[str, Any]]", container.get("portMappings") or [])
        if ports:
            yield Finding(
                path=path_of(container, "port_mappings"),
                value=[each.get("containerPort") for each in ports],
                expected="none: nothing routes to this task",
                remedy="omit port_mappings",
            )


@rule(
    code="NAWS-BUILT-018",
    level="limit",
    title="Names that begin with NAWS_ stay the library's",
    source="the names by which every pattern tells the program about its run",
    example='then=lambda made: made.container.add_environment("NAWS_PAYLOAD", "{}")',
    fix='then=lambda made: made.container.add_environment("REPORT_PAYLOAD", "{}")',
)
def reserved_names(task: BuiltTask) -> Iterator[Finding]:
    """The workflow sets them for each run: a value given to the container itself would be replaced."""
    for variable in _unjudged(task):
        if variable.library_sets:
            yield from reserved_name.judge(variable)


@rule(
    code="NAWS-BUILT-019",
    level="practice",
    title="A secret is not written as plain text, wherever it is added",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    example='then=lambda made: made.container.add_environment("DB_PASSWORD", "correct horse")',
    fix='then=lambda made: made.container.add_secret("DB_PASSWORD", ecs.Secret.from_secrets_manager(secret))',
)
def added_secrets(task: BuiltTask) -> Iterator[Finding]:
    """Plain values stand in the template, in the task definition and in every console that shows them."""
    for variable in _unjudged(task):
        yield from no_plain_secret.judge(variable)


@rule(
    code="NAWS-TASK-014",
    level="limit",
    title="A variable of a container is plain or a secret",
    source=_DEFINITION,
    example='then=lambda made: made.add_secret("HOME", ecs.Secret.from_secrets_manager(secret))',
    fix='secrets={"HOME": ecs.Secret.from_secrets_manager(secret)}',
)
def plain_or_secret(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses a secret with the name of a plain variable. `HOME` is one that every container has.

    What is given in the props takes its place; what is added later comes beside it.
    """
    for container in task.containers:
        plain_ones = {each.get("name") for each in cast("list[Mapping[str, Any]]", container.get("environment") or [])}
        for each in cast("list[Mapping[str, Any]]", container.get("secrets") or []):
            name = each.get("name")
            if name in plain_ones:
                yield Finding(
                    path=path_of(container, f'secrets["{name}"]'),
                    value=name,
                    expected="the name of no plain variable of this container",
                    remedy=f'secrets={{"{name}": …}}  # in the props, instead of add_secret\nadd_secret("{name}_2", …)',
                )


def _unjudged(task: BuiltTask) -> Iterator[Variable]:
    """The variables that were added past the checks: to the main container itself, or with another one."""
    for container in (*(each for each in task.containers if each.get("name") == task.main), *task.added):
        main = container.get("name") == task.main
        for each in cast("list[Mapping[str, Any]]", container.get("environment") or []):
            name = str(each.get("name"))
            if not main or name not in task.judged:
                path = path_of(container, f'environment["{name}"]')
                yield Variable(path=path, name=name, value=each.get("value"), library_sets=main)


CONTAINER_RULES = (
    reservations_together,
    memory_together,
    ten_containers,
    not_privileged,
    added_user,
    added_root,
    added_log,
    no_ports,
    reserved_names,
    added_secrets,
    plain_or_secret,
)
