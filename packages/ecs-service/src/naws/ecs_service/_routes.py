"""The routes of a listener, of whichever service in the app: found when it is synthesised, without walking the app."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from constructs import Construct

from naws.core.authoring import (
    Inspection,
    asked,
    is_whole,
    known,
    node_of,
    path_of,
    reference_of,
    short_hash,
    stack_of,
)
from naws.ecs_service._load_balancer import Balancer
from naws.ecs_service.checks_names import Namesakes
from naws.ecs_service.plan_routes import RoutePlan, RoutesView

_NAMES: dict[tuple[str, str, str], list[str]] = {}
"""The paths of load balancers, by app, zone and name."""
_ROUTES: dict[str, dict[str, list[RoutePlan]]] = {}
"""By listener the routes of each service, by its path."""
_RULES: set[str] = set()
"""The rules that patterns make, by jsii's references to them."""


def register_route(scope: Construct, balancer: Balancer, route: RoutePlan) -> None:
    """Have a route compared with the others of its listener."""
    _ROUTES.setdefault(_key(balancer), {}).setdefault(path_of(scope), []).append(route)


def register_rule(rule: elbv2.CfnListenerRule) -> None:
    """Have a rule known as a pattern's."""
    _RULES.add(reference_of(rule))


def routes_beside(
    scope: Construct, balancer: Balancer, inspection: Inspection, *, gradual: bool
) -> Iterator[RoutesView]:
    """The routes of a service, beside those of the others on its listener and the rules of ordinary CDK code."""
    own = path_of(scope)
    every = _ROUTES[_key(balancer)]
    others = [(path, route) for path, routes in every.items() if path != own for route in routes]
    yield RoutesView(
        path=own,
        own=tuple(every[own]),
        others=tuple(others),
        ours=balancer.ours,
        gradual=gradual,
        taken=tuple(_taken(balancer, inspection)),
    )


def _taken(balancer: Balancer, inspection: Inspection) -> Iterator[tuple[str, int]]:
    """The numbers of rules that ordinary CDK code of the same stack gives to the listener, with their paths."""
    theirs = inspection.once("rules of others", inspection.stack, lambda: dict(_of_others(inspection)))
    listener = inspection.stack.resolve(asked(balancer.listener, "listener_arn")) if theirs else None
    for path, rule in theirs.items():
        if rule.get("listenerArn") == listener and is_whole(rule.get("priority")):
            yield path, rule["priority"]


def _of_others(inspection: Inspection) -> Iterator[tuple[str, Mapping[str, Any]]]:
    every = [each for each in inspection.every if isinstance(each, elbv2.CfnListenerRule)]
    theirs = {reference_of(each): path_of(each) for each in every if reference_of(each) not in _RULES}
    read = inspection.read([each for each in every if reference_of(each) in theirs])
    yield from ((path.removesuffix("/Resource"), read[reference]) for reference, path in theirs.items())


def comes_first(scope: Construct, balancer: Balancer) -> bool:
    """Whether a service is the first of its load balancer, which reports what is wrong with that."""
    return next(iter(_ROUTES[_key(balancer)])) == path_of(scope)


def rule_id(scope: Construct, route: RoutePlan, balancer: Balancer) -> str:
    """The logical id of a route's rule: by its listener and its number, whichever service it is of.

    CloudFormation makes what has a new id before it removes what has the old one, and no listener has a number twice.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """
    stack, arn = stack_of(scope), asked(balancer.listener, "listener_arn")
    listener: str = arn if known(arn) else _seen_from(path_of(stack), path_of(balancer.listener))
    number = route.priority if is_whole(route.priority) else json.dumps(stack.resolve(route.priority))
    return f"NawsRoute{short_hash(f'{listener} {number}')}"


def _seen_from(stack: str, path: str) -> str:
    """A path without what it has in common with a stack's, which is its stage's at least: each stage has the same."""
    parts, above = path.split("/"), stack.split("/")
    common = next((n for n, (one, other) in enumerate(zip(parts, above, strict=False)) if one != other), len(above))
    return "/".join(parts[common:])


def register_name(made: Construct, zone: route53.IHostedZone, name: str) -> None:
    """Have the name of a load balancer compared with those of the others in its app."""
    _NAMES.setdefault(_record(made, zone, name), []).append(path_of(made))


def namesakes(made: Construct, zone: route53.IHostedZone, name: str, path: str) -> Iterator[Namesakes]:
    """The other load balancers of a name."""
    others = [each for each in _NAMES.get(_record(made, zone, name), ()) if each != path_of(made)]
    yield Namesakes(path=f"{path}.domain_name", name=name, others=others)


def _record(made: Construct, zone: route53.IHostedZone, name: str) -> tuple[str, str, str]:
    """What tells a record from others: its app, its zone and its name, of which a token is itself alone."""
    number: str = asked(zone, "hosted_zone_id")
    own = name.lower().rstrip(".") if known(name) else name
    return reference_of(node_of(made).root), number if known(number) else reference_of(zone), own


def _key(balancer: Balancer) -> str:
    """The ARN of a listener that was imported, wherever; jsii's reference to one that is made in the app."""
    arn: str = asked(balancer.listener, "listener_arn")
    return f"{reference_of(node_of(balancer.listener).root)} {arn}" if known(arn) else reference_of(balancer.listener)
