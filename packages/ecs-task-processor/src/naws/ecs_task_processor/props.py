"""The props of the pattern and the values that they take: no logic and no scope."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from naws.core.authoring import MEMORY, Containerized, Hint, Hints, Networked, Operated, Triggered, suggesting


@suggesting
@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often a run is attempted, by cause, and how long it waits in between.

    The wait before attempt n is drawn between 1 second and `interval * backoff_rate ** (n - 1)`, at most `max_interval`
    (full jitter), so that many runs that failed together do not come back together.

    Attributes:
        infrastructure_attempts: attempts that may end because AWS could not start or keep the task (capacity, image
            pull, network interface, throttling), 1 to 100. The program may never have run.
        task_attempts: attempts that may end by the program's own failure or its timeout, 1 to 100. Omitted: 1,
            because repeating a program that failed half-way is the program's decision.
        interval: the first wait, 1 second to 30 days.
        backoff_rate: factor from one wait to the next, 1 to 100.
        max_interval: the longest wait, from `interval` to 30 days. These upper bounds are this library's own.
    """

    _shorthand: ClassVar[str] = "task_attempts"
    infrastructure_attempts: int = 5
    task_attempts: int = 1
    interval: cdk.Duration | None = None
    """Omitted: 30 seconds."""
    backoff_rate: float = 2.0
    max_interval: cdk.Duration | None = None
    """Omitted: 10 minutes."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class MemoryGrowth:
    """Repeat an attempt that ran out of memory at the next size that Fargate has.

    The cpu grows only when the memory demands it. A repetition for memory is not counted as a task attempt.

    Attributes:
        max_memory_limit_mib: the largest size to try, in MiB: one above `memory_limit_mib` that Fargate has with the
            task's cpu or a larger one. Like them it has to be known at synthesis.
    """

    _hints: ClassVar[Hints] = {"max_memory_limit_mib": MEMORY}
    max_memory_limit_mib: int


@suggesting
@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """How many runs may work at once, exactly; their leases are kept in a DynamoDB table.

    Attributes:
        limit: runs at once, 1 to 1,000.
        when_full: "wait" tries again, within seconds at first and every quarter of an hour at last, for about two
            weeks; "skip" ends the run as skipped, which the metric `RunsSkipped` counts.
    """

    _shorthand: ClassVar[str] = "limit"
    limit: int = 1
    when_full: Literal["wait", "skip"] = "wait"


@suggesting
@dataclass(frozen=True)
class ObjectsUnder:
    """Every object under a prefix; an item is what S3 lists of it (`Key`, `Size`, `Etag`, …) and its `Bucket`.

    Attributes:
        bucket: whose objects. The program needs a binding of its own to read them.
        prefix: only keys that begin so. "": all keys.
    """

    bucket: s3.IBucket
    prefix: str


@suggesting
@dataclass(frozen=True)
class RowsOf:
    """Every row of one object; an item is an object of its columns.

    Attributes:
        bucket: where the object is; the key that encrypts it is granted too.
        key: a `.csv`, whose first row names the columns and whose values are strings, or a `.jsonl`, one JSON value
            a line.
    """

    bucket: s3.IBucket
    key: str


@suggesting
@dataclass(frozen=True)
class FanOut:
    """One run becomes many tasks: one for each item, or for each batch of items.

    An item has attempts of its own. One that fails is kept in the failure queue by itself, and putting it back works
    on that item alone; no other item is stopped.

    Attributes:
        over: the items: a path in the payload such as `"$.items"` to an array, or `ObjectsUnder`, or `RowsOf`.
        max_concurrency: tasks at once, 1 to 10,000. Source: Step Functions quotas, parallel executions of a map run.
        batch: items a task, 1 to 10,000 (this library's own bound); its payload is an array when there may be more than
            one. A batch takes at most 256 KiB. It succeeds or fails as a whole.
        tolerated_failure_percentage: how many items of a hundred may fail before the run has failed, 0 to 100.
    """

    _hints: ClassVar[Hints] = {"over": Hint(example='"$.items"')}
    _shorthand: ClassVar[str] = "over"
    over: str | ObjectsUnder | RowsOf
    _: KW_ONLY
    max_concurrency: int = 40
    batch: int = 1
    tolerated_failure_percentage: float = 0


@dataclass(frozen=True, kw_only=True)
class EcsTaskProcessorProps(Containerized, Triggered, Networked, Operated):
    """Everything that can be given to a task processor; only `image` has to be."""

    attempt_timeout: cdk.Duration | None = None
    """The longest time that one attempt may take; then the task is stopped. Omitted: 1 hour."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    """Omitted: five attempts for AWS's failures, one for the program's own."""
    exit_codes: Mapping[int, Literal["succeed", "retry", "fail"]] = field(
        default_factory=dict[int, Literal["succeed", "retry", "fail"]]
    )
    """The meaning of exit codes: "succeed"; "retry", counted like AWS's own failures; "fail", at once.
    0 always succeeds. Omitted: every other code is a failure of the task."""
    memory_growth: MemoryGrowth | None = None
    """Omitted: an attempt that ran out of memory is a failure of the task."""
    capacity: Literal["on-demand", "spot", "spot-then-on-demand"] = "on-demand"
    """"spot" is cheaper and can be interrupted with two minutes' notice; "spot-then-on-demand" runs on demand after an
    interruption and at the last infrastructure attempt. A cluster of your own needs the provider FARGATE_SPOT."""
    concurrency: Concurrency | None = None
    """How many runs may work at once. Omitted: any number."""
    fan_out: FanOut | None = None
    """One run becomes many tasks, which the program tells apart by `NAWS_ITEM_INDEX` (from 0; of a batch: of its first
    item) and, over an array, `NAWS_ITEM_COUNT` (of all items). Omitted: one run is one task."""
