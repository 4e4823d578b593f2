"""Limits and settings of an ECS container, as keyword arguments of docker-py's ``containers.run``."""

from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import ecs

_MIB = 1024 * 1024
# docker-py keyword <- member of the container definition, handed over as it is
_PLAIN = {
    "user": "user",
    "working_dir": "workingDirectory",
    "entrypoint": "entryPoint",
    "tty": "pseudoTerminal",
    "stdin_open": "interactive",
    "stop_timeout": "stopTimeout",
}


@departure(
    "Amazon ECS Developer Guide, 'Task definition parameters for Fargate'; docker-py containers.run; "
    "https://github.com/opencontainers/runc/pull/3912 on the mode of a tmpfs"
)
@patch(wrap, ecs, "_build_run_kwargs")
def container_settings(
    original: Original, container: dict[str, Any], definition: dict[str, Any], *rest: Any
) -> dict[str, Any]:
    """Every setting of the container definition reaches the engine.

    User, entry point, working directory, read-only root, init process, capabilities, tmpfs, labels and volumes; memory
    is limited to the container's or else the task's size, overrides included.
    """
    keywords = original(container, definition, *rest)
    task_id, task_arn = rest[4], rest[5]
    task = members(ecs._tasks.get(task_arn))
    keywords.update({key: container[name] for key, name in _PLAIN.items() if container.get(name)})
    keywords.update(_limits(container, definition, task))
    keywords.update(_linux(container))
    if container.get("dockerLabels"):
        keywords["labels"] = {**container["dockerLabels"], **keywords["labels"]}
    if volumes := _task_volumes(container, definition, task_id):
        keywords["volumes"] = [*keywords.get("volumes", []), *volumes]
    return keywords


def _limits(container: dict[str, Any], definition: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    override = _override(task, container["name"])
    task_size = members(task.get("overrides")).get("memory") or definition.get("memory")
    sizes = (override.get("memory"), container.get("memory"), task_size)
    limit = next((int(size) for size in sizes if size), None)
    limits: dict[str, Any] = {} if limit is None else {"mem_limit": limit * _MIB, "memswap_limit": limit * _MIB}
    reservation = override.get("memoryReservation") or container.get("memoryReservation")
    if reservation:
        limits["mem_reservation"] = int(reservation) * _MIB
    if container.get("readonlyRootFilesystem"):
        limits["read_only"] = True
    return limits


def _override(task: dict[str, Any], name: str) -> dict[str, Any]:
    overrides: list[dict[str, Any]] = members(task.get("overrides")).get("containerOverrides", [])
    return members(next((item for item in overrides if item.get("name") == name), None))


def _linux(container: dict[str, Any]) -> dict[str, Any]:
    parameters = members(container.get("linuxParameters"))
    settings: dict[str, Any] = {}
    if parameters.get("initProcessEnabled"):
        settings["init"] = True
    if mounts := parameters.get("tmpfs"):
        settings["tmpfs"] = {mount["containerPath"]: _tmpfs_options(mount) for mount in mounts}
    if dropped := members(parameters.get("capabilities")).get("drop"):
        settings["cap_drop"] = dropped
    if container.get("healthCheck"):
        # It is made by the departure `container_health`; that of the image is overridden.
        settings["healthcheck"] = {"test": ["NONE"]}
    return settings


def _tmpfs_options(mount: dict[str, Any]) -> str:
    """The mount's size in MiB and its options; without a mode runc takes that of the folder in the image."""
    return ",".join([f"size={mount['size']}m", *(mount.get("mountOptions") or [])])


def volume_name(task_id: str, name: str) -> str:
    """Return the engine's name of a task's own volume; it lives as long as the task."""
    return f"naws-{task_id}-{name}"


def _task_volumes(container: dict[str, Any], definition: dict[str, Any], task_id: str) -> list[str]:
    """Bind the volumes without a host path: on Fargate they are part of the task's ephemeral storage."""
    own = {volume["name"] for volume in definition.get("volumes", []) if is_task_volume(volume)}
    mounts = [mount for mount in container.get("mountPoints", []) if mount.get("sourceVolume") in own]
    names = (volume_name(task_id, mount["sourceVolume"]) for mount in mounts)
    modes = ("ro" if mount.get("readOnly") else "rw" for mount in mounts)
    return [f"{name}:{mount['containerPath']}:{mode}" for name, mount, mode in zip(names, mounts, modes, strict=True)]


def is_task_volume(volume: dict[str, Any]) -> bool:
    """Whether a volume of a task definition is neither on a host nor on a file system of its own."""
    elsewhere = ("efsVolumeConfiguration", "dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration")
    return not members(volume.get("host")).get("sourcePath") and not any(volume.get(name) for name in elsewhere)
