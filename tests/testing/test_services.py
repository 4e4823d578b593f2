from typing import Any

import pytest

from naws.testing._services import argument_problems

RUN = {
    "Cluster": "c",
    "TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/t:1",
    "LaunchType": "FARGATE",
    "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"], "AssignPublicIp": "DISABLED"}},
    "Overrides": {
        "Memory": "4096",
        "ContainerOverrides": [{"Name": "job", "Environment": [{"Name": "NAWS_ATTEMPT", "Value": "1"}]}],
    },
    "EnableECSManagedTags": True,
    "PropagateTags": "TASK_DEFINITION",
    "Tags": [{"Key": "naws:run", "Value": "1"}],
}
ITEM = {"TableName": "t", "Item": {"id": {"S": "x"}, "n": {"N": "1"}}}


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("ecs:runTask.sync", RUN),
        ("aws-sdk:ecs:stopTask", {"Cluster": "c", "Task": "t", "Reason": "timeout"}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any": ["json"]}}),
        ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": "text"}),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k", "Body": {"a": 1}}),
        ("dynamodb:putItem", ITEM),
        (
            "dynamodb:updateItem",
            {"TableName": "t", "Key": {"id": {"S": "x"}}, "ExpressionAttributeValues": {":v": {"N": "1"}}},
        ),
        ("states:startExecution.sync:2", {"StateMachineArn": "a", "Input": {"a": 1}}),
        ("events:putEvents", {"Entries": [{"Detail": {"a": 1}, "DetailType": "d", "Source": "s"}]}),
        ("lambda:invoke", {"FunctionName": "f", "Payload": {"a": 1}}),
        ("aws-sdk:cloudwatch:putMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]}),
        ("aws-sdk:notaservice:doIt", {"Anything": 1}),
    ],
)
def test_arguments_that_a_service_takes(resource: str, arguments: dict[str, Any]) -> None:
    assert argument_problems(f"arn:aws:states:::{resource}", arguments) == ""


@pytest.mark.parametrize(
    ("resource", "arguments", "problem"),
    [
        ("ecs:runTask.sync", {"Cluster": "c"}, 'Missing required parameter in input: "taskDefinition"'),
        ("ecs:runTask.sync", {**RUN, "cluster": "c"}, '"cluster?"'),
        ("ecs:runTask.sync", {**RUN, "Overrides": {"Memory": 4096}}, "overrides.memory"),
        ("ecs:runTask", {**RUN, "Overrides": {"ContainerOverrides": [{"Env": []}]}}, '"Env?"'),
        ("sqs:sendMessage", {"QueueUrl": "q"}, "MessageBody"),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Body": ""}, '"Key"'),
        ("dynamodb:putItem", {**ITEM, "Item": {"n": {"N": 1}}}, "Item.n.N"),
    ],
)
def test_arguments_that_a_service_refuses(resource: str, arguments: dict[str, Any], problem: str) -> None:
    assert problem in argument_problems(f"arn:aws:states:::{resource}", arguments)


def test_run_task_overrides_have_a_size() -> None:
    def overrides(length: int) -> dict[str, Any]:
        environment = [{"Name": "P", "Value": "x" * length}]
        return {**RUN, "Overrides": {"ContainerOverrides": [{"Name": "job", "Environment": environment}]}}

    framing = len('{"ContainerOverrides":[{"Name":"job","Environment":[{"Name":"P","Value":""}]}]}')
    resource = "arn:aws:states:::ecs:runTask.sync"
    assert argument_problems(resource, overrides(8192 - framing)) == ""
    assert argument_problems(resource, overrides(8193 - framing)) == "Overrides take 8193 characters of 8192"


def test_what_is_no_service_is_not_judged() -> None:
    assert argument_problems("arn:aws:lambda:us-east-1:123456789012:function:f", {"any": 1}) == ""
    assert argument_problems("arn:aws:states:::ecs:runTask", "text") == ""
