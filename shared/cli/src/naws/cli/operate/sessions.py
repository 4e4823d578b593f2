"""`naws shell`: a shell in the container of a run that is going, by ECS Exec."""

import json
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import asked, code_of
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.operate.deployed import Deployed, find_deployed
from naws.cli.operate.seen import find_run
from naws.cli.operate.where import Asked, find_where
from naws.cli.runs import read_run

PERMISSIONS = "It takes what `naws show` takes, and ecs:ExecuteCommand; for a service ecs:ListTasks and DescribeTasks."
_PLUGIN = "session-manager-plugin"
_PLUGIN_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)
_OFF = "enable_execute_command=True"


def shell(name: str, options: Asked, command: str) -> int:
    """Start a command in the container of a run, or of a service's task, and be its terminal.

    Args:
        name: A run, or a service's construct path.
        options: Where it is looked for.
        command: What is started.

    Returns:
        The exit code of the session.

    Raises:
        CliError: There is no such run, it does not run, or ECS Exec is not enabled for it.
    """
    where = find_where(options, Path.cwd())
    console.aside(where.title)
    with asked(PERMISSIONS):
        patterns = find_deployed(where, ())
        services = [one for one in patterns if one.runs.kind == "service" and f"/{one.runs.path}".endswith(f"/{name}")]
        pattern, task, container = _of_service(services[0]) if services else _of_run(patterns, name)
        if where.embedded:
            raise CliError("The embedded AWS has no ECS Exec.", "A task that is a process is one of this machine's.")
        plugin = shutil.which(_PLUGIN)
        if plugin is None:
            raise CliError(f"There is no {_PLUGIN} on PATH.", _PLUGIN_PAGE)
        session = _session(pattern, task, container, command)
    # It is the terminal from here on; Ctrl-C is for the program in the container.
    line = [plugin, json.dumps(session), pattern.place.region, "StartSession"]
    return subprocess.run(line, check=False).returncode


def _of_run(patterns: list[Deployed], name: str) -> tuple[Deployed, str, str]:
    seen = find_run(patterns, name, datetime.now(UTC))
    pattern = seen.pattern
    if not seen.run.execution_arn:
        raise CliError(f"{seen.run.id} is a run of a function: there is no container to enter.", code=2)
    run = read_run(pattern.place, seen.run.execution_arn)
    if run.ended:
        raise CliError(f"The run {run.id} has ended.", f"naws show {shlex.quote(run.id)}", code=NOT_FOUND)
    tasks = [each for each in run.attempts if each.task_arn and each.exit_code is None and not each.stopped_reason]
    if not tasks:
        raise CliError(f"No task of the run {run.id} runs now.", f"naws show {shlex.quote(run.id)}", code=NOT_FOUND)
    return pattern, str(tasks[-1].task_arn), tasks[-1].container


def _of_service(pattern: Deployed) -> tuple[Deployed, str, str]:
    cluster, service = pattern.arn.split("/")[-2:]
    ecs = pattern.place.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="RUNNING")["taskArns"]
    if not arns:
        hint = f"naws status {shlex.quote(pattern.runs.path)}"
        raise CliError(f"No task of {pattern.runs.path} runs now.", hint, code=NOT_FOUND)
    containers = ecs.describe_tasks(cluster=cluster, tasks=arns[:1])["tasks"][0]["containers"]
    return pattern, arns[0], containers[0]["name"]


def _session(pattern: Deployed, task: str, container: str, command: str) -> dict[str, Any]:
    request = {"cluster": task.split("/")[-2], "task": task, "interactive": True, "command": command}
    if container:
        request["container"] = container
    try:
        return pattern.place.client("ecs", attempts=1).execute_command(**request)["session"]
    except ClientError as error:
        if code_of(error) not in {"InvalidParameterException", "TargetNotConnectedException"}:
            raise
        hint = f"{_OFF} in the props of {pattern.runs.path}, and a run that starts after that is deployed."
        raise CliError(str(error), hint) from None
