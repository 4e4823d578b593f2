"""How ECS tasks end: exit codes, reasons, stopping in order; nothing of a task is left afterwards."""

import contextvars
import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures import ecs_logs
from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_containers import is_task_volume, volume_name
from naws.cli.embedded.departures.ecs_definitions import definition_of_task
from naws.cli.embedded.departures.ecs_services_records import lock
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.services import ecs

_LOG = logging.getLogger(__name__)
_OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
_OUT_OF_MEMORY_EXIT_CODE = 137
_DEFAULT_STOP_TIMEOUT = 30
_UNREACHABLE_SECONDS = 10.0
_FINAL_STOP_SECONDS = 2
before_stop: list[Callable[[dict[str, Any]], None]] = []
"""What is waited for before the containers of a task get SIGTERM; each is given the task."""
_MINISTACK_START_FAILURE = "ResourceInitializationError: unable to pull image or start container: "


@dataclass(frozen=True)
class _Exit:
    """The exit code and reason with which a container ended; no exit code when it vanished."""

    code: int | None
    reason: str | None = None


@departure("Amazon ECS API Reference, 'Task' and 'StopTask'; Developer Guide, 'Amazon ECS stopped task error messages'")
def task_end() -> None:
    """Each container keeps its own exit code; a kill for memory is 137 with ``OutOfMemoryError``.

    When an essential container exits or StopTask is called the others get SIGTERM and, after ``stopTimeout``, SIGKILL.
    Containers and the task's own volumes are removed once their logs are read. An engine that does not answer for ten
    seconds is a lost host: the task stops with ``InfrastructureHealth``.
    """
    replace(ecs, "_mark_task_stopped", _mark_stopped)
    replace(ecs, "_maybe_mark_stopped", _observe)
    wrap(ecs, "_stop_task", _stop_task)
    replace(ecs, "_fail_task_start", _fail_start)
    wrap(ecs, "_run_docker_container", _telling_pull_failures)


def stop_all() -> None:
    """Stop the containers of all tasks, at once and within seconds; for the end of the process."""
    with lock:
        for _, service in ecs._services.all_items():
            service["status"] = "INACTIVE"  # so that nothing is started again
    tasks: list[dict[str, Any]] = [task for _, task in ecs._tasks.all_items() if task["lastStatus"] != "STOPPED"]
    for task in tasks:
        task["desiredStatus"] = "STOPPED"  # so that nobody else sees it end
    ids: list[str] = [container_id for task in tasks for container_id in task["_docker_ids"]]
    threads = [threading.Thread(target=_stop_now, args=(ecs._docker, item), daemon=True) for item in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_FINAL_STOP_SECONDS * 2)
    for task in tasks:
        _remove_volumes(task, ecs._docker)


def _stop_now(client: Any, container_id: str) -> None:
    with suppress(Exception):
        container = client.containers.get(container_id)
        container.stop(timeout=_FINAL_STOP_SECONDS)
        container.remove(v=True, force=True)


def _observe(task: dict[str, Any], client: Any = None) -> None:
    """Look at the task's containers and begin its end when an essential one is over."""
    if task["lastStatus"] != "RUNNING" or task["desiredStatus"] == "STOPPED" or not task.get("_docker_ids"):
        return
    client = client or ecs._get_docker()
    try:
        exits = [_exit_of(client, container_id) for container_id in list(task["_docker_ids"])]
    except Exception as error:  # noqa: BLE001  # any transport error of any engine
        _lost_contact(task, client, error)
        return
    task.pop("_unreachable_since", None)
    _record(task, exits)
    essentials = task.get("_container_essentials") or [True] * len(exits)
    over = [essential for essential, ended in zip(essentials, exits, strict=False) if ended is not None]
    if any(over) or (over and len(over) == len(task["containers"])):
        begin_end(task, client, "Essential container in task exited", "EssentialContainerExited")


def _exit_of(client: Any, container_id: str) -> _Exit | None:
    from docker.errors import NotFound  # noqa: PLC0415  # part of the local extra

    try:
        container = client.containers.get(container_id)
    except NotFound:
        return _Exit(None, "The container was removed from outside")
    if container.status not in ("exited", "dead"):
        return None
    state: dict[str, Any] = container.attrs.get("State") or {}
    if state.get("OOMKilled"):
        return _Exit(_OUT_OF_MEMORY_EXIT_CODE, _OUT_OF_MEMORY)
    return _Exit(container.wait()["StatusCode"], state.get("Error") or None)


def _lost_contact(task: dict[str, Any], client: Any, error: Exception) -> None:
    since = task.setdefault("_unreachable_since", time.monotonic())
    if time.monotonic() - since >= _UNREACHABLE_SECONDS:
        begin_end(task, client, f"The container engine does not answer: {error}", "InfrastructureHealth")


def _record(task: dict[str, Any], exits: list[_Exit | None]) -> None:
    with ecs.resource_lock("ecs-task", task["taskArn"]):
        for container, ended in zip(task["containers"], exits, strict=False):
            if ended is not None and container["lastStatus"] != "STOPPED":
                container.update(lastStatus="STOPPED", exitCode=ended.code)
                if ended.reason:
                    container["reason"] = ended.reason


def begin_end(task: dict[str, Any], client: Any, reason: str, stop_code: str) -> None:
    """Claim the end of a task, once, and carry it out in a thread of its own."""
    with ecs.resource_lock("ecs-task", task["taskArn"]):
        if task["desiredStatus"] == "STOPPED":
            return
        ecs._bump_task_version(task)
        task.update(desiredStatus="STOPPED", stoppingAt=ecs._iso(), stoppedReason=reason, stopCode=stop_code)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_end, task, client), name="naws-ecs-stop", daemon=True).start()


def _end(task: dict[str, Any], client: Any) -> None:
    for wait in before_stop:
        wait(task)
    ids = list(task.get("_docker_ids") or [])
    for container_id, container in zip(ids, definition_of_task(task).get("containerDefinitions", []), strict=False):
        with suppress(Exception):
            client.containers.get(container_id).stop(timeout=container.get("stopTimeout", _DEFAULT_STOP_TIMEOUT))
    exits: list[_Exit | None] = [None] * len(ids)
    for place, container_id in enumerate(ids):
        with suppress(Exception):
            exits[place] = _exit_of(client, container_id)
    _record(task, exits)
    ecs_logs.drain(task["taskArn"])
    ecs._mark_task_stopped(task["taskArn"], task, task["stoppedReason"], task["stopCode"])
    ecs._cleanup_task_resources(task, client)
    _remove_volumes(task, client)


def _remove_volumes(task: dict[str, Any], client: Any) -> None:
    task_id = name_of(task["taskArn"])
    for volume in filter(is_task_volume, definition_of_task(task).get("volumes", [])):
        with suppress(Exception):  # engines of processes have no volumes
            client.volumes.get(volume_name(task_id, volume["name"])).remove(force=True)


def _mark_stopped(
    task_arn: str, task: dict[str, Any], reason: str, stop_code: str, exit_code: int | None = None
) -> bool:
    del exit_code  # MiniStack's one code for all containers; each has its own here
    with ecs.resource_lock("ecs-task", task_arn):
        if task["lastStatus"] == "STOPPED":
            return False
        now = ecs._iso()
        ecs._bump_task_version(task)
        task.update(desiredStatus="STOPPED", lastStatus="STOPPED", stoppedReason=reason, stopCode=stop_code)
        task.update(stoppedAt=now, stoppingAt=task.get("stoppingAt") or now, executionStoppedAt=now)
        for container in task["containers"]:
            container["lastStatus"] = "STOPPED"
    ecs.ecs_metadata.set_task_status(task_arn, known_status="STOPPED", desired_status="STOPPED")
    ecs.ecs_metadata.set_all_container_status(task_arn, "STOPPED")
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    ecs._recount_cluster(cluster)
    ecs._refresh_service_state(cluster, task.get("group", ""))
    if stop_code in ("EssentialContainerExited", "TaskFailedToStart"):
        ecs._record_service_task_failure(task)
    return True


def _stop_task(original: Original, request: dict[str, Any]) -> Any:
    cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
    task = ecs._resolve_task(request.get("task", ""), cluster) if cluster else None
    if task is None or task["lastStatus"] == "STOPPED":
        return original(request)
    begin_end(task, ecs._get_docker(), request.get("reason", "Task stopped by user"), "UserInitiated")
    return ecs.json_response({"task": json.loads(json.dumps(ecs._sanitize(task)))})


class _LeavingNothing:
    """A client that removes a container which could not be started: its name and its volumes are needed again."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.containers = self

    def run(self, image: str, **keywords: Any) -> Any:
        try:
            return self._client.containers.run(image, **keywords)
        except Exception:
            with suppress(Exception):
                self._client.containers.get(keywords["name"]).remove(v=True, force=True)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _telling_pull_failures(original: Original, client: Any, *arguments: Any, **named: Any) -> Any:
    from docker.errors import NotFound  # noqa: PLC0415  # part of the local extra

    try:
        return original(_LeavingNothing(client), *arguments, **named)
    except NotFound as error:
        raise ecs._ImagePullError(str(error)) from error


def _fail_start(task: dict[str, Any], client: Any, reason: str) -> None:
    if reason.startswith(_MINISTACK_START_FAILURE):
        reason = f"CannotStartContainerError: {reason.removeprefix(_MINISTACK_START_FAILURE)}"
    unstarted = [container for container in task["containers"] if container["lastStatus"] == "PENDING"]
    for container in unstarted[:1]:
        container["reason"] = reason
    ecs._mark_task_stopped(task["taskArn"], task, reason, "TaskFailedToStart")
    ecs._cleanup_task_resources(task, client)
    _remove_volumes(task, client)
