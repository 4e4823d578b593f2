"""Rules on runs that only a task processor has: exit codes, memory growth, leases, length of history."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.authoring import (
    HISTORY_LIMIT,
    LARGEST,
    RETRY_RULES,
    Bounds,
    Check,
    Field,
    Finding,
    Size,
    Verbatim,
    attempts,
    bind,
    counted_in_gib,
    format_number,
    gib_in_mib,
    has_token,
    is_number,
    is_whole,
    larger_than,
    limit,
)
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.workflow import longest_history
from naws.ecs_task_processor.workflow.limits import History

_FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size"
_EXIT = "POSIX: an exit status is one byte; ECS API, Container, exitCode"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_GUIDE = "docs/patterns/ecs-task-processor.md"
_CODES = Bounds(low=1, high=255, unit="as an exit code other than 0")
_LEASES = Bounds(low=1, high=1_000, unit="runs at once")


@dataclass(frozen=True, kw_only=True)
class Growth:
    """The size a task begins with and the memory that it may grow to, in MiB."""

    cpu: int
    memory_limit_mib: int
    most: int


@limit(
    code="NAWS-RUN-001",
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


@limit(
    code="NAWS-RUN-002",
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
    sizes = list(larger_than(Size(cpu=part.cpu, memory_limit_mib=part.memory_limit_mib)))
    larger = [size.memory_limit_mib for size in sizes]
    if part.most in larger:
        return
    in_gib = counted_in_gib(part.most, sizes)
    near = next((size for size in larger if size >= part.most), max(larger, default=None))
    better = f"{in_gib.memory_limit_mib}  # {part.most} GiB" if in_gib else str(near)
    yield Finding(
        path=path,
        value=part.most,
        expected=f"a size above memory_limit_mib={part.memory_limit_mib} that Fargate has with cpu={part.cpu} or more, "
        f"up to {LARGEST} MiB{gib_in_mib(part.most)}",
        remedy=f"max_memory_limit_mib={better}" if near else "omit memory_growth",
    )


@limit(
    code="NAWS-RUN-003",
    title="1 to 1,000 runs hold a lease at once",
    source=f"{_GUIDE}: all leases are in one item of DynamoDB, which holds 400 KB",
    example="concurrency=Concurrency(limit=0)",
    fix="concurrency=Concurrency(limit=1)",
)
def leases(field: Field) -> Iterator[Finding]:
    """With none, no run could ever start; more than a thousand do not fit into one item with certainty."""
    yield from _LEASES.check(field)


@limit(
    code="NAWS-RUN-004",
    title="All attempts and all waiting of a run fit into one execution's history",
    source=_QUOTAS,
    example="retry=RetryPolicy(infrastructure_attempts=100, task_attempts=100), concurrency=Concurrency()",
    fix='retry=RetryPolicy(infrastructure_attempts=100, task_attempts=100), concurrency=Concurrency(when_full="skip")',
)
def history(part: History) -> Iterator[Finding]:
    """Step Functions ends an execution at 25,000 events, and nothing in the workflow can catch that.

    The events are counted from the workflow that these settings make, each call repeated as often as it may be.
    """
    if part.events > HISTORY_LIMIT:
        waits = part.waiting > 0
        yield Finding(
            path="retry",
            value=Verbatim(f"{part.attempts} attempts, {format_number(part.events)} events"),
            expected=f"at most {part.most_attempts} attempts in all" + (" beside waiting for a lease" if waits else ""),
            remedy="retry=RetryPolicy(infrastructure_attempts=5)"
            + ('\nconcurrency=Concurrency(when_full="skip")' if waits else ""),
        )


def _growth(plan: Plan) -> Iterator[Growth]:
    growth = plan.props.memory_growth
    if growth is not None:
        size = plan.size
        yield Growth(cpu=size.cpu, memory_limit_mib=size.memory_limit_mib, most=growth.max_memory_limit_mib)


def _leases(plan: Plan) -> Iterator[Field]:
    if plan.runs.lease is not None:
        yield Field("concurrency.limit", plan.runs.lease.limit)


def _history(plan: Plan) -> Iterator[History]:
    counts = (plan.runs.infrastructure_attempts, plan.runs.task_attempts)
    wrong = plan.mismatches or attempts.issues(plan.runs)
    if not wrong and all(map(is_number, counts)):  # what cannot be made cannot be measured
        yield longest_history(plan.runs)


CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (plan.runs,), RETRY_RULES),
    exit_codes.on(lambda plan: (Field("exit_codes", plan.runs.exit_codes),)),
    growth.on(_growth),
    leases.on(_leases),
    history.on(_history),
)
