"""Names between AWS's spellings, decided by botocore's models.

CloudFormation and Step Functions write ``TaskArn`` where the ECS API writes ``taskArn``; keys of maps are data.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session

from naws.cli.embedded.departures.json_values import is_array, is_object


@cache
def operation(service_name: str, name: str) -> Any:
    """Return botocore's model of an operation."""
    return botocore.session.get_session().get_service_model(service_name).operation_model(name)


def to_api(value: Any, shape: Any) -> Any:
    """Return ``value`` with the API's member names and scalar types, whatever the case of the first letter."""
    if shape.type_name == "structure" and is_object(value):
        members: dict[str, Any] = {name.lower(): (name, member) for name, member in shape.members.items()}
        renamed: dict[str, Any] = {}
        for key, item in value.items():
            name, member = members.get(key.lower(), (key, None))
            renamed[name] = to_api(item, member) if member is not None else item
        return renamed
    if shape.type_name == "list" and is_array(value):
        return [to_api(item, shape.member) for item in value]
    if shape.type_name == "map" and is_object(value):
        return {key: to_api(item, shape.value) for key, item in value.items()}
    return _scalar(value, shape.type_name)


def _scalar(value: Any, type_name: str) -> Any:
    if type_name == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if type_name in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    return value


def pascal(name: str) -> str:
    """Return the name as Step Functions spells it."""
    return name[:1].upper() + name[1:]


def to_optimized_result(value: Any, shape: Any) -> Any:
    """Return an ECS answer as an optimized integration does: PascalCase, times in epoch milliseconds, no nulls."""
    if shape.type_name == "structure" and is_object(value):
        return {
            pascal(key): to_optimized_result(item, shape.members[key])
            for key, item in value.items()
            if key in shape.members and item is not None
        }
    if shape.type_name == "list" and is_array(value):
        return [to_optimized_result(item, shape.member) for item in value]
    if shape.type_name == "timestamp":
        return int(epoch(value) * 1000)
    return value


def epoch(value: str | float) -> float:
    """Return a time, as text or in seconds since 1970, in seconds since 1970."""
    return datetime.fromisoformat(value).astimezone(UTC).timestamp() if isinstance(value, str) else value
