"""The description of a pattern for whoever lists patterns: the command line, the documentation, the tests."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from naws.core.rule import Rule
from naws.core.rules.removal import STAGE_RULES

GROUP = "naws.patterns"
"""The entry point group under which a distribution names its `PatternInfo`."""

OWN_RULES: tuple[Rule[Any], ...] = STAGE_RULES
"""The rules of what users write that belongs to no pattern."""


@dataclass(frozen=True, kw_only=True)
class PatternInfo:
    """A standard type.

    Attributes:
        name: as its distribution is called behind `naws-`.
        construct: its construct.
        props: what that takes.
        rules: every rule that it is held to.
        stack: the ready stack. Omitted: a construct of data, which has none.
    """

    name: str
    construct: type[Any]
    props: type[Any]
    rules: tuple[Rule[Any], ...]
    stack: type[Any] | None = None

    @property
    def page(self) -> str:
        """Its page of the guide, from the repository's root."""
        return f"docs/patterns/{self.name}.md"


def installed_patterns() -> Iterable[PatternInfo]:
    """The patterns of every distribution that is installed, by name."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(point.load() for point in found)
