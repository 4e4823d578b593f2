"""Print the lowest versions of what the wheels' users install, as options of `uv run`.

The golden lists of logical ids have to hold on them, too: `uv run $(uv run python tests/workspace/lowest.py) pytest …`.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("aws-cdk-lib", "constructs")


def lowest() -> dict[str, str]:
    """The highest of the lower bounds that any wheel of the library has."""
    found: dict[str, str] = {}
    for path in sorted([ROOT / "shared/core/pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]):
        for requirement in tomllib.loads(path.read_text())["project"]["dependencies"]:
            match = re.fullmatch(r"([a-z-]+)>=([\d.]+).*", requirement)
            if match and match[1] in NAMES:
                found[match[1]] = max(found.get(match[1], "0"), match[2], key=lambda text: [*map(int, text.split("."))])
    return found


if __name__ == "__main__":
    print(*(f"--with {name}=={version}" for name, version in lowest().items()))  # noqa: T201  # its output
