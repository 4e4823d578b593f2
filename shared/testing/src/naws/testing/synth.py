"""Synthesise a stack in-process, offline, and quickly: an app for tests with CDK's recommended feature flags."""

from __future__ import annotations

import functools
import json
import tarfile
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from naws.testing.findings import Finding, FindingsError

Builder = Callable[[cdk.App], cdk.Stack]
"""Adds stacks to an app and returns the one that is looked at."""

_FLAGS = "package/recommended-feature-flags.json"


@functools.lru_cache(maxsize=1)
def recommended_context() -> dict[str, Any]:
    """The feature flags that `cdk init` writes into a new app, as the installed aws-cdk-lib recommends them."""
    for file in metadata.files("aws-cdk-lib") or ():
        if file.name.endswith(".jsii.tgz"):
            with tarfile.open(str(file.locate())) as archive:
                flags = next(archive.extractfile(member) for member in archive if member.name == _FLAGS)
                return json.load(flags) if flags else {}
    raise FileNotFoundError(f"aws-cdk-lib has no {_FLAGS}")


def cdk_app(outdir: str | Path | None = None, *, validated: bool = False, recommended_flags: bool = True) -> cdk.App:
    """An app for tests: recommended feature flags, no version reporting, no files outside `outdir`.

    Args:
        outdir: where the assembly goes; a temporary directory when omitted.
        validated: let synthesis fail on what CDK's own CloudFormation rules find; about 1.5 s more once a process.
        recommended_flags: as in a new app; False sets no feature flag at all, as in an old app whose `cdk.json` was
            never brought up to date.
    """
    app = cdk.App(
        outdir=None if outdir is None else str(outdir),
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context={
            **(recommended_context() if recommended_flags else {}),
            "@aws-cdk/core:validateAgainstDefaultRules": validated,
        },
    )
    if validated:
        # Added, and not built in: with CDK_VALIDATION=false in the environment nothing would be found.
        cdk.Validations.of(app).add_plugins(_validation())
    return app


@functools.cache
def _validation() -> cdk.CloudFormationValidatePlugin:
    """One for all apps: reading its rules is what takes the time."""
    return cdk.CloudFormationValidatePlugin()


def synth_template(
    source: cdk.Stack | Builder, *, validated: bool = False, recommended_flags: bool = True
) -> dict[str, Any]:
    """The CloudFormation template of a stack, or of the stack that a builder adds to a `cdk_app`.

    Raises:
        FindingsError: `validated`, and CDK's own CloudFormation rules find something.
        ValueError: `validated` or no flags are asked of a stack, whose app decides that already.
    """
    if isinstance(source, cdk.Stack):
        if validated or not recommended_flags:
            name = "validated=True" if validated else "recommended_flags=False"
            raise ValueError(f"{name} needs a builder: lambda app: MyStack(app, 'Stack')")
        cdk.Stage.of(source).synth()  # pyright: ignore[reportOptionalMemberAccess] - every stack is in a stage
        return template_of(source)
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk_app(outdir, validated=validated, recommended_flags=recommended_flags)
        stack = source(app)
        findings = violations(app)
        if findings:
            raise FindingsError(findings)
        return template_of(stack)


def violations(app: cdk.App) -> list[Finding]:
    """Synthesise `app`; what its validation plugins report, nothing when they are content.

    Raises:
        RuntimeError: synthesis itself fails.
    """
    report = Path(app.outdir) / "validation-report.json"
    try:
        app.synth()
    except RuntimeError:
        if not report.exists():
            raise
    return _findings(json.loads(report.read_text())) if report.exists() else []


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """The template that the last synthesis of `stack` wrote."""
    stage = cdk.Stage.of(stack)
    return json.loads((Path(stage.outdir if stage else "") / stack.template_file).read_text())


def _findings(report: dict[str, Any]) -> list[Finding]:
    found: set[Finding] = set()  # a rule may report one place several times
    for plugin in report["pluginReports"]:
        for violation in plugin.get("violations", ()):
            for construct in violation["violatingConstructs"]:
                places = construct.get("cloudFormationResource", {}).get("propertyPaths") or [""]
                path = f"{construct.get('constructPath')} {' '.join(places)}".strip()
                found.add(Finding(violation["ruleName"], path, violation["description"]))
    return sorted(found)
