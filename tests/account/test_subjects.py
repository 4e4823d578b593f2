"""What is judged: nothing is overlooked, and everything is of the account that is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from stubs import (
    PLACE,
)
from subjects import TESTS, Place, Subject, scenarios, scenarios_of, subject


def statements(content: Any) -> Iterator[Any]:
    """Every policy document in a template, found by its looks; the statement of a web ACL's rule is one object."""
    if isinstance(content, dict):
        if isinstance(content.get("Statement"), list):
            yield content
        for part in content.values():
            yield from statements(part)
    elif isinstance(content, list):
        for part in content:
            yield from statements(part)


class TestSubjects:
    def test_every_pattern_with_scenarios_takes_part(self) -> None:
        patterns = [path for path in TESTS.glob("*/conftest.py") if "SCENARIOS" in path.read_text()]
        assert patterns
        taking_part = scenarios()
        for pattern in patterns:
            own = {name: f"{pattern.parent.name}/{name}" for name in scenarios_of(pattern)}
            assert own
            assert [name for name in own if own[name] not in taking_part] == []

    def test_a_new_pattern_has_nothing_to_register(self, tmp_path: Path) -> None:
        for pattern in ("first", "second"):
            (tmp_path / pattern).mkdir()
            (tmp_path / pattern / "conftest.py").write_text("SCENARIOS = {'minimal': lambda app: None}\n")
        assert sorted(scenarios(tmp_path)) == ["first/minimal", "second/minimal"]

    def test_templates_are_of_the_account_and_region(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            texts = one.body + json.dumps([one.definitions, one.roles, [d.content for d in one.documents]])
            assert "123456789012" not in texts
            assert "us-east-1" not in texts
        assert "arn:aws:kms:eu-west-1:111122223333:key/" in every["ecs_task_processor/production"].body

    def test_templates_ask_for_no_bootstrap_and_leave_zones_to_cloudformation(self, every: dict[str, Subject]) -> None:
        assert all("BootstrapVersion" not in one.body for one in every.values())
        assert "Fn::GetAZs" in every["ecs_task_processor/minimal"].body

    def test_nothing_is_overlooked(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            kinds = [resource["Type"] for resource in one.template["Resources"].values()]
            assert len(one.definitions) == kinds.count("AWS::StepFunctions::StateMachine")
            assert len(one.documents) == len(list(statements(one.template["Resources"])))
            assert sum(map(len, one.roles.values())) == len(
                [document for document in one.documents if document.kind == "IDENTITY_POLICY"]
            )
            assert "Fn::" not in json.dumps([one.definitions, one.roles, [d.content for d in one.documents]])

    def test_another_partition(self) -> None:
        china = subject(
            "schedule", scenarios()["ecs_task_processor/schedule"], Place("111122223333", "cn-north-1", "aws-cn")
        )
        assert "arn:aws:" not in json.dumps([china.definitions, china.roles])

    def test_a_scenario_that_looks_something_up_is_refused(self) -> None:
        def looking(app: cdk.App) -> cdk.Stack:
            stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
            cdk.CfnOutput(stack, "Found", value=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1").vpc_id)
            cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic")
            return stack

        with pytest.raises(ValueError, match="looks something up"):
            subject("looking", looking, PLACE)
