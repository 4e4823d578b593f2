"""What the example's app becomes, and the paths of its workflow, run with scripted answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from naws.testing import (
    Outcomes,
    Returns,
    Throws,
    WorkflowRun,
    assert_encrypted,
    assert_least_privilege,
    assert_log_retention,
    cfn_lint,
    run_workflow,
)

pytestmark = pytest.mark.exhaustive

NO_RESOURCE = "has no resource"
WITHOUT = dict.fromkeys(
    (
        *("ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"),
        *("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        *(f"logs:{each}LogDelivery" for each in ("Create", "Get", "Update", "Delete")),
        *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
        "logs:DescribeLogGroups",
    ),
    NO_RESOURCE,
)
REGIONS = ["north", "south", "west"]
SUMS = {"cents": {"north": 1, "south": 2, "west": 3}, "total": 6}


@pytest.fixture(scope="module")
def definition(template: dict[str, Any]) -> dict[str, Any]:
    """That of the workflow; whatever only the deployment knows is a name."""
    (machine,) = (
        each["Properties"]["DefinitionString"]["Fn::Join"][1]
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::StepFunctions::StateMachine" and name.startswith("Close")
    )
    names = {"AWS::Partition": "aws", "Approvals": "https://sqs.us-east-1.amazonaws.com/123456789012/approvals"}

    def known(part: Any) -> str:
        name = part if isinstance(part, str) else str(next(iter(part.values())))
        if name is part:
            return part
        arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"
        return next((value for start, value in names.items() if name.startswith(start)), arn[:80])

    return json.loads("".join(map(known, machine)))


def closing(definition: dict[str, Any], given: Any, **outcomes: Outcomes) -> WorkflowRun:
    """A run of the workflow; each step does its work, unless `outcomes` has another one."""
    usual: dict[str, Outcomes] = {
        "Load region": lambda _: Returns({}),
        "Check sums": [Returns({"Payload": SUMS})],
        "Ask for approval": [Returns({"approved_by": "anna"})],
        "Write report": [Returns({})],
        "Remove sum": lambda _: Returns({}),
    }
    scripted = {name.replace("_", " "): each for name, each in outcomes.items()}
    return run_workflow(definition, given, {**usual, **scripted}, allow_unused=True)


def of_step(run: WorkflowRun, state: str) -> list[Any]:
    """The payload of each run that a step asked for."""
    return [each["Input"]["payload"] for each in run.arguments(state)]


def test_the_template_checkers_find_nothing(template: dict[str, Any]) -> None:
    assert cfn_lint(template) == []
    assert_encrypted(template)
    assert_log_retention(template)
    assert_least_privilege(template, WITHOUT)


def test_nothing_is_noted_about_it(assembly: Path) -> None:
    entries = [
        entry
        for path in assembly.rglob("*.metadata.json")
        for entries in json.loads(path.read_text()).values()
        for entry in entries
    ]
    assert [each for each in entries if each["type"] in ("aws:cdk:warning", "aws:cdk:error", "aws:cdk:info")] == []


def test_the_image_has_the_jobs_alone(assembly: Path) -> None:
    images = [path for path in assembly.glob("asset.*") if path.is_dir() and (path / "jobs").is_dir()]
    assert [sorted(each.name for each in path.iterdir()) for path in images] == [["jobs"]]


def test_all_of_it_is_jsonata(definition: dict[str, Any]) -> None:
    assert definition["QueryLanguage"] == "JSONata"
    assert "JSONPath" not in json.dumps(definition)


def test_a_month_is_loaded_by_region_checked_approved_and_reported(definition: dict[str, Any]) -> None:
    run = closing(definition, {"payload": {"month": "2026-10"}})
    assert run.status == "SUCCEEDED"
    assert of_step(run, "Load region") == [{"month": "2026-10", "region": each} for each in REGIONS]
    assert run.arguments("Check sums")[0]["Payload"] == {"month": "2026-10", "regions": REGIONS}
    (asked,) = run.arguments("Ask for approval")
    assert {**asked["MessageBody"], "token": ""} == {"token": "", "month": "2026-10", "sums": SUMS}
    assert of_step(run, "Write report") == [{"month": "2026-10", "approved_by": "anna"}]
    assert run.arguments("Remove sum") == []


@pytest.mark.parametrize(
    ("time", "month"),
    [("2026-11-02T05:00:00Z", "2026-10"), ("2027-01-02T05:00:00Z", "2026-12"), ("2028-03-31T00:00:00Z", "2028-02")],
)
def test_a_schedule_closes_the_month_before(definition: dict[str, Any], time: str, month: str) -> None:
    run = closing(definition, {"trigger": "schedule", "id": f"schedule-1@{time}", "time": time, "payload": {}})
    assert of_step(run, "Write report")[0]["month"] == month


@pytest.mark.parametrize("given", [{}, {"payload": {}}])
def test_a_person_who_names_no_month_closes_that_before_today(definition: dict[str, Any], given: Any) -> None:
    assert of_step(closing(definition, given), "Write report")[0]["month"] == "2025-12"  # time starts in 2026


def test_a_message_names_month_and_regions(definition: dict[str, Any]) -> None:
    record = {
        "eventSource": "aws:sqs",
        "messageId": "m-1",
        "body": '{"month": "2026-03", "regions": ["south"]}',
        "attributes": {"SentTimestamp": "1793000000000"},
    }
    run = closing(definition, [record])
    assert of_step(run, "Load region") == [{"month": "2026-03", "region": "south"}]


def test_who_approved_may_stay_unnamed(definition: dict[str, Any]) -> None:
    run = closing(definition, {}, Ask_for_approval=[Returns({})])
    assert of_step(run, "Write report")[0]["approved_by"] == "not named"


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ({"Ask_for_approval": [Throws("Refused", "north lacks an invoice")]}, "Refused north lacks an invoice"),
        ({"Ask_for_approval": [Throws("States.HeartbeatTimeout")]}, "States.Timeout "),
        ({"Write_report": [Throws("States.TaskFailed", "exit code 1")]}, "States.TaskFailed exit code 1"),
    ],
)
def test_what_is_not_approved_or_not_reported_is_removed(
    definition: dict[str, Any], outcomes: dict[str, Outcomes], reason: str
) -> None:
    run = closing(definition, {"payload": {"month": "2026-10"}}, **outcomes)
    assert (run.status, run.error, run.cause) == ("FAILED", "NotClosed", f"2026-10: {reason}")
    removed = [each["Key"] for each in run.arguments("Remove sum")]
    assert removed == [{"month": {"S": "2026-10"}, "region": {"S": each}} for each in REGIONS]
    assert len(run.arguments("Ask for approval")) == 1, "a refusal is not asked for again"


def test_a_question_that_cannot_be_sent_is_sent_again(definition: dict[str, Any]) -> None:
    run = closing(definition, {}, Ask_for_approval=[Throws("SQS.AmazonSQSException"), Returns({})])
    assert run.status == "SUCCEEDED"


def test_a_throttled_removal_is_repeated(definition: dict[str, Any]) -> None:
    throttled: Outcomes = [Throws("DynamoDb.ProvisionedThroughputExceededException"), *[Returns({})] * 3]
    run = closing(definition, {}, Ask_for_approval=[Throws("Refused")], Remove_sum=throttled)
    assert (run.error, len(run.arguments("Remove sum"))) == ("NotClosed", 4)


@pytest.mark.parametrize(
    ("outcomes", "error"),
    [
        ({"Load_region": lambda _: Throws("States.TaskFailed")}, "States.TaskFailed"),
        ({"Check_sums": [Throws("Implausible", "north has no sum")]}, "Implausible"),
    ],
)
def test_what_is_not_loaded_or_not_plausible_fails_where_it_can_be_redriven(
    definition: dict[str, Any], outcomes: dict[str, Outcomes], error: str
) -> None:
    run = closing(definition, {}, **outcomes)
    assert (run.status, run.error) == ("FAILED", error)
    assert run.arguments("Remove sum") == []
