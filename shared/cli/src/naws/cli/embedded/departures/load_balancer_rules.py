"""Which rule of a listener a request is for."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.load_balancer_messages import ClientRequest
from naws.cli.embedded.departures.load_balancer_shapes import CONFIGS
from naws.cli.embedded.departures.services import alb

_LAST = 1_000_000


def actions_for(listener: dict[str, Any], request: ClientRequest) -> list[dict[str, Any]]:
    """The actions of the first rule by priority whose conditions a request meets, in their order.

    Source: Application Load Balancers, 'Listener rules for your Application Load Balancer', 'Condition types for
    listener rules': rules are evaluated from the lowest to the highest priority, the default rule last; every condition
    has to be met, by one of its values.
    """
    own = [rule for rule in list(alb._rules.values()) if rule["ListenerArn"] == listener["ListenerArn"]]
    for rule in sorted(own, key=_priority):
        if rule["IsDefault"] or all(_is_met(item, request) for item in rule["Conditions"]):
            return sorted(rule["Actions"], key=lambda action: int(action["Order"]))
    return []


def _priority(rule: dict[str, Any]) -> int:
    return _LAST if rule["IsDefault"] else int(rule["Priority"])


def _is_met(condition: dict[str, Any], request: ClientRequest) -> bool:
    kind = condition["Field"]
    config = members(condition.get(CONFIGS.get(kind, "")))
    return kind in _MATCHERS and _MATCHERS[kind](config, request)


def _path(config: dict[str, Any], request: ClientRequest) -> bool:
    return _any(config, [request.plain_path])


def _host(config: dict[str, Any], request: ClientRequest) -> bool:
    return _any(config, [request.host], re.IGNORECASE)


def _header(config: dict[str, Any], request: ClientRequest) -> bool:
    wanted = str(config.get("HttpHeaderName", "")).lower()
    return _any(config, [value for name, value in request.headers if name == wanted], re.IGNORECASE)


def _method(config: dict[str, Any], request: ClientRequest) -> bool:
    return request.method in config["Values"]


def _query(config: dict[str, Any], request: ClientRequest) -> bool:
    pairs = [(key, value) for key, values in request.query.items() for value in values]
    wanted: list[dict[str, str]] = config.get("Values") or []
    return any(
        _is_like(item.get("Key", "*"), key, re.IGNORECASE) and _is_like(item.get("Value", ""), value, re.IGNORECASE)
        for item in wanted
        for key, value in pairs
    )


def _source(config: dict[str, Any], request: ClientRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.client_ip)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(block, strict=False) for block in config["Values"])


_MATCHERS: dict[str, Callable[[dict[str, Any], ClientRequest], bool]] = {
    "path-pattern": _path,
    "host-header": _host,
    "http-header": _header,
    "http-request-method": _method,
    "query-string": _query,
    "source-ip": _source,
}


def _any(config: dict[str, Any], texts: list[str], flags: int = 0) -> bool:
    patterns: list[str] = config.get("Values") or []
    expressions: list[str] = config.get("RegexValues") or []
    return any(_is_like(item, text, flags) for item in patterns for text in texts) or any(
        re.search(item, text, flags) for item in expressions for text in texts
    )


def _is_like(pattern: str, text: str, flags: int) -> bool:
    return re.fullmatch("".join(_pieces(pattern)), text, flags | re.DOTALL) is not None


def _pieces(pattern: str) -> Iterator[str]:
    """A regular expression of a pattern: ``*``, ``?``, and either of them behind a backslash as itself."""
    for piece in re.findall(r"\\[*?]|.", pattern, re.DOTALL):
        yield {"*": ".*", "?": "."}.get(piece) or re.escape(piece[-1])


def names_host(listener: dict[str, Any], host: str) -> bool:
    """Whether a rule of a listener names a host, by a pattern that is more than wildcards."""
    rules = [rule for rule in list(alb._rules.values()) if rule["ListenerArn"] == listener["ListenerArn"]]
    conditions = [members(item.get("HostHeaderConfig")) for rule in rules for item in rule["Conditions"]]
    values: list[list[str]] = [item.get("Values") or [] for item in conditions]
    patterns = (pattern for several in values for pattern in several if pattern.strip("*?."))
    return any(_is_like(pattern, host, re.IGNORECASE) for pattern in patterns)
