"""Which target of which group answers a request."""

import hashlib
import random
import time
from collections import Counter
from email.utils import formatdate
from typing import Any

from naws.cli.embedded.departures.load_balancer_messages import ClientRequest
from naws.cli.embedded.departures.services import alb
from naws.cli.embedded.departures.target_health import Target, attribute, groups_of, registered

_COOKIES = ("AWSALB", "AWSALBCORS")
_DAY = "86400"
_turns: Counter[str] = Counter()


def group_for(action: dict[str, Any]) -> str:
    """The target group of a forward, by chance according to the weights; empty when all weights are zero.

    Source: Application Load Balancers, 'Action types for listener rules', 'Forward actions'. That nothing answers when
    all weights are zero is ours; targets of another group never stand in for those of a chosen one, as on AWS.
    """
    weights = groups_of([action])
    if not any(weights.values()):
        return ""
    return random.choices(list(weights), list(weights.values()))[0]  # noqa: S311  # no secret


def target_for(group_arn: str, request: ClientRequest) -> Target | None:
    """A healthy target, or any when none is; None without registered targets.

    Targets take turns; by ``least_outstanding_requests`` it is the one with the fewest open requests, and by the
    cookie of a sticky group the one that the client had, as long as it is healthy.
    Source: Application Load Balancers, 'Health checks for Application Load Balancer target groups' (the load balancer
    fails open), 'Troubleshoot your Application Load Balancers' (503 only without registered targets, so that new ones
    stand in, too), 'Edit target group attributes for your Application Load Balancer' (algorithm, sticky sessions).
    """
    everyone = registered(group_arn)
    usable = [item for item in everyone if item.health == "healthy"] or everyone
    if not usable:
        return None
    chosen = _sticky(group_arn, usable, request) or _next(group_arn, usable)
    if _is_sticky(group_arn):
        request.added += _cookies(group_arn, chosen)
    return chosen


def _next(group_arn: str, usable: list[Target]) -> Target:
    _turns[group_arn] += 1
    turn = _turns[group_arn] % len(usable)
    usable = [*usable[turn:], *usable[:turn]]
    if _attribute(group_arn, "load_balancing.algorithm.type", "round_robin") == "least_outstanding_requests":
        return min(usable, key=lambda item: item.open_requests)
    return usable[0]


def _attribute(group_arn: str, key: str, default: str) -> str:
    return attribute(alb._tg_attrs, group_arn, key, default)


def _is_sticky(group_arn: str) -> bool:
    enabled = _attribute(group_arn, "stickiness.enabled", "false") == "true"
    return enabled and _attribute(group_arn, "stickiness.type", "lb_cookie") == "lb_cookie"


def _sticky(group_arn: str, usable: list[Target], request: ClientRequest) -> Target | None:
    if not _is_sticky(group_arn):
        return None
    cookies = [part.strip() for part in request.header("cookie").split(";")]
    return next((item for item in usable if any(f"{name}={_token(item)}" in cookies for name in _COOKIES)), None)


def _token(target: Target) -> str:
    return hashlib.sha256(f"{target.group_arn} {target.id} {target.port}".encode()).hexdigest()


def _cookies(group_arn: str, target: Target) -> list[tuple[str, str]]:
    seconds = float(_attribute(group_arn, "stickiness.lb_cookie.duration_seconds", _DAY))
    text = f"{_token(target)}; Expires={formatdate(time.time() + seconds, usegmt=True)}; Path=/"
    plain, cors = _COOKIES
    return [("set-cookie", f"{plain}={text}"), ("set-cookie", f"{cors}={text}; SameSite=None; Secure")]
