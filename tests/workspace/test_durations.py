"""The files that start first are there."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_with_a_duration_exists() -> None:
    seconds = tomllib.loads((ROOT / "tests/durations.toml").read_text())
    assert [name for name in seconds if not (ROOT / name).is_file()] == []
    assert {type(found) for found in seconds.values()} == {int}
