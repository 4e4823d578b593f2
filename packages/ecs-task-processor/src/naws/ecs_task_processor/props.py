"""What the user says: values only, no logic and no scope."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from naws.core.bindings import Binding
from naws.core.hints import MAY_BE_ZERO, MIB, VCPU, Hint, Hints
from naws.core.pattern.props import Networked, Operated, Triggered
from naws.core.spelling import suggesting

_MEMORY = replace(MIB, least=512)
"""Fargate has no size of less than 512 MiB: a smaller number counts GiB."""


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

    _hints: ClassVar[Hints] = {"max_memory_limit_mib": _MEMORY}
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
    over: str | ObjectsUnder | RowsOf
    _: KW_ONLY
    max_concurrency: int = 40
    batch: int = 1
    tolerated_failure_percentage: float = 0


@suggesting
@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the main one; it is not essential: the run ends when the main container ends.

    Attributes:
        name: letters, digits, hyphens and underscores; unique in the task.
        image: what it runs.
        command: omitted: the image's.
        environment, secrets: its own variables. Omitted: none.
        user: uid:gid. Omitted: as the main container.
        readonly_root_filesystem: omitted: True.
        memory_reservation_mib: MiB of the task's memory to set aside for it. Omitted: none.
        scratch_mib: as the processor's, of a `/tmp` of its own. Omitted: 64 MiB.
    """

    name: str
    image: ecs.ContainerImage
    command: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])
    user: str | None = None
    readonly_root_filesystem: bool = True
    memory_reservation_mib: int | None = None
    scratch_mib: int = 64


@suggesting
@dataclass(frozen=True, kw_only=True)
class EcsTaskProcessorProps(Triggered, Networked, Operated):
    """Everything that can be said of a task processor; only `image` has to be."""

    _hints: ClassVar[Hints] = {
        "cpu": VCPU,
        "memory_limit_mib": _MEMORY,
        "stop_timeout": MAY_BE_ZERO,
        "user": Hint(example='"1000:1000"', number=True),
    }
    image: ecs.ContainerImage
    """What runs: an image of a registry, a repository or a local Dockerfile."""
    command: Sequence[str] | None = None
    """Omitted: the image's command."""
    entry_point: Sequence[str] | None = None
    """Omitted: the image's entry point."""
    working_directory: str | None = None
    """Omitted: the image's."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Plain environment variables. Omitted: none but the run's own (`NAWS_…`) and the bindings'."""
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])
    """Environment variables that ECS fills from Secrets Manager or Parameter Store. Omitted: none."""
    cpu: int = 1024
    """CPU units; 1024 are one vCPU. Source: Fargate task size."""
    memory_limit_mib: int = 2048
    """MiB; each cpu has its own sizes. Source: Fargate task size."""
    ephemeral_storage_gib: int | None = None
    """Disk in GiB, 21 to 200. Omitted: the 20 GiB that Fargate gives free of charge."""
    cpu_architecture: ecs.CpuArchitecture | None = None
    """Omitted: X86_64. ARM64 is cheaper; the image must be built for it."""
    user: str = "1000:1000"
    """uid:gid of the program."""
    readonly_root_filesystem: bool = True
    """False lets the program write wherever its user may; with True only `/tmp` is writable."""
    scratch_mib: int = 256
    """Size of `/tmp` in MiB, in memory (tmpfs); it counts towards `memory_limit_mib`. Any user can write there, and it
    is the program's `HOME` unless `environment` has one. 0: neither the mount nor `HOME`."""
    stop_timeout: cdk.Duration | None = None
    """From SIGTERM to SIGKILL, up to 120 seconds. Omitted: 120 seconds."""
    attempt_timeout: cdk.Duration | None = None
    """How long one attempt may take; then the task is stopped. Omitted: 1 hour."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    """Omitted: five attempts for AWS's failures, one for the program's own."""
    exit_codes: Mapping[int, Literal["succeed", "retry", "fail"]] = field(
        default_factory=dict[int, Literal["succeed", "retry", "fail"]]
    )
    """What an exit code means: "succeed"; "retry", counted like AWS's own failures; "fail", at once.
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
    cluster: ecs.ICluster | None = None
    """Omitted: one that is created per stack and shared by its processors, with Container Insights."""
    bindings: Sequence[Binding] = ()
    """Data sources that the program uses. Omitted: none."""
    task_role: iam.IRole | None = None
    """The program's role, of this account; the rights that it needs are added to it. Omitted: one is created that may
    do what the bindings need."""
    execution_role: iam.IRole | None = None
    """The role with which ECS pulls the image, reads the secrets and writes the logs; the rights for it are added.
    Omitted: created."""
    sidecars: Sequence[Sidecar] = ()
    """Non-essential containers, up to nine. Omitted: none."""
    enable_execute_command: bool = False
    """True opens ECS Exec, `aws ecs execute-command`, into the containers of a running attempt. Sessions work as root
    with the rights of the task, and their output goes to the processor's log group. Needs a root filesystem that can be
    written. Source: ECS guide, ECS Exec, considerations."""
    dev_command: Sequence[str] | None = None
    """What `naws local` runs in the app's folder when there is no container engine; never in the template.
    Omitted: the processor cannot run locally without an engine."""
