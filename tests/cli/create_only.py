"""Which properties replace a resource, from CloudFormation's schemas: `uv run python tests/cli/create_only.py`."""

import json
from importlib.resources import files
from pathlib import Path

from naws.core.stateful import STATEFUL_TYPES

SCHEMAS = files("cfnlint") / "data/schemas"
TEMPLATES = [*Path(__file__).parents[1].glob("**/*.template.json")]
FILE = Path(__file__).parents[2] / "shared/cli/src/naws/cli/create_only.txt"


def made() -> set[str]:
    """The types of AWS that patterns and constructs of data make, by their snapshots."""
    templates = (json.loads(path.read_text()).get("Resources", {}) for path in TEMPLATES)
    found = {one["Type"] for resources in templates for one in resources.values()}
    return {kind for kind in found if not kind.startswith("Custom::")}


def text() -> str:
    """A line for each type; a question mark where only some changes of a property replace."""
    known = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
    return "".join(f"{kind} {_line(known[kind])}".rstrip() + "\n" for kind in sorted(made() | STATEFUL_TYPES))


def _line(schema: str) -> str:
    found = json.loads((SCHEMAS / f"resources/{schema}.json").read_text())
    paths = [path.split("/")[2:] for path in found.get("createOnlyProperties", ())]
    always = {path[0] for path in paths if len(path) == 1}
    conditional = [path.split("/")[2] for path in found.get("conditionalCreateOnlyProperties", ())]
    perhaps = {*conditional, *(path[0] for path in paths)} - always
    return " ".join(sorted([*always, *(f"{name}?" for name in perhaps)]))


if __name__ == "__main__":
    FILE.write_text(text())
