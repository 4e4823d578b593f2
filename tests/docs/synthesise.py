"""Run CDK apps in one process and print the templates of each as JSON: one Node for all of them is quick.

    cd examples/snippets && python ../../tests/docs/synthesise.py five_lines.py triggers.py

Paths in an app are relative to the folder in which Node was started, so they are run where they lie.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any


def templates(path: str) -> dict[str, Any]:
    """The templates of one app, stages included, by file name."""
    # Without CDK_OUTDIR each App has a folder of its own; asking it again gives the same assembly.
    folder = Path(runpy.run_path(path)["app"].synth().directory)
    return {
        file.name.removesuffix(".template.json"): json.loads(file.read_text())
        for file in sorted(folder.rglob("*.template.json"))
    }


if __name__ == "__main__":
    made: dict[str, Any] = {}
    for name in sys.argv[1:]:
        try:
            made[name] = templates(name)
        except Exception as error:  # noqa: BLE001 - every app is tried, each has its own test
            made[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(made))  # noqa: T201 - a script
