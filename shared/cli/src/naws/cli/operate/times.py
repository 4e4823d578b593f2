"""Times, as people and as programs read them."""

from datetime import UTC, datetime
from typing import overload


def clock(when: datetime) -> str:
    """A time with its zone, for a person."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


@overload
def utc(when: datetime) -> str: ...
@overload
def utc(when: datetime | None) -> str | None: ...
def utc(when: datetime | None) -> str | None:
    """A time for a program."""
    return None if when is None else when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
