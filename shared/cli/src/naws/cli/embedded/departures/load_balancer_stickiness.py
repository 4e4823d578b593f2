"""Stickiness of target groups, which a rule that forwards to several of them has to have, too."""

from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import alb
from naws.cli.embedded.departures.target_health import attribute
from naws.cli.embedded.departures.templates import Made, is_true, wrap_template

_STICKY = "stickiness.enabled"


@departure(
    "Application Load Balancers, 'Action types for listener rules' (sticky sessions and weighted target groups); the "
    "sentences: aws-load-balancer-controller, issue 2734; argo-rollouts, pull request 1577"
)
def sticky_target_groups() -> None:
    """A group whose targets keep their clients is refused behind a rule of several groups that does not keep them."""
    check_requests(alb, "_modify_tg_attrs", _check_request)
    wrap_template("ElasticLoadBalancingV2::TargetGroup", update=_update_checked)


def check_sticky_actions(actions: list[dict[str, Any]]) -> None:
    """Refuse to forward to several groups of which one is sticky, when the action is not.

    Raises:
        RefusedError: One is.
    """
    for group in _loose(actions):
        if is_true(attribute(alb._tg_attrs, group, _STICKY, "false")):
            text = "You must enable group stickiness on a rule if you enabled target stickiness on one of its"
            raise RefusedError(f"{text} target groups", "InvalidLoadBalancerAction")


def _loose(actions: list[dict[str, Any]]) -> Iterator[str]:
    """The target groups of the actions that forward to several of them, and to either at any time."""
    for forward in (members(action.get("ForwardConfig")) for action in actions):
        groups: list[dict[str, Any]] = forward.get("TargetGroups") or []
        if len(groups) > 1 and not is_true(members(forward.get("TargetGroupStickinessConfig")).get("Enabled")):
            yield from (each["TargetGroupArn"] for each in groups)


def _check_request(params: dict[str, Any]) -> None:
    number = 1
    while key := alb._p(params, f"Attributes.member.{number}.Key"):
        if key == _STICKY and is_true(alb._p(params, f"Attributes.member.{number}.Value")):
            _check_group(alb._p(params, "TargetGroupArn"))
        number += 1


def _update_checked(original: Original, arn: str, old: Any, new: dict[str, Any], *more: Any, **named: Any) -> Made:
    given: list[dict[str, Any]] = new.get("TargetGroupAttributes") or []
    if any(each["Key"] == _STICKY and is_true(each.get("Value")) for each in given):
        _check_group(arn)
    return original(arn, old, new, *more, **named)


def _check_group(arn: str) -> None:
    rules = [(each["RuleArn"], each["Actions"]) for each in alb._rules.values()]
    rules += [(each["ListenerArn"], each["DefaultActions"]) for each in alb._listeners.values()]
    for rule, actions in rules:
        if arn in _loose(actions):
            text = (
                f"This target group appears behind a rule with group stickiness disabled ({rule}). You must enable "
                "group stickiness before enabling target stickiness"
            )
            raise RefusedError(text, "InvalidConfigurationRequest")
