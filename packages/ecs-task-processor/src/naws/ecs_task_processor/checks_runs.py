"""Rules that only a task processor has: what its runs may be asked to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.fargate import MEMORY_FOR_CPU, Size, larger_than
from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Bounds, Field, Told, is_whole
from naws.core.tokens import has_token
from naws.ecs_task_processor.workflow import EVENTS_OF_WAITING, EVENTS_PER_ATTEMPT, HISTORY_LIMIT

_FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size"
_EXIT = "POSIX: an exit status is one byte; ECS API, Container, exitCode"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_GUIDE = "docs/patterns/ecs-task-processor.md"
_CODES = Bounds(low=1, high=255, unit="as an exit code other than 0")
_LEASES = Bounds(low=1, high=1_000, unit="runs at once")
_LARGEST = max(max(sizes) for sizes in MEMORY_FOR_CPU.values())


@dataclass(frozen=True, kw_only=True)
class Growth:
    """The size a task begins with and the memory that it may grow to, in MiB."""

    cpu: int
    memory_limit_mib: int
    most: int


@dataclass(frozen=True, kw_only=True)
class History:
    """What fills an execution's history.

    Attributes:
        attempts: how many there can be.
        waits: whether a run waits for a lease.
    """

    attempts: int
    waits: bool


@rule(
    code="NAWS-RUN-001",
    level="limit",
    title="Listed exit codes are 1 to 255",
    source=_EXIT,
    example='exit_codes={300: "retry"}',
    fix='exit_codes={75: "retry"}',
)
def exit_codes(field: Field) -> Iterator[Finding]:
    """A program cannot exit with another code, and 0 always succeeds: such an entry would never match."""
    for code in field.value:
        if is_whole(code) and not _CODES.low <= code <= _CODES.high:
            yield Finding(
                path=f"exit_codes[{code}]",
                value=field.value[code],
                expected="an exit code from 1 to 255; 0 always succeeds",
                remedy=f'{code % 256}: "{field.value[code]}"  # what the system makes of it'
                if code % 256
                else "remove the entry",
            )


@rule(
    code="NAWS-RUN-002",
    level="limit",
    title="Memory grows to a size that Fargate has, above the size that it begins with",
    source=_FARGATE,
    example="memory_growth=MemoryGrowth(max_memory_limit_mib=2048)",
    fix="memory_growth=MemoryGrowth(max_memory_limit_mib=8192)",
)
def growth(part: Growth) -> Iterator[Finding]:
    """Memory grows from size to size, and the cpu never shrinks: a size that is not on the way is never reached.

    Which sizes there are is written into the workflow, so that all three numbers have to be known at synthesis.
    """
    path, numbers = "memory_growth.max_memory_limit_mib", (part.most, part.memory_limit_mib, part.cpu)
    if has_token(numbers):
        remedy = "omit memory_growth\nmax_memory_limit_mib=8192  # with a cpu and a memory_limit_mib that are known"
        yield Finding(path=path, value=part.most, expected="numbers known at synthesis, not tokens", remedy=remedy)
    if not all(map(is_whole, numbers)):
        return
    larger = [size.memory_limit_mib for size in larger_than(Size(cpu=part.cpu, memory_limit_mib=part.memory_limit_mib))]
    if part.most in larger:
        return
    near = next((size for size in larger if size >= part.most), max(larger, default=None))
    yield Finding(
        path=path,
        value=part.most,
        expected=f"a size above memory_limit_mib={part.memory_limit_mib} that Fargate has with cpu={part.cpu} or more, "
        f"up to {_LARGEST} MiB",
        remedy=f"max_memory_limit_mib={near}" if near else "omit memory_growth",
    )


@rule(
    code="NAWS-RUN-003",
    level="limit",
    title="1 to 1,000 runs hold a lease at once",
    source=f"{_GUIDE}: all leases are in one item of DynamoDB, which holds 400 KB",
    example="concurrency=Concurrency(limit=0)",
    fix="concurrency=Concurrency(limit=1)",
)
def leases(field: Field) -> Iterator[Finding]:
    """With none, no run could ever start; more than a thousand do not fit into one item with certainty."""
    yield from _LEASES.check(field)


@rule(
    code="NAWS-RUN-004",
    level="limit",
    title="All attempts and all waiting of a run fit into one execution's history",
    source=_QUOTAS,
    example="retry=RetryPolicy(infrastructure_attempts=100), concurrency=Concurrency()",
    fix='retry=RetryPolicy(infrastructure_attempts=100), concurrency=Concurrency(when_full="skip")',
)
def history(part: History) -> Iterator[Finding]:
    """Step Functions ends an execution at 25,000 events, and nothing in the workflow can catch that."""
    left = HISTORY_LIMIT - (EVENTS_OF_WAITING if part.waits else 0)
    most = left // EVENTS_PER_ATTEMPT
    if part.attempts > most:
        yield Finding(
            path="retry",
            value=Told(f"{part.attempts} attempts"),
            expected=f"at most {most} attempts in all" + (" beside waiting for a lease" if part.waits else ""),
            remedy="retry=RetryPolicy(infrastructure_attempts=5)"
            + ('\nconcurrency=Concurrency(when_full="skip")' if part.waits else ""),
        )
