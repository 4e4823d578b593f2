"""Test tools for N-AWS standard types and for the stacks that use them."""

from naws.testing import _assertions as _assertions  # first: it has to run before the contract is imported
from naws.testing._extras import MissingExtraError
from naws.testing._references import UnresolvedError
from naws.testing._script import Answer, Outcome, Outcomes, Returns, TaskRequest, Throws
from naws.testing._statelint import statelint
from naws.testing.checkers import Synthesis, cfn_lint, checked_synthesis, default_rules, nag
from naws.testing.contract import PatternContract
from naws.testing.definitions import workflow_definitions
from naws.testing.findings import Finding, FindingsError
from naws.testing.isolation import Isolated, build_wheel, install
from naws.testing.mistake_contract import MistakeContract
from naws.testing.normalise import logical_ids, normalise
from naws.testing.props_judge import PropsJudge
from naws.testing.rule_contract import RuleContract, public_names
from naws.testing.rules import (
    assert_encrypted,
    assert_least_privilege,
    assert_log_retention,
    assert_no_resource_types,
    assert_no_wildcard_actions,
    assert_tagged,
)
from naws.testing.scenarios import scenario_fixtures
from naws.testing.snapshot import LogicalIdSnapshot, TemplateSnapshot
from naws.testing.synth import Builder, cdk_app, recommended_context, synth_template
from naws.testing.template_contract import TemplateContract
from naws.testing.workflow import WorkflowRun, run_workflow

__all__ = [
    "Answer",
    "Builder",
    "Finding",
    "FindingsError",
    "Isolated",
    "LogicalIdSnapshot",
    "MissingExtraError",
    "MistakeContract",
    "Outcome",
    "Outcomes",
    "PatternContract",
    "PropsJudge",
    "Returns",
    "RuleContract",
    "Synthesis",
    "TaskRequest",
    "TemplateContract",
    "TemplateSnapshot",
    "Throws",
    "UnresolvedError",
    "WorkflowRun",
    "assert_encrypted",
    "assert_least_privilege",
    "assert_log_retention",
    "assert_no_resource_types",
    "assert_no_wildcard_actions",
    "assert_tagged",
    "build_wheel",
    "cdk_app",
    "cfn_lint",
    "checked_synthesis",
    "default_rules",
    "install",
    "logical_ids",
    "nag",
    "normalise",
    "public_names",
    "recommended_context",
    "run_workflow",
    "scenario_fixtures",
    "statelint",
    "synth_template",
    "workflow_definitions",
]
