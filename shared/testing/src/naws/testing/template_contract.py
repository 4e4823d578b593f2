"""The contract that the templates of a pattern's scenarios pass: one inherited test class.

    class TestTemplates(TemplateContract):
        tags = {"service": "shop", "naws:pattern": "orders-mailer"}

It takes the fixtures of `naws.testing.scenarios`, with scenarios "minimal" and "production". The snapshots are files
beside the test's; `pytest --snapshot-update` writes them.
"""

# ruff: noqa: D102, S101 - these are tests: their names are their docstrings, and they assert
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from syrupy.assertion import SnapshotAssertion

from naws.testing._statelint import statelint
from naws.testing.checkers import cfn_lint
from naws.testing.rules import (
    assert_encrypted,
    assert_least_privilege,
    assert_log_retention,
    assert_no_resource_types,
    assert_no_wildcard_actions,
    assert_tagged,
)
from naws.testing.scenarios import Synthesiser
from naws.testing.snapshot import LogicalIdSnapshot, TemplateSnapshot
from naws.testing.synth import Builder
from naws.testing.templates import only

_ALARM = "AWS::CloudWatch::Alarm"
_FLAGS = {"recommended_flags": True, "no_flags": False}
_both_flags = pytest.mark.parametrize("flags", _FLAGS)
_few_flags = pytest.mark.parametrize(
    "flags", ["recommended_flags", pytest.param("no_flags", marks=pytest.mark.exhaustive)]
)


class TemplateContract:
    """The tests that every scenario of any pattern must pass."""

    tags: ClassVar[Mapping[str, str]]
    """What everything in production is tagged with."""
    untagged: ClassVar[Mapping[str, str]] = {}
    """Types of resource that have no tags, with the reason."""
    forbidden: ClassVar[Sequence[str]] = ("AWS::CloudFormation::CustomResource", "Custom::*")
    """Types of resource that no scenario has, `*` for any ending."""
    without_resource: ClassVar[Mapping[str, str]] = {}
    """Actions that are allowed on everything, with the reason."""

    def shows(self, scenario: str, logical_id: str, kind: str, minimal: Collection[str]) -> bool:
        """Whether the snapshot of a scenario has a resource. Here: what every stack has is shown once, in minimal.

        Networks are core's, and the alarms of production are in a file of their own.
        """
        elsewhere = scenario != "minimal" and logical_id in minimal
        return not (elsewhere or logical_id.startswith("NawsVpc") or (scenario == "production" and kind == _ALARM))

    def exempt(self, scenario: str) -> Mapping[str, str]:
        """Like `without_resource`, of one scenario."""
        del scenario
        return self.without_resource

    def unversioned(self, logical_id: str) -> str:
        """The part of a logical id that feature flags leave alone. Here: all of it."""
        return logical_id

    @pytest.fixture
    def name(self, scenario: Builder, scenarios: Mapping[str, Builder]) -> str:
        return next(name for name, each in scenarios.items() if each is scenario)

    @pytest.fixture
    def of_minimal(self, scenarios: Mapping[str, Builder], synthesis: Synthesiser) -> dict[str, Any]:
        return synthesis(scenarios["minimal"]).template

    @pytest.fixture
    def of_production(self, scenarios: Mapping[str, Builder], synthesis: Synthesiser) -> dict[str, Any]:
        return synthesis(scenarios["production"]).template

    def test_snapshot(
        self, template: dict[str, Any], name: str, of_minimal: dict[str, Any], snapshot: SnapshotAssertion
    ) -> None:
        minimal = of_minimal["Resources"]
        shown = only(template, lambda logical_id, kind: self.shows(name, logical_id, kind, minimal))
        assert shown == snapshot(extension_class=TemplateSnapshot)

    def test_snapshot_of_the_alarms(self, of_production: dict[str, Any], snapshot: SnapshotAssertion) -> None:
        alarms = only(of_production, lambda _, kind: kind == _ALARM)
        assert alarms == snapshot(extension_class=TemplateSnapshot)

    def test_logical_ids(self, template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
        assert template == snapshot(extension_class=LogicalIdSnapshot)

    def test_nothing_is_of_a_forbidden_type(self, template: dict[str, Any]) -> None:
        assert_no_resource_types(template, list(self.forbidden))

    def test_everything_is_encrypted_and_logs_end(self, template: dict[str, Any]) -> None:
        assert_encrypted(template)
        assert_log_retention(template)

    def test_roles_may_do_only_what_they_do(self, template: dict[str, Any], name: str) -> None:
        assert_no_wildcard_actions(template)
        assert_least_privilege(template, dict(self.exempt(name)))

    def test_conventions_tag_everything(self, of_production: dict[str, Any]) -> None:
        assert_tagged(of_production, dict(self.tags), excused=self.untagged)

    def test_logical_ids_are_the_same_without_feature_flags(
        self, template: dict[str, Any], scenario: Builder, synthesis: Synthesiser
    ) -> None:
        plain = synthesis(scenario, recommended_flags=False).template["Resources"]
        assert {*map(self.unversioned, plain)} == {*map(self.unversioned, template["Resources"])}

    @_few_flags
    def test_cfn_lint_finds_nothing(self, scenario: Builder, synthesis: Synthesiser, flags: str) -> None:
        assert cfn_lint(synthesis(scenario, recommended_flags=_FLAGS[flags]).template) == []

    @_both_flags
    def test_statelint_finds_nothing(self, scenario: Builder, synthesis: Synthesiser, flags: str) -> None:
        assert statelint(synthesis(scenario, recommended_flags=_FLAGS[flags]).template) == []

    @_both_flags
    def test_cdk_nag_finds_nothing_without_an_answer(
        self, scenario: Builder, synthesis: Synthesiser, flags: str
    ) -> None:
        assert synthesis(scenario, recommended_flags=_FLAGS[flags]).nag == []

    @_both_flags
    def test_cdk_validation_finds_nothing(self, scenario: Builder, synthesis: Synthesiser, flags: str) -> None:
        assert synthesis(scenario, recommended_flags=_FLAGS[flags]).default_rules == []
