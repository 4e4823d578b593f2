"""Sizes, to the byte: the largest that Step Functions takes, and one byte more."""

import json
from typing import Any

import pytest

from naws.core.rules.asl import definition_issues

VALUE, DEFINITION = 262_144, 1_048_576


def codes(state: dict[str, Any], language: str = "JSONata", **more: Any) -> set[str]:
    given = {"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": {"A": state}, **more}
    return {issue.code.removeprefix("NAWS-") for issue in definition_issues(given) if issue.level != "advice"}


def sized(value: Any, size: int) -> Any:
    """A value like the given one, with so many bytes of JSON: the text `?` in it is made longer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.loads(text.replace("?", "x" * (size - len(text.encode()) + 1)))


@pytest.mark.parametrize(
    "value", ["?", {"a": "?"}, ["?"], {"a": [1, True, None, 1.5, {"b": "?", "c": {}}], "\u00fc": []}]
)
@pytest.mark.parametrize(("more", "found"), [(0, set[str]()), (1, {"FLOW-011"})])
def test_a_value_has_256_kib_at_most(value: Any, more: int, found: set[str]) -> None:
    assert codes({"Type": "Pass", "Output": sized(value, VALUE + more), "End": True}) == found


@pytest.mark.parametrize(("more", "found"), [(0, set[str]()), (1, {"ASL-023"})])
def test_what_is_assigned_has_256_kib_at_most(more: int, found: set[str]) -> None:
    assert codes({"Type": "Pass", "Assign": sized({"a": "?", "b": [1, 2]}, VALUE + more), "End": True}) == found


@pytest.mark.parametrize(("more", "found"), [(0, set[str]()), (1, {"FLOW-001"})])
def test_a_definition_has_1_mib_at_most(more: int, found: set[str]) -> None:
    whole = {"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {"Type": "Succeed"}}, "Comment": "?"}
    issues = definition_issues(sized(whole, DEFINITION + more))
    assert {issue.code.removeprefix("NAWS-") for issue in issues} == found
