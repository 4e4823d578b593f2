"""RegisterTargets, DeregisterTargets and DescribeTargetHealth."""

from typing import Any
from xml.sax.saxutils import escape

from naws.cli.embedded.departures.patching import before, departure, replace
from naws.cli.embedded.departures.services import alb
from naws.cli.embedded.departures.target_health import CHANGING, Target, balancers_of, port_of, state_of, targets


@departure(
    "Elastic Load Balancing API Reference, RegisterTargets, DeregisterTargets, DescribeTargetHealth and TargetHealth"
)
def targets_of_groups() -> None:
    """A target is its id and its port, and its health is what its checks found.

    Several ports of one address are several targets. A group without targets has no health; a target that was asked for
    and is not registered is ``unused``. A group names the load balancers that forward to it.
    """
    replace(alb, "_register_targets", _register)
    replace(alb, "_deregister_targets", _deregister)
    replace(alb, "_describe_target_health", _describe)
    before(alb, ("_describe_tgs", "_modify_tg"), _note_balancers)


def _note_balancers(_params: Any) -> None:
    for group in list(alb._tgs.values()):
        group["LoadBalancerArns"] = balancers_of(group["TargetGroupArn"])


def _missing(group_arn: str) -> Any:
    return alb._error("TargetGroupNotFound", f"Target groups '{group_arn}' not found")


def _given(params: dict[str, Any], group: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    items: list[dict[str, Any]] = alb._parse_targets_param(params)
    return {(item["Id"], port_of(item, group)): item for item in items}


def _register(params: dict[str, Any]) -> Any:
    arn = alb._p(params, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if not group:
        return _missing(arn)
    with CHANGING:
        listed: list[dict[str, Any]] = alb._targets.get(arn) or []
        known = {(item["Id"], port_of(item, group)): item for item in listed}
        new = {key: {"Id": key[0], "Port": key[1]} for key in _given(params, group)}
        alb._targets[arn] = list({**new, **known}.values())
        targets(arn)
    return alb._empty("RegisterTargets")


def _deregister(params: dict[str, Any]) -> Any:
    arn = alb._p(params, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if not group:
        return _missing(arn)
    gone = _given(params, group)
    with CHANGING:
        listed: list[dict[str, Any]] = alb._targets.get(arn) or []
        alb._targets[arn] = [item for item in listed if (item["Id"], port_of(item, group)) not in gone]
        targets(arn)
    return alb._empty("DeregisterTargets")


def _describe(params: dict[str, Any]) -> Any:
    arn = alb._p(params, "TargetGroupArn")
    group = alb._tgs.get(arn)
    if not group:
        return _missing(arn)
    known = {(item.id, item.port): item for item in targets(arn)}
    asked = _given(params, group) or known
    shown = "".join(_description(*key, known.get(key), group) for key in asked)
    found = f"<TargetHealthDescriptions>{shown}</TargetHealthDescriptions>"
    return alb._xml(200, "DescribeTargetHealth", found)


def _description(target_id: str, port: int, target: Target | None, group: dict[str, Any]) -> str:
    state, reason, detail = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
    if target:
        state, reason, detail = state_of(target)
    why = f"<Reason>{reason}</Reason><Description>{escape(detail)}</Description>" if reason else ""
    wanted = group.get("HealthCheckPort") or "traffic-port"
    check = port if wanted == "traffic-port" else wanted
    return (
        f"<member><HealthCheckPort>{check}</HealthCheckPort>"
        f"<Target><Id>{escape(target_id)}</Id><Port>{port}</Port></Target>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )
