"""The docker-py surface that MiniStack's ECS uses, over child processes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.utils import parse_bytes

from naws.cli.engine.commands import DevCommand, DevCommands
from naws.cli.engine.environment import task_environment
from naws.cli.engine.failures import NO_ENGINE, cannot_pull
from naws.cli.engine.process import ProcessContainer
from naws.cli.engine.programs import executable, program_path

_REMEDY = "Start Docker or podman, or add the dev_command that naws local proposed, and run naws local again."
_FAMILY = "com.amazonaws.ecs.task-definition-family"
_CONTAINER = "com.amazonaws.ecs.container-name"


class ProcessClient:
    """The part of a Docker client that MiniStack uses, for child processes."""

    def __init__(self, commands: DevCommands, root: Path) -> None:
        self.containers = ProcessContainers(commands, root)
        self.images = NoImages()

    def ping(self) -> bool:
        """Answer that the engine is there: processes can always be started."""
        return True

    def version(self) -> dict[str, str]:
        """Name this engine in place of Docker's version."""
        return {"Version": "naws-process"}


class NoImages:
    """There are no images without an engine."""

    def get(self, name: str) -> Any:
        """Say that there is no such image."""
        raise ImageNotFound(f"no container engine, so no image {name}")

    def list(self, **_: object) -> list[Any]:
        """No images."""
        return []


class ProcessContainers:
    """All task processes of this server."""

    def __init__(self, commands: DevCommands, root: Path) -> None:
        self._commands = commands
        self._root = root
        self._known: dict[str, ProcessContainer] = {}

    def get(self, container_id: str) -> ProcessContainer:
        """One task by its id.

        Raises:
            NotFound: There is none.
        """
        if container_id in self._known:
            return self._known[container_id]
        raise NotFound(f"no such task process: {container_id}")

    def list(self, *, all: bool = False, **_: object) -> list[ProcessContainer]:  # noqa: A002  # docker-py's name
        """Tasks that run; with `all` also those that are over."""
        return [c for c in self._known.values() if all or c.status == "running"]

    def run(self, image: str, **options: Any) -> ProcessContainer:
        """Start the dev command of the container that the labels name.

        Raises:
            Exception: MiniStack's own for a failed pull: there is no dev command, or its executable is not found.
        """
        labels = dict(options.get("labels") or {})
        if _FAMILY not in labels:
            raise APIError(f"no container engine to run {image}")
        family, container = labels[_FAMILY], labels[_CONTAINER]
        task = ProcessContainer(options.get("name") or container, labels, image, self._root)
        if found := self._commands.find(family, container):
            _start(task, found, options)
        elif self._commands.of(family):
            task.start_nothing(
                f"{container} is a sidecar without dev_command; without a container engine it is not run"
            )
        else:
            raise cannot_pull(f"{NO_ENGINE} for {family}/{container}. {_REMEDY}")
        self._known[task.id] = task
        return task


def _start(task: ProcessContainer, found: DevCommand, options: Mapping[str, Any]) -> None:
    variables = {
        "PYTHONUNBUFFERED": "1",
        **task_environment(options.get("environment") or {}, task.labels, "127.0.0.1"),
        "PATH": program_path(os.environ.get("PATH", os.defpath)),
    }
    program, *arguments = found.command
    path = executable(program, variables["PATH"], found.directory)
    if not path:
        raise cannot_pull(f"dev_command of {found.family}/{found.container}: {program} is not an executable")
    limit = options.get("mem_limit")
    memory = int(parse_bytes(limit)) if limit else 0
    mounts: Mapping[str, str] = options.get("tmpfs") or {}
    task.start([path, *arguments], variables, found.directory, memory, tuple(mounts))
