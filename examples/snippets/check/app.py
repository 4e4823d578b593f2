"""The smallest step: what it returns is the state's output, and what it raises the state's error."""

from typing import Any


class NothingCollected(Exception):  # noqa: N818  # its name is what a workflow reads
    """There is nothing to check."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Check what the step before it gave: of a processor the end of its run."""
    if event.get("Status") != "SUCCEEDED":
        raise NothingCollected(str(event.get("Cause")))
    return {"checked": event["Name"]}
