"""The definitions in files that the examples of rules and the tests name."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "definitions"


def definition(name: str) -> dict[str, Any]:
    """The definition in a file."""
    return json.loads((FOLDER / f"{name}.asl.json").read_text())
