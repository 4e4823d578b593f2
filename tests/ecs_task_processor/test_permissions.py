"""The workflow's role against the workflow's definition: what it calls it may do, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk

from naws.testing import synth_template, workflow_definitions

Scenario = Callable[[cdk.App], cdk.Stack]

# Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html and …/iam-policies-eg-dist-map.html
NEEDED = {
    "states:::ecs:runTask.sync": [
        "ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "ecs:TagResource", "iam:PassRole",
        "events:PutTargets", "events:PutRule", "events:DescribeRule",
    ],
    "states:::sqs:sendMessage": ["sqs:SendMessage"],
    "states:::dynamodb:updateItem": ["dynamodb:UpdateItem"],
    "states:::aws-sdk:sfn:getExecutionHistory": ["states:GetExecutionHistory"],
    "states:::aws-sdk:ecs:stopTask": ["ecs:StopTask"],
    "states:::aws-sdk:s3:putObject": ["s3:PutObject"],
    "states:::aws-sdk:cloudwatch:putMetricData": ["cloudwatch:PutMetricData"],
    "states:::aws-sdk:sfn:describeMapRun": ["states:DescribeMapRun"],
    "states:::s3:listObjectsV2": ["s3:ListBucket"],
    "states:::s3:getObject": ["s3:GetObject"],
    "states:::s3:putObject": ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
    "DISTRIBUTED": ["states:StartExecution", "states:DescribeExecution", "states:StopExecution"],
}  # fmt: skip
WATCHING = {"xray", "logs"}
ENCRYPTING = {"kms:Decrypt", "kms:GenerateDataKey"}


def calls(part: Any) -> Iterator[str]:
    """Every service call in a definition, maps, their readers and writers included."""
    if isinstance(part, list):
        yield from (call for each in part for call in calls(each))
    elif isinstance(part, dict):
        resource = part.get("Resource")
        if isinstance(resource, str) and ":states:::" in resource:
            yield resource.partition(":")[2].partition(":")[2]
        if part.get("Mode") == "DISTRIBUTED":
            yield "DISTRIBUTED"
        yield from (call for each in part.values() for call in calls(each))


def allowed(template: dict[str, Any], role: str) -> set[str]:
    policies = (each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Policy")
    statements = (
        statement
        for policy in policies
        if any(str(each.get("Ref", "")).startswith(role) for each in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    )
    return {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_the_workflow_may_do_what_it_calls_and_nothing_else(scenario: Scenario) -> None:
    template = synth_template(scenario)
    (definition,) = [each for each in workflow_definitions(template).values() if "Run task" in str(each)]
    found = set(calls(definition))
    assert found
    needed = {action for call in found for action in NEEDED[call]}
    may = {action for action in allowed(template, "NightlyWorkflowRole") if action.split(":")[0] not in WATCHING}
    assert may == needed | (ENCRYPTING if has_key(template) else set())


def test_the_program_may_read_its_payloads_and_not_write_them(scenarios: dict[str, Scenario]) -> None:
    assert allowed(synth_template(scenarios["hard"]), "NightlyTaskTaskRole") == {"s3:GetObject"}
    with_key = synth_template(scenarios["production"])
    assert has_key(with_key)
    assert allowed(with_key, "NightlyTaskTaskRole") & ENCRYPTING == {"kms:Decrypt"}


def has_key(template: dict[str, Any]) -> bool:
    queues = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::SQS::Queue"]
    return any("KmsMasterKeyId" in queue for queue in queues)
