"""The workflow's role against the workflow's definition: what it calls it may do, and nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from naws.testing import workflow_definitions

Scenario = Callable[[cdk.App], cdk.Stack]
TemplateOf = Callable[[Scenario], dict[str, Any]]

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
    "states:::dynamodb:getItem": ["dynamodb:GetItem"],
    "states:::aws-sdk:sfn:listExecutions": ["states:ListExecutions"],
    "DISTRIBUTED": ["states:StartExecution", "states:DescribeExecution", "states:StopExecution"],
}  # fmt: skip
TELEMETRY = {"xray", "logs"}
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


def granted(template: dict[str, Any], role: str) -> dict[str, set[str]]:
    """For each action the resources that it is allowed on, as text."""
    policies = (each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Policy")
    found: dict[str, set[str]] = {}
    for policy in policies:
        if any(str(each.get("Ref", "")).startswith(role) for each in policy["Roles"]):
            for statement in policy["PolicyDocument"]["Statement"]:
                for action in listed(statement["Action"]):
                    found.setdefault(action, set()).update(map(json.dumps, listed(statement["Resource"])))
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(template: dict[str, Any], role: str) -> set[str]:
    return set(granted(template, role))


def test_the_workflow_may_do_what_it_calls_and_nothing_else(scenario: Scenario, template_of: TemplateOf) -> None:
    template = template_of(scenario)
    (definition,) = [each for each in workflow_definitions(template).values() if "Run task" in str(each)]
    found = set(calls(definition))
    assert found
    needed = {action for call in found for action in NEEDED[call]}
    may = {action for action in allowed(template, "NightlyWorkflowRole") if action.split(":")[0] not in TELEMETRY}
    assert may == needed | (ENCRYPTING if has_key(template) else set())


def test_the_lease_reaper_may_do_what_it_calls_and_nothing_else(
    scenarios: dict[str, Scenario], template_of: TemplateOf
) -> None:
    template = template_of(scenarios["hard"])
    (definition,) = [each for each in workflow_definitions(template).values() if "Run task" not in str(each)]
    may = {action for action in allowed(template, "NightlyLeaseReaperRole") if action.split(":")[0] not in TELEMETRY}
    assert may == {action for call in calls(definition) for action in NEEDED[call]}


@pytest.mark.parametrize(("name", "owners"), [("hard", [":*"]), ("fan_out", ["/Items:*", ":*"])])
def test_the_workflow_may_read_the_history_of_its_own_executions(
    name: str, owners: list[str], scenarios: dict[str, Scenario], template_of: TemplateOf
) -> None:
    arns = granted(template_of(scenarios[name]), "NightlyWorkflowRole")["states:GetExecutionHistory"]
    assert sorted(json.loads(arn)["Fn::Join"][1][-1] for arn in arns) == owners
    assert all('"NightlyStateMachine' in arn and ":execution:" in arn for arn in arns)


def test_a_run_may_go_on_with_an_earlier_revision_of_its_own_family(
    scenarios: dict[str, Scenario], template_of: TemplateOf
) -> None:
    template = template_of(scenarios["hard"])
    (arn,) = granted(template, "NightlyWorkflowRole")["ecs:RunTask"]
    (task,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::TaskDefinition"]
    assert json.loads(arn)["Fn::Join"][1][-1] == f":task-definition/{task['Properties']['Family']}:*"
    assert task["UpdateReplacePolicy"] == "Retain"


def test_unhandled_ends_of_items_have_a_rule_too(scenarios: dict[str, Scenario], template_of: TemplateOf) -> None:
    for name, owners in (("hard", 1), ("fan_out", 2)):
        (rule,) = [
            r for n, r in template_of(scenarios[name])["Resources"].items() if n.startswith("NightlyUnhandledEnds")
        ]
        text = json.dumps(rule["Properties"]["EventPattern"]).partition("$or")[0]
        assert text.count("NightlyStateMachine") == owners
        assert rule["Properties"]["Targets"][0]["InputPath"] == "$.detail"


def test_leases_are_compared_with_what_runs_every_hour(scenarios: dict[str, Scenario], template_of: TemplateOf) -> None:
    resources = template_of(scenarios["hard"])["Resources"]
    (rule,) = [each["Properties"] for name, each in resources.items() if name.startswith("NightlyLeaseReaperHourly")]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(rule["Targets"][0]["Input"]) == {"reconcile": True}


def test_the_program_may_read_its_payloads_and_not_write_them(
    scenarios: dict[str, Scenario], template_of: TemplateOf
) -> None:
    assert allowed(template_of(scenarios["hard"]), "NightlyTaskRole") == {"s3:GetObject"}
    with_key = template_of(scenarios["production"])
    assert has_key(with_key)
    assert allowed(with_key, "NightlyTaskRole") & ENCRYPTING == {"kms:Decrypt"}


def has_key(template: dict[str, Any]) -> bool:
    queues = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::SQS::Queue"]
    return any("KmsMasterKeyId" in queue for queue in queues)
