"""What a change set would lose: pure, from what CloudFormation says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from naws.core.stateful import STATEFUL_TYPES

NESTED_STACK = "AWS::CloudFormation::Stack"
_UNKNOWN_VALUE = "{{changeSet:KNOWN_AFTER_APPLY}}"
# "Large values can be truncated": two that are this long may differ behind what is shown.
_SHOWN_WHOLE = 256

Verdict = Literal["stop", "kept", "acknowledged"]
Change = dict[str, Any]
"""`ResourceChange` of DescribeChangeSet."""


@dataclass(frozen=True)
class Loss:
    """Something stateful that would be removed or replaced.

    Attributes:
        logical_id: In the template.
        kind: Its CloudFormation type.
        what: What would happen: `removed`, `replaced`.
        why: The properties that change, or what else is known.
        physical_id: What exists; empty when that is not known.
        kept: It is removed from the stack, and stays in the account.
    """

    logical_id: str
    kind: str
    what: str
    why: tuple[str, ...] = ()
    physical_id: str = ""
    kept: bool = False

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "logicalId": self.logical_id,
            "type": self.kind,
            "physicalId": self.physical_id,
            "what": self.what,
            "why": [*self.why],
        }


def loss_of(change: Change) -> Loss | None:
    """What one change loses; None when nothing.

    Source: CloudFormation API Reference, ResourceChange and ResourceTargetDefinition.
    """
    kind = change.get("ResourceType", "")
    if kind not in STATEFUL_TYPES:
        return None
    found = (change["LogicalResourceId"], kind)
    physical = change.get("PhysicalResourceId", "")
    match change.get("Action"):
        case "Remove":
            kept = change.get("PolicyAction") == "Retain"
            return Loss(*found, "removed", _policy(change), physical, kept)
        case "Dynamic":
            why = ("CloudFormation decides what happens to it while it deploys",)
            return Loss(*found, "removed or replaced", why, physical)
        case "Add" | "Import":
            return None
        case _:
            return _replaced(change, found, physical)


def _replaced(change: Change, found: tuple[str, str], physical: str) -> Loss | None:
    if change.get("Replacement") == "True":
        why = tuple(_words(target) for target in _recreating(change)) + _policy(change)
        return Loss(*found, "replaced", why, physical)
    if change.get("Replacement") != "Conditional":
        return None
    causes = [*_recreating(change)]
    differing = tuple(_words(target) for target in causes if not _same(target))
    if causes and not differing:
        return None
    return Loss(*found, "replaced, perhaps", differing or ("CloudFormation names no property",), physical)


def _recreating(change: Change) -> Iterator[dict[str, Any]]:
    targets = (detail.get("Target", {}) for detail in change.get("Details", ()))
    yield from (target for target in targets if target.get("RequiresRecreation") in ("Always", "Conditionally"))


def _same(target: dict[str, Any]) -> bool:
    """Whether a property's value is known to stay what it is."""
    before = target.get("BeforeValue")
    if before is None or before != target.get("AfterValue"):
        return False
    return len(before) < _SHOWN_WHOLE and _UNKNOWN_VALUE not in before


def _words(target: dict[str, Any]) -> str:
    name = target.get("Path") or target.get("Name") or target.get("Attribute") or "a property"
    before, after = (target.get(key) for key in ("BeforeValue", "AfterValue"))
    if before is None and after is None:
        return f"{name} changes"
    shown = ("nothing" if value is None else value for value in (before, after))
    return f"{name}: {' -> '.join(shown)}".replace(_UNKNOWN_VALUE, "known after deployment")


def _policy(change: Change) -> tuple[str, ...]:
    action = change.get("PolicyAction", "")
    for ending, words in {"Retain": "the old one is kept", "Snapshot": "a snapshot is kept"}.items():
        if action.endswith(ending):
            return (words,)
    return ()
