"""Containers of a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.fargate import Size, smallest_with
from naws.core.issues import shown
from naws.core.naming import shortened
from naws.core.rule import Finding, rule
from naws.core.rules.values import Field, Verbatim, is_text, is_whole, span
from naws.core.tokens import has_token

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_QUOTAS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"
_STOP = span(0, 120)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LONGEST_NAME = 255
_MOST = 10
_LEAST_RESERVATION = 6
_DIRECTORY = re.compile(r"/[^\x00-\x1f\x7f]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_LARGEST_ID = 2**32 - 2  # the last but one of 32 bits; the last means "no user"
_ROOTS = ("root", "0")
_ACCOUNTS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html"


@dataclass(frozen=True, kw_only=True)
class ContainerPlan:
    """What the rules know of one container beside the main one.

    Attributes:
        path: its place in the user's spelling, such as `sidecars[0]`.
        name: its name.
        memory_reservation_mib: what it sets aside; None for nothing.
    """

    path: str
    name: Any
    memory_reservation_mib: Any = None


@dataclass(frozen=True, kw_only=True)
class Containers:
    """All containers of a task.

    Attributes:
        main: name of the one whose exit decides.
        others: the rest.
        path: the field that holds them.
        size: of the task.
    """

    main: str
    others: Sequence[ContainerPlan]
    path: str
    size: Size


@rule(
    code="NAWS-TASK-001",
    level="limit",
    title="The stop timeout is at most 120 seconds, in whole seconds",
    source=_DEFINITION,
    example="stop_timeout=cdk.Duration.minutes(5)",
    fix="stop_timeout=cdk.Duration.seconds(120)",
)
def stop_timeout(field: Field) -> Iterator[Finding]:
    """Fargate kills a program 120 seconds after SIGTERM at the latest; ECS refuses a longer timeout.

    Work that needs longer to end well has to be resumable instead.
    """
    yield from _STOP.check(field)


@rule(
    code="NAWS-TASK-002",
    level="limit",
    title="A container's name has 1 to 255 letters, digits, hyphens and underscores",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="log router", image=image)]',
    fix='sidecars=[Sidecar(name="log-router", image=image)]',
)
def container_name(container: ContainerPlan) -> Iterator[Finding]:
    """ECS refuses the task definition with any other character."""
    if is_text(container.name) and not _NAME.fullmatch(container.name):
        yield Finding(
            path=f"{container.path}.name",
            value=container.name,
            expected="1 to 255 letters, digits, hyphens and underscores",
            remedy=f'name="{shortened(container.name, _LONGEST_NAME) or "sidecar"}"',
        )


@rule(
    code="NAWS-TASK-003",
    level="limit",
    title="Names of containers are unique within the task",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="main", image=image)]',
    fix='sidecars=[Sidecar(name="proxy", image=image)]',
)
def unique_names(containers: Containers) -> Iterator[Finding]:
    """ECS refuses a task definition with two containers of one name; `main` is the one whose exit decides the run."""
    taken = {containers.main}
    for container in containers.others:
        if not is_text(container.name):
            continue
        if container.name in taken:
            yield Finding(
                path=f"{container.path}.name",
                value=container.name,
                expected=f"a name other than {', '.join(sorted(taken))}",
                remedy=f'name="{_free(container.name, taken)}"',
            )
        taken.add(container.name)


@rule(
    code="NAWS-TASK-004",
    level="limit",
    title="A task has at most ten containers",
    source=_QUOTAS,
    example='sidecars=[Sidecar(name=f"helper-{n}", image=image) for n in range(10)]',
    fix='sidecars=[Sidecar(name=f"helper-{n}", image=image) for n in range(9)]',
)
def few_containers(containers: Containers) -> Iterator[Finding]:
    """The quota of ten containers in a task definition cannot be raised; the main one is one of them."""
    count = len(containers.others)
    if count >= _MOST:
        yield Finding(
            path=containers.path,
            value=Verbatim(f"{count} sidecars"),
            expected=f"at most {_MOST - 1} beside the main container",
            remedy=f"keep {_MOST - 1} of them, or give one image several programs",
        )


@rule(
    code="NAWS-TASK-005",
    level="limit",
    title="A sidecar reserves at least 6 MiB",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=0)]',
    fix='sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=64)]',
)
def reservation(container: ContainerPlan) -> Iterator[Finding]:
    """A container engine sets at least 6 MiB aside for a container; less is refused."""
    amount = container.memory_reservation_mib
    if is_whole(amount) and amount < _LEAST_RESERVATION:
        yield Finding(
            path=f"{container.path}.memory_reservation_mib",
            value=amount,
            expected=f"at least {_LEAST_RESERVATION} MiB",
            remedy="memory_reservation_mib=64\nomit memory_reservation_mib",
        )


@rule(
    code="NAWS-TASK-006",
    level="limit",
    title="What the sidecars reserve leaves memory for the main container",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size",
    example='memory_limit_mib=2048, sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=2048)]',
    fix='memory_limit_mib=2048, sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=128)]',
)
def reservations_fit(containers: Containers) -> Iterator[Finding]:
    """Containers cannot reserve more than the task has; ECS refuses the task definition."""
    memory = containers.size.memory_limit_mib
    reserved = [each.memory_reservation_mib for each in containers.others if is_whole(each.memory_reservation_mib)]
    if is_whole(memory) and reserved and sum(reserved) >= memory > 0:
        cpu = containers.size.cpu if is_whole(containers.size.cpu) else 0
        larger = smallest_with(sum(reserved) + memory, at_least_cpu=cpu)
        remedies = [f"cpu={larger.cpu}, memory_limit_mib={larger.memory_limit_mib}"] if larger else []
        yield Finding(
            path=containers.path,
            value=Verbatim(f"{sum(reserved)} MiB reserved"),
            expected=f"less than the task's {memory} MiB in total, so that the main container has some",
            remedy="\n".join([*remedies, "memory_reservation_mib=…  # less of each sidecar, or omit it"]),
        )


@rule(
    code="NAWS-TASK-007",
    level="practice",
    title="Programs do not run as root",
    source=f"{_ACCOUNTS}#ecs-20",
    example='user="root"',
    fix='user="1000:1000"',
)
def not_root(field: Field) -> Iterator[Finding]:
    """Root in a container can rewrite the program, and a flaw in it is worth more. Security Hub reports it as ECS.20.

    Files that the image needs at another owner are given to it in the Dockerfile: `COPY --chown=1000:1000`.
    """
    user = field.value
    if is_text(user) and (user.partition(":")[0] in _ROOTS or user.partition(":")[0].strip("0") == "" != user):
        yield Finding(
            path=field.path,
            value=user,
            expected="a user other than root, as uid:gid",
            remedy=f'{field.name}="1000:1000"  # with COPY --chown=1000:1000 in the Dockerfile',
        )


@rule(
    code="NAWS-TASK-008",
    level="limit",
    title="A user is written user, user:group, uid or uid:gid",
    source=_DEFINITION,
    example='user="1000:1000:1000"',
    fix='user="1000:1000"',
)
def user_form(field: Field) -> Iterator[Finding]:
    """The container engine takes no other form, and numbers of 32 bits; the task would stop before it starts."""
    if not is_text(field.value):
        return
    numbers = [int(part) for part in field.value.split(":") if part.isdecimal() and part.isascii()]
    if not _USER.fullmatch(field.value) or any(number > _LARGEST_ID for number in numbers):
        expected = "user, user:group, uid, uid:gid, user:gid or uid:group; numbers have 32 bits"
        yield Finding(path=field.path, value=field.value, expected=expected, remedy=f'{field.name}="1000:1000"')


@rule(
    code="NAWS-TASK-009",
    level="practice",
    title="The root filesystem is read-only",
    source=f"{_ACCOUNTS}#ecs-5",
    example="readonly_root_filesystem=False",
    fix="readonly_root_filesystem=True, scratch_mib=512",
)
def readonly_root(field: Field) -> Iterator[Finding]:
    """What can be written can be replaced while it runs. Security Hub reports it as ECS.5; `/tmp` stays writable."""
    if field.value is False:
        yield Finding(
            path=field.path,
            value=False,
            expected="True; files go to /tmp, whose size is scratch_mib, or to a bucket",
            remedy=f"{field.name}=True",
        )


@rule(
    code="NAWS-TASK-010",
    level="limit",
    title="A command that is given has a program to run",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
    example="dev_command=[]",
    fix='dev_command=["python", "-m", "job"]',
)
def command_words(field: Field) -> Iterator[Finding]:
    """An empty list overrides what the image says with nothing; leaving the field out keeps the image's."""
    if not isinstance(field.value, list | tuple):
        return
    words = cast("Sequence[object]", field.value)
    if not has_token(words) and not (words and str(words[0]).strip()):
        yield Finding(
            path=field.path,
            value=words,
            expected="a program and its arguments, one item each",
            remedy=f'{field.name}=["python", "-m", "job"]\nomit {field.name}',
        )


@rule(
    code="NAWS-TASK-011",
    level="limit",
    title="A working directory is an absolute path",
    source=_DEFINITION,
    example='working_directory="app"',
    fix='working_directory="/app"',
)
def absolute_directory(field: Field) -> Iterator[Finding]:
    """A container engine refuses a relative working directory when the task starts. The containers are Linux's."""
    if not is_text(field.value) or _DIRECTORY.fullmatch(field.value):
        return
    parts = re.split(r"[/\\\x00-\x1f\x7f]+", re.sub(r"^[A-Za-z]:", "", field.value))
    directory = "/" + "/".join(part for part in parts if part.strip(". "))
    expected = "a path that begins with / and has no control characters"
    yield Finding(path=field.path, value=field.value, expected=expected, remedy=f"{field.name}={shown(directory)}")


def _free(name: str, taken: set[str]) -> str:
    return next(each for number in range(2, len(taken) + 3) if (each := f"{name}-{number}") not in taken)
