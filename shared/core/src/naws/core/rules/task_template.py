"""A task definition as its template will have it, judged when the app is synthesised.

Ordinary CDK code may have added containers and variables by then; what the plan has is judged before.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.fargate import Size
from naws.core.rule import Finding, limit, practice
from naws.core.rules.containers import ADDED, NOT_GIVEN, ContainersTogether
from naws.core.rules.environment import Variable
from naws.core.rules.values import Field, format_number, is_text, is_whole

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html"
_LARGEST_DEFINITION = 65_536
_ARCHITECTURES = ("X86_64", "ARM64")


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task definition as its template has it.

    Attributes:
        resource: the properties, resolved.
        main: name of the container whose exit decides the run.
        planned: names of the containers that the plan has; the others were added by ordinary CDK code.
        judged: the variables of the main container that are in the plan.
    """

    resource: Mapping[str, Any]
    main: str
    planned: Collection[str]
    judged: Collection[str]

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """The container definitions."""
        return cast("Sequence[Mapping[str, Any]]", self.resource.get("containerDefinitions", ()))

    @property
    def added(self) -> Sequence[Mapping[str, Any]]:
        """The containers that the plan does not have; one whose name only the deployment knows may be the plan's."""
        return [each for each in self.containers if is_text(each.get("name")) and each["name"] not in self.planned]

    def fields(self, name: str, field: str) -> Iterator[Field]:
        """A property of each container that the plan does not have; `NOT_GIVEN` where it is not given.

        Args:
            name: as CloudFormation has it, with a small letter.
            field: as the user writes it.
        """
        for each in self.added:
            value = each.get(name)
            yield Field(container_path(each, field), NOT_GIVEN if value in (None, "") else value)

    @property
    def together(self) -> ContainersTogether:
        """All containers, whoever added them."""
        return ContainersTogether(
            path="task_definition",
            count=len(self.containers),
            reserved=self.sum("memoryReservation"),
            size=Size(cpu=self.number("cpu") or 0, memory_limit_mib=self.number("memory") or 0),
        )

    @property
    def variables(self) -> Iterator[Variable]:
        """The plain variables that were added past the checks: to the main container itself, or with another one."""
        main = [each for each in self.containers if each.get("name") == self.main]
        for container in (*main, *self.added):
            for each in cast("list[Mapping[str, Any]]", container.get("environment") or []):
                name = str(each.get("name"))
                if container not in main or name not in self.judged:
                    path = container_path(container, f'environment["{name}"]')
                    yield Variable(path=path, name=name, value=each.get("value"), library_sets=container in main)

    def sum(self, name: str) -> int:
        """The sum of a field over all containers, as far as it is known."""
        return sum(value for each in self.containers if is_whole(value := each.get(name)))

    @property
    def architecture(self) -> str:
        """The CPU architecture; empty when only the deployment knows it."""
        given = cast("Mapping[str, Any]", self.resource.get("runtimePlatform", {})).get("cpuArchitecture")
        return given if is_text(given) else ""

    def image_path(self, name: str) -> str:
        """The image of a container, in the user's spelling."""
        return "image" if name == self.main else f'container["{name}"].image'

    def number(self, name: str) -> int | None:
        """A whole number of the task definition, which CloudFormation takes as text; None when it is not known."""
        text = str(self.resource.get(name, ""))
        return int(text) if text.isdigit() else None


def container_path(container: Mapping[str, Any], field: str = "") -> str:
    """A container, or a field of one, in the user's spelling."""
    return f'{ADDED}"{container.get("name")}"]' + (f".{field}" if field else "")


def container_with(name: str = "helper", **given: object) -> str:
    """A container that is added as it should be, but for what is given; for examples."""
    usual = {
        "image": "image",
        "user": '"1000:1000"',
        "readonly_root_filesystem": "True",
        "logging": f'ecs.LogDrivers.aws_logs(log_group=made.log_group, stream_prefix="{name}")',
    }
    every = {**usual, **{key: str(value) for key, value in given.items()}}
    words = ", ".join(f"{key}={value}" for key, value in every.items() if value)
    return f'made.task_definition.add_container("{name}", {words})'


def _two(**given: object) -> str:
    return f"then=lambda made: [{container_with('one', **given)}, {container_with('two', **given)}]"


@limit(
    code="NAWS-BUILT-001",
    title="A container's memory fits into the task's",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size",
    example='then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=4096)',
    fix=f"then=lambda made: {container_with(memory_limit_mib=512)}",
)
def container_memory(task: TaskView) -> Iterator[Finding]:
    """ECS refuses a container with more memory than its task, such as one that was added by ordinary CDK code."""
    memory = task.number("memory")
    for container in task.containers:
        own = max(
            (value for name in ("memory", "memoryReservation") if is_whole(value := container.get(name))), default=0
        )
        if memory is not None and own > memory:
            yield Field(container_path(container, "memory_limit_mib"), own).finding(
                f"at most the task's {memory} MiB", f"memory_limit_mib={memory // 2}  # of the container"
            )


@limit(
    code="NAWS-BUILT-002",
    title="A task definition has at most 64 KiB",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example='then=lambda made: made.container.add_environment("RULES", "x" * 70_000)',
    fix='then=lambda made: made.add_environment("RULES_URI", "s3://rules/latest.json")',
)
def definition_size(task: TaskView) -> Iterator[Finding]:
    """ECS refuses a larger one. What bindings and added containers bring counts too."""
    size = len(json.dumps(task.resource, default=str).encode())
    if size > _LARGEST_DEFINITION:
        yield Field("task_definition").finding(
            f"at most {format_number(_LARGEST_DEFINITION)} bytes",
            "put large values into a bucket, and give the program a BucketBinding",
            shown=f"{format_number(size)} bytes",
        )


@limit(
    code="NAWS-BUILT-003",
    title="The architecture is X86_64 or ARM64",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html",
    example='cpu_architecture=ecs.CpuArchitecture.of("ARM")',
    fix="cpu_architecture=ecs.CpuArchitecture.ARM64",
)
def architecture(task: TaskView) -> Iterator[Finding]:
    """Fargate has no other CPU architectures."""
    given = task.architecture
    if given and given not in _ARCHITECTURES:
        near = "ARM64" if given.upper().startswith(("ARM", "AARCH")) else "X86_64"
        remedy = f"cpu_architecture=ecs.CpuArchitecture.{near}"
        yield Field("cpu_architecture", given).finding("X86_64 or ARM64", remedy)


@practice(
    code="NAWS-BUILT-011",
    title="What all containers may use fits into the task's memory",
    source=_DEFINITION,
    example=_two(memory_limit_mib=1500),
    fix=_two(memory_limit_mib=500),
)
def memory_together(task: TaskView) -> Iterator[Finding]:
    """Limits that together exceed the task bound nothing: the task runs out of memory before a container does.

    The run then fails for a helper's sake, and nothing says which container it was.
    """
    memory, limits = task.number("memory"), task.sum("memory")
    if memory is not None and limits > memory:
        yield Field("task_definition").finding(
            f"at most the task's {format_number(memory)} MiB for all containers together",
            remedy=f"memory_limit_mib={memory // (len(task.containers) + 1)}  # of each\n"
            "memory_limit_mib=…  # a larger task",
            shown=f"limits of {format_number(limits)} MiB",
        )


@limit(
    code="NAWS-BUILT-013",
    title="No container is privileged",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
    example=f"then=lambda made: {container_with(privileged=True)}",
    fix=f"then=lambda made: {container_with()}",
)
def not_privileged(task: TaskView) -> Iterator[Finding]:
    """Fargate has no host that a container could be given; it refuses the task definition."""
    for container in task.containers:
        if container.get("privileged") is True:
            field, expected = (
                Field(container_path(container, "privileged")),
                "False: Fargate runs no privileged containers",
            )
            yield field.finding(expected, "omit privileged", shown="True")


@practice(
    code="NAWS-BUILT-016",
    title="An added container writes a log",
    source=f"{_CONTROLS}#ecs-9",
    example=f"then=lambda made: {container_with(logging='')}",
    fix=f"then=lambda made: {container_with()}",
)
def added_log(task: TaskView) -> Iterator[Finding]:
    """Without a log driver Fargate keeps nothing of what it prints. Security Hub reports it as ECS.9."""
    for container in task.added:
        if not container.get("logConfiguration"):
            name = container.get("name")
            yield Field(container_path(container, "logging"), NOT_GIVEN).finding(
                "a log driver",
                remedy=f'logging=ecs.LogDrivers.aws_logs(log_group=pattern.log_group, stream_prefix="{name}")\n'
                "sidecars=[Sidecar(…)]  # instead of add_container",
            )


@limit(
    code="NAWS-TASK-014",
    title="A variable of a container is plain or a secret",
    source=_DEFINITION,
    example='then=lambda made: made.add_secret("HOME", ecs.Secret.from_secrets_manager(secret))',
    fix='secrets={"HOME": ecs.Secret.from_secrets_manager(secret)}',
)
def plain_or_secret(task: TaskView) -> Iterator[Finding]:
    """ECS refuses a secret with the name of a plain variable. `HOME` is one that every container has.

    What is given in the props takes its place; what is added later comes beside it.
    """
    for container in task.containers:
        plain_ones = {each.get("name") for each in cast("list[Mapping[str, Any]]", container.get("environment") or [])}
        for each in cast("list[Mapping[str, Any]]", container.get("secrets") or []):
            name = each.get("name")
            if name in plain_ones:
                yield Field(container_path(container, f'secrets["{name}"]'), name).finding(
                    "the name of no plain variable of this container",
                    f'secrets={{"{name}": …}}  # in the props, instead of add_secret\nadd_secret("{name}_2", …)',
                )


TASK_TEMPLATE_RULES = (
    container_memory,
    definition_size,
    architecture,
    memory_together,
    not_privileged,
    added_log,
    plain_or_secret,
)
