"""Every rule on definitions: its example breaks it, its fix breaks none, and no value of any kind is too odd for it."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naws.core.issues import Issue
from naws.core.rule import Rule
from naws.core.rules.asl import ASL_RULES, definition_issues
from naws.core.rules.asl_scopes import FIELDS

BY_CODE = {rule.code: rule for rule in ASL_RULES}
TOKEN = "${Token[Name.1]}"


def definition(text: str) -> dict[str, Any] | str:
    """An example as it is printed: JSON, or Python where a text is too long to be printed."""
    return eval(text, {"__builtins__": {}}) if '" * ' in text else text  # the rules' own examples


def forbidden_or(rule: Rule[Any], found: list[Issue]) -> list[Issue]:
    """What an example is judged by: advice on other things only makes it longer."""
    return [issue for issue in found if issue.level != "advice" or issue.code == rule.code or rule.level == "advice"]


@pytest.mark.parametrize("rule", ASL_RULES, ids=BY_CODE)
def test_the_example_breaks_this_rule_alone(rule: Rule[Any]) -> None:
    found = forbidden_or(rule, definition_issues(definition(rule.example)))

    assert {issue.code for issue in found} == {rule.code}
    assert all(issue.level == rule.level for issue in found)
    assert all(issue.path.startswith(("definition", "states")) and issue.remedy for issue in found)


@pytest.mark.parametrize("rule", ASL_RULES, ids=BY_CODE)
def test_the_fix_breaks_none(rule: Rule[Any]) -> None:
    assert forbidden_or(rule, definition_issues(definition(rule.fix))) == []


@pytest.mark.parametrize("rule", ASL_RULES, ids=BY_CODE)
def test_a_rule_says_why_and_where_it_comes_from(rule: Rule[Any]) -> None:
    assert re.fullmatch(r"NAWS-(ASL|FLOW)-\d{3}", rule.code)
    assert rule.why
    assert rule.source.startswith("https://")


def test_no_code_is_used_twice() -> None:
    assert len(BY_CODE) == len(ASL_RULES)


def test_all_that_is_wrong_is_reported_at_once_and_where() -> None:
    wrong = {
        "StartAt": "Load",
        "States": {
            "Load": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Retry": [{"ErrorEquals": ["States.ALL", "Any"]}],
                "Next": "Sve",
            },
            "Save": {
                "Type": "Map",
                "End": True,
                "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pas"}}},
            },
        },
    }
    found = [(issue.code, issue.path) for issue in definition_issues(wrong)]

    assert ("NAWS-ASL-025", 'states["Load"].Retry[0].ErrorEquals') in found
    assert ("NAWS-ASL-002", 'states["Load"].Next') in found
    assert ("NAWS-ASL-005", 'states["Save"]') in found
    inner = 'states["One"].Type'
    assert ("NAWS-ASL-007", inner) in found
    assert ("NAWS-FLOW-006", "definition.TimeoutSeconds") in found


def test_the_name_of_a_state_makes_no_secret_of_what_is_in_it() -> None:
    found = definition_issues({"StartAt": "Pass", "TimeoutSeconds": 1, "States": {"Pass": {"Type": "Fial"}}})

    assert [(issue.value, issue.remedy) for issue in found] == [("'Fial'", '"Type": "Fail"')]


def test_a_secret_in_a_definition_is_not_reported() -> None:
    state = {"Type": "Pass", "Result": {"password": "hunter2"}, "End": True}
    found = definition_issues({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {**state, "Retry": state}}})

    assert found
    assert "hunter2" not in str(found)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([TOKEN, "{% $x", "$.a", "A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.integers() | st.sampled_from(["Next", "x.$"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELD_NAMES = sorted({"Type", "Comment", "QueryLanguage", *(name for names in FIELDS.values() for name in names)})
_DONE = {"Type": "Succeed"}
_REST = {"Type": "Wait", "Seconds": 1, "End": True}
_SOUND: Mapping[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Call",
    "TimeoutSeconds": 600,
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "TimeoutSeconds": 60,
            "HeartbeatSeconds": 10,
            "Arguments": {"TaskDefinition": ["{% $states.input.a %}", 1]},
            "Assign": {"x": "{% $states.result %}"},
            "Retry": [{"ErrorEquals": ["Any"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"x": 1}, "Next": "Which"}],
            "Next": "Which",
        },
        "Which": {"Type": "Choice", "Choices": [{"Condition": "{% $x = 1 %}", "Next": "Each"}], "Default": "Both"},
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input %}",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "One", "States": {"One": _DONE}},
            "End": True,
        },
        "Both": {"Type": "Parallel", "Branches": [{"StartAt": "Rest", "States": {"Rest": _REST}}], "End": True},
    },
}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(at for key, part in value.items() for at in _paths(part, (*path, key)))]
    if isinstance(value, list):
        return [path, *(at for index, part in enumerate(value) for at in _paths(part, (*path, index)))]
    return [path]


def _with(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    if not at:
        return new
    first, *rest = at
    if isinstance(value, dict):
        return {key: _with(part, tuple(rest), new) if key == first else part for key, part in value.items()}
    return [_with(part, tuple(rest), new) if index == first else part for index, part in enumerate(value)]


PATHS = [at for at in _paths(dict(_SOUND)) if at]


def test_the_sound_definition_is_sound() -> None:
    assert definition_issues(_SOUND) == []


@settings(max_examples=300, deadline=None)
@given(at=st.sampled_from(PATHS), odd=_JSON)
def test_any_value_anywhere_gives_issues_never_an_exception(at: tuple[Any, ...], odd: Any) -> None:
    assert all(issue.render() for issue in definition_issues(_with(dict(_SOUND), at, odd)))


@settings(max_examples=200, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(_FIELD_NAMES), _JSON, max_size=6), kind=st.sampled_from([*FIELDS, "Odd"]))
def test_any_value_of_any_field_gives_issues_never_an_exception(fields: dict[str, Any], kind: str) -> None:
    states = {"A": {"Type": kind, **fields}, "B": {"Type": "Pass", "QueryLanguage": "JSONata", **fields}}
    for language in ("JSONPath", "JSONata", TOKEN):
        found = definition_issues({"QueryLanguage": language, "StartAt": "A", "States": states})
        assert all(issue.render() for issue in found)


@settings(max_examples=100, deadline=None)
@given(whole=st.dictionaries(st.sampled_from(["StartAt", "States", "TimeoutSeconds", "QueryLanguage"]), _JSON))
def test_any_definition_gives_issues_never_an_exception(whole: dict[str, Any]) -> None:
    assert isinstance(definition_issues(whole), list)


@pytest.mark.parametrize("at", PATHS, ids=lambda at: ".".join(map(str, at)))
def test_what_only_the_deployment_knows_is_not_wrong(at: tuple[Any, ...]) -> None:
    assert definition_issues(_with(dict(_SOUND), at, TOKEN)) == []


@pytest.mark.parametrize("depth", [100, 3_000])
def test_depth_is_no_matter(depth: int) -> None:
    deep: Any = "{% $states.input %}"
    inner: dict[str, Any] = {"Type": "Succeed"}
    for number in range(depth):
        deep = [deep]
        scope = {"StartAt": f"S{number}", "States": {f"S{number}": inner}}
        inner = {"Type": "Map", "ItemProcessor": scope, "End": True}
    whole = {"StartAt": "A", "TimeoutSeconds": 1, "States": {"A": {**inner, "ItemSelector": deep}}}
    assert definition_issues(whole) == []
