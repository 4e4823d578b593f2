"""JSON text made at synthesis: what goes in comes out, tokens with their types."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from naws.core.json_text import json_literal, json_text


def deployed(value: Any, **answers: str) -> Any:
    """What the text is once CloudFormation has put it together."""
    stack = cdk.Stack(cdk.App(), "Stack")
    made = value(stack) if callable(value) else value
    cdk.CfnOutput(stack, "Text", value=json_text(stack, made))
    template = assertions.Template.from_stack(stack).to_json()
    return json.loads(joined(template["Outputs"]["Text"]["Value"], answers))


def joined(value: Any, answers: dict[str, str]) -> str:
    match value:
        case str():
            return value
        case {"Ref": name}:
            return answers[name]
        case {"Fn::Join": [separator, list(parts)]}:
            return separator.join(joined(part, answers) for part in parts)
        case {"Fn::Join": [separator, {"Ref": name}]}:
            return separator.join(answers[name].split(","))
        case {"Fn::Join": [separator, {"Fn::Split": [between, {"Ref": name}]}]}:
            return separator.join(answers[name].split(between))
    raise AssertionError(f"not known: {value}")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [None, {"a": None}],
        9007199254740993,
        -(2**63),
        0.1,
        5e-324,
        True,
        'say "hi" \\ \n äöü 💡',
        {"ä": {}},
        [],
        ((1,), [2]),
    ],
    ids=repr,
)
def test_a_value_stays_what_it_is(value: Any) -> None:
    found = deployed(value)
    assert json.dumps(found) == json.dumps(value)


def test_tokens_keep_their_type() -> None:
    def of(stack: cdk.Stack) -> Any:
        size = cdk.CfnParameter(stack, "Size", type="Number").value_as_number
        names = cdk.CfnParameter(stack, "Names", type="CommaDelimitedList").value_as_list
        name = cdk.CfnParameter(stack, "Name").value_as_string
        return {"n": size, "names": names, "text": f"{name}/{name}", "null": [None, size], name: 'a "b"'}

    assert deployed(of, Size="5", Names="a,b", Name="x") == {
        "n": 5,
        "names": ["a", "b"],
        "text": "x/x",
        "null": [None, 5],
        "x": 'a "b"',
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_no_json_number_holds_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(cdk.Stack(), [number])


def test_what_node_writes_holds_the_same_text() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    value = {"a": [None, 9007199254740993, 5, 1.0, True, "x"], "b": None}
    cdk.CfnOutput(stack, "Text", value=stack.to_json_string({"in": json_literal(stack, value)}))
    written = assertions.Template.from_stack(stack).to_json()["Outputs"]["Text"]["Value"]
    assert json.dumps(json.loads(joined(written, {}))) == json.dumps({"in": value})
