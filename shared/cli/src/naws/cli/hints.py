"""What a person can paste to try what was deployed."""

import shlex
from collections import Counter
from collections.abc import Iterable

from naws.cli import console
from naws.cli.deploy import DeployedStack
from naws.cli.session import Session


def queue_urls(stack: DeployedStack) -> dict[str, str]:
    """URLs of the queues that start runs, by construct path: those that a pipe reads."""
    pipes, sqs = stack.aws.client("pipes"), stack.aws.client("sqs")
    sources = {
        logical_id: pipes.describe_pipe(Name=name)["Source"]
        for logical_id, name in stack.of_type("AWS::Pipes::Pipe").items()
    }
    return {
        stack.artifact.paths[logical_id].removesuffix("/Resource"): sqs.get_queue_url(QueueName=arn.split(":")[-1])[
            "QueueUrl"
        ]
        for logical_id, arn in sources.items()
        if ":sqs:" in arn
    }


def show(session: Session, stacks: list[DeployedStack]) -> None:
    """Print outputs, commands to try, where logs are, and what does nothing here."""
    for stack in stacks:
        if stack.outputs:
            console.heading(f"Outputs of {stack.artifact.display_name}")
            for name, value in sorted(stack.outputs.items()):
                console.line(f"  {name} = {value}")
    console.heading("Try it")
    for command in _commands(session, stacks):
        console.line(f"  {command}")
    _show_not_emulated(session)


def _commands(session: Session, stacks: Iterable[DeployedStack]) -> list[str]:
    commands: list[str] = []
    exported = ""
    for stack in stacks:
        export = _export(session, stack)
        if export != exported:
            commands.append(export)
            exported = export
        commands += [f"aws sqs send-message --queue-url {u} --message-body '{{}}'" for u in queue_urls(stack).values()]
        commands += [
            f"aws stepfunctions start-execution --state-machine-arn {arn} --input '{{}}'" for arn in stack.workflows
        ]
        commands += [f"aws s3 cp FILE s3://{bucket}/KEY" for bucket in sorted(_event_buckets(stack))]
        commands += [f"aws logs tail {group} --follow" for group in sorted(log_groups(stack))]
    return commands


def _export(session: Session, stack: DeployedStack) -> str:
    """The variables by which tools reach the account and region of a stack."""
    wanted = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    variables = session.embedded.environment()
    place = stack.aws.place
    variables["AWS_REGION"] = place.region
    if place.account != session.embedded.account_id:
        variables["AWS_ACCESS_KEY_ID"] = place.account  # a key of twelve digits is the account that calls
    return "export " + " ".join(f"{name}={shlex.quote(variables[name])}" for name in wanted)


def log_groups(stack: DeployedStack) -> set[str]:
    """Where the stack's tasks log."""
    ecs = stack.aws.client("ecs")
    found: set[str] = set()
    for arn in stack.of_type("AWS::ECS::TaskDefinition").values():
        definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        for container in definition["containerDefinitions"]:
            options = container.get("logConfiguration", {}).get("options", {})
            found |= {options["awslogs-group"]} if "awslogs-group" in options else set()
    return found


def _event_buckets(stack: DeployedStack) -> set[str]:
    resources = stack.artifact.template.get("Resources", {})
    return {
        name
        for logical_id, name in stack.of_type("AWS::S3::Bucket").items()
        if "NotificationConfiguration" in resources[logical_id].get("Properties", {})
    }


def _show_not_emulated(session: Session) -> None:
    kinds = Counter(one.resource_type for one in session.embedded.not_emulated())
    if kinds:
        named = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
        console.line(f"\nRecorded only, these do nothing here: {named}", style="dim")
