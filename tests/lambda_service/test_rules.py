"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from pathlib import Path
from typing import ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from code_folders import write_examples
from naws.lambda_service import PATTERN
from naws.lambda_service.checks_package import PACKING_RULES
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names

CODE = lambda_.Code.from_bucket(s3.Bucket.from_bucket_name(cdk.Stack(), "Code", "code"), "orders.zip")
NETWORK = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'
SHORT = "timeout=cdk.Duration.seconds(5)"
PARAMETER = 'cdk.CfnParameter(stack, "Age", type="Number").value_as_number'
DATABASE = (
    'DatabaseBinding(rds.DatabaseInstance(stack, "Orders", engine=rds.DatabaseInstanceEngine.POSTGRES, '
    "vpc=ec2.Vpc(stack, 'Vpc')))"
)
BESIDE = {
    NETWORK: ("DATA-030", "DATA-031", "DATA-032", "DATA-033", "DATA-040", "NET-009", "NET-010", "NET-011", "NET-012",
              "NET-013", "NET-017"),
    SHORT: ("QUEUE-001", "QUEUE-008", "QUEUE-009"),
    'vpc=ec2.Vpc(stack, "Own")': ("NET-015",),
}  # fmt: skip
"""What examples of tasks need beside them here: a function is in no network by itself, and works on messages."""


class TestRules(RuleContract):
    pattern = PATTERN
    words = frozenset(
        {"NAWS-FN-004", "NAWS-FN-005", "NAWS-FN-040", "NAWS-FN-042", "NAWS-FN-045", "NAWS-FN-046",
         "NAWS-HTTP-006", "NAWS-HTTP-029", "NAWS-ASYNC-016",
         "NAWS-ALARM-010", "NAWS-PKG-001", "NAWS-PKG-008", "NAWS-PKG-009", "NAWS-PKG-016", "NAWS-PKG-017"}
    )  # fmt: skip
    moves: ClassVar = {"NAWS-FN-007": "the variable moves from environment to bindings: a second place changes"}
    unbreakable: ClassVar = {
        "NAWS-QUEUE-005": "a function takes the largest message that SQS has",
        "NAWS-QUEUE-006": "a function works on a message itself, so that order is kept",
        "NAWS-DATA-016": "a function reads a field of a parameter itself",
        "NAWS-DATA-041": "a second file system breaks NAWS-FN-029, too",
        **{rule.code: "found while the code is packed" for rule in PACKING_RULES},
    }
    examples: ClassVar = {
        "NAWS-SCHED-006": (
            'triggers=[ScheduleTrigger("rate(5 minutes)")], timeout=cdk.Duration.minutes(10)',
            'triggers=[ScheduleTrigger("rate(5 minutes)")], timeout=cdk.Duration.minutes(4)',
        ),
        "NAWS-TIME-001": (
            f"max_event_age=cdk.Duration.minutes({PARAMETER})",
            f"max_event_age=cdk.Duration.seconds({PARAMETER})",
        ),
        "NAWS-DATA-035": (
            f'vpc=ec2.Vpc(stack, "Own"), bindings=[{DATABASE}]',
            f"bindings=[{DATABASE}]",
        ),
        "NAWS-ENV-006": (
            'environment={"MODE_TABLE": "a"}, bindings=[RawBinding(Needs(variables={"MODE_TABLE": "b"}))]',
            'environment={"MODE": "a"}, bindings=[RawBinding(Needs(variables={"MODE_TABLE": "b"}))]',
        ),
        **{
            rule.code: (f"{rule.example}, {text}", f"{rule.fix}, {text}")
            for text, codes in BESIDE.items()
            for rule in PATTERN.rules
            if rule.code.removeprefix("NAWS-") in codes
        },
    }

    def judge(self) -> PropsJudge:
        return PropsJudge(self.pattern, public_names(self.pattern), {"code": CODE})

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the examples of NAWS-PKG name."""
        monkeypatch.chdir(tmp_path)
        write_examples(tmp_path)
