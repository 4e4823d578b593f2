# ruff: noqa: E501  # a table: one mistake stays together
"""What a user reads after a mistake, whole and to the letter; what is legal is accepted, and so are tokens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from asl_files import FOLDER
from aws_cdk import aws_dynamodb
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core import DatabaseBinding
from naws.step_function_executor import PATTERN
from naws.testing import MistakeContract

EXPRESS = "state_machine_type=sfn.StateMachineType.EXPRESS"

MISTAKES: tuple[tuple[str, str], ...] = (
    ("no definition", "definition=None"),
    ("text for a definition", 'definition="close.asl.json"'),
    ("a path for a definition", 'definition=Path("close.asl.json")'),
    ("a dict for a definition", 'definition={"StartAt": "A"}'),
    ("CDK's body for a definition", 'definition=sfn.DefinitionBody.from_file("close.asl.json")'),
    ("CDK's word for a definition", 'definition_body=sfn.DefinitionBody.from_file("close.asl.json")'),
    ("a file that is not there", 'definition=AslFile("clsoe.asl.json")'),
    ("a folder", 'definition=AslFile(".")'),
    ("a file of another kind", 'definition=AslFile("notes.asl.json")'),
    ("a file with a comma too many", 'definition=AslFile("broken.asl.json")'),
    ("a placeholder without a value", 'definition=AslFile("table.asl.json")'),
    ("a value without a placeholder", 'definition=AslFile("close.asl.json", substitutions={"table": "orders"})'),
    ("a mistyped name", 'definition=AslFile("table.asl.json", substitutions={"tabel": "orders"})'),
    ("a table for its name", 'definition=AslFile("table.asl.json", substitutions={"table": aws_dynamodb.Table.from_table_name(stack, "T", "orders")})'),
    ("400 days", "timeout=cdk.Duration.days(400)"),
    ("no time at all", "timeout=cdk.Duration.seconds(0)"),
    ("a number for a time", "timeout=3600"),
    ("an hour of EXPRESS", f"{EXPRESS}, timeout=cdk.Duration.hours(1)"),
    ("text for the kind", 'state_machine_type="EXPRESS"'),
    ("text for the language", 'query_language="JSONata"'),
    ("text for the level", 'log_level="ALL"'),
    ("a number of minutes as a schedule", 'triggers=[ScheduleTrigger("every day")]'),
    ("a trigger for triggers", 'triggers=ScheduleTrigger("@daily")'),
    ("a database in the network", 'bindings=[DatabaseBinding(rds.DatabaseInstance(stack, "D", engine=rds.DatabaseInstanceEngine.POSTGRES, vpc=ec2.Vpc(stack, "V")))]'),
    ("a role of another account", 'role=iam.Role.from_role_arn(stack, "R", "arn:aws:iam::999999999999:role/close")'),
    ("an environment", 'environment={"A": "b"}'),
    ("an image", 'image="app:1"'),
    ("CDK's word for logs", "logs=sfn.LogOptions(level=sfn.LogLevel.ALL)"),
    ("an acknowledgement of a limit", 'timeout=cdk.Duration.days(400), acknowledge={"NAWS-FLOW-025": "long"}'),
)  # fmt: skip

LEGAL: tuple[str, ...] = (
    'definition=sfn.Succeed(stack, "Done")',
    'definition=sfn.Pass(stack, "A").next(sfn.Succeed(stack, "B"))',
    'definition=sfn.Chain.start(sfn.Succeed(stack, "Done"))',
    'definition=lambda scope: sfn.Succeed(scope, "Done")',
    'definition=AslFile("close.asl.json")',
    'definition=AslFile(Path("close.asl.json"))',
    'definition=AslFile(path="table.asl.json", substitutions={"table": "orders"}, statements=[iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=["arn:aws:dynamodb:eu-central-1:123456789012:table/orders"])])',
    "timeout=cdk.Duration.days(365)", "timeout=cdk.Duration.seconds(1)", EXPRESS, f"{EXPRESS}, timeout=cdk.Duration.minutes(5)",
    "query_language=sfn.QueryLanguage.JSONATA", "query_language=sfn.QueryLanguage.JSON_PATH",
    "log_level=sfn.LogLevel.ALL", "log_level=sfn.LogLevel.FATAL",
    'triggers=[ScheduleTrigger("@daily")]', "triggers=[QueueTrigger()]", 'triggers=[EventTrigger({"source": ["shop"]})]',
    'bindings=[QueueBinding(sqs.Queue(stack, "Q"))]', 'bindings=[TopicBinding(sns.Topic(stack, "T"))]',
    'bindings=[FunctionBinding(lambda_.Function(stack, "F", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=lambda_.Code.from_inline("def handler(event, context): ...")))]',
    'encryption_key=kms.Key(stack, "Key")', 'alarms=NoAlarms(reason="a demonstration")',
)  # fmt: skip

TOKENS: tuple[str, ...] = (
    "timeout=cdk.Duration.seconds(number)",
    "timeout=cdk.Duration.seconds(number), alarms=Alarms(detail=True)",
    f"{EXPRESS}, timeout=cdk.Duration.seconds(number)",
    'definition=AslFile("table.asl.json", substitutions={"table": text}, statements=[iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[text])])',
)  # fmt: skip


def done(scope: Construct) -> sfn.IChainable:
    return sfn.Succeed(scope, "Done")


class TestMistakes(MistakeContract):
    pattern = PATTERN
    construct_id = "Close"
    mistakes = MISTAKES
    legal = LEGAL
    tokens: ClassVar = TOKENS

    def required(self) -> Mapping[str, Any]:
        return {"definition": done}

    def built(self, typed: str, stack: cdk.Stack, **more: Any) -> Any:
        names = {"aws_dynamodb": aws_dynamodb, "DatabaseBinding": DatabaseBinding, "Path": Path}
        return super().built(typed, stack, **names, **more)

    @pytest.fixture(autouse=True)
    def files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the table names."""
        monkeypatch.chdir(FOLDER)
