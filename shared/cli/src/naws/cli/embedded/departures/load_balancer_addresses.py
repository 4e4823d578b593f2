"""Where load balancers are reached on this machine, and which listener a request is for."""

import os
import re
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.load_balancer_messages import ClientRequest
from naws.cli.embedded.departures.load_balancer_rules import host_names
from naws.cli.embedded.departures.services import alb

_LOCAL = ".alb.localhost"
_PREFIX = "/_alb/"
_HERE = ("127.0.0.1", "localhost")
_DEFAULT_PORTS = (80, 443)
_NUMBERED = re.compile(r"(?:(?P<port>[0-9]+)\.)?(?P<name>[a-z0-9-]+)\.alb\.localhost")

Listener = dict[str, Any]


def local_url(listener: Listener) -> str:
    """The address of a listener for a browser, or for curl, which both know that ``.localhost`` is this machine."""
    here = os.environ["AWS_ENDPOINT_URL"].rpartition(":")[2]
    name = str(_balancer(listener)["LoadBalancerName"]).lower()
    first = _listener(_balancer(listener), None)
    number = "" if first is listener else f"{listener['Port']}."
    return f"http://{number}{name}{_LOCAL}:{here}"


def listener_for(request: ClientRequest) -> tuple[dict[str, Any], Listener | None] | None:
    """The load balancer that a request is for, and its listener; None when it is for none.

    It is named by its DNS name with the listener's port, as on AWS; by ``<name>.alb.localhost``, with the port in front
    when it is not the first listener's; by the path ``/_alb/<name>``, also with ``:<port>``; or by a host that a rule
    of it names, which on AWS a record of DNS leads to it. HTTPS listeners are spoken to by HTTP.
    """
    host = request.host
    for balancer in list(alb._lbs.values()):
        if host == balancer["DNSName"].lower():
            return balancer, _listener(balancer, request.header("host").partition(":")[2])
    if found := _NUMBERED.fullmatch(host):
        return _named(found["name"], found["port"])
    if request.path.startswith(_PREFIX):
        head, slash, rest = request.path.removeprefix(_PREFIX).partition("/")
        name, _, port = head.partition(":")
        if answer := _named(name.lower(), port):
            request.path = f"{slash or '/'}{rest}"
            return answer
    if host in _HERE:
        return None
    named = (each for each in list(alb._listeners.values()) if host in host_names(each))
    return next(((_balancer(each), each) for each in named), None)


def _named(name: str, port: str | None) -> tuple[dict[str, Any], Listener | None] | None:
    named = (each for each in list(alb._lbs.values()) if each["LoadBalancerName"].lower() == name)
    return next(((each, _listener(each, port)) for each in named), None)


def _balancer(listener: Listener) -> dict[str, Any]:
    return alb._lbs[listener["LoadBalancerArn"]]


def listeners_of(balancer: dict[str, Any]) -> list[Listener]:
    """Its listeners by their ports."""
    own = [each for each in list(alb._listeners.values()) if each["LoadBalancerArn"] == balancer["LoadBalancerArn"]]
    return sorted(own, key=lambda each: int(each["Port"]))


def _listener(balancer: dict[str, Any], port: str | None) -> Listener | None:
    """The listener on a port; without one the first of those that a client finds without naming a port."""
    by_port = {int(each["Port"]): each for each in listeners_of(balancer)}
    if port:
        return by_port.get(int(port)) if port.isdecimal() else None
    usual = (by_port[number] for number in _DEFAULT_PORTS if number in by_port)
    return next(usual, next(iter(by_port.values()), None))


def local_locations(listener: Listener) -> Iterator[tuple[str, str]]:
    """What stands before the path in redirects to other listeners of the load balancer, and what does so here."""
    for each in listeners_of(_balancer(listener)):
        yield f":{each['Port']}", local_url(each)
