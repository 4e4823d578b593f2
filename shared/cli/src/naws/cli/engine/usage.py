"""What processes of a task use of this machine, where the system has `/proc`."""

import os
from dataclasses import dataclass
from pathlib import Path

_USER_TIME, _CHILDRENS_SYSTEM_TIME = 11, 14
"""Fields of `/proc/<pid>/stat` after the name of the program, counted from 0: utime, stime, cutime, cstime."""


@dataclass(frozen=True)
class Usage:
    """What a process and all its descendants use.

    Attributes:
        processor_seconds: Since their start.
        memory_bytes: Resident memory now.
    """

    processor_seconds: float
    memory_bytes: int


def usage_of(pid: int) -> Usage:
    """What a process and all its descendants use; nothing when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return Usage(0.0, 0)
    ticks = sum(int(field) for field in fields[_USER_TIME : _CHILDRENS_SYSTEM_TIME + 1])
    below = [usage_of(child) for child in children_of(pid)]
    return Usage(
        ticks / os.sysconf("SC_CLK_TCK") + sum(usage.processor_seconds for usage in below),
        pages * os.sysconf("SC_PAGE_SIZE") + sum(usage.memory_bytes for usage in below),
    )


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that are still there."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
