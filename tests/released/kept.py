"""Templates of released scenarios, and what an upgrade from one of them would lose.

A release keeps the templates of its scenarios, and never changes them again:

    uv run python tests/released/kept.py

What a change of a property does is read from CloudFormation's own schemas of resources, as cfn-lint brings them.
"""

import functools
import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from naws.core import STATEFUL_TYPES
from naws.testing import synth_template
from naws.testing.normalise import pretty

FOLDER = Path(__file__).parent
VERSION = tomllib.loads((FOLDER.parents[1] / "shared/core/pyproject.toml").read_text())["project"]["version"]
_SCHEMAS = files("cfnlint") / "data/schemas"
Template = Mapping[str, Any]


def templates() -> dict[str, Path]:
    """Where each kept template is, by version and scenario."""
    found = sorted(FOLDER.glob("*/*.template.json"))
    return {f"{path.parent.name}-{path.name.removesuffix('.template.json')}": path for path in found}


def losses(old: Template, new: Template) -> Iterator[str]:
    """What CloudFormation would remove or replace of what holds data, or may."""
    for name, before in old["Resources"].items():
        after = new["Resources"].get(name)
        if before["Type"] not in STATEFUL_TYPES:
            continue
        if after is None or after["Type"] != before["Type"]:
            yield f"{name} ({before['Type']}) is removed"
            continue
        for path in _fixed(before["Type"]):
            was, becomes = (_at(one.get("Properties", {}), path) for one in (before, after))
            if was != becomes:
                yield f"{name} ({before['Type']}) is replaced: {'/'.join(path)} from {was} to {becomes}"


@functools.cache
def _fixed(kind: str) -> tuple[tuple[str, ...], ...]:
    """Properties whose change replaces a resource of a type, or may."""
    known = json.loads((_SCHEMAS / "providers/us-east-1.json").read_text())
    schema = json.loads((_SCHEMAS / f"resources/{known[kind]}.json").read_text())
    paths = [
        path for key in ("createOnlyProperties", "conditionalCreateOnlyProperties") for path in schema.get(key, ())
    ]
    return tuple(tuple(path.removeprefix("/properties/").split("/")) for path in paths)


def _at(properties: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def main() -> None:
    """Keep the templates of this version."""
    from subjects import scenarios  # noqa: PLC0415  # tests/account: a script's own folder is all that is on the path

    folder = FOLDER / VERSION
    folder.mkdir(exist_ok=True)
    for name, scenario in scenarios().items():
        (folder / f"{name.replace('/', '.')}.template.json").write_text(pretty(synth_template(scenario)) + "\n")


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(FOLDER.parent / "account"))
    main()
