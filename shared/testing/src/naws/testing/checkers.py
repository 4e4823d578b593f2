"""The template checkers of the extra `naws-testing[checkers]`, in-process and offline.

Each returns findings, so that a test can assert `== []` and show what is wrong when it is not.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk

from naws.testing._extras import optional
from naws.testing.findings import Finding
from naws.testing.synth import Builder, cdk_app, violations

_REGION = "us-east-1"
_IGNORED = ["W3005"]  # a DependsOn that a reference implies already: CDK writes them, and they do no harm


def cfn_lint(template: Mapping[str, Any]) -> list[Finding]:
    """What cfn-lint reports for us-east-1, warnings included."""
    api = optional("cfnlint.api")
    arguments = optional("cfnlint.config").ManualArgs(regions=[_REGION], ignore_checks=_IGNORED)
    matches = api.lint(json.dumps(template), config=arguments)
    return sorted(Finding(match.rule.id, _path(match), match.message) for match in matches)


def nag(build: Builder) -> list[Finding]:
    """What cdk-nag's AwsSolutions rules report and `cdk.Validations.of(...).acknowledge(...)` has not answered."""
    checks = optional("cdk_nag").AwsSolutionsChecks
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir)
        cdk.Validations.of(app).add_plugins(checks(app))
        build(app)
        return violations(app)


def default_rules(build: Builder) -> list[Finding]:
    """What CDK's own CloudFormation rules report (`@aws-cdk/core:validateAgainstDefaultRules`)."""
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir, validated=True)
        build(app)
        return violations(app)


def _path(match: Any) -> str:
    return "/".join(str(part) for part in match.path or ()) or f"line {match.linenumber}"
