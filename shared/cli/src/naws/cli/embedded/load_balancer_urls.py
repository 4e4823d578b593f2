"""Where the listeners of load balancers are reached on this machine.

Browsers and curl know that every name under ``.localhost`` is this machine, so that neither needs anything of DNS.
"""

from collections.abc import Sequence

PREFIX = "/_alb/"
"""What a path begins with that names a load balancer, for programs that do not resolve ``.localhost``."""
_DEFAULT_PORTS = (80, 443)


def url_of(endpoint_url: str, name: str, port: int, ports: Sequence[int]) -> str:
    """The address of a listener, without a slash at the end.

    Args:
        endpoint_url: The embedded AWS's own.
        name: The load balancer's.
        port: The listener's; it stands before the name when it is not the first of them.
        ports: Those of all its listeners.
    """
    number = "" if port == first_port(ports) else f"{port}."
    return f"http://{number}{name.lower()}.alb.localhost:{endpoint_url.rpartition(':')[2]}"


def path_of(name: str, port: str) -> str:
    """What stands before the path of a request to a listener, at the embedded AWS's own address."""
    return f"{PREFIX}{name}:{port}"


def first_port(ports: Sequence[int]) -> int | None:
    """The port of the listener that answers where none is named: 80, else 443, else the lowest; None without any."""
    return next((port for port in _DEFAULT_PORTS if port in ports), min(ports, default=None))
