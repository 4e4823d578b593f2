# ruff: noqa: E501  # a table: one mistake stays together
"""What a user reads after a mistake, whole and to the letter; what is legal is accepted, and so are tokens.

The texts are in `__snapshots__`, one file. A change of it is looked at as a user would: does it still say what
is wrong, what is right, and what to paste?
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from asl_files import write_examples
from aws_cdk import aws_dynamodb, aws_ec2, aws_iam, aws_kms, aws_lambda, aws_rds, aws_s3, aws_sns, aws_sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import naws.core.context
import naws.step_function_executor as ours
from naws.testing import cdk_app, synth_template

ENVIRONMENT = cdk.Environment(account="123456789012", region="eu-central-1")
EXPRESS = "state_machine_type=sfn.StateMachineType.EXPRESS"
CALL = (
    'tasks.CallAwsService.jsonata(stack, "Call", service="{}", action="{}", iam_resources=["*"], task_timeout=MINUTE{})'
)
MINUTE = sfn.Timeout.duration(cdk.Duration.minutes(1))
RAW = 'sfn.CustomState(stack, "Call", state_json={})'

MISTAKES: tuple[tuple[str, str], ...] = (
    ("no definition", ""),
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
    ("an acknowledgement of a limit", 'timeout=cdk.Duration.days(400), acknowledge={"NAWS-FLOW-020": "long"}'),
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


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that the table names."""
    monkeypatch.chdir(tmp_path)
    write_examples(tmp_path)
    (tmp_path / "notes.asl.json").write_text('["close"]')


def given(typed: str, stack: cdk.Stack, **more: Any) -> dict[str, Any]:
    """Arguments from their source text."""
    names: dict[str, Any] = {name: getattr(ours, name) for name in ours.__all__}
    names |= {"DatabaseBinding": naws.core.DatabaseBinding, "Path": Path, "aws_dynamodb": aws_dynamodb, "cdk": cdk}
    names |= {"ec2": aws_ec2, "iam": aws_iam, "kms": aws_kms, "lambda_": aws_lambda, "rds": aws_rds, "s3": aws_s3}
    names |= {"sfn": sfn, "sns": aws_sns, "sqs": aws_sqs, "tasks": tasks, "stack": stack, **more}
    return eval(f"dict({typed})", names)  # the text stands in this repository


def built(typed: str, stack: cdk.Stack, **more: Any) -> ours.StepFunctionExecutor:
    """The workflow of these arguments; whatever names no states, gets some."""
    usual = {} if typed == "" else {"definition": lambda scope: sfn.Succeed(scope, "Done")}
    props = ours.StepFunctionExecutorProps(**(usual | given(typed, stack, **more)))
    return ours.StepFunctionExecutor(stack, "Close", props)


def whole_text(text: str, stack: cdk.Stack) -> str:
    """All that is printed when `text` is typed; the warnings, when it is no error."""
    try:
        made = built(text, stack)
        synth_template(stack)
    except (ours.PatternValidationError, TypeError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"
    return "\n".join(str(entry.data) for entry in made.node.metadata if entry.type == "aws:cdk:warning")


class Texts(SingleFileSnapshotExtension):
    """Text, as it is."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    def serialize(self, data: str, **_: Any) -> str:
        return data


class _Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        """A text that names days is the same on every day."""
        return datetime(2026, 12, 1, 12, tzinfo=tz or UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naws.core.context, "datetime", _Clock)


def stack_of() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Month", env=ENVIRONMENT)


def test_what_a_mistake_says(snapshot: SnapshotAssertion) -> None:
    texts = [(title, typed, whole_text(typed, stack_of())) for title, typed in MISTAKES]
    shown = [f"## {title}\n\n{typed}\n\n{text.rstrip()}\n" for title, typed, text in texts]
    assert [title for title, _, text in texts if not text.startswith(("PatternValidationError", "TypeError"))] == []
    assert "\n\n".join(shown) == snapshot(extension_class=Texts)


@pytest.mark.parametrize("typed", LEGAL)
def test_what_is_legal_is_accepted_without_a_word(typed: str) -> None:
    assert whole_text(typed, stack_of()) == ""


@pytest.mark.parametrize("typed", TOKENS)
def test_what_only_the_deployment_knows_is_passed_on(typed: str) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    built(typed, stack, number=number, text=cdk.CfnParameter(stack, "Text").value_as_string)
    template = str(synth_template(stack)["Resources"])
    assert typed.count("number") == 0 or "{'Ref': 'Number'}" in template
    assert "Token[" not in template
    assert "e+2" not in template
