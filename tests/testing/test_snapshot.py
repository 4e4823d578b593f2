from collections.abc import Mapping
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from naws.testing import LogicalIdSnapshot, TemplateSnapshot

pytest_plugins = "pytester"

USER_TEST = """
import json, pathlib
from naws.testing import LogicalIdSnapshot, TemplateSnapshot

def test_template(snapshot):
    template = json.loads(pathlib.Path("template.json").read_text())
    assert template == snapshot(extension_class=TemplateSnapshot)
    assert template == snapshot(extension_class=LogicalIdSnapshot)
"""


def test_template(small: Mapping[str, Any], snapshot: SnapshotAssertion) -> None:
    assert small == snapshot(extension_class=TemplateSnapshot)


def test_logical_ids(small: Mapping[str, Any], snapshot: SnapshotAssertion) -> None:
    assert small == snapshot(extension_class=LogicalIdSnapshot)


def test_a_change_fails_and_asset_hashes_do_not(pytester: pytest.Pytester) -> None:
    template = pytester.makefile(".json", template='{"Resources": {"Q": {"Type": "T", "Code": "%s"}}}' % ("a" * 64))
    pytester.makepyfile(USER_TEST)
    assert pytester.inline_run("-p", "syrupy", "--snapshot-update").ret == 0
    written = sorted(path.name for path in pytester.path.rglob("__snapshots__/*/*"))
    assert written == ["test_template.1.ids.json", "test_template.template.json"]

    template.write_text(template.read_text().replace("a" * 64, "b" * 64))
    pytester.inline_run("-p", "syrupy").assertoutcome(passed=1)
    template.write_text(template.read_text().replace('"T"', '"U"'))
    pytester.inline_run("-p", "syrupy").assertoutcome(failed=1)
