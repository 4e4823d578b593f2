"""Rules on Fargate sizes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.fargate import (
    LARGEST,
    MEMORY_FOR_CPU,
    SMALLEST,
    SOURCE,
    Size,
    counted_in_gib,
    cpus_for,
    format_sizes,
    gib_in_mib,
    legal_memory,
    smallest_with,
)
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Bounds, Field, is_number, is_whole, one_of

_VCPU = 1024
_DEFAULT_VCPU_QUOTA = 6
_LARGEST_CPU = max(MEMORY_FOR_CPU)
_STORAGE = Bounds(low=21, high=200, unit="GiB")


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """The writable directories in memory.

    Attributes:
        mounts: the size of each in MiB, 0 for none: the program's, then those of its sidecars.
        size: of the task.
    """

    mounts: Sequence[Field]
    size: Size


@limit(
    code="NAWS-SIZE-001",
    title="The cpu is one that Fargate has",
    source=SOURCE,
    example="cpu=1",
    fix="cpu=1024",
)
def fargate_cpu(size: Size) -> Iterator[Finding]:
    """CPU is counted in units of which 1024 are one vCPU. ECS refuses the task definition with any other number.

    CDK's own constructs do not check it; without CDK's default rules the stack fails while it is deployed.
    """
    if not is_whole(size.cpu) or size.cpu in MEMORY_FOR_CPU or size.cpu > _LARGEST_CPU:
        return
    remedies = [f"cpu={cpu}{_memory_with(cpu, size)}  # {_in_vcpu(cpu)}" for cpu in _likely_cpus(size.cpu)]
    yield Field("cpu", size.cpu).finding(
        f"CPU units, 1024 to a vCPU: {one_of(tuple(map(str, MEMORY_FOR_CPU)))}", "\n".join(remedies)
    )


@limit(
    code="NAWS-SIZE-002",
    title="The memory is one that Fargate has for this cpu",
    source=SOURCE,
    example="cpu=256, memory_limit_mib=8192",
    fix="cpu=256, memory_limit_mib=2048",
)
def fargate_memory(size: Size) -> Iterator[Finding]:
    """Each cpu has its own memory sizes. ECS refuses every other pair while the stack is deployed.

    CDK's own constructs do not check it; its default rules do, where they are on. The error names the sizes of the
    chosen cpu, the nearest of them, and the smallest cpu that has the chosen memory.
    """
    memory = size.memory_limit_mib
    if not is_whole(memory) or memory > LARGEST:
        return
    sizes = legal_memory(size.cpu) if is_whole(size.cpu) else ()
    expected = f"{format_sizes(sizes)} MiB with cpu={size.cpu}" if sizes else "a memory size that Fargate has"
    expected += gib_in_mib(memory)
    if memory not in sizes if sizes else not cpus_for(memory):
        remedy = _memory_remedy(size)
        yield Field("memory_limit_mib", memory).finding(expected, remedy)


@practice(
    code="NAWS-SIZE-003",
    title="The size is not larger than any that this version knows",
    source=SOURCE,
    example="cpu=65536, memory_limit_mib=499712",
    fix="cpu=32768, memory_limit_mib=249856",
)
def known_size(size: Size) -> Iterator[Finding]:
    """AWS adds larger sizes from time to time. A size beyond the table is probably a slip; if not, acknowledge it."""
    if is_whole(size.cpu) and size.cpu > _LARGEST_CPU:
        yield Field("cpu", size.cpu).finding(
            f"at most {_LARGEST_CPU} CPU units ({_in_vcpu(_LARGEST_CPU)})",
            f"cpu={_LARGEST_CPU}, memory_limit_mib={LARGEST}",
        )
    if is_whole(size.memory_limit_mib) and size.memory_limit_mib > LARGEST:
        yield Field("memory_limit_mib", size.memory_limit_mib).finding(
            f"at most {LARGEST} MiB", f"cpu={_LARGEST_CPU}, memory_limit_mib={LARGEST}"
        )


@limit(
    code="NAWS-SIZE-004",
    title="Ephemeral storage is 21 to 200 GiB",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html",
    example="ephemeral_storage_gib=500",
    fix="ephemeral_storage_gib=200",
)
def ephemeral_storage(field: Field) -> Iterator[Finding]:
    """20 GiB come free with every task and cannot be asked for; more is asked for from 21 on."""
    if not is_number(field.value) or 0 < field.value <= 20:  # noqa: PLR2004  # free with every task
        if is_number(field.value):
            expected = "21 to 200 GiB; 20 GiB are free with every task"
            yield field.finding(expected, f"omit {field.name}")
        return
    yield from _STORAGE.check(field)


@limit(
    code="NAWS-SIZE-005",
    title="Scratch space is not negative and smaller than the memory it is taken from",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html",
    example="cpu=256, memory_limit_mib=512, scratch_mib=512",
    fix="cpu=256, memory_limit_mib=512, scratch_mib=128",
)
def scratch_fits(scratch: Scratch) -> Iterator[Finding]:
    """`/tmp` lives in the task's memory: files that fill it would kill the program before the mount is full.

    Each container has its own; together they have to be smaller than the memory.
    """
    memory = scratch.size.memory_limit_mib
    mounts = [each for each in scratch.mounts if is_whole(each.value)]
    for each in mounts:
        if each.value < 0:
            yield each.finding("0 MiB (none) or more", "scratch_mib=0")
    if not (is_whole(memory) and cpus_for(memory)):
        return
    total = sum(max(each.value, 0) for each in mounts)
    too_large = [each for each in mounts if each.value >= memory]
    if total >= memory and not too_large:
        too_large = [max(mounts, key=lambda each: each.value)]
    for each in too_large:
        others = total - each.value
        share = f", {others} MiB of it by other containers" if others else ""
        remedies = [f"scratch_mib={max(0, min(memory // 4, memory // 2 - others))}"]
        remedies += larger(scratch.size, 2 * total)
        yield each.finding(f"less than the task's {memory} MiB, from which it is taken{share}", "\n".join(remedies))


@practice(
    code="NAWS-SIZE-006",
    title="Scratch space leaves the program at least half of the memory",
    source="memory left for the program; tmpfs counts towards the task's memory",
    example="memory_limit_mib=2048, scratch_mib=1536",
    fix="memory_limit_mib=4096, scratch_mib=1536",
)
def scratch_leaves_room(scratch: Scratch) -> Iterator[Finding]:
    """A program that works on what it keeps in `/tmp` needs memory of its own, or it is killed half-way."""
    memory = scratch.size.memory_limit_mib
    if not is_whole(memory) or not cpus_for(memory):
        return  # the memory is what is wrong
    for each in scratch.mounts:
        if not is_whole(each.value) or not memory < 2 * each.value < 2 * memory:
            continue
        yield each.finding(
            f"at most half of the task's {memory} MiB, {memory // 2}",
            "\n".join([f"scratch_mib={memory // 2}", *larger(scratch.size, 2 * each.value)]),
        )


@advice(
    code="NAWS-SIZE-007",
    title="One task fits into a new account's vCPU quota",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example="cpu=8192, memory_limit_mib=16384",
    fix="cpu=4096, memory_limit_mib=16384",
)
def within_quota(size: Size) -> Iterator[Finding]:
    """A new account may run 6 Fargate vCPUs on demand in a region; a larger task waits for what never comes."""
    if is_whole(size.cpu) and size.cpu > _DEFAULT_VCPU_QUOTA * _VCPU:
        yield Field("cpu", size.cpu).finding(
            f"at most {_DEFAULT_VCPU_QUOTA} vCPU, the default quota; older accounts have more",
            "look at Fargate On-Demand vCPU resource count in Service Quotas before the first run",
        )


def larger(size: Size, memory_limit_mib: int) -> list[str]:
    """The smallest size with that memory and no less cpu, as a call has it; nothing when Fargate has none."""
    found = smallest_with(memory_limit_mib, at_least_cpu=size.cpu if is_whole(size.cpu) else 0)
    return [found.written] if found else []


def _likely_cpus(cpu: int) -> list[int]:
    """`cpu=2` is likely two vCPU, and 1000 the size next to it."""
    if cpu * _VCPU in MEMORY_FOR_CPU:
        return [cpu * _VCPU]
    below = [each for each in MEMORY_FOR_CPU if each < cpu]
    above = [each for each in MEMORY_FOR_CPU if each > cpu]
    return sorted({*below[-1:], *above[:1]}, key=lambda each: abs(each - cpu))


def _memory_with(cpu: int, size: Size) -> str:
    """The nearest memory that goes with another cpu, when the one that is given does not."""
    memory, sizes = size.memory_limit_mib, legal_memory(cpu)
    if not is_whole(memory) or memory in sizes:
        return ""
    return f", memory_limit_mib={min(sizes, key=lambda each: (abs(each - memory), each))}"


def _in_vcpu(cpu: int) -> str:
    return f"{cpu / _VCPU:g} vCPU"


def _in_gib(size: Size) -> Size | None:
    """The size that was given in GiB, with the cpu or the next larger one that has it."""
    sizes = (Size(cpu=cpu, memory_limit_mib=memory) for cpu, row in MEMORY_FOR_CPU.items() for memory in row)
    at_least = size.cpu if is_whole(size.cpu) else 0
    return counted_in_gib(size.memory_limit_mib, (each for each in sizes if each.cpu >= at_least))


def _memory_remedy(size: Size) -> str:
    memory, cpu = size.memory_limit_mib, size.cpu
    lines: list[str] = []
    if (in_gib := _in_gib(size)) is not None:
        other = "" if in_gib.cpu == cpu else f"cpu={in_gib.cpu}, "
        lines.append(f"{other}memory_limit_mib={in_gib.memory_limit_mib}  # {memory} GiB")
    sizes = legal_memory(cpu) if is_whole(cpu) else ()
    if sizes:
        near = min(sizes, key=lambda each: (abs(each - memory), each))
        why = "the most" if near == sizes[-1] else "the least" if near == sizes[0] else "the nearest"
        lines.append(f"memory_limit_mib={near}  # {why} that cpu={cpu} takes")
    fits = cpus_for(memory)
    if fits:
        larger = [each for each in fits if each > cpu]
        best = f"{larger[0]}  # the smallest" if larger else f"{fits[-1]}  # the largest"
        lines.append(f"cpu={best} that takes {memory} MiB")
    else:
        bigger = smallest_with(memory, at_least_cpu=0)
        too_small = memory <= SMALLEST
        if bigger and (not lines or (bigger.cpu != cpu and not too_small)):
            lines.append(f"{bigger.written}  # the smallest with {memory} MiB")
    return "\n".join(lines)


SIZE_RULES = (fargate_cpu, fargate_memory, known_size, within_quota)
SCRATCH_RULES = (scratch_fits, scratch_leaves_room)
