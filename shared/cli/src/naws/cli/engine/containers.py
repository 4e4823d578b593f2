"""Real containers, started as Fargate would start them."""

import contextlib
import functools
import io
import os
import re
import signal
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path, PurePosixPath
from typing import Any, cast

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.models.containers import Container, ContainerCollection

from naws.cli.engine.choice import behind_a_machine
from naws.cli.engine.environment import session_environment, task_environment
from naws.cli.engine.failures import cannot_pull
from naws.cli.engine.health import LONGEST_OUTPUT, CheckResult, HealthCheck, too_late

# Builds and stops of an engine take longer than a request; MiniStack asks for its state in between.
_REQUEST_SECONDS = 180
_PULL_SECONDS = 300
_LOOK_SECONDS = 0.5
_STATE_LABEL = "naws.state-dir"
_NO_INIT = "container-init"
_KILLED = 137
_NOT_STARTED = 126
# Fargate and Docker hide the files that an image has in the folder; podman would copy them into the mount.
_NO_COPY = "notmpcopyup"
# Folders over which podman mounts writable memory in every read-only container; its own files in /run need room.
_PODMANS = {"/tmp": "ro", "/var/tmp": "ro", "/run": "mode=0755"}  # noqa: S108  # folders of the container
_MODE = re.compile(r"\bmode=([0-7]+)")
# MiniStack gives every container a network, ports and a host name that are wrong on the host's own network.
_NETWORK_KEYWORDS = ("network", "ports", "extra_hosts", "network_mode")


class TaskContainer(Container):
    """A container of which it is known whether we ended it."""

    def stop(self, **kwargs: Any) -> None:
        """Stop the container, and remember that we ended it."""
        _engine_of(self).end(str(self.id))
        super().stop(**kwargs)

    def kill(self, signal: str | int | None = None) -> None:
        """Kill the container, and remember that we ended it."""
        _engine_of(self).end(str(self.id))
        super().kill(signal)

    def run_check(self, check: HealthCheck) -> CheckResult | None:
        """Make a health check in the container; None when the engine does not answer."""
        api = cast("Any", self.client).api
        try:
            identity: str = api.exec_create(self.id, list(check.command))["Id"]
            started = _in_a_thread(lambda: api.exec_start(identity))
            if not wait([started], check.timeout).done:
                self._kill_check(api.exec_inspect(identity)["Pid"])
                wait([started], check.timeout)
                return too_late(check.timeout)
            output: bytes = started.result()
            code: int = api.exec_inspect(identity)["ExitCode"]
        except APIError as error:
            return CheckResult(_NOT_STARTED, str(error.explanation))
        except (DockerException, OSError):
            return None
        return CheckResult(code, output[:LONGEST_OUTPUT].decode(errors="replace"))

    def place_of_session(self) -> dict[str, Any]:
        """Where a command of a session runs: in the container, whose own environment it gets."""
        given: list[str] = self.attrs["Config"].get("Env") or []
        variables = {name: value for name, _, value in (each.partition("=") for each in given)}
        return {"container": self.id, "engine": _engine_of(self).url, "environment": session_environment(variables)}

    def _kill_check(self, pid: int) -> None:
        """Kill a process of the container, as the engine counts it, if it is on this machine."""
        with contextlib.suppress(OSError):
            if pid > 1 and str(self.id) in Path(f"/proc/{pid}/cgroup").read_text():
                os.kill(pid, signal.SIGKILL)


class TaskContainers(ContainerCollection):
    """Containers of tasks; the state of a running one is asked for at most twice a second.

    MiniStack looks at every task ten times a second, with several requests each: with a dozen tasks podman would be
    busier with the answers than the tasks with their work.
    """

    model = TaskContainer

    def get(self, container_id: str) -> Any:
        """One container with its present state.

        Raises:
            NotFound: It is not there, or not any more.
        """
        engine = _engine_of(self)
        when, known = engine.looked.pop(container_id, (0.0, None))
        if known is None or known.status != "running" or time.monotonic() - when >= _LOOK_SECONDS:
            when, known = time.monotonic(), cast("TaskContainer", super().get(container_id))
            engine.complete(known)
        engine.looked[container_id] = (when, known)
        return known

    def run(self, image: Any, command: Any = None, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # docker-py itself takes **kwargs
        """Start a container of a task that can reach the embedded AWS.

        Raises:
            Exception: MiniStack's own for a failed pull: the image is neither here nor to be had.
        """
        found = self._provide(image, kwargs.get("platform"))
        platform = kwargs.get("platform")
        if platform and found.attrs.get("Architecture") not in (None, "", platform.rpartition("/")[2]):
            # The engine would look for another image of that name in a registry; emulation runs this one if it can.
            kwargs.pop("platform")
        labels: dict[str, str] = {**(kwargs.pop("labels", None) or {}), _STATE_LABEL: str(self.client.state_dir)}
        # docker-py's `run` does not know it; whoever stops the container says how long to wait.
        kwargs.pop("stop_timeout", None)
        machine = _engine_of(self).machine
        host = "host.docker.internal" if machine else "127.0.0.1"
        environment = task_environment(kwargs.pop("environment", None) or {}, labels, host)
        # MiniStack's own ports would be taken on the machine by one container for all of them.
        given: dict[str, Any] = kwargs.get("ports") or {}
        ports: dict[str, Any] = {name: port for name, port in given.items() if isinstance(port, tuple)}
        for keyword in _NETWORK_KEYWORDS:
            kwargs.pop(keyword, None)
        network = {"extra_hosts": {host: "host-gateway"}, "ports": ports} if machine else {"network_mode": "host"}
        start = functools.partial(
            cast("Any", super().run), image, command, labels=labels, environment=environment, **network
        )
        try:
            return start(**kwargs)
        except APIError as error:
            if not (kwargs.get("init") and _NO_INIT in str(error)):
                raise
            # Some distributions install podman without the init program that it starts containers with.
            return start(**{**kwargs, "init": False})

    def create(self, image: Any, command: Any = None, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # docker-py itself takes **kwargs
        """Create a container whose writable folders are those that it is given, with their modes, as on Fargate."""
        mounts: dict[str, str] = kwargs.get("tmpfs") or {}
        if not _engine_of(self).is_podman:
            return cast("Any", super().create)(image, command, **kwargs)
        closed = _closed(kwargs) if kwargs.get("read_only") else {}
        kwargs["tmpfs"] = closed | {path: f"{options},{_NO_COPY}" for path, options in mounts.items()}
        container = cast("Any", super().create)(image, command, **kwargs)
        if folders := folders_of(mounts):
            container.put_archive("/", folders)
        return container

    def _provide(self, image: str, platform: str | None) -> Any:
        with contextlib.suppress(ImageNotFound):
            return self.client.images.get(image)
        if ".dkr.ecr." in image:
            raise cannot_pull(f"{image} was not built: there is no such image in the engine")
        problems = _bounded(lambda: self.client.images.pull(image, platform=platform), _PULL_SECONDS)
        if problems:
            raise cannot_pull(f"{image}: {problems}")
        return self.client.images.get(image)


def _closed(options: Mapping[str, Any]) -> dict[str, str]:
    """Mounts that keep podman from making these folders of a read-only container writable; what they have stays."""
    volumes: list[str] = options.get("volumes") or []
    tmpfs: dict[str, str] = options.get("tmpfs") or {}
    given = [PurePosixPath(path) for path in (*(each.split(":")[1] for each in volumes), *tmpfs)]
    return {
        # The folder of another mount is made in it, which only an empty one leaves its mode.
        path: f"mode=0755,{_NO_COPY}" if any(PurePosixPath(path) in each.parents for each in given) else how
        for path, how in _PODMANS.items()
        if PurePosixPath(path) not in given
    }


def folders_of(mounts: Mapping[str, str]) -> bytes:
    """An archive of the folders over which tmpfs is mounted, each with the mode that its mount is given.

    runc before 1.1.8 gives the mount the mode of the folder instead, if the image has one; empty when none has a mode.
    """
    written, modes = io.BytesIO(), {path: _MODE.search(options) for path, options in mounts.items()}
    if not any(modes.values()):
        return b""
    with tarfile.open(fileobj=written, mode="w") as archive:
        for path, mode in modes.items():
            if mode:
                entry = tarfile.TarInfo(path.strip("/"))
                entry.type, entry.mode = tarfile.DIRTYPE, int(mode[1], 8)
                archive.addfile(entry)
        end = archive.offset + 2 * tarfile.BLOCKSIZE
    # The two empty blocks end it. podman stops reading there, and fails when what pads the record is still on its way.
    return written.getvalue()[:end]


class ContainerClient(docker.DockerClient):
    """A Docker client whose containers are tasks.

    Attributes:
        url: Its socket.
        state_dir: Of the server; its containers carry it as a label.
        looked: When which running container was seen last, by id.
    """

    def __init__(self, base_url: str, state_dir: Path) -> None:
        super().__init__(base_url=base_url, timeout=_REQUEST_SECONDS)
        self.url, self.state_dir = base_url, state_dir
        self.looked: dict[str, tuple[float, TaskContainer]] = {}
        self._ended: set[str] = set()

    @property
    def containers(self) -> TaskContainers:
        """The containers of tasks."""
        return TaskContainers(client=self)

    @functools.cached_property
    def machine(self) -> bool:
        """Whether the engine runs in a virtual machine."""
        return behind_a_machine(self.info())

    @functools.cached_property
    def is_podman(self) -> bool:
        """Whether podman answers, and not Docker."""
        return "Podman" in str(self.version().get("Components"))

    def end(self, container_id: str) -> None:
        """Remember that a container is being ended by us, and forget what was known of its state."""
        self._ended.add(container_id)
        self.looked.pop(container_id, None)

    def complete(self, container: TaskContainer) -> None:
        """Say that a container ran out of memory where podman does not.

        With control groups of version 1 podman sees the exit code of the kernel's kill only. A kill that is not ours,
        of a container with a memory limit, is taken for one.
        """
        state = container.attrs["State"]
        limited = bool(container.attrs.get("HostConfig", {}).get("Memory"))
        killed = state.get("Status") == "exited" and state.get("ExitCode") == _KILLED
        if killed and limited and container.id not in self._ended and self.is_podman:
            state["OOMKilled"] = True


def _engine_of(model: TaskContainer | TaskContainers) -> ContainerClient:
    return cast("ContainerClient", model.client)


def remove_containers(url: str, state_dir: Path) -> None:
    """Remove what a server of the embedded AWS left behind when it was killed.

    Args:
        url: The engine's socket.
        state_dir: That server's state directory.
    """
    with contextlib.closing(docker.DockerClient(base_url=url, timeout=_REQUEST_SECONDS)) as client:
        for container in client.containers.list(all=True, filters={"label": [f"{_STATE_LABEL}={state_dir}"]}):
            with contextlib.suppress(APIError):
                container.remove(force=True, v=True)


def _in_a_thread(action: Callable[[], bytes]) -> Future[bytes]:
    result: Future[bytes] = Future()

    def act() -> None:
        try:
            result.set_result(action())
        except (DockerException, OSError) as error:
            result.set_exception(error)

    threading.Thread(target=act, daemon=True).start()
    return result


def _bounded(action: Any, seconds: float) -> str | None:
    """Wait at most so long for an action, and return what went wrong with it; None when it succeeded."""
    problems: list[str] = []

    def act() -> None:
        try:
            action()
        except (DockerException, OSError) as error:
            problems.append(str(error))

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    return f"not pulled within {seconds:.0f} s" if thread.is_alive() else next(iter(problems), None)
