"""Fixtures of a pattern's scenarios: stacks as a user would write them, each synthesised once for all tests.

    SCENARIOS = {"minimal": minimal, "production": production}        # in conftest.py
    scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)

`scenario` is each of them in turn, `scenarios` all by name, `synthesis(scenario)` what `checked_synthesis` returns, and
`template` that of `scenario`: to be read and not changed.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from naws.testing.checkers import Synthesis, checked_synthesis
from naws.testing.synth import Builder

Synthesiser = Callable[..., Synthesis]
"""Takes a scenario, and `recommended_flags=False` for an app without feature flags."""

synthesised: Synthesiser = functools.cache(checked_synthesis)
"""`checked_synthesis` once a process for each builder, with feature flags or without."""


def scenario_fixtures(scenarios: Mapping[str, Builder]) -> tuple[Any, Any, Any, Any]:
    """The fixtures `scenario`, `scenarios`, `synthesis` and `template`, which a conftest.py gives these names.

    Args:
        scenarios: by name; a `TemplateContract` needs "minimal" and "production".
    """

    def scenario(request: pytest.FixtureRequest) -> Builder:
        return scenarios[request.param]

    def every() -> Mapping[str, Builder]:
        return scenarios

    def synthesis() -> Synthesiser:
        return synthesised

    def template(scenario: Builder, synthesis: Synthesiser) -> dict[str, Any]:
        return synthesis(scenario).template

    of_session = pytest.fixture(scope="session")
    each = pytest.fixture(params=list(scenarios))
    return each(scenario), of_session(every), of_session(synthesis), pytest.fixture(template)
