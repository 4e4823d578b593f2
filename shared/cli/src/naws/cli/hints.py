"""Commands that a person can paste to try what was deployed."""

import json
import platform
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator

from naws.cli import console
from naws.cli.distributions import addresses_of
from naws.cli.embedded.postgres.programs import installed
from naws.cli.embedded.settings import CONTROL_PREFIX
from naws.cli.endpoints import endpoints_of
from naws.cli.load_balancers import commands_of
from naws.cli.session import Session
from naws.cli.stacks import EmbeddedStack

_BETWEEN_STACKS = ("ExportsOutput", "PublishOutput")
"""What CDK calls the outputs by which one stack of an app refers to another, strongly and weakly."""
# An option, because the AWS CLI 1 follows the variable in some services only, and would ask AWS itself in the others.
# Without quotes, so that a shell without the variable has an error and no empty option.
AWS = "aws --endpoint-url $AWS_ENDPOINT_URL"
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
    commands: list[str] = []
    exported = ""
    for stack in stacks:
        export = _export(session, stack)
        if export != exported:
            commands.append(export)
            exported = export
        commands += _of_functions(stack)
        commands += commands_of(stack)
        queues = stack.of_runs(lambda runs: runs.queues)
        commands += [f"{AWS} sqs send-message --queue-url {url} --message-body '{{}}'" for url in queues]
        commands += [f"curl -X POST $AWS_ENDPOINT_URL{CONTROL_PREFIX}/schedules/{name}" for name in _schedules(stack)]
        commands += [
            f"{AWS} stepfunctions start-execution --state-machine-arn {arn} --input '{{}}'" for arn in stack.workflows
        ]
        commands += [f"{AWS} s3 cp FILE s3://{bucket}/KEY" for bucket in _event_buckets(stack)]
        groups = stack.of_runs(lambda runs: filter(None, [runs.log_group]))
        commands += [f"{AWS} logs tail {group} --follow" for group in groups]
    return commands


def _of_functions(stack: EmbeddedStack) -> Iterator[str]:
    """Requests to the endpoints of functions, and how a function is invoked that nothing else starts."""
    endpoints = endpoints_of(stack)
    for endpoint in endpoints:
        yield from endpoint.commands()
    started = {runs.path for runs in stack.artifact.runs.values() if runs.queues or runs.schedules}
    answering = {endpoint.alias for endpoint in endpoints}
    for alias, path in stack.functions.items():
        if alias not in answering and path not in started:
            # Bytes of a file are the payload to every AWS CLI; a text is letters to 1, and base64 to 2.
            yield f"echo '{{}}' | {AWS} lambda invoke --function-name {alias} --payload fileb:///dev/stdin /dev/stdout"


def _schedules(stack: EmbeddedStack) -> list[str]:
    """Groups and names of schedules that start runs; firing one changes nothing of its times."""
    named = stack.of_runs(lambda runs: runs.schedules)
    pages = stack.aws.client("scheduler").get_paginator("list_schedules").paginate() if named else ()
    groups = {each["Name"]: each["GroupName"] for page in pages for each in page["Schedules"]}
    return [f"{groups[name]}/{name}" for name in named if name in groups]


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
