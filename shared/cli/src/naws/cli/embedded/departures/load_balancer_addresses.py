"""Where load balancers are reached on this machine, and which listener a request is for."""

import os
import re
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.load_balancer_messages import ClientRequest
from naws.cli.embedded.departures.load_balancer_rules import names_host
from naws.cli.embedded.departures.services import alb, responses
from naws.cli.embedded.load_balancer_urls import PREFIX, first_port, url_of

_HERE = ("127.0.0.1", "localhost")
_NUMBERED = re.compile(r"(?:(?P<port>[0-9]+)\.)?(?P<name>[a-z0-9-]+)\.alb\.localhost")

Listener = dict[str, Any]


def local_url(listener: Listener) -> str:
    """The address of a listener on this machine."""
    balancer = _balancer(listener)
    ports = [int(each["Port"]) for each in listeners_of(balancer)]
    return url_of(os.environ["AWS_ENDPOINT_URL"], balancer["LoadBalancerName"], int(listener["Port"]), ports)


def listener_for(request: ClientRequest) -> tuple[tuple[str, str], dict[str, Any], Listener | None] | None:
    """The load balancer that a request is for, its listener, and first account and region; None when it is for none.

    It is named by its DNS name with the listener's port, as on AWS; by ``<name>.alb.localhost``, with the port in front
    when it is not the first listener's; by the path ``/_alb/<name>``, also with ``:<port>``; or by a host that a rule
    of it names, which on AWS a record of DNS leads to it. HTTPS listeners are spoken to by HTTP.
    """
    if request.host in _HERE and not request.path.startswith(PREFIX):
        return None
    scopes = dict.fromkeys((account, region) for (account, region, _), _ in alb._lbs.all_items())
    for scope in scopes:
        with responses.request_scope(*scope):
            if found := _own(request):
                return scope, *found
    return None


def _own(request: ClientRequest) -> tuple[dict[str, Any], Listener | None] | None:
    """The same, of the account and region at hand."""
    host = request.host
    for balancer in list(alb._lbs.values()):
        if host == balancer["DNSName"].lower():
            return balancer, _listener(balancer, request.header("host").partition(":")[2])
    if found := _NUMBERED.fullmatch(host):
        return _named(found["name"], found["port"])
    if request.path.startswith(PREFIX):
        head, slash, rest = request.path.removeprefix(PREFIX).partition("/")
        name, _, port = head.partition(":")
        if answer := _named(name.lower(), port):
            request.path = f"{slash or '/'}{rest}"
            return answer
    named = (each for each in list(alb._listeners.values()) if names_host(each, host))
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
    """The listener on a port; without one that which a client finds without naming a port."""
    by_port = {int(each["Port"]): each for each in listeners_of(balancer)}
    wanted = int(port) if port and port.isdecimal() else None if port else first_port(list(by_port))
    return by_port.get(wanted) if wanted else None


def local_locations(listener: Listener) -> Iterator[tuple[str, str]]:
    """What stands before the path in redirects to other listeners of the load balancer, and what does so here."""
    for each in listeners_of(_balancer(listener)):
        yield f":{each['Port']}", local_url(each)
