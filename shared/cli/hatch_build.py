"""The guide's pages go into the wheel, so that what errors and alarms point to can be read by who has nothing else."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_MADE = ("contributing.md", "reference.md")
"""Pages that are nothing before the guide is built."""


class GuideHook(BuildHookInterface[Any]):
    """Takes the pages from the checkout, or from the source distribution that was made of it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add each page; a development install reads those of the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        kept = root / "pages"
        source = kept if kept.is_dir() else root.parents[1] / "docs"
        target = "pages" if self.target_name == "sdist" else "naws/cli/pages"
        for page in sorted({*source.rglob("*.md")} - {source / name for name in _MADE}):
            build_data["force_include"][str(page)] = f"{target}/{page.relative_to(source)}"
