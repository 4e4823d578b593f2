"""Ports and addresses of tasks, which share the network of this machine."""

import hashlib
import secrets
import socket
import threading
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.services import ecs

_HOST = "127.0.0.1"
_FIRST, _LAST = 20000, 29999
"""Below what systems give to outgoing connections, which would take a port between the choice and its use."""
_ATTEMPTS = 1000
_lock = threading.Lock()


@departure(
    "Amazon ECS Developer Guide, 'Allocate a network interface for an Amazon ECS task' (awsvpc: an address of its own, "
    "so that no two tasks fight for a port); 'Amazon ECS software version consistency' (image digests)"
)
def task_ports() -> None:
    """Each task can listen on its container port, whatever other tasks do, and has an address and an image's digest.

    All tasks here share this machine's loopback address. So a container whose ``PORT`` is its container port gets
    a free one instead; other variables that repeat the port are not changed. A program that does not read ``PORT``
    listens on its container port, of which there is one on the machine. The digest is made of the image's name.
    """
    wrap(ecs, "_build_run_kwargs", _with_port)
    wrap(ecs, "_container_ip", _address)
    wrap(ecs, "_attach_started_container", _with_digest)


def _with_port(original: Original, container: dict[str, Any], definition: dict[str, Any], *rest: Any) -> dict[str, Any]:
    keywords = original(container, definition, *rest)
    environment: dict[str, str] = keywords.get("environment") or {}
    ports = [int(item["containerPort"]) for item in container.get("portMappings") or () if "containerPort" in item]
    given = next((port for port in ports if environment.get("PORT") == str(port)), None)
    if given is None:
        return keywords
    with _lock:
        own = _free_port()
        ecs._tasks[rest[5]].setdefault("_ports", {})[container["name"], given] = own
    keywords.update(environment={**environment, "PORT": str(own)}, ports={f"{own}/tcp": (_HOST, own)})
    return keywords


def _free_port() -> int:
    living = [task for _, task in ecs._tasks.all_items() if task["lastStatus"] != "STOPPED"]
    taken = {port for task in living for port in members(task.get("_ports")).values()}
    for _ in range(_ATTEMPTS):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
        if port not in taken and _is_free(port):
            return port
    raise RuntimeError(f"no free port on {_HOST} from {_FIRST} to {_LAST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _address(original: Original, container: Any, network: Any) -> str:
    return original(container, network) or _HOST


def _with_digest(original: Original, task: dict[str, Any], container: Any, index: int, *rest: Any) -> Any:
    own = task["containers"][index]
    own["imageDigest"] = f"sha256:{hashlib.sha256(own['image'].encode()).hexdigest()}"
    return original(task, container, index, *rest)
