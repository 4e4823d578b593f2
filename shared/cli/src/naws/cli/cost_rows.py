"""The lines of an account, each at a price of the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naws.cli.prices import HOURS, PRICES

CPU, MIB = 1024, 1024
SMALLEST = (256, 512)
"""Fargate's smallest task: its cpu units and MiB."""
_FREE_SCRATCH = 20
"""GB of a task's disk that Fargate has in the price."""
SPOT = "FARGATE_SPOT"


@dataclass(frozen=True)
class Row:
    """One line of an account.

    Attributes:
        what: Of what.
        count: How many units.
        unit: Of which.
        usd: In all; None: no price was found.
    """

    what: str
    count: float
    unit: str
    usd: float | None

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {"what": self.what, "count": self.count, "unit": self.unit, "usd": self.usd}


@dataclass(frozen=True)
class Size:
    """What a task is ordered with.

    Attributes:
        vcpu: Of a task.
        gb: Its memory.
        processor: `X86_64` or `ARM64`.
        scratch: GB of disk that are paid beside.
    """

    vcpu: float
    gb: float
    processor: str
    scratch: float = 0

    @property
    def usd(self) -> float:
        """What an hour costs, on demand."""
        cpu, memory = (PRICES[f"fargate-{key}-{self.processor}"].usd or 0 for key in ("cpu", "memory"))
        return self.vcpu * cpu + self.gb * memory + self.scratch * (PRICES["fargate-scratch"].usd or 0)

    def row(self, tasks: float, hours: float, unit: str, *, of: str = "", spot: bool = False) -> Row:
        """So many tasks for so long; of Spot, whose price is not known, at what they cost on demand."""
        shape = f"{self.vcpu:g} vCPU and {self.gb:g} GB, {'ARM' if self.processor == 'ARM64' else 'x86'}"
        notes = (f" of {of}" if of else "", f"; {self.scratch:g} GB of disk" if self.scratch else "")
        bound = "; at the price on demand: Spot takes up to 70 % off" if spot else ""
        return Row(f"Fargate task{notes[0]}, {shape}{notes[1]}{bound}", tasks, unit, self.usd * tasks * hours)


def row(key: str, count: float) -> Row:
    """A row at a price of the table; of what is paid by the hour for a month."""
    price = PRICES[key]
    units = count * HOURS if price.per == "hour" else count
    usd = None if price.usd is None else price.usd * units
    return Row(price.what, count, "for a month" if price.per in {"hour", "month"} else price.per, usd)


def total(rows: Sequence[Row]) -> float:
    """Of the rows whose price was found."""
    return round(sum(each.usd or 0 for each in rows), 7)


def size_of(definition: Mapping[str, Any]) -> Size:
    """That of a task definition; of one that only CloudFormation knows, Fargate's smallest."""
    properties = definition.get("Properties", {})
    given = [str(properties.get(name)) for name in ("Cpu", "Memory")]
    cpu, memory = (int(each) for each in given) if all(each.isdigit() for each in given) else SMALLEST
    arm = properties.get("RuntimePlatform", {}).get("CpuArchitecture") == "ARM64"
    scratch = properties.get("EphemeralStorage", {}).get("SizeInGiB", _FREE_SCRATCH)
    beside = max(0, scratch - _FREE_SCRATCH) if isinstance(scratch, int) else 0
    return Size(cpu / CPU, memory / MIB, "ARM64" if arm else "X86_64", beside)
