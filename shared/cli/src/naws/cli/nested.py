"""What a nested stack would lose, by its templates: for change sets that do not look into it. Pure.

CloudFormation compares values and this compares text, so what may have another value counts as changed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from naws.cli.changes import NESTED_STACK, Loss
from naws.cli.create_only import recreation
from naws.core.parsed_json import is_array, is_object
from naws.core.stateful import STATEFUL_TYPES

Template = Mapping[str, Any]
_PASSED = {"TemplateURL", "Tags"}
_RESOLVED = "resolve"
"""A dynamic reference, such as `{{resolve:ssm:/a}}`: nobody knows whether its value is the same."""


def gets_other_parameters(change: Mapping[str, Any]) -> bool:
    """Whether a nested stack may get other values for its parameters, by the `ResourceChange` of its parent."""
    details = [one for one in change.get("Details", ()) if one.get("ChangeSource") != "Automatic"]
    targets = [one.get("Target", {}) for one in details]
    return any(one.get("Attribute") == "Properties" and one.get("Name") not in _PASSED for one in targets)


def nested_losses(old: Template, new: Template, *, other_parameters: bool) -> Iterator[Loss]:
    """What an update from one template to another would remove or replace of what holds data.

    Args:
        old: What is deployed.
        new: What would be.
        other_parameters: Parameters may get other values.
    """
    changed = _changed(old, new, other_parameters=other_parameters)
    for name, was in old.get("Resources", {}).items():
        kind = was["Type"]
        if kind not in STATEFUL_TYPES:
            continue
        now = new.get("Resources", {}).get(name)
        if now is None:
            kept = str(was.get("DeletionPolicy", "")).startswith("Retain")
            yield Loss(name, kind, "removed", ("the old one is kept",) if kept else (), kept=kept)
        elif now["Type"] != kind:
            yield Loss(name, kind, "replaced", (f"it becomes {now['Type']}",))
        elif now.get("Condition") != was.get("Condition") or now.get("Condition") in changed:
            yield Loss(name, kind, "removed, perhaps", ("its condition may change",))
        elif kind == NESTED_STACK:
            if name in changed:
                yield Loss(name, kind, "changed unseen: no change set of its own")
        elif found := sorted(_replacing(kind, was, now, changed)):
            yield Loss(name, kind, "replaced, perhaps", tuple(f"{each} may change" for each in found))


def _replacing(kind: str, was: Template, now: Template, changed: set[str]) -> Iterator[str]:
    before, after = (one.get("Properties", {}) for one in (was, now))
    for name in before.keys() | after.keys():
        differs = before.get(name) != after.get(name) or _words(after.get(name)) & changed
        if differs and recreation(kind, name) != "Never":
            yield name


def _changed(old: Template, new: Template, *, other_parameters: bool) -> set[str]:
    """Names of a template whose value may be another: what differs, and what refers to that."""
    changed = {_RESOLVED, *(new.get("Parameters", {}) if other_parameters else ())}
    for section in ("Parameters", "Mappings", "Conditions", "Resources"):
        before, after = old.get(section, {}), new.get(section, {})
        changed |= {name for name in before.keys() | after.keys() if _known(before, name) != _known(after, name)}
    refer = {**new.get("Conditions", {}), **new.get("Resources", {})}
    words = {name: _words(value) for name, value in refer.items()}
    while more := {name for name, used in words.items() if name not in changed and used & changed}:
        changed |= more
    return changed


def _known(section: Mapping[str, Any], name: str) -> Any:
    found = section.get(name)
    return {key: each for key, each in found.items() if key != "Metadata"} if is_object(found) else found


def _words(value: Any) -> set[str]:
    """All that a value could refer to by name: too much rather than too little."""
    if is_object(value):
        return {word for key, each in value.items() if key != "Metadata" for word in _words(each)}
    if is_array(value):
        return {word for each in value for word in _words(each)}
    return set(re.findall(r"[A-Za-z0-9]+", str(value)))
