"""Definitions in all three forms: the settings that CDK leaves out of files, substitutions, messages, languages."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from asl_files import FOLDER, definition
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core.rules.asl_machine import definition_of
from naws.step_function_executor import (
    RETRY_AWS,
    AslFile,
    PatternValidationError,
    QueueTrigger,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
)
from naws.testing import cdk_app, run_workflow, synth_template
from naws.testing.templates import of_type


def record(body: str) -> list[dict[str, Any]]:
    """What a pipe hands over of a message."""
    return [
        {
            "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
            "body": body,
            "attributes": {"SentTimestamp": "1545082649183"},
            "eventSource": "aws:sqs",
        }
    ]


def done(scope: Construct) -> sfn.IChainable:
    return sfn.Succeed(scope, "Done")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Month")


def executor(stack: cdk.Stack, definition: Any = done, **given: Any) -> StepFunctionExecutor:
    return StepFunctionExecutor(stack, "Close", StepFunctionExecutorProps(definition=definition, **given))


def definition_in(stack: cdk.Stack) -> dict[str, Any]:
    """The definition that will be deployed; what is not known before is a token."""
    (machine,) = (each for each in stack.node.find_all() if isinstance(each, sfn.CfnStateMachine))
    found = definition_of(machine)
    assert found is not None
    return dict(found)


def written(folder: Path, definition: dict[str, Any]) -> AslFile:
    path = folder / "own.asl.json"
    path.write_text(json.dumps(definition))
    return AslFile(path)


def test_settings_are_written_into_a_chain(stack: cdk.Stack) -> None:
    executor(stack, timeout=cdk.Duration.hours(2))
    assert definition_in(stack) == {
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": 7200,
        "StartAt": "Done",
        "States": {"Done": {"Type": "Succeed"}},
    }


def test_settings_are_written_into_a_file(stack: cdk.Stack, tmp_path: Path) -> None:
    states = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    file = written(tmp_path, states)
    executor(stack, file, timeout=cdk.Duration.hours(2), query_language=sfn.QueryLanguage.JSONATA, acknowledge=TWICE)
    assert definition_in(stack) == {"QueryLanguage": "JSONata", "TimeoutSeconds": 7200, **states}


TWICE = {"NAWS-FLOW-015": "JSONata in a file that names no language"}


def test_a_token_is_a_timeout(stack: cdk.Stack, tmp_path: Path) -> None:
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    executor(
        stack, written(tmp_path, definition("close") | {"TimeoutSeconds": None}), timeout=cdk.Duration.seconds(seconds)
    )
    (machine,) = of_type(synth_template(stack), "AWS::StepFunctions::StateMachine")
    parts = machine["DefinitionString"]["Fn::Join"][1]
    assert parts[0].endswith('"TimeoutSeconds":')
    assert parts[1] == {"Ref": "Seconds"}


def test_a_file_keeps_its_own_settings(stack: cdk.Stack, tmp_path: Path) -> None:
    states = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": None, "End": True}}}
    executor(stack, written(tmp_path, {"Comment": "Mine", "TimeoutSeconds": 60, **states}))
    assert definition_in(stack) == {"QueryLanguage": "JSONPath", "TimeoutSeconds": 60, "Comment": "Mine", **states}


def test_substitutions_are_text_numbers_tokens_and_json(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "own.asl.json").write_text(
        '{"StartAt": "A", "QueryLanguage": "JSONata", "TimeoutSeconds": ${seconds}, "States": {"A": {"Type": "Pass",'
        ' "Output": {"arn": "${arn}", "said": "${said}", "list": ${list}, "not": "$${x}"}, "End": true}}}'
    )
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    table = dynamodb.TableV2(stack, "Table", partition_key=key)
    values = {"seconds": 60, "arn": table.table_arn, "said": 'a "word"\n', "list": '["a", 1]', "x": "y"}
    executor(stack, AslFile(tmp_path / "own.asl.json", substitutions=values))
    output = definition_in(stack)["States"]["A"]["Output"]
    assert output == {"arn": output["arn"], "said": 'a "word"\n', "list": ["a", 1], "not": "$y"}
    assert definition_in(stack)["TimeoutSeconds"] == 60
    (machine,) = of_type(synth_template(stack), "AWS::StepFunctions::StateMachine")
    assert {"Fn::GetAtt": ["TableCD117FA1", "Arn"]} in machine["DefinitionString"]["Fn::Join"][1]


def test_a_typo_in_a_name_is_found_from_both_ends(stack: cdk.Stack) -> None:
    with pytest.raises(PatternValidationError) as raised:
        executor(stack, AslFile(FOLDER / "table.asl.json", substitutions={"tabel": "orders"}))
    assert [each.code for each in raised.value.issues] == ["NAWS-FLOW-023", "NAWS-FLOW-024"]
    assert 'instead of "tabel"' in str(raised.value)


def test_a_file_that_is_no_json_is_refused_before_anything_is_built(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "own.asl.json").write_text('{"StartAt": "A",}')
    with pytest.raises(PatternValidationError) as raised:
        executor(stack, AslFile(tmp_path / "own.asl.json"))
    assert [each.code for each in raised.value.issues] == ["NAWS-ASL-051"]
    assert [each.node.id for each in stack.node.children] == []


def test_states_of_another_language_are_named(stack: cdk.Stack) -> None:
    executor(stack, sfn.Pass.json_path(stack, "Old", result_path="$.old"))
    with pytest.raises(RuntimeError, match=r'NAWS-ASL-011 .*states\["Old"\]'):
        synth_template(stack)


def test_a_jsonpath_workflow_is_one(stack: cdk.Stack) -> None:
    executor(stack, sfn.Pass.json_path(stack, "Old", result_path="$.old"), query_language=sfn.QueryLanguage.JSON_PATH)
    assert definition_in(stack)["QueryLanguage"] == "JSONPath"


def test_a_function_returns_states(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match=r"nothing\(scope\) returns a state or a chain of states, not None"):
        executor(stack, nothing)
    assert stack.node.try_find_child("Close") is None


def nothing(_: Construct) -> Any:
    return None


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ('{"region": "north"}', {"region": "north"}),
        ("5", 5),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ("north", "north"),
        ('{"region": ', '{"region": '),
        ('1, "19dd0b57"], [2', '1, "19dd0b57"], [2'),
        ("", ""),
    ],
)
@pytest.mark.parametrize("language", [sfn.QueryLanguage.JSONATA, sfn.QueryLanguage.JSON_PATH])
def test_a_message_becomes_an_envelope(body: str, payload: Any, language: sfn.QueryLanguage) -> None:
    stack = cdk.Stack(cdk_app(), "Month")
    executor(stack, triggers=[QueueTrigger()], query_language=language)
    run = run_workflow(definition_in(stack), record(body), {})
    assert run.status == "SUCCEEDED"
    assert run.output == {
        "trigger": "queue",
        "id": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
        "time": "2018-12-17T21:37:29.183Z",
        "payload": payload,
    }


@pytest.mark.parametrize("given", [{"id": 12345678901234567890}, [], [{"messageId": "1"}], "text", None])
def test_any_other_input_is_left_as_it_is(given: Any, stack: cdk.Stack) -> None:
    executor(stack, triggers=[QueueTrigger()])
    assert run_workflow(definition_in(stack), given, {}).output == given


def test_messages_are_read_when_a_queue_is_added_later(stack: cdk.Stack) -> None:
    made = executor(stack, triggers=[ScheduleTrigger("@daily")])
    assert definition_in(stack)["StartAt"] == "Done"
    made.add_trigger(QueueTrigger(), acknowledge={"NAWS-ALARM-010": "seen"})
    assert definition_in(stack)["StartAt"] == "Message?"
    assert len(of_type(synth_template(stack), "AWS::Pipes::Pipe")) == 1


def test_the_names_of_the_users_states_are_free(stack: cdk.Stack) -> None:
    executor(stack, sfn.Succeed(stack, "Message?"), triggers=[QueueTrigger()])
    assert definition_in(stack)["StartAt"] == "Message? *"
    assert synth_template(stack)["Resources"]


def test_a_step_is_retried_as_a_service_call_should(stack: cdk.Stack) -> None:
    call = tasks.CallAwsService.jsonata(
        stack, "Call", service="sqs", action="listQueues", iam_resources=["*"], task_timeout=MINUTE
    )
    call.add_retry(**RETRY_AWS)
    executor(stack, call)
    assert definition_in(stack)["States"]["Call"]["Retry"] == [
        {
            "ErrorEquals": ["States.TaskFailed"],
            "IntervalSeconds": 2,
            "MaxAttempts": 6,
            "BackoffRate": 2,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        }
    ]


MINUTE = sfn.Timeout.duration(cdk.Duration.minutes(1))


@pytest.mark.parametrize(
    ("setting", "code", "path"),
    [
        ({"QueryLanguage": "JSONATA"}, "NAWS-ASL-013", "definition.QueryLanguage"),
        ({"QueryLanguage": "Python"}, "NAWS-ASL-013", "definition.QueryLanguage"),
        ({"TimeoutSeconds": "900"}, "NAWS-ASL-049", "definition.TimeoutSeconds"),
        ({"TimeoutSeconds": "{% 900 %}"}, "NAWS-ASL-049", "definition.TimeoutSeconds"),
    ],
)
def test_a_wrong_setting_of_a_file_is_refused_and_not_replaced(
    setting: dict[str, Any], code: str, path: str, stack: cdk.Stack, tmp_path: Path
) -> None:
    executor(stack, written(tmp_path, definition("close") | setting))
    with pytest.raises(RuntimeError, match=f"{code} .*{path} ="):
        stack.node.root.synth()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("given", "seconds"), [(0, 1), (99_999_999, 31_536_000)])
def test_a_timeout_of_a_file_is_mended_in_the_file(given: int, seconds: int, stack: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(PatternValidationError) as refused:
        executor(stack, written(tmp_path, definition("close") | {"TimeoutSeconds": given}))
    (found,) = refused.value.issues
    assert (found.code, found.path) == ("NAWS-FLOW-025", "definition.TimeoutSeconds")
    assert found.remedy == f'"TimeoutSeconds": {seconds}'


def test_a_file_may_begin_with_a_mark_of_its_encoding(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "own.asl.json").write_text(json.dumps(definition("close")), encoding="utf-8-sig")
    executor(stack, AslFile(tmp_path / "own.asl.json"))
    assert definition_in(stack)["StartAt"] == definition("close")["StartAt"]


def refused_file(stack: cdk.Stack, folder: Path, text: str, **given: Any) -> list[tuple[str, str]]:
    """Code and value or remedy of each issue of a file."""
    (folder / "own.asl.json").write_text(text)
    with pytest.raises(PatternValidationError) as refused:
        executor(stack, AslFile(folder / "own.asl.json", **given))
    return [(issue.code, issue.value) for issue in refused.value.issues]


PASS = '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": %s, "End": true}%s}}'


@pytest.mark.parametrize(
    ("output", "more", "why"),
    [
        ("NaN", "", "NaN is no number of JSON"),
        ("[-Infinity]", "", "-Infinity is no number of JSON"),
        ("1", ', "A": {"Type": "Succeed"}', '"A" stands twice in one object'),
        ('{"a": 1, "a": 2}', "", '"a" stands twice in one object'),
    ],
)
def test_what_would_be_lost_or_is_no_json_is_refused(
    output: str, more: str, why: str, stack: cdk.Stack, tmp_path: Path
) -> None:
    assert refused_file(stack, tmp_path, PASS % (output, more)) == [("NAWS-ASL-051", why)]


def test_a_substitution_of_the_wrong_type_is_one_issue(stack: cdk.Stack, tmp_path: Path) -> None:
    found = refused_file(stack, tmp_path, PASS % ("${on}", ""), substitutions={"on": True})
    assert found == [("NAWS-TYPE-001", "True")]


def test_a_placeholder_has_letters_digits_and_underscores(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "own.asl.json").write_text(PASS % ('"${my-table}"', ""))
    with pytest.raises(PatternValidationError) as refused:
        executor(stack, AslFile(tmp_path / "own.asl.json", substitutions={"my-table": "orders"}))
    (found,) = refused.value.issues
    assert (found.code, found.remedy) == ("NAWS-FLOW-024", '"my_table": …  # and ${my_table} in the file')


def test_no_file_of_another_kind_is_offered(stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(PatternValidationError) as refused:
        executor(stack, AslFile(tmp_path / "close.asl.json"))
    assert refused.value.issues[0].remedy == 'definition=AslFile("….asl.json")'
