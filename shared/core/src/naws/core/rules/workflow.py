"""A state machine as it will be deployed: its definition, its settings, and what its role may do.

properties, statements ── Workflow ── FLOW_RULES ──> issues
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from naws.core.rules.asl_scopes import Definition, mapping
from naws.core.rules.values import Field


@dataclass(frozen=True, kw_only=True)
class Twice:
    """A setting that is given to a pattern and stands in the definition, too.

    Attributes:
        path: the field of the pattern, such as `timeout`.
        given: its value there, as the definition would have it.
        written: the definition's; None when it has none.
    """

    path: str
    given: Any
    written: Any


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """One state machine.

    Attributes:
        definition: it.
        properties: of its resource, resolved, named as CloudFormation does but with a small letter.
        machine: what stands before the path of each finding, such as `lease_reaper.`; empty of the only one.
        statements: every statement of its role; None when some are unknown: the role or a managed policy is not made
            here.
        triggered: whether a time, an event or a message starts it, which waits for no answer.
        twice: what is given in two places.
        aliases: properties of its aliases.
    """

    definition: Definition
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    machine: str = ""
    statements: Sequence[Mapping[str, Any]] | None = None
    triggered: bool = False
    twice: Sequence[Twice] = ()
    aliases: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def express(self) -> bool:
        """Whether it is of type EXPRESS; false also when only the deployment knows."""
        return self.properties.get("stateMachineType") == "EXPRESS"

    @property
    def logging(self) -> Mapping[str, Any]:
        """Its logging configuration; empty when it logs nothing."""
        return mapping(self.properties.get("loggingConfiguration"))

    @property
    def log_level(self) -> Any:
        """ALL, ERROR, FATAL or OFF, or what only the deployment knows."""
        return self.logging.get("level", "OFF")

    def at(self, name: str, value: Any = None) -> Field:
        """A field of the pattern."""
        return Field(f"{self.machine}{name}", value)
