"""What the workflow has to know, and the numbers that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from naws.core.tokens import has_token

YEAR = 31_536_000
"""Seconds that an execution can live. Source: Step Functions quotas, maximum execution time."""
_OVERHEAD = 600  # seconds per attempt for the calls around the task, their own retries included

ExitAction = Literal["succeed", "retry", "fail"]
Capacity = Literal["on-demand", "spot", "spot-then-on-demand"]


@dataclass(frozen=True, kw_only=True)
class LeaseSettings:
    """How many runs may work at once.

    Attributes:
        table_name: the DynamoDB table that holds the leases.
        limit: runs at once.
        wait: whether a run waits for a lease; otherwise it is skipped.
    """

    table_name: str
    limit: int
    wait: bool


@dataclass(frozen=True, kw_only=True)
class ItemsInPayload:
    """The items of an array in the payload, at a path such as `$.items`."""

    path: str


@dataclass(frozen=True, kw_only=True)
class ObjectsInBucket:
    """Every object under a prefix."""

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class RowsInObject:
    """Every row of a `.csv` or `.jsonl` object."""

    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class FanOutSettings:
    """How one run becomes many tasks.

    Attributes:
        over: where the items are.
        max_concurrency: tasks at once.
        batch: items a task.
        tolerated_failure_percentage: of the items that may fail before the run has failed.
    """

    over: ItemsInPayload | ObjectsInBucket | RowsInObject
    max_concurrency: int
    batch: int
    tolerated_failure_percentage: float


@dataclass(frozen=True, kw_only=True)
class WorkflowSettings:
    """What the workflow has to know; ARNs and names may be tokens, times are seconds.

    Attributes:
        sizes: cpu and memory of each size that the task may grow to, the smallest first.
    """

    partition: str
    cluster_arn: str
    task_definition_arn: str
    container: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    payload_bucket: str
    payload_prefix: str = ""
    enable_execute_command: bool = False
    failure_queue_url: str
    processor: str
    attempt_timeout: float
    stop_timeout: float
    infrastructure_attempts: int
    task_attempts: int
    interval: float
    backoff_rate: float
    max_interval: float
    sizes: tuple[tuple[int, int], ...]
    exit_codes: Mapping[int, ExitAction] = field(default_factory=dict[int, ExitAction])
    capacity: Capacity = "on-demand"
    lease: LeaseSettings | None = None
    fan_out: FanOutSettings | None = None


def most_attempts(settings: WorkflowSettings) -> int:
    """Attempts that one run can make."""
    return settings.infrastructure_attempts + settings.task_attempts - 1 + len(settings.sizes) - 1


def longest_work(settings: WorkflowSettings) -> int:
    """Seconds that the attempts of a run can take: each to its timeout, each wait at its longest."""
    if has_token([settings.attempt_timeout, settings.stop_timeout, settings.max_interval]):
        return YEAR
    one = settings.attempt_timeout + settings.stop_timeout + settings.max_interval + _OVERHEAD
    return int(min(most_attempts(settings) * one, YEAR))
