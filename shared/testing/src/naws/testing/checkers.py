"""The template checkers of the extra `naws-testing[checkers]`, in-process and offline.

Each returns findings, so that a test can assert `== []` and show what is wrong when it is not.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from naws.testing._extras import optional
from naws.testing._references import Reference, UnresolvedError, resolved
from naws.testing.definitions import physical
from naws.testing.findings import Finding
from naws.testing.synth import Builder, cdk_app, template_of, violations

_REGION = "us-east-1"
_IGNORED = ["W3005"]  # a DependsOn that a reference implies already: CDK writes them, and they do no harm
_NAG = "AwsSolutions-"  # what the ids of cdk-nag's rules begin with
_ACTION_AND_RESOURCE = "I3510"  # off unless asked for; it passes over every statement that holds a reference


def cfn_lint(template: Mapping[str, Any]) -> list[Finding]:
    """The findings of cfn-lint for us-east-1, warnings included.

    Its rules on policies are all on: actions that do not exist (W3037), form and version (E3510 to E3514, E3530,
    W2511), and resources of another type than the action's (I3510). The last is asked with made-up ARNs for the
    references of identity policies, as in `workflow_definitions`: it knows nothing of a reference itself.
    """
    found = _lint(template)
    statements = (each for each in _lint(_identity_policies(template)) if each.rule == _ACTION_AND_RESOURCE)
    return sorted({*found, *statements})


def nag(build: Builder, *, recommended_flags: bool = True) -> list[Finding]:
    """The findings of cdk-nag's AwsSolutions rules that `cdk.Validations.of(...).acknowledge(...)` has not answered."""
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir, recommended_flags=recommended_flags)
        _add_nag(app)
        build(app)
        return _known_runtimes(app, violations(app))


def default_rules(build: Builder, *, recommended_flags: bool = True) -> list[Finding]:
    """The findings of CDK's own CloudFormation rules (`@aws-cdk/core:validateAgainstDefaultRules`)."""
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir, validated=True, recommended_flags=recommended_flags)
        build(app)
        return violations(app)


@dataclass(frozen=True)
class Synthesis:
    """A template and what was found in it while it was synthesised."""

    template: dict[str, Any]
    nag: list[Finding]
    """The findings of `nag`."""
    default_rules: list[Finding]
    """The findings of `default_rules`."""


def checked_synthesis(build: Builder, *, recommended_flags: bool = True) -> Synthesis:
    """The template, `nag` and `default_rules` in one synthesis, which is what takes the time."""
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir, validated=True, recommended_flags=recommended_flags)
        _add_nag(app)
        stack = build(app)
        findings = violations(app)
        of_nag = [found for found in findings if found.rule.startswith(_NAG)]
        others = [found for found in findings if found not in of_nag]
        return Synthesis(template_of(stack), _known_runtimes(app, of_nag), others)


def _add_nag(app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(optional("cdk_nag").AwsSolutionsChecks(app))


def _known_runtimes(app: cdk.App, findings: list[Finding]) -> list[Finding]:
    """The findings without those that another test made: to cdk-nag each runtime that was made exists.

    After `Runtime("python3.99")` the newest one of the CDK is an old one, in the whole process.
    """
    return [each for each in findings if each.rule != f"{_NAG}L1" or not _is_newest(app, each.path)]


def _is_newest(app: cdk.App, path: str) -> bool:
    construct: Any = app
    for name in path.split("/"):
        construct = construct.node.find_child(name)
    runtime = str(construct.runtime)
    family = re.sub(r"\d.*", "", runtime)
    known = [str(getattr(lambda_.Runtime, name).name) for name in dir(lambda_.Runtime) if re.match(r"[A-Z]+_\d", name)]
    newest = max((each for each in known if re.match(rf"{family}\d", each)), key=_numbers)
    return runtime == newest


def _numbers(name: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", name)]


def _lint(template: Mapping[str, Any]) -> list[Finding]:
    # Decoded from text, since positions in it are what cfn-lint's matches are made of.
    decoded, errors = optional("cfnlint.decode").decode_str(json.dumps(template))
    matches = errors or _linter().validate_template(decoded)
    return [Finding(match.rule.id, _path(match), match.message) for match in matches]


@cache
def _linter() -> Any:
    """cfn-lint with its rules, which take as long to read as a template to check: once, as its command does."""
    arguments = optional("cfnlint.config").ManualArgs(
        regions=[_REGION], ignore_checks=_IGNORED, include_checks=[_ACTION_AND_RESOURCE]
    )
    return optional("cfnlint.runner").Runner(optional("cfnlint.config").ConfigMixIn(**arguments))


def _identity_policies(template: Mapping[str, Any]) -> dict[str, Any]:
    """The IAM resources of a template alone, without references where these can be resolved."""
    reference = physical(template)
    resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
    return {
        "Resources": {
            logical_id: {"Type": resource["Type"], "Properties": _concrete(resource.get("Properties", {}), reference)}
            for logical_id, resource in resources.items()
            if resource["Type"].startswith("AWS::IAM::")
        }
    }


def _concrete(properties: Mapping[str, Any], reference: Reference) -> Any:
    try:
        return resolved(properties, reference)
    except UnresolvedError:  # what only CloudFormation resolves, cfn-lint passes over
        return properties


def _path(match: Any) -> str:
    return "/".join(str(part) for part in match.path or ()) or f"line {match.linenumber}"
