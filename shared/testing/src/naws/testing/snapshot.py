"""Snapshots of templates for syrupy, one readable file each.

    assert template == snapshot(extension_class=TemplateSnapshot)
    assert template == snapshot(extension_class=LogicalIdSnapshot)

`pytest --snapshot-update` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from naws.testing.normalise import logical_ids, normalise, pretty


class _JsonFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        """The text of the file."""
        return pretty(self.shown(data)) + "\n"

    @staticmethod
    def shown(template: Mapping[str, Any]) -> Any:
        """Return the part of the template that is compared."""
        raise NotImplementedError


class TemplateSnapshot(_JsonFile):
    """The whole template, normalised."""

    file_extension = "template.json"
    shown = staticmethod(normalise)


class LogicalIdSnapshot(_JsonFile):
    """Logical ids and their types: a change here replaces resources of deployed stacks."""

    file_extension = "ids.json"
    shown = staticmethod(logical_ids)


class TextSnapshot(SingleFileSnapshotExtension):
    """Text, as it is."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    def serialize(self, data: str, **_: Any) -> str:
        """The text itself."""
        return data
