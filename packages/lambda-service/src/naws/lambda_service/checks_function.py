"""Rules on a function itself: its size, its time, what it runs, and how many of it."""

from collections.abc import Iterator
from dataclasses import replace

from naws.core.authoring import (
    Bounds,
    Check,
    Field,
    Finding,
    advice,
    bind,
    format_number,
    is_number,
    is_whole,
    limit,
    practice,
    span,
)
from naws.lambda_service.plan import FunctionPlan, Plan

_QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
_SNAP_START = "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"
_IMAGE = 'code=lambda_.Code.from_ecr_image(ecr.Repository.from_repository_name(stack, "Repo", "orders"))'
_MEMORY = Bounds(low=128, high=10_240, unit="MB")
_STORAGE = Bounds(
    low=512,
    high=10_240,
    unit="MiB",
    write=lambda value: f"cdk.Size.mebibytes({int(value)})",
    in_words=lambda value: f"{format_number(value)} MiB",
)
_RESERVED = Bounds(low=0, high=float("inf"), unit="invocations at once")
_LARGEST_IN_GB = 10
_UNRESERVED, _DEFAULT_ACCOUNT = 100, 1_000
_SMALL, _MANY = 128, 10


@limit(
    code="NAWS-FN-001",
    title="A function has 128 to 10,240 MB of memory",
    source=_QUOTAS,
    example="memory_size=2",
    fix="memory_size=2048",
)
def memory(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda counts whole MB, and refuses anything else while the stack is deployed. A small number counts GB."""
    size = plan.given.memory_size
    for found in _MEMORY.check(Field("memory_size", size)):
        in_gb = is_number(size) and 0 < size <= _LARGEST_IN_GB
        yield replace(found, remedy=f"memory_size={int(size * 1024)}  # {size} GB") if in_gb else found


@limit(
    code="NAWS-FN-002",
    title="An invocation takes 1 second to 15 minutes",
    source=_QUOTAS,
    example="timeout=cdk.Duration.minutes(30)",
    fix="timeout=cdk.Duration.minutes(15)",
)
def timeout(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda counts whole seconds and ends what takes longer. Longer work belongs into a task or a workflow."""
    yield from span(1, 900).check(Field("timeout", plan.timeout))


@limit(
    code="NAWS-FN-003",
    title="The ephemeral storage has 512 to 10,240 MiB",
    source=_QUOTAS,
    example="ephemeral_storage_size=cdk.Size.gibibytes(20)",
    fix="ephemeral_storage_size=cdk.Size.gibibytes(10)",
)
def storage(plan: FunctionPlan) -> Iterator[Finding]:
    """It is `/tmp`, of which 512 MiB cost nothing. What is larger belongs into a bucket, or a file system."""
    yield from _STORAGE.check(Field("ephemeral_storage_size", plan.ephemeral_storage_mib))


@limit(
    code="NAWS-FN-035",
    title="A container image brings its own handler, runtime and layers",
    source="https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    example=f'{_IMAGE}, handler="orders.handler"',
    fix=_IMAGE,
)
def image_has_its_own(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda refuses all three beside an image: they are of packages. The image's `CMD` names its handler."""
    given = plan.given
    ours = {"handler": given.handler != "app.handler", "runtime": given.runtime is not None, "layers": given.layers}
    for name in [name for name, is_given in ours.items() if is_given] if plan.image else ():
        shown = str(given.handler) if name == "handler" else "given"
        yield Field(name).finding(f"no {name} beside a container image", f"omit {name}", shown=shown)


@limit(
    code="NAWS-FN-015",
    title="Reserved concurrency is a whole number of invocations",
    source=_CONCURRENCY,
    example="reserved_concurrent_executions=-1",
    fix="reserved_concurrent_executions=5",
)
def reserved(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda refuses a negative one: without a number nothing is reserved."""
    for found in _RESERVED.check(Field("reserved_concurrent_executions", plan.given.reserved_concurrent_executions)):
        yield replace(found, expected="0 or more invocations at once", remedy="omit reserved_concurrent_executions")


@practice(
    code="NAWS-FN-036",
    title="A function is not switched off",
    source=_CONCURRENCY,
    example="reserved_concurrent_executions=0",
    fix="reserved_concurrent_executions=5",
)
def switched_on(plan: FunctionPlan) -> Iterator[Finding]:
    """With no invocation reserved each one is throttled: requests get 429, messages and events end in their queues.

    In an emergency that is right: accept it here, and take it back when the emergency is over.
    """
    value = plan.given.reserved_concurrent_executions
    if is_whole(value) and value == 0:
        yield Field("reserved_concurrent_executions", 0).finding(
            "1 or more, or none reserved", "omit reserved_concurrent_executions\nreserved_concurrent_executions=5"
        )


@advice(
    code="NAWS-FN-016",
    title="A function reserves no more than an account has",
    source=_CONCURRENCY,
    example="reserved_concurrent_executions=950",
    fix="reserved_concurrent_executions=100",
)
def within_account(plan: FunctionPlan) -> Iterator[Finding]:
    """An account begins with 1,000 invocations at once, a new one with fewer, of which 100 stay with all others.

    Lambda refuses what is beyond that, and what is reserved here no other function of the account can use.
    """
    value, most = plan.given.reserved_concurrent_executions, _DEFAULT_ACCOUNT - _UNRESERVED
    if is_number(value) and value > most:
        yield Field("reserved_concurrent_executions", value).finding(
            f"at most {most}, unless the account's quota has been raised", f"reserved_concurrent_executions={most}"
        )


@limit(
    code="NAWS-FN-017",
    title="Provisioned concurrency is at least 1, and no more than is reserved",
    source="https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
    example="provisioned_concurrent_executions=10, reserved_concurrent_executions=5",
    fix="provisioned_concurrent_executions=5, reserved_concurrent_executions=5",
)
def provisioned(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda refuses to keep more environments warm than the function may have, and none at all is no number."""
    value, most = plan.given.provisioned_concurrent_executions, plan.given.reserved_concurrent_executions
    field = Field("provisioned_concurrent_executions", value)
    if is_number(value) and value < 1:
        yield field.finding("1 or more", "omit provisioned_concurrent_executions")
    elif is_number(value) and is_number(most) and value > most:
        fewer = f"provisioned_concurrent_executions={most}" if most >= 1 else "omit provisioned_concurrent_executions"
        yield field.finding(f"at most {most}, which are reserved", f"{fewer}\nreserved_concurrent_executions={value}")


@limit(
    code="NAWS-FN-018",
    title="Environments are kept warm, or begin from a snapshot",
    source=f"{_SNAP_START}#snapstart-runtimes",
    example='provisioned_concurrent_executions=5, snap_start="published-versions"',
    fix='snap_start="published-versions"',
)
def warm_or_snapped(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda takes one of the two. SnapStart costs less; provisioned concurrency answers at once."""
    given = plan.given
    if given.snap_start is not None and given.provisioned_concurrent_executions is not None:
        yield Field("provisioned_concurrent_executions", given.provisioned_concurrent_executions).finding(
            "none beside snap_start", "omit provisioned_concurrent_executions\nomit snap_start"
        )


@practice(
    code="NAWS-FN-031",
    title="A function with large batches has more than the least memory",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
    example="memory_size=128, batch=Batch(batch_size=50, max_batching_window=cdk.Duration.seconds(5)), "
    "triggers=[QueueTrigger()]",
    fix="batch=Batch(batch_size=50, max_batching_window=cdk.Duration.seconds(5)), triggers=[QueueTrigger()]",
)
def enough_for_batches(plan: Plan) -> Iterator[Finding]:
    """128 MB have a fourteenth of a vCPU: batches overrun the timeout there, and all of their messages return."""
    memory_size, size = plan.props.memory_size, plan.asynchronous.batch_size
    if plan.triggers.queues and is_number(memory_size) and memory_size == _SMALL and is_number(size) and size > _MANY:
        yield Field("memory_size", memory_size).finding(
            f"more than {_SMALL} MB for {size} messages at once", "memory_size=512\nbatch=Batch(batch_size=10)"
        )


@practice(
    code="NAWS-FN-037",
    title="A function answers requests, or works on triggers",
    source="a timeout that suits both does not exist: somebody waits for an answer, and nobody for work",
    example="endpoint=HttpApi(), triggers=[QueueTrigger()]",
    fix="endpoint=HttpApi(), triggers=[QueueTrigger()], timeout=cdk.Duration.seconds(20)",
)
def one_service(plan: Plan) -> Iterator[Finding]:
    """Two services would share a timeout, a concurrency, a role and alarms: work throttles answers, and hides errors.

    Make two functions of the same code; or give the `timeout` that both of them have, when they belong together.
    """
    if plan.endpoint is not None and plan.props.triggers and plan.props.timeout is None:
        yield Field("triggers").finding(
            "two functions, one with the endpoint and one with the triggers; or a timeout that is right for both",
            "timeout=cdk.Duration.seconds(20)\nomit triggers  # they are another function's",
            shown=f"{len(plan.props.triggers)} beside an endpoint",
        )


FUNCTION_CHECKS: tuple[Check[Plan], ...] = (
    *bind(
        lambda plan: (plan.function,),
        (
            memory,
            timeout,
            storage,
            image_has_its_own,
            reserved,
            switched_on,
            within_account,
            provisioned,
            warm_or_snapped,
        ),
    ),
    *bind(lambda plan: (plan,), (enough_for_batches, one_service)),
)
