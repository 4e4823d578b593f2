"""The log stream of a run's tasks, and its last lines."""

from typing import Any, NamedTuple

from naws.cli.aws import Clients
from naws.cli.runs import Run


class LogStream(NamedTuple):
    """The log stream of one container of one task: its CloudWatch Logs group, and its name there."""

    group: str
    stream: str


def log_stream(aws: Clients, run: Run) -> LogStream | None:
    """The log stream of the last attempt's main container; None without a task or without `awslogs`."""
    tasks = [attempt.task_arn for attempt in run.attempts if attempt.task_arn]
    main = run.attempts[-1].container if run.attempts else ""
    if not tasks:
        return None
    ecs = aws.client("ecs")
    cluster, task_id = tasks[-1].split("/")[-2:]
    found = ecs.describe_tasks(cluster=cluster, tasks=[tasks[-1]])["tasks"]
    if not found:
        return None
    definition = ecs.describe_task_definition(taskDefinition=found[0]["taskDefinitionArn"])["taskDefinition"]
    containers: list[dict[str, Any]] = definition["containerDefinitions"]
    container = next((each for each in containers if each["name"] == main), containers[0])
    options: dict[str, str] = container.get("logConfiguration", {}).get("options", {})
    if "awslogs-group" not in options:
        return None
    prefix = options.get("awslogs-stream-prefix", "")
    return LogStream(options["awslogs-group"], f"{prefix}/{container['name']}/{task_id}")


def last_lines(aws: Clients, where: LogStream, count: int) -> list[str]:
    """The newest lines of a stream, oldest first; none when nothing was logged."""
    logs = aws.client("logs")
    try:
        events = logs.get_log_events(
            logGroupName=where.group, logStreamName=where.stream, limit=count, startFromHead=False
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]
