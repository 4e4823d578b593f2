"""Intrinsic functions of CloudFormation, resolved with whatever stands for a reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from naws.core.parsed_json import is_array, is_object

Reference = Callable[[str, str | None], str]
"""Text for a logical id (or pseudo parameter) and one of its attributes (None for `Ref`)."""

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class UnresolvedError(ValueError):
    """A template holds an intrinsic function that only CloudFormation can resolve."""


def resolved(value: Any, reference: Reference) -> Any:
    """A copy of `value` without intrinsic functions.

    Raises:
        UnresolvedError: for functions other than Ref, GetAtt, Join, Select, Split and Sub.
    """
    if is_array(value):
        return [resolved(item, reference) for item in value]
    if not is_object(value):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref" or name.startswith("Fn::"):
            return _function(name, argument, reference)
    return {key: resolved(item, reference) for key, item in value.items()}


def _function(name: str, argument: Any, reference: Reference) -> Any:
    if name == "Ref":
        return reference(argument, None)
    if name == "Fn::GetAtt":
        logical_id, attribute = argument if is_array(argument) else argument.split(".", 1)
        return reference(logical_id, attribute)
    if name == "Fn::Sub":
        return _sub(argument, reference)
    if name == "Fn::Join":
        return argument[0].join(str(part) for part in resolved(argument[1], reference))
    if name == "Fn::Split":
        return str(resolved(argument[1], reference)).split(argument[0])
    if name == "Fn::Select":
        return _select(argument, reference)
    raise UnresolvedError(f"{name} cannot be resolved without CloudFormation: {argument}")


def _select(argument: Any, reference: Reference) -> Any:
    index, items = int(argument[0]), resolved(argument[1], reference)
    if index >= len(items):
        raise UnresolvedError(f"Fn::Select takes item {index} of {items}")
    return items[index]


def _sub(argument: Any, reference: Reference) -> str:
    text: str = argument[0] if is_array(argument) else argument
    values: dict[str, str] = {}
    if is_array(argument):
        values = {key: str(resolved(item, reference)) for key, item in argument[1].items()}

    def replacement(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        logical_id, _, attribute = name.partition(".")
        return values.get(name) or reference(logical_id, attribute or None)

    return _PLACEHOLDER.sub(replacement, text)
