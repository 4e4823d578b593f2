from collections.abc import Mapping
from typing import Any

from syrupy.assertion import SnapshotAssertion

from naws.testing import LogicalIdSnapshot, TemplateSnapshot


def test_template(small: Mapping[str, Any], snapshot: SnapshotAssertion) -> None:
    assert small == snapshot(extension_class=TemplateSnapshot)


def test_logical_ids(small: Mapping[str, Any], snapshot: SnapshotAssertion) -> None:
    assert small == snapshot(extension_class=LogicalIdSnapshot)


def test_a_change_is_seen_and_an_asset_hash_is_not() -> None:
    def text(kind: str, asset: str) -> str:
        return TemplateSnapshot().serialize({"Resources": {"Q": {"Type": kind, "Code": asset * 64}}})

    assert text("T", "a") == text("T", "b")
    assert text("T", "a") != text("U", "a")


def test_logical_ids_show_types_only() -> None:
    template = {"Resources": {"Q": {"Type": "T", "Properties": {"Size": 1}}}}
    assert LogicalIdSnapshot().serialize(template) == '{"Q": "T"}\n'
