"""Check the arguments that a Task state sends by the API model of their service."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from naws.core.parsed_json import is_array, is_object
from naws.testing._extras import optional

_RESOURCE = re.compile(r"arn:[^:]+:states:::(?:aws-sdk:)?(?P<service>[^:]+):(?P<action>[^:.]+)(?:\..+)?$")
# Step Functions' names for services where botocore has another.
_SERVICES = {
    "states": "stepfunctions",
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elbv2",
}
# Text fields into which Step Functions writes any JSON; elsewhere text has to be text.
_JSON_FIELDS = frozenset({"Body", "Detail", "Input", "Message", "MessageBody", "Payload"})
_LARGEST_OVERRIDES = 8192


def argument_problems(resource: str, arguments: Any) -> str:
    """The arguments that the API would refuse, one problem a line; empty for what is no API call or has no model."""
    match = _RESOURCE.match(resource)
    if not match or not is_object(arguments):
        return ""
    shape = _input_shape(_SERVICES.get(match["service"], match["service"]), match["action"])
    if shape is None:
        return ""
    validator = optional("botocore.validate").ParamValidator()
    report = validator.validate(_as_api(arguments, shape), shape).generate_report()
    return "\n".join(filter(None, [report, _overrides_problem(match["service"], arguments)]))


def _overrides_problem(service: str, arguments: Mapping[str, Any]) -> str:
    """RunTask: "a total of 8192 characters are allowed for overrides", JSON formatting included."""
    size = len(json.dumps(arguments.get("Overrides", {}), ensure_ascii=False, separators=(",", ":")))
    too_large = service == "ecs" and size > _LARGEST_OVERRIDES
    return f"Overrides take {size} characters of {_LARGEST_OVERRIDES}" if too_large else ""


@functools.lru_cache(maxsize=64)
def _input_shape(service: str, action: str) -> Any:
    session = _session()
    if service not in session.get_available_services():
        return None
    operation = action[0].upper() + action[1:]
    model = session.get_service_model(service)
    return model.operation_model(operation).input_shape if operation in model.operation_names else None


@functools.lru_cache(maxsize=1)
def _session() -> Any:
    return optional("botocore.session").get_session()


def _as_api(value: Any, shape: Any) -> Any:
    """Names as the API writes them: Step Functions starts every one with a capital letter."""
    if shape.type_name == "structure" and is_object(value):
        members = {name[0].upper() + name[1:]: (name, member) for name, member in shape.members.items()}
        return {
            members[key][0] if key in members else f"{key}?": _member(key, item, members[key][1])
            if key in members
            else item
            for key, item in value.items()
        }
    if shape.type_name == "map" and is_object(value):
        return {key: _as_api(item, shape.value) for key, item in value.items()}
    if shape.type_name == "list" and is_array(value):
        return [_as_api(item, shape.member) for item in value]
    return value


def _member(key: str, value: Any, shape: Any) -> Any:
    json_text = key in _JSON_FIELDS and shape.type_name in ("string", "blob")
    return str(value) if json_text else _as_api(value, shape)
