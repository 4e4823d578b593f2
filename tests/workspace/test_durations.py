"""The files that are known to be slow are there, and start first."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = tomllib.loads((ROOT / "tests/durations.toml").read_text())


def test_every_file_with_a_duration_exists() -> None:
    assert [name for name in SECONDS if not (ROOT / name).is_file()] == []
    assert {type(found) for found in SECONDS.values()} == {int}


def test_the_slowest_file_starts_first(request: pytest.FixtureRequest) -> None:
    """What a worker collected is in this order, and xdist, whose own is by the number of tests, leaves it so."""
    order = list(dict.fromkeys(item.path.relative_to(ROOT).as_posix() for item in request.session.items))
    seconds = [SECONDS.get(name, 0) for name in order]
    assert seconds == sorted(seconds, reverse=True)
    assert not request.config.getoption("loadscopereorder")
