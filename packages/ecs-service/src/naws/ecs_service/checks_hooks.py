"""Rules at synthesis on hooks of deployments: how many, and who hears of one that waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.authoring import Field, Finding, as_list, limit, practice
from naws.ecs_service.checks_built_service import ServiceView, part_of, parts_of

_PAUSE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html"
_SOURCE, _HOOK_EVENT, _WAITING = "aws.ecs", "ECS Hook State Change", "HOOK_AWAITING_ACTION"
_MOST = 10
_RESOURCE = "made.service.node.default_child"
_HOOKS = (
    f'deployment=Deployment.blue_green(), then=lambda made: {{}}setattr({_RESOURCE}, "deployment_configuration", '
    '{{"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [{{"targetType": "{}", "hookTargetArn": '
    '"arn:aws:lambda:eu-central-1:123456789012:function:smoke", "lifecycleStages": ["POST_SCALE_UP"]}}] * {}}})'
)
_LISTENS = (
    'events.Rule(stack, "Waits", event_pattern=events.EventPattern(source=["aws.ecs"], '
    'detail_type=["ECS Hook State Change"], detail={"eventName": ["HOOK_AWAITING_ACTION"]})) and '
)


@dataclass(frozen=True, kw_only=True)
class WaitsView:
    """Hooks that pause a deployment, and nobody in the app who would hear of it.

    Attributes:
        stages: where they pause.
    """

    stages: tuple[str, ...]


def pausing_stages(view: ServiceView) -> tuple[str, ...]:
    """Where a deployment pauses until somebody goes on with it."""
    pausing = (each for each in parts_of(view.deployment, "lifecycleHooks") if each.get("targetType") == "PAUSE")
    return tuple(str(stage) for each in pausing for stage in as_list(each.get("lifecycleStages") or []))


def hears_of_waiting(pattern: Mapping[str, Any]) -> bool:
    """Whether an event pattern has the event of a deployment that pauses; a matcher, or a token, may have it."""
    named = part_of(pattern, "detail").get("eventName")
    wanted = ((pattern.get("source"), _SOURCE), (pattern.get("detail-type"), _HOOK_EVENT), (named, _WAITING))
    return all(given is None or _may_have(given, value) for given, value in wanted)


def _may_have(given: Any, value: str) -> bool:
    return any(each == value or not isinstance(each, str) for each in as_list(given))


@limit(
    code="NAWS-DEPLOY-016",
    title="A service has ten hooks that pause and ten functions at most",
    source=f"{_PAUSE}#pause-hooks-constraints",
    example=_HOOKS.format("", "AWS_LAMBDA", 11),
    fix=_HOOKS.format("", "AWS_LAMBDA", 10),
)
def few_hooks(view: ServiceView) -> Iterator[Finding]:
    """ECS refuses more of either kind. A hook may have several stages."""
    hooks = parts_of(view.deployment, "lifecycleHooks")
    pausing = sum(each.get("targetType") == "PAUSE" for each in hooks)
    functions = sum(each.get("targetType", "AWS_LAMBDA") == "AWS_LAMBDA" for each in hooks)
    for count, words in ((pausing, "that pause"), (functions, "that call functions")):
        if count > _MOST:
            yield Field("service.lifecycle_hooks").finding(
                f"at most {_MOST} {words}", "give one of them several lifecycle_stages", shown=f"{count} {words}"
            )


@practice(
    code="NAWS-DEPLOY-017",
    title="Somebody hears of a deployment that waits",
    source=_PAUSE,
    example=_HOOKS.format("", "PAUSE", 1),
    fix=_HOOKS.format(_LISTENS, "PAUSE", 1),
)
def heard(view: WaitsView) -> Iterator[Finding]:
    """A hook that pauses waits a day for a person, unless it has another time, and then ECS goes back.

    ECS sends an event, and nothing else. In a pattern of the service's own stack name the cluster and not the service:
    the rule has to be there before the service waits. Where another app has the rule, that is the reason.
    """
    yield Field("service.lifecycle_hooks").finding(
        f"a rule of EventBridge in this app for {_HOOK_EVENT} with {_WAITING}",
        'events.Rule(self, "Waits", event_pattern=events.EventPattern(source=["aws.ecs"], '
        f'detail_type=["{_HOOK_EVENT}"], detail={{"eventName": ["{_WAITING}"]}}), targets=[targets.SnsTopic(topic)])',
        shown=f"a pause at {', '.join(view.stages)}",
    )


HOOK_RULES = (few_hooks,)
"""Each gets a `ServiceView`."""
