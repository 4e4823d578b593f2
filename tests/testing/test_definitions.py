from collections.abc import Mapping
from typing import Any

import pytest

from naws.testing import Returns, UnresolvedError, run_workflow, workflow_definitions
from naws.testing._references import resolved


def name(logical_id: str, attribute: str | None) -> str:
    return f"<{logical_id}.{attribute}>" if attribute else f"<{logical_id}>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Ref": "A"}, "<A>"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "<A.Arn>"),
        ({"Fn::GetAtt": "A.B.C"}, "<A.B.C>"),
        ({"Fn::Join": ["-", ["x", {"Ref": "A"}, 1]]}, "x-<A>-1"),
        ({"Fn::Sub": "${A}/${A.Arn}/${!B}"}, "<A>/<A.Arn>/${B}"),
        ({"Fn::Sub": ["${X}/${A}", {"X": {"Ref": "C"}}]}, "<C>/<A>"),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"deep": [{"Ref": "A"}], "Ref": "two keys"}, {"deep": ["<A>"], "Ref": "two keys"}),
    ],
)
def test_intrinsic_functions(value: Any, text: Any) -> None:
    assert resolved(value, name) == text


@pytest.mark.parametrize(
    "value", [{"Fn::If": ["C", 1, 2]}, {"Fn::ImportValue": "x"}, {"Fn::Select": [5, {"Fn::Split": ["/", "a/b"]}]}]
)
def test_what_only_cloudformation_can_resolve(value: Any) -> None:
    with pytest.raises(UnresolvedError):
        resolved(value, name)


def test_a_synthesised_workflow_can_be_run(small: Mapping[str, Any]) -> None:
    (definition,) = workflow_definitions(small).values()
    run = run_workflow(definition, {}, {"Send": [Returns({"MessageId": "1"})]})
    (arguments,) = run.arguments("Send")
    assert arguments["QueueUrl"].startswith("https://sqs.us-east-1.amazonaws.com/123456789012/Queue")
    assert arguments["MessageBody"]["topic"].startswith("arn:aws:sns:us-east-1:123456789012:Topic")


def test_definitions_in_other_shapes() -> None:
    arn = {"Fn::GetAtt": ["Fn", "Arn"]}
    template = {
        "Parameters": {"Size": {"Type": "String", "Default": "5"}},
        "Resources": {
            "Fn": {"Type": "AWS::Lambda::Function"},
            "AsObject": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"Definition": {"StartAt": "A", "Comment": arn}},
            },
            "Substituted": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": '{"StartAt": "${start}", "Comment": "${size}"}',
                    "DefinitionSubstitutions": {"start": "A", "size": {"Ref": "Size"}},
                },
            },
        },
    }
    assert workflow_definitions(template) == {
        "AsObject": {"StartAt": "A", "Comment": "arn:aws:lambda:us-east-1:123456789012:function:Fn"},
        "Substituted": {"StartAt": "A", "Comment": "5"},
    }
