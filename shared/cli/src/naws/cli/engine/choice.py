"""The choice of the engine that runs the tasks on this machine."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

EngineKind = Literal["auto", "container", "process"]
_PING_SECONDS = 5
_SYSTEM_SOCKETS = (Path("/var/run/docker.sock"), Path("/run/podman/podman.sock"))


class EngineError(RuntimeError):
    """The engine that was asked for does not answer."""


@dataclass(frozen=True)
class Engine:
    """The chosen engine.

    Attributes:
        kind: `container` or `process`.
        url: The engine's socket as `DOCKER_HOST` names it; None for processes.
        why: One sentence for people: what was found.
    """

    kind: Literal["container", "process"]
    url: str | None
    why: str


def choose(engine: EngineKind = "auto") -> Engine:
    """Containers when a Docker or podman socket answers, otherwise processes.

    Args:
        engine: `auto` decides as above; `container` and `process` insist.

    Raises:
        EngineError: `container` was asked for and no socket answers.
    """
    if engine == "process":
        return Engine("process", None, "tasks run as processes, as asked")
    for url in _candidates():
        if _answers(url):
            return Engine("container", url, f"tasks run as containers on {url}")
    host = os.environ.get("DOCKER_HOST")
    missing = f"DOCKER_HOST={host} does not answer" if host else "no container engine answers"
    if engine == "container":
        raise EngineError(f"{missing}. Start Docker or podman, or use --engine process.")
    return Engine("process", None, f"{missing}: tasks run as processes (dev_command)")


def _candidates() -> Iterator[str]:
    if host := os.environ.get("DOCKER_HOST"):
        yield host
        return
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    home = Path.home()
    sockets = [
        *_SYSTEM_SOCKETS,
        home / ".docker/run/docker.sock",
        home / ".docker/desktop/docker.sock",
        home / ".colima/default/docker.sock",
        home / ".orbstack/run/docker.sock",
        home / ".rd/docker.sock",
        Path(runtime) / "docker.sock",
        Path(runtime) / "podman/podman.sock",
        home / ".local/share/containers/podman/machine/podman.sock",
    ]
    yield from (f"unix://{path}" for path in sockets if path.is_socket())


def _answers(url: str) -> bool:
    if url.startswith("unix://") and not _is_served(url.removeprefix("unix://")):
        return False
    import docker  # noqa: PLC0415  # part of the extra naws-cli[local]
    from docker.errors import DockerException  # noqa: PLC0415  # part of the extra naws-cli[local]

    try:
        with contextlib.closing(docker.DockerClient(base_url=url, timeout=_PING_SECONDS)) as client:
            return bool(client.ping())
    except (DockerException, OSError):
        return False


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PING_SECONDS)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def reaching_databases(engine: EngineKind) -> EngineKind:
    """What `auto` is for an app with a database: containers of an engine in a virtual machine would reach none here."""
    url = choose(engine).url if engine == "auto" else None
    if url is None:
        return engine
    import docker  # noqa: PLC0415  # part of the extra naws-cli[local]

    with contextlib.closing(docker.DockerClient(base_url=url, timeout=_PING_SECONDS)) as client:
        return "process" if behind_a_machine(client.info()) else engine


def behind_a_machine(information: dict[str, object]) -> bool:
    """Whether the engine runs in a virtual machine, so that its "host" network is not ours."""
    return sys.platform == "darwin" or information.get("OperatingSystem") == "Docker Desktop"
