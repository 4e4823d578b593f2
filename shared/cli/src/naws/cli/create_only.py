"""Which properties replace a resource when they change, of the types that hold data or that patterns make.

Source: createOnlyProperties and conditionalCreateOnlyProperties of CloudFormation's own schemas of these types, in
`create_only.txt`; where only a part of a property is among them, it counts as one that may replace.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

Recreation = Literal["Always", "Conditionally", "Never"]
"""`RequiresRecreation` of DescribeChangeSet."""


def recreation(kind: str, name: str) -> Recreation | None:
    """Whether a change of a property replaces a resource; None when nothing is known of the type."""
    known = _known().get(kind)
    if known is None:
        return None
    return "Always" if name in known else "Conditionally" if f"{name}?" in known else "Never"


@cache
def _known() -> dict[str, frozenset[str]]:
    lines = (line.split() for line in (files("naws.cli") / "create_only.txt").read_text().splitlines())
    return {kind: frozenset(names) for kind, *names in lines}
