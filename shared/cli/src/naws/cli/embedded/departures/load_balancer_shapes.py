"""Actions and conditions of listeners and rules, as the API has them; MiniStack keeps only some of their fields."""

from typing import Any
from xml.sax.saxutils import escape

from naws.cli.embedded.departures.json_values import is_array, is_object, members
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import alb, provisioners
from naws.cli.embedded.departures.shapes import operation, to_api

_REDIRECT = {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
CONFIGS = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_WITH_VALUES = ("path-pattern", "host-header")


@departure("Elastic Load Balancing API Reference, Action and RuleCondition; CloudFormation User Guide, the same types")
def actions_and_conditions() -> None:
    """Listeners and rules keep every field of their actions and conditions, from the API and from templates.

    A forward names its target groups in ``ForwardConfig``, with their weights; when it is one, in ``TargetGroupArn``,
    too. The secret of an OIDC client is never answered.
    """
    replace(alb, "_parse_actions", _parsed_actions)
    replace(alb, "_parse_conditions", _parsed_conditions)
    replace(alb, "_action_xml", _action_xml)
    replace(alb, "_condition_xml", _condition_xml)
    replace(provisioners, "_elbv2_listener_actions", _template_actions)
    replace(provisioners, "_flatten_listener_rule_conditions", _template_conditions)


def _parsed_actions(params: dict[str, Any], prefix: str = "DefaultActions") -> list[dict[str, Any]]:
    return _actions(_from_query(params, "Actions", prefix))


def _parsed_conditions(params: dict[str, Any], prefix: str = "Conditions") -> list[dict[str, Any]]:
    return [_condition(item) for item in _from_query(params, "Conditions", prefix)]


def _action_xml(action: dict[str, Any]) -> str:
    return f"<member>{_xml(_shown(action), _shape('Actions').member)}</member>"


def _condition_xml(condition: dict[str, Any]) -> str:
    return f"<member>{_xml(condition, _shape('Conditions').member)}</member>"


def _template_actions(properties: dict[str, Any], _balancer: str | None, prop: str = "DefaultActions") -> Any:
    return _actions(to_api(properties.get(prop) or [], _shape("Actions")))


def _template_conditions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_condition(item) for item in to_api(given, _shape("Conditions"))]


def _shape(name: str) -> Any:
    return operation("elbv2", "CreateRule").input_shape.members[name]


def request_of(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request of the query protocol, by their names."""
    members_of: dict[str, Any] = operation("elbv2", name).input_shape.members
    found = {field: _read(params, shape, field) for field, shape in members_of.items()}
    return {field: value for field, value in found.items() if value is not None}


def _from_query(params: dict[str, Any], name: str, prefix: str) -> list[dict[str, Any]]:
    """A list of structures of CreateRule in a request of the query protocol."""
    return _read(params, _shape(name), prefix) or []


def _read(params: dict[str, Any], shape: Any, at: str) -> Any:
    if shape.type_name == "structure":
        found = {name: _read(params, member, f"{at}.{name}") for name, member in shape.members.items()}
        return {name: value for name, value in found.items() if value is not None} or None
    if shape.type_name == "list":
        values: list[Any] = []
        while (value := _read(params, shape.member, f"{at}.member.{len(values) + 1}")) is not None:
            values.append(value)
        return values or None
    if shape.type_name == "map":
        return None
    text = alb._p(params, at, None)
    return None if text is None else to_api(text, shape)


def _xml(value: Any, shape: Any) -> str:
    if is_object(value):
        parts = ((name, _xml(value[name], member)) for name, member in shape.members.items() if name in value)
        return "".join(f"<{name}>{text}</{name}>" for name, text in parts)
    if is_array(value):
        return "".join(f"<member>{_xml(item, shape.member)}</member>" for item in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _actions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_action(number, action) for number, action in enumerate(given, start=1)]


def _action(number: int, action: dict[str, Any]) -> dict[str, Any]:
    whole = {"Order": number, **action}
    if action["Type"] == "forward":
        forward = members(action.get("ForwardConfig"))
        one = [{"TargetGroupArn": action["TargetGroupArn"]}] if action.get("TargetGroupArn") else []
        groups = [{"Weight": 1, **item} for item in forward.get("TargetGroups") or one]
        sticky = forward.get("TargetGroupStickinessConfig") or {"Enabled": False}
        whole["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
        if len(groups) == 1:
            whole["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    if "RedirectConfig" in action:
        whole["RedirectConfig"] = {**_REDIRECT, **action["RedirectConfig"]}
    if "FixedResponseConfig" in action:
        whole["FixedResponseConfig"] = {"ContentType": "text/plain", **action["FixedResponseConfig"]}
    return whole


def _shown(action: dict[str, Any]) -> dict[str, Any]:
    oidc = members(action.get("AuthenticateOidcConfig"))
    kept = {key: value for key, value in oidc.items() if key != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": kept} if oidc else action


def _condition(given: dict[str, Any]) -> dict[str, Any]:
    name = given.get("Field", "")
    config = members(given.get(CONFIGS.get(name, "")))
    if given.get("Values"):
        config = {"Values": given["Values"], **config}
    if given.get("RegexValues"):
        config = {"RegexValues": given["RegexValues"], **config}
    flat = {"Values": config["Values"]} if name in _WITH_VALUES and config.get("Values") else {}
    return {"Field": name, **flat, CONFIGS.get(name, "Values"): config}
