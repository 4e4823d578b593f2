"""JSONata as Step Functions has it: its version, its functions, `$states`, and where a bare name has a context."""

from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.rules import asl_jsonata
from naws.core.rules.asl import definition_issues

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:load:live"


def issues(value: Any, field: str = "Output", kind: str = "Pass", **more: Any) -> list[Issue]:
    state = {"Type": kind, field: value, "End": True, **({"Resource": FUNCTION} if kind == "Task" else {}), **more}
    whole = {"QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 60, "States": {"A": state}}
    return [issue for issue in definition_issues(whole) if issue.level != "advice"]


def codes(value: Any, field: str = "Output", kind: str = "Pass", **more: Any) -> list[str]:
    return [issue.code.removeprefix("NAWS-ASL-") for issue in issues(value, field, kind, **more)]


@pytest.mark.parametrize("parser", ["installed", "not installed"])
@pytest.mark.parametrize(
    ("expression", "operator"),
    [
        ("$states.input.a ?? 1", "??"),
        ("$states.input.a ?: 'x'", "?:"),
        ("'none' ? : $states.input.a", "?:"),
    ],
)
def test_operators_of_a_later_version_are_refused(
    expression: str, operator: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "not installed":
        monkeypatch.setattr(asl_jsonata, "_parser", lambda: None)
    (found,) = issues(f"{{% {expression} %}}")
    assert (found.code, found.expected) == ("NAWS-ASL-015", f"JSONata 2.0.6, which has no {operator}")


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.a ? 'x' : 'y'",
        "$states.input.a ? /x/ : 'y'",
        "$states.input.a ? $states.input.b ? 1 : 2 : 3",
        "$map([1], $string(?, true))",
        "'why??' & 'so?:'",
        "$states.input.`a?:b`",
    ],
)
def test_operators_of_its_own_version(expression: str) -> None:
    assert codes(f"{{% {expression} %}}") == []


@pytest.mark.parametrize(("name", "near"), [("uppercas", "uppercase"), ("Count", "count"), ("to_millis", "toMillis")])
def test_a_function_that_there_is_not_is_refused(name: str, near: str) -> None:
    (found,) = issues(f"{{% ${name}($states.input.a) %}}")
    assert (found.code, found.remedy) == ("NAWS-ASL-015", f"${near}(…)")


@pytest.mark.parametrize(
    "expression",
    [
        "($half := function($x) { $x / 2 }; $half(4))",
        "$reduce([1], function($sum, $x) { $sum + $x })",
        "(function($f) { $f(1) })($string)",
        "$states.input.a ~> $trim() ~> $uppercase()",
        "$partition($range(1, 9, 2), 2) ~> $count()",
        "$uuid() & $hash('a', 'MD5') & $string($random(3)) & $string($parse('1'))",
    ],
)
def test_functions_of_jsonata_of_step_functions_and_of_its_own(expression: str) -> None:
    assert codes(f"{{% {expression} %}}") == []


@pytest.mark.parametrize(
    ("part", "remedy"),
    [
        ("inputs", "$states.input"),
        ("error", "$states.errorOutput"),
        ("context.execution.Id", "$states.context.Execution"),
        ("context.Execution.Inputs", "$states.context.Execution.Input"),
        ("context.Execution.id", "$states.context.Execution.Id"),
    ],
)
def test_a_part_of_states_that_there_is_not(part: str, remedy: str) -> None:
    (found,) = issues(f"{{% $states.{part} %}}")
    assert (found.code, found.remedy) == ("NAWS-ASL-016", remedy)


@pytest.mark.parametrize(
    "part",
    [
        *("input", "context", "input.inputs", "context.Execution.RedriveCount", "context.State.EnteredTime"),
        *("context.Map.Item.Value", "context.Task.Token", "context.StateMachine.Name", "context.Anything.New"),
    ],
)
def test_a_part_of_states_that_there_is_or_may_be(part: str) -> None:
    assert codes(f"{{% $states.{part} %}}") == []


@pytest.mark.parametrize(
    "expression",
    [
        *("{'a': b}", "[b]", "[$states.input.a, b]", "{b: 1}", "{'a': {'c': b}}", "[1..b]", "$merge([{'a': b}])"),
        *("function($v) { b }(1)", "$filter($states.input, function($v) { b > 1 })", "$states.input.a in [b]"),
        "$states.input.a = 'x' ? [b] : 1",
    ],
)
def test_a_bare_name_means_nothing_where_there_is_no_context(expression: str) -> None:
    (found,) = issues(f"{{% {expression} %}}")
    assert (found.code, found.remedy) == ("NAWS-ASL-015", "$states.input.b\n'b'")


@pytest.mark.parametrize(
    "expression",
    [
        *("$states.input.list.{'a': b}", "$states.input.list[a = b]", "$states.input{a: $sum(b)}", "[1, 2][0]"),
        *("$states.input.list^(>b)", "$states.input.list.(a * b)", "$states.input.list.[b]", "'abc'[b]"),
        *("$states.input.`odd key`[b = 1]", "$states.input.*[b = 1]", "$f := function($x) { $x.b }"),
        *("($list := $states.input.list; $list[b].c)", "$states.input.list.$map(a, function($v) { b })"),
        *("$states.input.or[b = 1]", "(function($x)<n:n>{ $x })(1)", "(function($x)<a<n>:n?>{ $sum($x) })([1])"),
        *("$states.input.list.$string(b)", "$states.input.list.$sum(a * b)"),
        *("/* of all */ $states.input.list[b]", "$states.input ~> |$|{'a': b}|"),
    ],
)
def test_a_bare_name_has_a_context_behind_a_value(expression: str) -> None:
    assert codes(f"{{% {expression} %}}") == []


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("$states.input.a", '"{% $states.input.a %}"'),
        ("Month {% $states.input.month %}", "\"{% 'Month ' & $states.input.month %}\""),
        ("{% $states.input.a %}, {% $states.input.b %}.", None),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_text_that_reads_as_an_expression_is_none(text: str, remedy: str | None, nested: Any) -> None:
    found = issues({"text": [text]} if nested else text)
    assert found[0].level == ("practice" if remedy else "limit")
    assert remedy is None or [each.remedy for each in found] == [remedy]


@pytest.mark.parametrize("text", ["costs $states", "{ % }", "100 %", "$.a", "a {%", "the $states.input of a state"])
def test_a_text_is_a_text(text: str) -> None:
    assert codes(text) == []


def test_a_condition_is_an_expression() -> None:
    rule: dict[str, Any] = {"Condition": "$states.input.ready", "Next": "A"}
    whole = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "TimeoutSeconds": 60,
        "States": {"A": {"Type": "Choice", "Choices": [rule], "Default": "B"}, "B": {"Type": "Succeed"}},
    }
    assert [(each.code, each.path) for each in definition_issues(whole)] == [
        ("NAWS-ASL-049", 'states["A"].Choices[0].Condition')
    ]
    for legal in (True, "{% $states.input.ready %}", "${Token[Ready.1]}"):
        rule["Condition"] = legal
        assert [each.code for each in definition_issues(whole) if each.level != "advice"] == []


@pytest.mark.parametrize(
    ("items", "found"),
    [("$.list", ["049"]), ("{% $states.input.list %}", []), ([1, 2], []), ({"a": 1}, []), ("${Token[Items.1]}", [])],
)
def test_items_are_a_list_or_an_expression(items: Any, found: list[str]) -> None:
    processor = {"StartAt": "One", "States": {"One": {"Type": "Succeed"}}}
    assert codes(items, "Items", "Map", ItemProcessor=processor) == found


def test_an_error_is_text() -> None:
    for language in ("JSONata", "JSONPath"):
        state = {"Type": "Fail", "Error": 404, "Cause": ["x"]}
        whole = {"QueryLanguage": language, "StartAt": "A", "TimeoutSeconds": 60, "States": {"A": state}}
        assert [each.code for each in definition_issues(whole)] == ["NAWS-ASL-049"] * 2
