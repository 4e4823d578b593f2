"""What a task calls and hands over: names that come close, names of other tools, and what is inside of arguments."""

from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.rules import asl_sdk
from naws.core.rules.asl import definition_issues

SERVICE = "arn:aws:states:::"


def found(resource: str, arguments: Any = None, code: str = "ASL-042") -> list[Issue]:
    given = {} if arguments is None else {"Arguments": arguments}
    states = {"Call": {"Type": "Task", "Resource": resource, "TimeoutSeconds": 9, "End": True, **given}}
    whole = {"QueryLanguage": "JSONata", "StartAt": "Call", "TimeoutSeconds": 60, "States": states}
    return [issue for issue in definition_issues(whole) if issue.code == f"NAWS-{code}"]


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("my-function", "lambda:invoke"),
        ("arn:aws:lambda:eu-central-1:123456789012:my-function", "lambda:invoke"),
        ("arn:aws:sqs:eu-central-1:123456789012:orders", "sqs:sendMessage"),
        ("arn:aws:states::sqs:sendMessage", "sqs:sendMessage"),
        ("arn:aws:states:::", "lambda:invoke"),
        (f"{SERVICE}aws-sdk:aws-sdk:s3:getObject", "aws-sdk:s3:getObject"),
    ],
)
def test_what_no_task_can_call_is_no_resource(given: str, better: str) -> None:
    (issue,) = found(given)
    assert issue.remedy == f'"Resource": "{SERVICE}{better}"'


@pytest.mark.parametrize(
    "given",
    [
        "arn:aws:lambda:eu-central-1:123456789012:function:load",
        "arn:aws:lambda:REGION:ACCOUNT:function:load:live",
        "arn:aws:states:eu-central-1:123456789012:activity:load",
        "arn:aws-iso:states:::sqs:sendMessage",
        "${Token[Arn.1]}",
        "${function}",
    ],
)
def test_functions_activities_and_what_nobody_knows_yet_are_resources(given: str) -> None:
    assert found(given) == []


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("events:putEvents", "eventbridge"),
        ("stepfunctions:startExecution", "sfn"),
        ("logs:createLogGroup", "cloudwatchlogs"),
        ("cognito-idp:adminGetUser", "cognitoidentityprovider"),
        ("cognitoidp:adminGetUser", "cognitoidentityprovider"),
        ("es:describeDomains", "elasticsearch"),
        ("dms:startReplicationTask", "databasemigration"),
    ],
)
@pytest.mark.parametrize("botocore", ["installed", "not installed"])
def test_a_service_has_the_name_of_the_sdk_for_java(
    given: str, better: str, botocore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if botocore == "not installed":
        without_models(monkeypatch)
    (issue,) = found(f"{SERVICE}aws-sdk:{given}")
    assert issue.remedy == f'"Resource": "{SERVICE}aws-sdk:{better}:{given.split(":")[1]}"'
    assert found(f"{SERVICE}aws-sdk:{given}", code="ASL-052") == []


def no_service(_name: str) -> None:
    """No service is known."""


def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asl_sdk, "services", dict[str, Any])
    monkeypatch.setattr(asl_sdk, "service", no_service)


def test_an_action_of_the_sdk_is_offered_where_it_is_known_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.remedy for each in found(f"{SERVICE}sqs:sendMesage")] == [f'"Resource": "{SERVICE}sqs:sendMessage"']
    assert [each.remedy for each in found(f"{SERVICE}sqs:purge")] == [f'"Resource": "{SERVICE}sqs:sendMessage"']
    (known,) = found(f"{SERVICE}dynamodb:query")
    assert known.remedy == f'"Resource": "{SERVICE}aws-sdk:dynamodb:query"'
    without_models(monkeypatch)
    (unknown,) = found(f"{SERVICE}dynamodb:query")
    assert "aws-sdk" not in (unknown.remedy or "")


@pytest.mark.parametrize("action", ["sts:assumeRole", "lambda:invokeAsync", "s3:selectObjectContent"])
def test_an_action_that_step_functions_does_not_call_is_refused(action: str) -> None:
    (issue,) = found(f"{SERVICE}aws-sdk:{action}")
    assert action in (issue.expected or "")
    assert found(f"{SERVICE}lambda:invokeAsync")[0].remedy == f'"Resource": "{SERVICE}lambda:invoke"'


def test_a_later_form_of_sync_is_the_latest_that_there_is() -> None:
    (issue,) = found(f"{SERVICE}states:startExecution.sync:3", code="ASL-043")
    assert (issue.remedy or "").startswith(f'"Resource": "{SERVICE}states:startExecution.sync:2"')


RUN = {"TaskDefinition": "load"}


@pytest.mark.parametrize(
    ("resource", "arguments", "path", "better"),
    [
        ("ecs:runTask.sync", {**RUN, "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["a"]}}},
         "NetworkConfiguration.awsvpcConfiguration", "AwsvpcConfiguration"),
        ("ecs:runTask.sync", {**RUN, "Overrides": {"ContainerOverides": []}},
         "Overrides.ContainerOverides", "ContainerOverrides"),
        ("ecs:runTask.sync", {**RUN, "Overrides": {"ContainerOverrides": [{"Environment": [{"name": "a"}]}]}},
         "Overrides.ContainerOverrides[0].Environment[0].name", "Name"),
        ("events:putEvents", {"Entries": [{"source": "close"}]}, "Entries[0].source", "Source"),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"id": {"s": "x"}}}, "Item.id.s", "S"),
        ("aws-sdk:s3:deleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"key": "k"}]}},
         "Delete.Objects[0].key", "Key"),
    ],
)  # fmt: skip
def test_names_within_arguments_are_read_from_the_models(
    resource: str, arguments: dict[str, Any], path: str, better: str
) -> None:
    (issue,) = found(f"{SERVICE}{resource}", arguments, "ASL-055")
    assert (issue.path, issue.remedy) == (f'states["Call"].Arguments.{path}', f'"{better}": …')


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("lambda:invoke", {"FunctionName": "f:1", "Payload": {"any": {"thing": [{"lower": 1}]}}}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any": 1}, "MessageAttributes": {"any": {}}}),
        ("events:putEvents", {"Entries": [{"Source": "s", "Detail": {"any": {"x": 1}}}]}),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"any": {"M": {"any": {"BOOL": True}}}}}),
        ("aws-sdk:dynamodb:putItem", {"TableName": "t", "Item": {"any": {"Bool": True, "Nul": True}}}),
        ("glue:startJobRun.sync", {"JobName": "j", "Arguments": {"--any": "x"}}),
        ("states:startExecution", {"StateMachineArn": "a", "Input": {"any": 1}}),
        ("eks:runJob.sync", {"ClusterName": "c", "Job": {"apiVersion": "batch/v1"}}),
        ("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "x"}),
        ("ecs:runTask", {**RUN, "Overrides": "{% $states.input %}"}),
    ],
)  # fmt: skip
def test_what_a_service_takes_as_it_is_has_names_of_its_own(resource: str, arguments: dict[str, Any]) -> None:
    assert found(f"{SERVICE}{resource}", arguments, "ASL-055") == []
