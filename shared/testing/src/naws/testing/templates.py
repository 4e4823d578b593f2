"""Parts of a template, for tests that look at one kind of its resources."""

from collections.abc import Callable
from typing import Any


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The properties of all resources of a type."""
    return [found["Properties"] for found in template["Resources"].values() if found["Type"] == kind]


def only(template: dict[str, Any], chosen: Callable[[str, str], bool]) -> dict[str, Any]:
    """The template with the resources that `chosen` picks by logical id and type, so that it is short to read."""
    found = {name: part for name, part in template["Resources"].items() if chosen(name, part["Type"])}
    return {**template, "Resources": found}
