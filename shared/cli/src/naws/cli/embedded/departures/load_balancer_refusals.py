"""Target groups, listeners and rules that Elastic Load Balancing refuses."""

from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.load_balancer_shapes import CONFIGS, request_of
from naws.cli.embedded.departures.load_balancer_stickiness import check_sticky_actions
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import acm, alb, provisioners
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.target_health import attribute, balancers_of, groups_of
from naws.cli.embedded.departures.templates import Made, wrap_template

_CODE = "ValidationError"
_NUMBERS = {
    "HealthCheckIntervalSeconds": 30,
    "HealthCheckTimeoutSeconds": 5,
}
_MOST_VALUES = 5
_MATCHER = range(200, 500)
_SECURE = "HTTPS"
_NAME = 32

Check = Callable[[dict[str, Any], str], None]
"""Is given the fields of a request, and the ARN of what is changed; that is empty when it is new."""


@departure(
    "Elastic Load Balancing API Reference, CreateTargetGroup, CreateListener, CreateRule, DeleteTargetGroup and "
    "DeleteLoadBalancer; the sentences: terraform-provider-aws, issues 2366 and 24239; tflint-ruleset-aws, issue 404; "
    "aws-load-balancer-controller, issue 3037; badmintoncryer/cdk-preflight, rules/elbv2 (condition); "
    "awslabs/fargatecli, issue 104 (certificate); those of CreateListener: AWS re:Post and users' reports of them"
)
def refused_load_balancers() -> None:
    """Requests and templates are refused for what the service refuses, in its words.

    A health check that is out of its range or not shorter than its interval, an HTTPS listener without a certificate or
    with one that there is not, an HTTP listener with one, a second listener on a port, a priority that is in use, a
    rule without a condition or with over five values, a target group of two load balancers, and the deletion of what is
    in use or protected. A value out of its range has the sentence of the API's model; the one on a matcher is ours.
    Listeners that are asked for and gone are an error.
    """
    wrap(alb, "_delete_lb", _delete_balancer)
    check_requests(alb, "_describe_listeners", _check_asked)
    _refuse("CreateTargetGroup", "_create_tg", _check_group)
    _refuse("ModifyTargetGroup", "_modify_tg", _check_group, "TargetGroupArn")
    _refuse("CreateListener", "_create_listener", _check_listener)
    _refuse("ModifyListener", "_modify_listener", _check_listener, "ListenerArn")
    _refuse("CreateRule", "_create_rule", _check_rule)
    _refuse("ModifyRule", "_modify_rule", _check_rule, "RuleArn")
    _refuse("DeleteTargetGroup", "_delete_tg", _check_unused, "TargetGroupArn")
    _refuse("DeleteLoadBalancer", "_delete_lb", _check_unprotected, "LoadBalancerArn")
    _refuse_template("TargetGroup", "CreateTargetGroup", _check_group)
    _refuse_template("Listener", "CreateListener", _check_listener)
    _refuse_template("ListenerRule", "CreateRule", _check_rule)
    wrap_template("ElasticLoadBalancingV2::TargetGroup", delete=partial(_delete_checked, _check_unused))
    wrap_template("ElasticLoadBalancingV2::LoadBalancer", delete=partial(_delete_checked, _check_unprotected))


def _refuse(name: str, function: str, check: Check, arn: str = "") -> None:
    def checked(params: dict[str, Any]) -> None:
        request = request_of(name, params)
        _check_values(name, request)
        check(request, request.get(arn, ""))

    check_requests(alb, function, checked)


def _refuse_template(kind: str, name: str, check: Check) -> None:
    def checked(properties: dict[str, Any], arn: str) -> None:
        request = to_api(properties, operation("elbv2", name).input_shape)
        _check_values(name, request)
        check(request, arn)

    def create(original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        checked(properties, "")
        return original(logical_id, properties, stack)

    def update(original: Original, arn: str, old: Any, new: dict[str, Any], *more: Any, **named: Any) -> Made:
        checked(new, arn)
        return original(arn, old, new, *more, **named)

    wrap_template(f"ElasticLoadBalancingV2::{kind}", create=create, update=update)


def _check_values(name: str, request: dict[str, Any]) -> None:
    # The patterns of tags are of a kind that Python does not read.
    check_model("elbv2", name, {field: value for field, value in request.items() if field != "Tags"}, _CODE)


def _delete_checked(check: Check, original: Original, arn: str, properties: Any) -> Any:
    check({}, arn)
    return original(arn, properties)


def _check_group(request: dict[str, Any], arn: str) -> None:
    name = str(request.get("Name", ""))
    if len(name) > _NAME:
        raise RefusedError(f"Target group name '{name}' cannot be longer than '{_NAME}' characters", _CODE)
    if not arn and any(group["TargetGroupName"] == name for group in alb._tgs.values()):
        text = f"A target group with the same name '{name}' exists, but with different settings"
        raise RefusedError(text, "DuplicateTargetGroupName")
    known: dict[str, Any] = alb._tgs.get(arn) or _NUMBERS
    interval, timeout = (int(request.get(field, known[field])) for field in _NUMBERS)
    if timeout >= interval and request.get("TargetType") != "lambda":
        raise RefusedError("Health check interval must be greater than the timeout.", _CODE)
    path = request.get("HealthCheckPath", "/")
    if not path.startswith("/"):
        raise RefusedError(f"Health check path '{path}' must begin with a '/' character", _CODE)
    for part in str(members(request.get("Matcher")).get("HttpCode", "200")).replace("-", ",").split(","):
        if not (part.strip().isdecimal() and int(part) in _MATCHER):
            text = f"Health check matcher HTTP code '{part}' must be within '{_MATCHER[0]}-{_MATCHER[-1]}' inclusive"
            raise RefusedError(text, _CODE)


def _check_listener(request: dict[str, Any], arn: str) -> None:
    own: dict[str, Any] = alb._listeners.get(arn) or {}
    balancer = request.get("LoadBalancerArn") or own.get("LoadBalancerArn", "")
    port = int(request.get("Port") or own.get("Port", 0))
    others = [each for each in alb._listeners.values() if each["ListenerArn"] != arn]
    if any(each["LoadBalancerArn"] == balancer and int(each["Port"]) == port for each in others):
        text = f"A listener already exists on this port for this load balancer '{balancer}'"
        raise RefusedError(text, "DuplicateListener")
    given: list[dict[str, Any]] = request.get("Certificates") or []
    certificates = [item["CertificateArn"] for item in given] or own.get("Certificates") or []
    protocol = request.get("Protocol") or own.get("Protocol")
    if protocol == _SECURE and not certificates:
        raise RefusedError("A certificate must be specified for HTTPS listeners", _CODE)
    if protocol == "HTTP" and given:
        raise RefusedError("A certificate cannot be specified for HTTP listeners", _CODE)
    check_certificates(certificates)
    _check_actions(request.get("DefaultActions") or [], balancer)


def _check_asked(params: dict[str, Any]) -> None:
    arns: list[str] = alb._parse_member_list(params, "ListenerArns")
    if any(arn not in alb._listeners for arn in arns):
        raise RefusedError("One or more listeners not found", "ListenerNotFound")


def check_certificates(arns: list[str]) -> None:
    """Refuse certificates that there are not; those of IAM are not known here.

    Raises:
        RefusedError: One is not there.
    """
    for arn in arns:
        if ":acm:" in arn and arn not in acm._certificates:
            raise RefusedError(f"Certificate '{arn}' not found", "CertificateNotFound")


def _check_actions(actions: list[dict[str, Any]], balancer: str) -> None:
    for group in groups_of(actions):
        if group not in alb._tgs:
            raise RefusedError(f"Target groups '{group}' not found", "TargetGroupNotFound")
        if set(balancers_of(group)) - {balancer}:
            text = f"The following target groups cannot be associated with more than one load balancer: {group}"
            raise RefusedError(text, "TargetGroupAssociationLimit")
    check_sticky_actions(actions)


def _check_rule(request: dict[str, Any], arn: str) -> None:
    own: dict[str, Any] = alb._rules.get(arn) or {}
    listener_arn = request.get("ListenerArn") or own.get("ListenerArn", "")
    priority = str(request.get("Priority") or own.get("Priority", ""))
    others = [each for each in alb._rules.values() if each["RuleArn"] != arn and each["ListenerArn"] == listener_arn]
    if any(str(each["Priority"]) == priority for each in others):
        raise RefusedError(f"Priority '{priority}' is currently in use", "PriorityInUse")
    conditions: list[dict[str, Any]] = request.get("Conditions") or []
    if not arn and not conditions:
        raise RefusedError("A condition must be specified", _CODE)
    if sum(map(_values, conditions)) > _MOST_VALUES:
        raise RefusedError(f"A rule can only have '{_MOST_VALUES}' condition values and regex values", _CODE)
    listener: dict[str, Any] = alb._listeners.get(listener_arn) or {}
    _check_actions(request.get("Actions") or [], listener.get("LoadBalancerArn", ""))


def _values(condition: dict[str, Any]) -> int:
    config = members(condition.get(CONFIGS.get(condition.get("Field", ""), "")))
    return sum(len(each.get(name) or []) for each in (condition, config) for name in ("Values", "RegexValues"))


def _check_unused(_request: dict[str, Any], arn: str) -> None:
    if balancers_of(arn):
        text = f"Target group '{arn}' is currently in use by a listener or a rule"
        raise RefusedError(text, "ResourceInUse")


def _check_unprotected(_request: dict[str, Any], arn: str) -> None:
    if attribute(alb._lb_attrs, arn, "deletion_protection.enabled", "false") == "true":
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise RefusedError(text, "OperationNotPermitted")


def _delete_balancer(original: Original, params: dict[str, Any]) -> Any:
    """Its listeners and rules go with a load balancer."""
    answer = original(params)
    provisioners._elbv2_load_balancer_delete(alb._p(params, "LoadBalancerArn"), {})
    return answer
