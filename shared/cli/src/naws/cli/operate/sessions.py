"""`naws shell`: a shell in the container of a run that is going, by ECS Exec."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import asked, code_of
from naws.cli.embedded.settings import HOST
from naws.cli.errors import NOT_FOUND, REFUSED, CliError
from naws.cli.operate.deployed import Deployed, find_deployed, find_one, suggested
from naws.cli.operate.seen import OF_FUNCTIONS, Seen, find_run
from naws.cli.operate.terminals import open_session
from naws.cli.operate.where import Asked, Where, find_where
from naws.cli.runs import read_run

PERMISSIONS = "It takes what `naws show` takes, ecs:ExecuteCommand and DescribeTasks; for a service ecs:ListTasks."
_PLUGIN = "session-manager-plugin"
_PLUGIN_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)
_HINTS = {
    "InvalidParameterException": (
        "enable_execute_command=True in the props of {path}, and a run that starts after that is deployed."
    ),
    "TargetNotConnectedException": (
        "A task that has just started is connected seconds later. Otherwise its role lacks one of ssmmessages:\n"
        "CreateControlChannel, CreateDataChannel, OpenControlChannel, OpenDataChannel; or its root filesystem is\n"
        "read-only; or there is no way to Session Manager."
    ),
}
_OF_SERVICE = "main"
"""The container that answers requests; the pattern names it."""
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)


def shell(name: str, options: Asked, command: str) -> int:
    """Start a command in the container of a run, or of a service's task, and be its terminal.

    Args:
        name: A run, or a service's construct path.
        options: Where it is looked for.
        command: What is started.

    Returns:
        The exit code of the session, which is not that of the command: Session Manager does not say it.

    Raises:
        CliError: There is no such run, it does not run, or ECS Exec is not enabled for it.
    """
    where = find_where(options, Path.cwd())
    console.aside(where.title)
    with asked(PERMISSIONS):
        pattern, task, container = _container(where, name)
        if not sys.stdin.isatty():
            raise CliError("Standard input is no terminal.", "A session has one, also for a single command.", code=2)
        address = str(pattern.place.client("ecs").meta.endpoint_url)
        here = address.startswith(f"http://{HOST}:")
        plugin = shutil.which(_PLUGIN)
        if plugin is None and not here:
            raise CliError(f"There is no {_PLUGIN} on PATH.", _PLUGIN_PAGE, code=REFUSED)
        answer = _executed(pattern, task, container, command)
        if here:
            open_session(answer["session"])
            return 0
        target = _target(pattern, answer)
    # As the AWS CLI does. Source: aws-cli, awscli/customizations/ecs/executecommand.py
    line = [str(plugin), json.dumps(answer["session"]), pattern.place.region, "StartSession"]
    line += [os.environ.get("AWS_PROFILE", ""), json.dumps({"Target": target}), address]
    with _for_the_program():
        return subprocess.run(line, check=False).returncode


@contextlib.contextmanager
def _for_the_program() -> Generator[None]:
    """Leave Ctrl-C and its like to the program in the container: the plugin sends them there."""
    before = [(number, signal.signal(number, _nothing)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _nothing(*_: object) -> None:
    """Not SIG_IGN: that is inherited."""


def _container(where: Where, name: str) -> tuple[Deployed, str, str]:
    """Whose container is entered, the ARN of its task, and its name."""
    try:
        pattern = find_one(where, name)
    except CliError as error:
        if error.code != NOT_FOUND:
            raise
        try:
            seen = find_run(find_deployed(where, ()), name, datetime.now(UTC) - OF_FUNCTIONS)
        except CliError as neither:
            title = f"There is no run and no service {name} in {where.title}."
            raise CliError(title, suggested(error, neither), code=neither.code) from None
        return _of_run(seen)
    _check_containers(pattern, f"{pattern.runs.path} is a")
    if pattern.runs.kind != "service":
        raise CliError(f"Which run of {name}?", f"naws runs {shlex.quote(name)} --running", code=2)
    return _of_service(pattern)


def _check_containers(pattern: Deployed, what: str) -> None:
    """Refuse what has no container at all.

    Raises:
        CliError: It is of a function, of a website, or of a workflow that prints nothing itself.
    """
    path = shlex.quote(pattern.runs.path)
    match pattern.runs.kind:
        case "function":
            hint = f"What it prints: naws logs {path}"
        case "website":
            hint = f"How it does: naws status {path}"
        case "workflow" if pattern.runs.redrive == "execution" and not pattern.own("AWS::ECS::TaskDefinition"):
            hint = "A step that is a run of a processor has one: naws runs PATH of that processor, then naws shell RUN."
        case _:
            return
    raise CliError(f"{what} {pattern.runs.kind}, which has no container to enter.", hint, code=2)


def _of_run(seen: Seen) -> tuple[Deployed, str, str]:
    if not seen.run.execution_arn:
        _check_containers(seen.pattern, f"The run {seen.run.id} is of a")
    run = read_run(seen.pattern.place, seen.run.execution_arn)
    if not run.attempts:
        _check_containers(seen.pattern, f"The run {run.id} is of a")
    if run.ended:
        raise CliError(f"The run {run.id} has ended.", f"naws show {shlex.quote(run.id)}", code=NOT_FOUND)
    tasks = [each for each in run.attempts if each.task_arn and each.exit_code is None and not each.stopped_reason]
    if not tasks:
        raise CliError(f"No task of the run {run.id} runs now.", f"naws show {shlex.quote(run.id)}", code=NOT_FOUND)
    return seen.pattern, str(tasks[-1].task_arn), tasks[-1].container


def _of_service(pattern: Deployed) -> tuple[Deployed, str, str]:
    cluster, service = pattern.arn.split("/")[-2:]
    asked_for = {"cluster": cluster, "serviceName": service, "desiredStatus": "RUNNING"}
    arns = pattern.place.client("ecs").list_tasks(**asked_for)["taskArns"]
    if not arns:
        hint = f"naws status {shlex.quote(pattern.runs.path)}"
        raise CliError(f"No task of {pattern.runs.path} runs now.", hint, code=NOT_FOUND)
    return pattern, arns[0], _OF_SERVICE


def _executed(pattern: Deployed, task: str, container: str, command: str) -> dict[str, Any]:
    request = {"cluster": task.split("/")[-2], "task": task, "interactive": True, "command": command}
    if container:
        request["container"] = container
    try:
        return pattern.place.client("ecs", attempts=1).execute_command(**request)
    except ClientError as error:
        if (hint := _HINTS.get(code_of(error))) is None:
            raise
        raise CliError(str(error), hint.format(path=pattern.runs.path), code=REFUSED) from None


def _target(pattern: Deployed, answer: dict[str, Any]) -> str:
    """The container as Session Manager names it, to resume the session and for its key."""
    cluster, task = (answer[name].split("/")[-1] for name in ("clusterArn", "taskArn"))
    described = pattern.place.client("ecs").describe_tasks(cluster=cluster, tasks=[task])["tasks"]
    ids = {each["name"]: each.get("runtimeId") for found in described for each in found["containers"]}
    return f"ecs:{cluster}_{task}_{ids.get(answer['containerName'])}"
