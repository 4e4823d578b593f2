"""ECS Exec: sessions, each of a command in a container of a task that runs; who opens one starts the command."""

import secrets
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_definitions import definition_of_task
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.refusals import RefusedError, answer
from naws.cli.embedded.departures.services import ecs, functions
from naws.cli.embedded.departures.task_permissions import role_of
from naws.cli.embedded.settings import CONTROL_PREFIX, HOST

Record = dict[str, Any]

_CODE = "InvalidParameterException"
_INTERACTIVE = "Interactive is the only mode supported currently."
_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."  # noqa: RUF001  # AWS's own quote
)
_NOT_CONNECTED = "The execute command failed due to an internal error. Try again later."
_CHANNELS = tuple(f"ssmmessages:{verb}{way}Channel" for verb in ("Create", "Open") for way in ("Control", "Data"))
_ID_DIGITS = 17
_sessions: dict[tuple[str, str], Record] = {}
"""What is to be started, by the session's id and its token."""


@departure(
    "botocore ecs ExecuteCommand, TargetNotConnectedException; Amazon ECS Developer Guide, 'Monitor Amazon ECS "
    "containers with ECS Exec'; the sentences as users met them on AWS: fabfuel/ecs-deploy, issue 193 (not enabled); "
    "boto/boto3, issue 2822 (interactive); aws/aws-cli, issue 6070 (not connected: a read-only root)"
)
@patch(replace, ecs, "_execute_command")
def execute_command(request: Record) -> Any:
    """A command is executed in a container of a task that runs and was run with ``enableExecuteCommand``.

    Its task role has the four actions on channels of Session Manager, and its root filesystem can be written: else its
    agent is not connected. The container may be omitted where it is the only one.

    The stream of the session is none of Session Manager's: it says what is to be started where, once, to who has the
    token. The limit of sessions, their logs and keys, and the seconds until an agent is connected are not emulated.
    The sentences on a container that is not there or not named are ours.
    """
    try:
        task = _task(request)
        container, engine_id = _container(task, request.get("container") or "")
        return ecs.json_response(
            {
                **{name: task[name] for name in ("clusterArn", "taskArn")},
                "containerArn": container["containerArn"],
                "containerName": container["name"],
                "interactive": True,
                "session": _begun(engine_id, str(request["command"])),
            }
        )
    except RefusedError as error:
        return answer(ecs, error)


def opened(session_id: str, token: str) -> Record | None:
    """What a session starts, and where; None when there is none, or none any more."""
    return _sessions.pop((session_id, token), None)


def _task(request: Record) -> Record:
    if request.get("interactive") is not True:
        raise RefusedError(_INTERACTIVE, _CODE)
    cluster = ecs._resolve_cluster_name(request.get("cluster") or "default")
    if cluster not in ecs._clusters:
        raise RefusedError("Cluster not found.", "ClusterNotFoundException")
    task = ecs._resolve_task(request.get("task") or "", cluster)
    if task is None:
        raise RefusedError("The referenced task was not found.", _CODE)
    ecs._maybe_mark_stopped(task)
    running = task["lastStatus"] == task["desiredStatus"] == "RUNNING"
    if not (running and task.get("enableExecuteCommand")):
        raise RefusedError(_NOT_ENABLED, _CODE)
    return task


def _container(task: Record, name: str) -> tuple[Record, str]:
    """A container of a task, and its id in the engine."""
    containers = list(zip(task["containers"], task["_docker_ids"], strict=False))
    if not name and len(containers) > 1:
        raise RefusedError("The task has several containers: container is required.", _CODE)
    found = [each for each in containers if name in ("", each[0]["name"])]
    if not found:
        raise RefusedError(f"The container {name} was not found in the task.", _CODE)
    if found[0][0]["lastStatus"] != "RUNNING":
        raise RefusedError(_NOT_ENABLED, _CODE)
    definition = definition_of_task(task)
    role, session = role_of("taskRoleArn", task, definition), name_of(task["taskArn"])
    written: list[Record] = definition["containerDefinitions"]
    closed = {each["name"] for each in written if each.get("readonlyRootFilesystem")}
    refused = [judge.denied(judge.ask_role, role, session, action, "*") for action in _CHANNELS]
    if found[0][0]["name"] in closed or any(refused):
        raise RefusedError(_NOT_CONNECTED, "TargetNotConnectedException")
    return found[0]


def _begun(engine_id: str, command: str) -> Record:
    session_id, token = f"ecs-execute-command-{secrets.token_hex(_ID_DIGITS)[:_ID_DIGITS]}", secrets.token_urlsafe()
    place = ecs._get_docker().containers.get(engine_id).place_of_session()
    _sessions[session_id, token] = {"command": command, **place}
    url = f"http://{HOST}:{functions._GATEWAY_PORT}{CONTROL_PREFIX}/sessions/{session_id}"
    return {"sessionId": session_id, "streamUrl": url, "tokenValue": token}
