"""The names that AWS gives to load balancers, in what programs here are given."""

import os
import re
from collections.abc import Mapping
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import alb, ecs
from naws.cli.embedded.load_balancer_urls import path_of

_URL = re.compile(r"(?P<scheme>https?)://(?P<name>[A-Za-z0-9.-]+\.elb\.amazonaws\.com)(?::(?P<port>[0-9]+))?")
_PORTS = {"http": "80", "https": "443"}
_HOST_OF_TASKS = "host.docker.internal"
"""As MiniStack names itself to tasks; the engine makes of it what its tasks reach."""


@departure("Application Load Balancers, 'Create an Application Load Balancer' (test it by the DNS name)")
@patch(wrap, ecs, "_build_run_kwargs")
def load_balancer_names(original: Original, *arguments: Any) -> dict[str, Any]:
    """A program reaches a load balancer by the URL with the DNS name that AWS gives it.

    No DNS has the name, so the URL in a variable of a task or function is the load balancer's on this machine instead.
    """
    keywords = original(*arguments)
    return {**keywords, "environment": reachable(keywords.get("environment") or {}, _HOST_OF_TASKS)}


def reachable(variables: Mapping[str, str], host: str) -> dict[str, str]:
    """Variables of a program, with the load balancers in them where the program finds them.

    Args:
        variables: Of a task or function.
        host: What the program calls this machine.
    """
    known = {balancer["DNSName"].lower(): balancer["LoadBalancerName"] for _, balancer in alb._lbs.all_items()}
    here = f"http://{host}:{os.environ['AWS_ENDPOINT_URL'].rpartition(':')[2]}"

    def found(url: re.Match[str]) -> str:
        name = known.get(url["name"].lower())
        return f"{here}{path_of(name, url['port'] or _PORTS[url['scheme']])}" if name else url[0]

    return {name: _URL.sub(found, value) for name, value in variables.items()}
