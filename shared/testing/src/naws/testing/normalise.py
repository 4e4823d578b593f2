"""A template as a person reviews it: without what changes by itself, and with its workflows and texts readable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from naws.core.parsed_json import is_array, is_object, rewritten
from naws.testing._references import UnresolvedError, resolved

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_BOOTSTRAP = {"Parameters": "BootstrapVersion", "Rules": "CheckBootstrapVersion"}
_METADATA = {"Conditions": "CDKMetadataAvailable", "Resources": "CDKMetadata"}
_WIDTH = 100


def normalise(template: Mapping[str, Any]) -> dict[str, Any]:
    """A copy for comparison, in the template's own order.

    - asset hashes read `<asset>`; CDK's bootstrap check and usage metadata are left out;
    - a state machine's `DefinitionString` becomes `Definition`, parsed;
    - an `Fn::Join` with text becomes the `Fn::Sub` that means the same, one line.
    """
    kept: dict[str, Any] = {}
    for section, content in template.items():
        dropped = {_BOOTSTRAP.get(section), _METADATA.get(section)}
        if is_object(content):
            content = {key: item for key, item in content.items() if key not in dropped}  # noqa: PLW2901 - narrowed
        if content:
            kept[section] = _readable(content)
    return rewritten(kept, lambda leaf: _HASH.sub("<asset>", leaf) if isinstance(leaf, str) else leaf)


def logical_ids(template: Mapping[str, Any]) -> dict[str, str]:
    """The type of every resource by logical id, sorted by id: the list whose changes are breaking."""
    resources: Mapping[str, Any] = template["Resources"]
    return {key: resources[key]["Type"] for key in sorted(resources) if key != _METADATA["Resources"]}


def pretty(value: Any, indent: str = "") -> str:
    """JSON in which everything that fits stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not value:
        return line
    deeper = indent + "  "
    if is_object(value):
        body = [f"{deeper}{json.dumps(key)}: {pretty(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(body) + f"\n{indent}}}"
    if is_array(value):
        return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
    return line


def _readable(value: Any) -> Any:
    if is_array(value):
        return [_readable(item) for item in value]
    if not is_object(value):
        return value
    if set(value) == {"Fn::Join"} and value["Fn::Join"][0] == "":
        text = _text(value)
        return value if text is None else {"Fn::Sub": text}
    return dict(_field(key, item) for key, item in value.items())


def _field(key: str, value: Any) -> tuple[str, Any]:
    text = _text(value) if key == "DefinitionString" else None
    return (key, _readable(value)) if text is None else ("Definition", json.loads(text))


def _text(value: Any) -> str | None:
    """References as `${LogicalId}`; None for text that only CloudFormation can make."""
    try:
        return str(resolved(value, lambda key, attribute: f"${{{key}.{attribute}}}" if attribute else f"${{{key}}}"))
    except UnresolvedError:
        return None
