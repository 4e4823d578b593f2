"""Rules on the containers of a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from naws.core.fargate import Size
from naws.core.naming import free_name, shortened
from naws.core.rule import Finding, limit, practice
from naws.core.rules.task_sizes import larger
from naws.core.rules.values import Field, format_number, is_text, is_whole, span
from naws.core.secrecy import redact_repr
from naws.core.text import Verbatim
from naws.core.tokens import has_token

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LONGEST_NAME = 255
_MOST = 10
_LEAST_RESERVATION = 6
_DIRECTORY = re.compile(r"/[^\x00-\x1f\x7f]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_LARGEST_ID = 2**32 - 2  # the last but one of 32 bits; the last means "no user"
_ROOTS = ("root", "0")
_WRITABLE = 'readonly_root_filesystem=False, acknowledge={"NAWS-TASK-009": "for a look into a running attempt"}'
_ACCOUNTS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html"


ADDED = "task_definition.container["
"""The beginning of the path of a container that was added by ordinary CDK code."""
NOT_GIVEN = Verbatim("not given")
"""The value of a container's field that the template does not have."""


@dataclass(frozen=True, kw_only=True)
class ContainersTogether(Field):
    """All containers of a task.

    Attributes:
        count: how many there are.
        reserved: MiB that they set aside together.
        size: of the task.
    """

    count: int
    reserved: int
    size: Size


@limit(
    code="NAWS-TASK-001",
    title="The stop timeout is at most 120 seconds, in whole seconds",
    source=_DEFINITION,
    example="stop_timeout=cdk.Duration.minutes(5)",
    fix="stop_timeout=cdk.Duration.seconds(120)",
)
def stop_timeout(field: Field) -> Iterator[Finding]:
    """Fargate kills a program 120 seconds after SIGTERM at the latest; ECS refuses a longer timeout.

    Work that needs longer to end well has to be resumable instead.
    """
    yield from span(0, 120).check(field)


@limit(
    code="NAWS-TASK-002",
    title="A container's name has 1 to 255 letters, digits, hyphens and underscores",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="log router", image=image)]',
    fix='sidecars=[Sidecar(name="log-router", image=image)]',
)
def container_name(field: Field) -> Iterator[Finding]:
    """ECS refuses the task definition with any other character."""
    if is_text(field.value) and not _NAME.fullmatch(field.value):
        yield field.finding(
            "1 to 255 letters, digits, hyphens and underscores",
            f'name="{shortened(field.value, _LONGEST_NAME) or "sidecar"}"',
        )


@limit(
    code="NAWS-TASK-003",
    title="Names of containers are unique within the task",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="main", image=image)]',
    fix='sidecars=[Sidecar(name="proxy", image=image)]',
)
def unique_names(names: Sequence[Field]) -> Iterator[Finding]:
    """ECS refuses a task definition with two containers of one name; the main container has one, too."""
    taken: set[str] = set()
    for each in names:
        if not is_text(each.value):
            continue
        if each.value in taken:
            yield each.finding(
                f"a name other than {', '.join(sorted(taken))}", f'name="{free_name(each.value, taken)}"'
            )
        taken.add(each.value)


@limit(
    code="NAWS-TASK-004",
    title="A task has at most ten containers",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example='sidecars=[Sidecar(name=f"helper-{n}", image=image) for n in range(10)]',
    fix='sidecars=[Sidecar(name=f"helper-{n}", image=image) for n in range(9)]',
)
def few_containers(containers: ContainersTogether) -> Iterator[Finding]:
    """The quota of ten containers in a task definition cannot be raised, whoever adds them; the main one is one."""
    if containers.count > _MOST:
        yield containers.finding(
            f"at most {_MOST}, which are the main container and {_MOST - 1} beside it",
            f"keep {_MOST - 1} beside the main container, or give one image several programs",
            shown=f"{containers.count} containers",
        )


@limit(
    code="NAWS-TASK-005",
    title="A sidecar reserves at least 6 MiB",
    source=_DEFINITION,
    example='sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=0)]',
    fix='sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=64)]',
)
def reservation(field: Field) -> Iterator[Finding]:
    """A container engine sets at least 6 MiB aside for a container; less is refused."""
    if is_whole(field.value) and field.value < _LEAST_RESERVATION:
        yield field.finding(
            f"at least {_LEAST_RESERVATION} MiB", "memory_reservation_mib=64\nomit memory_reservation_mib"
        )


@limit(
    code="NAWS-TASK-006",
    title="What all containers reserve is less than the task's memory",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size",
    example='memory_limit_mib=2048, sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=2048)]',
    fix='memory_limit_mib=2048, sidecars=[Sidecar(name="proxy", image=image, memory_reservation_mib=128)]',
)
def reservations_fit(containers: ContainersTogether) -> Iterator[Finding]:
    """ECS refuses a task definition whose reservations have all of its memory, however small each of them is."""
    memory, reserved = containers.size.memory_limit_mib, containers.reserved
    if is_whole(memory) and reserved >= memory > 0:
        remedies = larger(containers.size, reserved + memory)
        yield containers.finding(
            f"less than the task's {format_number(memory)} MiB in total, so that the main container has some",
            "\n".join([*remedies, "memory_reservation_mib=…  # less of each container, or omit it"]),
            shown=f"{format_number(reserved)} MiB reserved",
        )


@practice(
    code="NAWS-TASK-007",
    title="Programs do not run as root",
    source=f"{_ACCOUNTS}#ecs-20",
    example='user="root"',
    fix='user="1000:1000"',
)
def not_root(field: Field) -> Iterator[Finding]:
    """Root in a container can rewrite the program, and a flaw in it is worth more. Security Hub reports it as ECS.20.

    Files that the image needs at another owner are given to it in the Dockerfile: `COPY --chown=1000:1000`. Without a
    user a container runs as whoever its image names, which is root in most; a `Sidecar` has the main container's.
    """
    user = field.value
    if user is NOT_GIVEN or is_root(user):
        yield Field(field.path, user).finding(
            "a user other than root, as uid:gid",
            _or_sidecar(field, f'{field.name}="1000:1000"  # with COPY --chown=1000:1000 in the Dockerfile'),
        )


def is_root(user: object) -> bool:
    """Whether a container's user is known to be root: by name, or by a number of zeros alone."""
    first = user.partition(":")[0] if is_text(user) else None
    return first in _ROOTS or (first is not None and first.strip("0") == "" != user)


@limit(
    code="NAWS-TASK-008",
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
        yield field.finding(expected, f'{field.name}="1000:1000"')


@practice(
    code="NAWS-TASK-009",
    title="The root filesystem is read-only",
    source=f"{_ACCOUNTS}#ecs-5",
    example="readonly_root_filesystem=False",
    fix="readonly_root_filesystem=True, scratch_mib=512",
)
def readonly_root(field: Field) -> Iterator[Finding]:
    """Files that can be written can be replaced in a run. Security Hub reports it as ECS.5; `/tmp` stays writable."""
    if field.value is False or field.value is NOT_GIVEN:
        yield field.finding(
            "True; files go to /tmp, whose size is scratch_mib, or to a bucket",
            _or_sidecar(field, f"{field.name}=True"),
        )


@limit(
    code="NAWS-TASK-010",
    title="A command that is given has a program to run",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
    example="dev_command=[]",
    fix='dev_command=["python", "-m", "job"]',
)
def command_words(field: Field) -> Iterator[Finding]:
    """An empty list overrides the image's with nothing; leaving the field out keeps the image's."""
    if not isinstance(field.value, list | tuple):
        return
    words = cast("Sequence[object]", field.value)
    if not has_token(words) and not (words and str(words[0]).strip()):
        yield Field(field.path, words).finding(
            "a program and its arguments, one item each", f'{field.name}=["python", "-m", "job"]\nomit {field.name}'
        )


@limit(
    code="NAWS-TASK-011",
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
    remedy = f"{field.name}={redact_repr(directory)}"
    yield field.finding(expected, remedy)


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Whether sessions by ECS Exec into a running task are wanted, and whether its root filesystem is read-only."""

    wanted: bool
    readonly: bool


@limit(
    code="NAWS-RUN-006",
    title="ECS Exec needs a root filesystem that can be written",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations",
    example="enable_execute_command=True",
    fix=f"enable_execute_command=True, {_WRITABLE}",
)
def sessions(part: Sessions) -> Iterator[Finding]:
    """AWS's agent in the container writes its own files; on a read-only root filesystem no session can begin.

    Mounts at its folders are reported to work and are documented nowhere.
    """
    if part.wanted is True and part.readonly is True:
        yield Finding(
            path="enable_execute_command",
            value=True,
            expected="False, or a root filesystem that can be written",
            remedy=f"{_WRITABLE}\nomit enable_execute_command",
        )


def _or_sidecar(field: Field, remedy: str) -> str:
    """A remedy, and the other one for a container that was added by ordinary CDK code."""
    return f"{remedy}\nsidecars=[Sidecar(…)]  # instead of add_container" if field.path.startswith(ADDED) else remedy


NAME_RULES = (container_name,)
RESERVATION_RULES = (reservation,)
TOGETHER_RULES = (few_containers, reservations_fit)
USER_RULES = (not_root, user_form)
"""Those of a user that is given."""
