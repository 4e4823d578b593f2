"""Checks of a request by its service's API model: lengths, ranges, patterns and fixed values."""

import re
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.refusals import RefusedError
from naws.cli.embedded.departures.shapes import operation, to_api


def check_model(service: str, name: str, request: dict[str, Any], code: str = "ValidationException") -> None:
    """Refuse a request that the model of its operation does not allow.

    Raises:
        RefusedError: It has a value that is too long, too large, or none of those that there are.
    """
    shape = operation(service, name).input_shape
    found = list(_violations(to_api(request, shape), shape, ""))
    if found:
        errors = f"{len(found)} validation error{'s'[: len(found) - 1]} detected"
        raise RefusedError(f"{errors}: {'; '.join(found)}", code)


def _violations(value: Any, shape: Any, at: str) -> Iterator[str]:
    if is_object(value) and shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:
                path = f"{at}.{name[:1].lower()}{name[1:]}".removeprefix(".")
                yield from _violations(item, shape.members[name], path)
    elif is_array(value) and shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _violations(item, shape.member, f"{at}.{index + 1}.member")
    else:
        for constraint in _broken(value, shape.metadata):
            yield f"Value '{value}' at '{at}' failed to satisfy constraint: Member must {constraint}"


def _broken(value: Any, limits: dict[str, Any]) -> Iterator[str]:
    text = isinstance(value, str)
    size = len(value) if text else value if isinstance(value, int | float) else None
    kind = "length" if text else "value"
    if size is not None and size > limits.get("max", size):
        yield f"have {kind} less than or equal to {limits['max']}"
    if size is not None and size < limits.get("min", size):
        yield f"have {kind} greater than or equal to {limits['min']}"
    if text and "enum" in limits and value not in limits["enum"]:
        yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    if text and "pattern" in limits and not _matches(limits["pattern"], value):
        yield f"satisfy regular expression pattern: {limits['pattern']}"


def _matches(pattern: str, text: str) -> bool:
    """Whether a text matches; a pattern that Python cannot read, being Java's, refuses nothing."""
    try:
        return re.search(rf"^(?:{pattern})$", text) is not None
    except re.error:
        return True
