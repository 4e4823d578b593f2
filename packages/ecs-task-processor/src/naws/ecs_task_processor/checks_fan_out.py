"""Rules for a run that becomes many tasks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from naws.core.authoring import (
    MEMORY_FOR_CPU,
    OBJECT_KEY_RULES,
    Bounds,
    Check,
    Field,
    Finding,
    Verbatim,
    advice,
    bind,
    is_text,
    is_whole,
    limit,
)
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.props import ObjectsUnder, RowsOf

_MAP = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_BATCHER = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"
_READER = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"
_GUIDE = "docs/patterns/ecs-task-processor.md"
_PATH = re.compile(r"\$(\.[^.\s\[\]`*$]+)*")
_AT_ONCE = Bounds(low=1, high=10_000, unit="tasks at once")
_BATCH = Bounds(low=1, high=10_000, unit="items a task")
_SHARE = Bounds(low=0, high=100, unit="percent", whole=False)
_ROWS = (".csv", ".jsonl")
_BURST = 100
_USUAL = 40
_UNITS = 1024


@dataclass(frozen=True, kw_only=True)
class FanOutLoad:
    """The number of tasks that work at once, and the size of each in CPU units."""

    cpu: int
    tasks: int


@limit(
    code="NAWS-FAN-001",
    title="Items are named by a plain path",
    source=f"{_GUIDE}: many tasks from one run",
    example='fan_out=FanOut("items[*]")',
    fix='fan_out=FanOut("$.items")',
)
def path_of_items(field: Field) -> Iterator[Finding]:
    """A path begins with `$`, the payload, and goes on by names; nothing else would find an array at run time."""
    if not is_text(field.value) or _PATH.fullmatch(field.value):
        return
    names = ".".join(re.findall(r"\w+", field.value))
    yield Finding(
        path=field.path,
        value=field.value,
        expected='a path such as "$.items", or "$" for the whole payload',
        remedy=f'FanOut("$.{names}")' if names else 'FanOut("$")',
    )


@limit(
    code="NAWS-FAN-002",
    title="1 to 10,000 tasks of a run work at once",
    source=_QUOTAS,
    example='fan_out=FanOut("$.items", max_concurrency=0)',
    fix='fan_out=FanOut("$.items", max_concurrency=40)',
)
def tasks_at_once(field: Field) -> Iterator[Finding]:
    """Step Functions takes 0 for as many as it can, which is more than the quotas of most accounts carry."""
    yield from _AT_ONCE.check(field)


@limit(
    code="NAWS-FAN-003",
    title="A batch has 1 to 10,000 items",
    source=f"{_BATCHER}; the upper bound is this library's own",
    example='fan_out=FanOut("$.items", batch=0)',
    fix='fan_out=FanOut("$.items", batch=10)',
)
def items_a_task(field: Field) -> Iterator[Finding]:
    """A batch holds 256 KiB. Ten thousand items are this library's own bound: with their indexes no more would fit."""
    yield from _BATCH.check(field)


@limit(
    code="NAWS-FAN-004",
    title="The tolerated share of failures is 0 to 100 percent",
    source=_MAP,
    example='fan_out=FanOut("$.items", tolerated_failure_percentage=101)',
    fix='fan_out=FanOut("$.items", tolerated_failure_percentage=5)',
)
def tolerated(field: Field) -> Iterator[Finding]:
    """Of a hundred items no more than a hundred can fail."""
    yield from _SHARE.check(field)


@limit(
    code="NAWS-FAN-005",
    title="Rows are read from a .csv or .jsonl object",
    source=_READER,
    example='fan_out=FanOut(RowsOf(s3.Bucket(stack, "Inbox"), "rows.xlsx"))',
    fix='fan_out=FanOut(RowsOf(s3.Bucket(stack, "Inbox"), "rows.csv"))',
)
def key_of_rows(field: Field) -> Iterator[Finding]:
    """The end of the key decides how its rows are read; another kind of file would be read as if it were a CSV."""
    if is_text(field.value) and not field.value.endswith(_ROWS):
        yield Finding(
            path=field.path,
            value=field.value,
            expected="a key that ends with .csv or .jsonl, in small letters",
            remedy=f'key="{_likely_key(field.value)}"',
        )


def _likely_key(key: str) -> str:
    """The key with the end that its own end resembles: `rows.json` becomes `rows.jsonl`."""
    folder, slash, name = key.rpartition("/")
    stem, dot, end = name.rpartition(".")
    if not dot:
        stem, end = name, ""
    if stem.endswith(_ROWS):
        return f"{folder}{slash}{stem}"
    return f"{folder}{slash}{stem or 'rows'}{'.jsonl' if 'json' in end.lower() else '.csv'}"


@advice(
    code="NAWS-FAN-006",
    title="The tasks at once fit into the account's quotas",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html",
    example='cpu=4096, memory_limit_mib=8192, fan_out=FanOut("$.items", max_concurrency=1000)',
    fix='cpu=4096, memory_limit_mib=8192, fan_out=FanOut("$.items", max_concurrency=10)',
)
def fits_quotas(load: FanOutLoad) -> Iterator[Finding]:
    """Fargate starts 100 tasks at once in an account and region, and then 20 a second.

    How many vCPUs run together is a quota too: 6 in a new account, raised as it is used and on request. What is beyond
    is refused, and costs each item attempts of AWS's kind. Up to 40 vCPU, the defaults, this finds nothing.
    """
    vcpu = load.cpu / _UNITS
    if load.tasks <= _BURST and load.tasks * vcpu <= _USUAL:
        return
    fitting = max(1, min(_BURST, int(_USUAL / vcpu)))
    yield Finding(
        path="fan_out.max_concurrency",
        value=Verbatim(f"{load.tasks:,} tasks of {vcpu:g} vCPU, {load.tasks * vcpu:,g} vCPU at once"),
        expected=f"tasks that start together, {_BURST} at most, on vCPUs that the account has; a new one has 6",
        remedy=f"max_concurrency={fitting}\nlook at the vCPU resource counts of Fargate in Service Quotas first",
    )


def _load(plan: Plan) -> Iterator[FanOutLoad]:
    fan_out, cpu = plan.props.fan_out, plan.size.cpu
    if fan_out is None or not (is_whole(cpu) and cpu in MEMORY_FOR_CPU and is_whole(fan_out.max_concurrency)):
        return
    if _AT_ONCE.low <= fan_out.max_concurrency <= _AT_ONCE.high:
        yield FanOutLoad(cpu=cpu, tasks=fan_out.max_concurrency)


def _field(name: str) -> Callable[[Plan], Iterator[Field]]:
    def select(plan: Plan) -> Iterator[Field]:
        if plan.props.fan_out is not None:
            yield Field(f"fan_out.{name}", getattr(plan.props.fan_out, name))

    return select


def _rows(plan: Plan) -> Iterator[Field]:
    if plan.props.fan_out is not None and isinstance(plan.props.fan_out.over, RowsOf):
        yield Field("fan_out.over.key", plan.props.fan_out.over.key)


def _keys(plan: Plan) -> Iterator[Field]:
    yield from _rows(plan)
    if plan.props.fan_out is not None and isinstance(plan.props.fan_out.over, ObjectsUnder):
        yield Field("fan_out.over.prefix", plan.props.fan_out.over.prefix)


CHECKS: tuple[Check[Plan], ...] = (
    path_of_items.on(_field("over")),
    tasks_at_once.on(_field("max_concurrency")),
    items_a_task.on(_field("batch")),
    tolerated.on(_field("tolerated_failure_percentage")),
    key_of_rows.on(_rows),
    fits_quotas.on(_load),
    *bind(_keys, OBJECT_KEY_RULES),
)
