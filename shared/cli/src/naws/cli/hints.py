"""Commands that a person can paste to try what was deployed."""

import json
import platform
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from naws.cli import console
from naws.cli.distributions import addresses_of
from naws.cli.embedded.postgres.programs import installed
from naws.cli.endpoints import endpoints_of
from naws.cli.load_balancers import commands_of
from naws.cli.schedules import expressions_of, shortest_of
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
    if addresses := [*addresses_of(stacks)]:
        console.heading("Open in a browser")
        for line in addresses:
            console.line(f"  {line}")
    console.heading("Try it")
    for command in _commands(session, stacks):
        console.line(f"  {command}")
    _show_interpreter(stacks)
    _show_not_emulated(session, stacks)


def _commands(session: Session, stacks: Iterable[EmbeddedStack]) -> list[str]:
    stacks = [*stacks]
    commands = [line for stack in stacks for line in _of_patterns(stack, _option(session))]
    exported = ""
    for stack in stacks:
        own = [*(line for endpoint in endpoints_of(stack) for line in endpoint.commands()), *commands_of(stack)]
        own += [f"{signed('s3')} -T FILE $AWS_ENDPOINT_URL/{bucket}/KEY" for bucket in _event_buckets(stack)]
        export = _export(session, stack)
        if export != exported and (own or not exported):
            commands.append(export)
            exported = export
        commands += own
    return commands


def signed(service: str) -> str:
    """A request with the printed keys, of which each client is able, as the beginning of a line of a shell."""
    credentials = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
    return f'curl --aws-sigv4 "aws:amz:$AWS_REGION:{service}" {credentials}'


def _option(session: Session) -> str:
    """What lets our own commands find this embedded AWS, in the folder that this one was given in."""
    directory, here = session.state_dir.resolve(), Path.cwd()
    if directory.parent.name == ".naws" and directory.parent.parent in (here, *here.parents):
        return ""
    return f" --state-dir {shlex.quote(str(directory))}"


def _of_patterns(stack: EmbeddedStack, option: str) -> Iterator[str]:
    """Our own commands that start each pattern, and show what it prints."""
    answering = {endpoint.alias for endpoint in endpoints_of(stack)}
    template = stack.artifact.template.get("Resources", {})
    physical = {name: resource for name, (_, resource) in stack.resources.items()}
    for logical_id, runs in stack.artifact.runs.items():
        path = shlex.quote(runs.path)
        queues = [stack.resources[name][1] for name in runs.queues if name in stack.resources]
        schedules = shortest_of(expressions_of(template, runs.schedules, physical))
        for url in queues:
            which = f" --queue {url.rpartition('/')[2]}" if len(queues) > 1 else ""
            yield f"naws send {path} '{{}}'{which}{option}"
        for name in schedules.values():
            yield f"naws fire {path}{f' {shlex.quote(name)}' if len(schedules) > 1 else ''}{option}"
        arn = stack.resources[logical_id][1] if logical_id in stack.resources else ""
        started = bool(queues or schedules or arn in answering)
        if runs.kind == "workflow" or (runs.kind == "function" and not started):
            yield f"naws run {path} --payload '{{}}'{' --wait' if runs.kind == 'function' else ''}{option}"
        if runs.log_group:
            yield f"naws logs {path} --follow{option}"


def _export(session: Session, stack: EmbeddedStack) -> str:
    """The variables by which tools reach the account and region of a stack."""
    wanted = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")
    variables = session.embedded.environment()
    target = stack.aws.target
    variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"] = target.region  # boto3 and the AWS CLI 1 read the second
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


def _show_interpreter(stacks: Iterable[EmbeddedStack]) -> None:
    resources = (one for stack in stacks for one in stack.artifact.template.get("Resources", {}).values())
    functions = (one["Properties"] for one in resources if one["Type"] == "AWS::Lambda::Function")
    if any(str(each.get("Runtime", "")).startswith("python") for each in functions):
        version = platform.python_version()
        console.line(f"\nHandlers run on Python {version} here, whatever runtime is asked for.", style="dim")


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
