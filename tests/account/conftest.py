"""The modules of the check import each other as a script's do: from its own folder."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stubs import PLACE
from subjects import Subject, scenarios, subject


@pytest.fixture(scope="session")
def every() -> dict[str, Subject]:
    return {name: subject(name, scenario, PLACE) for name, scenario in scenarios().items()}
