"""Every scenario, described once."""

import pytest

from stubs import PLACE
from subjects import Subject, scenarios, subject


@pytest.fixture(scope="session")
def every() -> dict[str, Subject]:
    return {name: subject(name, scenario, PLACE) for name, scenario in scenarios().items()}
