"""Fargate's sizes: which memory goes with which cpu."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size"

MEMORY_FOR_CPU: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
"""CPU units to MiB. 1024 units are one vCPU; the 32 vCPU row has exactly three sizes."""
SMALLEST = min(min(sizes) for sizes in MEMORY_FOR_CPU.values())
"""MiB of the smallest size."""
LARGEST = max(max(sizes) for sizes in MEMORY_FOR_CPU.values())
"""MiB of the largest."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """One Fargate size.

    Attributes:
        cpu: CPU units.
        memory_limit_mib: MiB.
    """

    cpu: int
    memory_limit_mib: int

    @property
    def written(self) -> str:
        """The size as arguments of a call in Python."""
        return f"cpu={self.cpu}, memory_limit_mib={self.memory_limit_mib}"


def legal_memory(cpu: int) -> tuple[int, ...]:
    """The memory sizes, in MiB, that go with `cpu`; empty when there is no such cpu."""
    return MEMORY_FOR_CPU.get(cpu, ())


def cpus_for(memory_limit_mib: int) -> tuple[int, ...]:
    """The cpu values that go with `memory_limit_mib`."""
    return tuple(cpu for cpu, sizes in MEMORY_FOR_CPU.items() if memory_limit_mib in sizes)


def smallest_with(memory_limit_mib: int, *, at_least_cpu: int = 0) -> Size | None:
    """The smallest size with at least this memory and cpu; None when Fargate has none."""
    for cpu, sizes in MEMORY_FOR_CPU.items():
        fitting = [memory for memory in sizes if memory >= memory_limit_mib]
        if cpu >= at_least_cpu and fitting:
            return Size(cpu=cpu, memory_limit_mib=min(fitting))
    return None


def counted_in_gib(number: int, sizes: Iterable[Size]) -> Size | None:
    """The size that a number of MiB stands for, when it is so small that it counts GiB: that of 16384 for 16.

    Args:
        number: what was given for MiB.
        sizes: those that come into question.
    """
    return next((size for size in sizes if size.memory_limit_mib == number * 1024), None) if number < SMALLEST else None


def larger_than(size: Size) -> Iterator[Size]:
    """The sizes with more memory and no less cpu, each the next that Fargate has."""
    larger: Size | None = size
    while larger := smallest_with(larger.memory_limit_mib + 1, at_least_cpu=larger.cpu):
        yield larger


def format_sizes(sizes: tuple[int, ...]) -> str:
    """Sizes as a person would write them: `2048 to 8192 in steps of 1024`."""
    if len(sizes) < 4:  # noqa: PLR2004  # three or fewer read better as a list
        *others, last = map(str, sizes)
        return f"{', '.join(others)} or {last}" if others else last
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"


def gib_in_mib(memory: int) -> str:
    """The words that go with a size too small for MiB: it was counted in GiB."""
    verb = "is" if memory == 1 else "are"
    return f"; {memory} GiB {verb} {memory} * 1024" if 0 < memory <= LARGEST // 1024 else ""
