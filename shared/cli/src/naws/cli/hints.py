"""Commands that a person can paste to try what was deployed."""

import json
import shlex
from collections import Counter
from collections.abc import Iterable

from naws.cli import console
from naws.cli.embedded.postgres.programs import installed
from naws.cli.session import Session
from naws.cli.stacks import EmbeddedStack

_BETWEEN_STACKS = ("ExportsOutput", "PublishOutput")
"""What CDK calls the outputs by which one stack of an app refers to another, strongly and weakly."""
_DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")


def show(session: Session, stacks: list[EmbeddedStack]) -> None:
    """Print outputs, commands to try, where logs are, and what does nothing here."""
    for stack in stacks:
        if own := {name: value for name, value in stack.outputs.items() if not name.startswith(_BETWEEN_STACKS)}:
            console.heading(f"Outputs of {stack.artifact.display_name}")
            for name, value in sorted(own.items()):
                console.line(f"  {name} = {value}")
    console.heading("Try it")
    for command in _commands(session, stacks):
        console.line(f"  {command}")
    _show_not_emulated(session, stacks)


def _commands(session: Session, stacks: Iterable[EmbeddedStack]) -> list[str]:
    commands: list[str] = []
    exported = ""
    for stack in stacks:
        export = _export(session, stack)
        if export != exported:
            commands.append(export)
            exported = export
        queues = stack.of_runs(lambda runs: runs.queues)
        commands += [f"aws sqs send-message --queue-url {url} --message-body '{{}}'" for url in queues]
        commands += [
            f"aws stepfunctions start-execution --state-machine-arn {arn} --input '{{}}'" for arn in stack.workflows
        ]
        commands += [f"aws s3 cp FILE s3://{bucket}/KEY" for bucket in _event_buckets(stack)]
        groups = stack.of_runs(lambda runs: filter(None, [runs.log_group]))
        commands += [f"aws logs tail {group} --follow" for group in groups]
    return commands


def _export(session: Session, stack: EmbeddedStack) -> str:
    """The variables by which tools reach the account and region of a stack."""
    wanted = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    variables = session.embedded.environment()
    target = stack.aws.target
    variables["AWS_REGION"] = target.region
    if target.account != session.embedded.account_id:
        variables["AWS_ACCESS_KEY_ID"] = target.account  # a key of twelve digits is the account that calls
    return "export " + " ".join(f"{name}={shlex.quote(variables[name])}" for name in wanted)


def _event_buckets(stack: EmbeddedStack) -> list[str]:
    """Buckets whose events start runs, as the rules of the default bus name them: S3 sends to no other."""
    named = stack.of_runs(lambda runs: runs.rules)
    pages = stack.aws.client("events").get_paginator("list_rules").paginate() if named else ()
    rules = (rule for page in pages for rule in page["Rules"] if rule["Name"] in named)
    patterns = [json.loads(rule.get("EventPattern", "{}")) for rule in rules]
    details = [pattern.get("detail", {}) for pattern in patterns if "aws.s3" in pattern.get("source", ())]
    names = (name for detail in details for name in detail.get("bucket", {}).get("name", ()))
    return sorted({name for name in names if isinstance(name, str)})


def _show_not_emulated(session: Session, stacks: Iterable[EmbeddedStack]) -> None:
    recorded = session.embedded.not_emulated()
    databases = {(stack.artifact.name, name) for stack in stacks for kind in _DATABASES for name in stack.of_type(kind)}
    if databases - {(one.stack, one.logical_id) for one in recorded}:
        version = found.version if (found := installed()) else ""
        console.line(f"\nDatabases are PostgreSQL {version} here, whatever version is asked for.", style="dim")
    if lines := [f"\n{one.logical_id} of {one.stack} is recorded only: {one.reason}" for one in recorded if one.reason]:
        console.line("".join(lines), style="dim")
    kinds = Counter(one.resource_type for one in recorded if not one.reason)
    if kinds:
        named = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
        console.line(f"\nRecorded only, these do nothing here: {named}", style="dim")
