"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from typing import ClassVar

import pytest
from asl_files import FOLDER
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.step_function_executor import PATTERN
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names

PARAMETER = 'cdk.CfnParameter(stack, "Age", type="Number").value_as_number'


def steps(scope: Construct) -> sfn.IChainable:
    return sfn.Succeed(scope, "Done")


class TestRules(RuleContract):
    pattern = PATTERN
    words = frozenset({"NAWS-FLOW-023", "NAWS-FLOW-024", "NAWS-ALARM-010", "NAWS-ASL-051"})
    examples: ClassVar = {
        "NAWS-ASL-051": (
            'definition=AslFile("broken.asl.json")',
            'definition=AslFile("close.asl.json")',
        ),
        "NAWS-TIME-001": (f"timeout=cdk.Duration.minutes({PARAMETER})", f"timeout=cdk.Duration.seconds({PARAMETER})"),
    }
    unbreakable: ClassVar = {"NAWS-FLOW-021": "found when the step is made, and not in props"}

    def judge(self) -> PropsJudge:
        return PropsJudge(self.pattern, public_names(self.pattern), {"definition": steps})

    @pytest.fixture(autouse=True)
    def files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the examples name."""
        monkeypatch.chdir(FOLDER)
