"""What the rest of the app has for a service: read at synthesis, and only where the service needs it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from aws_cdk import aws_events as events
from constructs import Construct

from naws.core.authoring import node_of, stack_of
from naws.ecs_service.checks_built_service import ServiceView
from naws.ecs_service.checks_hooks import WaitsView, hears_of_waiting, pausing_stages


def waits_views(scope: Construct, view: ServiceView) -> Iterator[WaitsView]:
    """The hooks of a service that pause, when no rule of the app hears of them."""
    stages = pausing_stages(view)
    if not stages:
        return
    every = node_of(scope).root.node.find_all()
    if not any(_hears(each) for each in every if isinstance(each, events.CfnRule)):
        yield WaitsView(stages=stages)


def _hears(rule: events.CfnRule) -> bool:
    pattern: Any = stack_of(rule).resolve(rule.event_pattern)
    if isinstance(pattern, str):
        pattern = json.loads(pattern) if pattern.startswith("{") and "${Token[" not in pattern else None
    if pattern is None:
        return rule.schedule_expression is None  # a pattern that only the deployment knows
    return rule.state != "DISABLED" and hears_of_waiting(cast("Mapping[str, Any]", pattern))
