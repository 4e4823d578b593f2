"""Arguments of the workflow: the policy of a run, decided by the plan, and the names of the resources it uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from naws.core.authoring import YEAR, Attempts, Size
from naws.ecs_task_processor.props import Concurrency, FanOut

ExitAction = Literal["succeed", "retry", "fail"]
Capacity = Literal["on-demand", "spot", "spot-then-on-demand"]

_OVERHEAD = 600  # seconds per attempt for the calls around the task, their own retries included
LONGEST_POLL = 900
"""Seconds between two tries for a free lease, at the most."""
MOST_POLLS = 2_000
"""Tries for a free lease before a run gives up: about sixteen days, longer than a queue keeps a message."""


@dataclass(frozen=True, kw_only=True)
class RunPolicy(Attempts):
    """The policy of a run, with every default filled in; times are seconds.

    Attributes:
        sizes: each size that the task may grow to, the smallest first.
        exit_codes: what follows on an exit code; on any other but 0 the attempt has failed.
        lease: how many runs work at once. None: any number.
        fan_out: how one run becomes many tasks. None: it is one.
    """

    sizes: tuple[Size, ...]
    exit_codes: Mapping[int, ExitAction] = field(default_factory=dict[int, ExitAction])
    capacity: Capacity = "on-demand"
    enable_execute_command: bool = False
    lease: Concurrency | None = None
    fan_out: FanOut | None = None

    @property
    def waits_for_lease(self) -> bool:
        """Whether a run waits until fewer runs work; otherwise it starts at once, or is skipped."""
        return self.lease is not None and self.lease.when_full == "wait"

    @property
    def most_attempts(self) -> int:
        """Attempts that a run can make: of each kind, and one for each larger size."""
        return super().most_attempts + len(self.sizes) - 1

    @property
    def execution_timeout(self) -> int:
        """Seconds after which Step Functions ends an execution, more than a run can take; a year is the limit.

        Beside `longest_run` there are the calls around each attempt and the waiting for a lease. How many items there
        are is not known before a run, so that one that fans out may take the year.
        """
        if self.fan_out is not None or not self.is_known:
            return YEAR
        waiting = MOST_POLLS * LONGEST_POLL if self.waits_for_lease else 0
        return int(min(self.longest_run + self.most_attempts * _OVERHEAD + waiting, YEAR))


@dataclass(frozen=True, kw_only=True)
class ResourceNames:
    """Names of what is built, most of them tokens; without them a workflow can be measured, not run.

    Attributes:
        container: the container whose exit decides the run.
        processor: the dimension under which the workflow counts, and the key of its leases.
        items_bucket: where the items of a run are, when they are in a bucket.
        lease_table: where leases are kept, when there are any.
    """

    partition: str = "aws"
    container: str = ""
    cluster_arn: str = ""
    task_definition_arn: str = ""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    payload_bucket: str = ""
    payload_prefix: str = ""
    failure_queue_url: str = ""
    items_bucket: str = ""
    lease_table: str = ""
    processor: str = ""
