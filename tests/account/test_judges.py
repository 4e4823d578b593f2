"""Definitions, policies and permissions, with stubbed answers of AWS."""

import json
from typing import Any

import boto3
import pytest

from judges import judged_definitions, judged_policies
from simulation import answer, beside, concrete_action, questions
from stubs import (
    small,
    stubbed,
)
from subjects import Document, Subject


class TestDefinitions:
    @pytest.mark.parametrize(
        ("result", "severities", "level"),
        [
            ("OK", [], "ok"),
            ("OK", ["WARNING"], "warning"),
            ("FAIL", ["WARNING", "ERROR"], "error"),
            ("FAIL", [], "error"),
        ],
    )
    def test_diagnostics(self, result: str, severities: list[str], level: str) -> None:
        states, stub = stubbed("stepfunctions")
        found = [
            {"severity": severity, "code": f"{severity}_CODE", "message": "why", "location": "/States/A"}
            for severity in severities
        ]
        definition = {"StartAt": "A", "States": {}}
        expected = {"definition": json.dumps(definition), "type": "STANDARD"}
        stub.add_response("validate_state_machine_definition", {"result": result, "diagnostics": found}, expected)
        (said,) = judged_definitions(small(definitions={"Machine": definition}), states)
        assert (said.what, said.judge, said.level) == ("Machine", "states:ValidateStateMachineDefinition", level)
        if found:
            assert said.finding == f"{'ERROR' if level == 'error' else 'WARNING'}_CODE: why at /States/A"

    def test_a_judge_that_cannot_be_asked_is_an_error(self) -> None:
        states, stub = stubbed("stepfunctions")
        stub.add_client_error("validate_state_machine_definition", "AccessDeniedException", "not you")
        (said,) = judged_definitions(small(definitions={"Machine": {}}), states)
        assert said.level == "error"
        assert "could not be asked" in said.finding
        assert "not you" in said.finding

    def test_real_definitions_are_within_what_the_operation_takes(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            states, stub = stubbed("stepfunctions")
            for _ in one.definitions:
                stub.add_response("validate_state_machine_definition", {"result": "OK", "diagnostics": []})
            assert [said.level for said in judged_definitions(one, states)] == ["ok"] * len(one.definitions)


def finding(kind: str) -> dict[str, Any]:
    return {
        "findingType": kind,
        "issueCode": f"{kind}_CODE",
        "findingDetails": "why",
        "learnMoreLink": "https://docs.aws.amazon.com/",
        "locations": [],
    }


class TestPolicies:
    @pytest.mark.parametrize(
        ("kinds", "level"),
        [
            ([], "ok"),
            (["SUGGESTION"], "warning"),
            (["WARNING"], "warning"),
            (["SUGGESTION", "SECURITY_WARNING"], "error"),
            (["WARNING", "ERROR"], "error"),
        ],
    )
    def test_findings_of_every_page(self, kinds: list[str], level: str) -> None:
        analyzer, stub = stubbed("accessanalyzer")
        document = Document("Trust", "RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument", {"Statement": []})
        asked = {
            "policyDocument": json.dumps(document.content),
            "policyType": "RESOURCE_POLICY",
            "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument",
        }
        stub.add_response("validate_policy", {"findings": [finding(one) for one in kinds[:1]], "nextToken": "2"}, asked)
        stub.add_response(
            "validate_policy", {"findings": [finding(one) for one in kinds[1:]]}, {**asked, "nextToken": "2"}
        )
        (said,) = judged_policies(small(documents=[document]), analyzer)
        assert said.level == level
        if kinds:
            assert said.finding == f"{kinds[-1]} {kinds[-1]}_CODE: why"

    def test_the_kinds_of_the_scenarios_are_kinds_that_the_operation_knows(self, every: dict[str, Subject]) -> None:
        model = boto3.client("accessanalyzer", region_name="eu-west-1").meta.service_model
        members = model.operation_model("ValidatePolicy").input_shape.members
        documents = [document for one in every.values() for document in one.documents]
        assert {document.kind for document in documents} <= set(members["policyType"].enum)
        types = {document.resource_type for document in documents} - {None}
        assert types <= set(members["validatePolicyResourceType"].enum)
        assert "AWS::IAM::AssumeRolePolicyDocument" in types


QUEUE = "arn:aws:sqs:eu-west-1:111122223333:work"
SENDING = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}]}


def decision(action: str, resource: str, said: str) -> dict[str, Any]:
    return {
        "EvaluationResults": [{"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": said}],
        "IsTruncated": False,
    }


class TestSimulation:
    @pytest.mark.parametrize(
        ("own", "beside_it", "level"),
        [("allowed", "implicitDeny", "ok"), ("implicitDeny", None, "error"), ("allowed", "allowed", "error")],
    )
    def test_the_resource_is_allowed_and_its_neighbour_not(self, own: str, beside_it: str | None, level: str) -> None:
        iam, stub = stubbed("iam")
        asked = {"PolicyInputList": [json.dumps(SENDING)], "ActionNames": ["sqs:SendMessage"], "ContextEntries": []}
        stub.add_response(
            "simulate_custom_policy", decision("sqs:SendMessage", QUEUE, own), {**asked, "ResourceArns": [QUEUE]}
        )
        neighbour = "arn:aws:sqs:eu-west-1:111122223333:neighbour-of-work"
        if beside_it:
            answered = decision("sqs:SendMessage", neighbour, beside_it)
            stub.add_response("simulate_custom_policy", answered, {**asked, "ResourceArns": [neighbour]})
        said, why = answer(iam, [SENDING])
        assert said == level
        if level == "error":
            assert "sqs:SendMessage" in why
        stub.assert_no_pending_responses()

    def test_what_has_no_single_question_is_told(self) -> None:
        everything = {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
        said, why = answer(None, [everything])
        assert said == "warning"
        assert why.startswith("not simulated: NotAction")

    def test_no_neighbour_where_another_statement_allows_it(self) -> None:
        anything = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
        asked = list(questions([SENDING, anything]))
        assert asked[0].neighbours == {"sqs:SendMessage": ()}
        assert asked[1].resources == ()

    def test_conditions_are_met(self) -> None:
        condition = {"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:1:cluster/c"}, "Bool": {"aws:SecureTransport": "true"}}
        statement = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*", "Condition": condition}
        (question,) = questions([{"Statement": statement}])
        assert [(one["ContextKeyValues"], one["ContextKeyType"]) for one in question.context] == [
            (["arn:aws:ecs:account-check:1:cluster/c"], "string"),
            (["true"], "boolean"),
        ]

    @pytest.mark.parametrize(
        ("arn", "neighbour"),
        [
            ("arn:aws:s3:::bucket/runs/1", "arn:aws:s3:::neighbour-of-bucket/runs/1"),
            ("arn:aws:iam::1:role/task", "arn:aws:iam::1:role/neighbour-of-task"),
            ("arn:aws:states:r:1:execution:m/Items:x", "arn:aws:states:r:1:execution:neighbour-of-m/Items:x"),
            ("arn:aws:sns:r:1:topic", "arn:aws:sns:r:1:neighbour-of-topic"),
            ("arn:aws:ssm:r:1:parameter/a/b", "arn:aws:ssm:r:1:parameter/neighbour-of-a/b"),
        ],
    )
    def test_neighbours(self, arn: str, neighbour: str) -> None:
        assert beside(arn) == neighbour

    def test_wildcards_become_an_action(self) -> None:
        assert concrete_action("kms:GenerateDataKey*") == "kms:generatedatakey"
        assert concrete_action("sqs:SendMessage") == "sqs:SendMessage"

    def test_every_role_of_the_scenarios_can_be_asked_about(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            for policies in one.roles.values():
                for question in questions(policies):
                    assert not any(letter in text for text in question.resources for letter in "*?")
                    assert all(entry["ContextKeyValues"] for entry in question.context)
