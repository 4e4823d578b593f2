"""Deployed to the embedded AWS: an error in a policy is noticed by whoever needs the permission, in AWS's words."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from deployed import Processor, tried
from exercises import EXERCISES
from policies import Document, Policy, Statement, policies_of, statements
from remove_each import APP, Scenario

from naws.cli.progress import Progress
from naws.cli.runs import RunHistory
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

ANOTHER = "111111111111"
Change = Callable[[Document], Document]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine="process") as running:
        yield Scenario(running, running.deploy(find_app(APP), progress))


@pytest.fixture
def nightly(scenario: Scenario) -> Processor:
    return scenario.processors["Nightly"]


def the_statement(scenario: Scenario, place: str, about: str) -> Statement:
    """The one statement whose policy's kind and path are `place` and that speaks of `about`."""
    policies = [policy for stack in scenario.stacks.values() for policy in policies_of(stack)]
    wanted = [policy for policy in policies if f"{policy.kind} {policy.path}" == place]
    (found,) = [each for each in statements(wanted) if about in json.dumps(each.document)]
    return found


def changed(statement: Statement, change: Change) -> Any:
    policy: Policy = statement.policy
    planted = list(policy.read()["Statement"])
    planted[statement.number] = change(planted[statement.number])
    return policy.changed(planted)


def principal(service: str) -> Change:
    return lambda statement: {**statement, "Principal": {"Service": service}}


def without(action: str) -> Change:
    def change(statement: Document) -> Document:
        given = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        # A statement has at least one action; this one opens nothing that the exercise needs.
        return {
            **statement,
            "Action": [each for each in given if each != action] or [f"{action.split(':', maxsplit=1)[0]}:TagResource"],
        }

    return change


def condition(test: str, key: str, value: str) -> Change:
    return lambda statement: {**statement, "Condition": {test: {key: value}}}


class Plant(NamedTuple):
    """An error planted in a policy, which an exercise notices.

    Attributes:
        place: Kind and path of the policy.
        about: What the statement speaks of.
        change: The error.
        exercise: Notices it.
        told: What AWS says then.
    """

    place: str
    about: str
    change: Change
    exercise: str
    told: str


TOPIC, KEY, QUEUE = "topic Shared/OnCall", "key Shared/Key", "queue Nightly/Nightly/FailureQueue"
WORKFLOW = "role Nightly/Nightly/WorkflowRole"
ACCOUNT_OF_ANOTHER = condition("StringEquals", "aws:SourceAccount", ANOTHER)
RULE_OF_ANOTHER = condition("ArnEquals", "aws:SourceArn", f"arn:aws:events:us-east-1:{ANOTHER}:rule/other")
PUBLISHING = "cloudwatch.amazonaws.com is not authorized to perform: SNS:Publish"
SENDING = "events.amazonaws.com is not authorized to perform: sqs:sendmessage"
PLANTS = {
    "topic, principal": Plant(TOPIC, "AlarmsPublish", principal("events.amazonaws.com"), "alarm is told", PUBLISHING),
    "topic, action": Plant(TOPIC, "AlarmsPublish", without("sns:Publish"), "alarm is told", PUBLISHING),
    "topic, condition": Plant(TOPIC, "AlarmsPublish", ACCOUNT_OF_ANOTHER, "alarm is told", PUBLISHING),
    "key, principal": Plant(
        KEY, "cloudwatch.amazonaws.com", principal("ses.amazonaws.com"), "alarm is told", "perform: kms:GenerateDataKey"
    ),
    "key, action": Plant(
        KEY, "cloudwatch.amazonaws.com", without("kms:Decrypt"), "alarm is told", "perform: kms:Decrypt"
    ),
    "key, condition": Plant(
        KEY, "cloudwatch.amazonaws.com", ACCOUNT_OF_ANOTHER, "alarm is told", "perform: kms:GenerateDataKey"
    ),
    "queue, principal": Plant(QUEUE, "TakeFromRules", principal("sns.amazonaws.com"), "aborted run is kept", SENDING),
    "queue, action": Plant(QUEUE, "TakeFromRules", without("sqs:SendMessage"), "aborted run is kept", SENDING),
    "queue, condition": Plant(QUEUE, "TakeFromRules", RULE_OF_ANOTHER, "aborted run is kept", SENDING),
    "role, principal": Plant(
        "trust Nightly/Nightly/SchedulerRole",
        "scheduler.amazonaws.com",
        principal("events.amazonaws.com"),
        "schedule fires",
        "scheduler.amazonaws.com is not authorized to perform: sts:AssumeRole",
    ),
    "role, action": Plant(
        WORKFLOW, "WatchAndStopTasks", without("ecs:DescribeTasks"), "run by hand", "perform: ecs:DescribeTasks"
    ),
    "role, condition": Plant(
        WORKFLOW,
        "CountOutcomes",
        condition("StringEquals", "cloudwatch:namespace", "Another"),
        "outcomes are counted",
        "perform: cloudwatch:PutMetricData",
    ),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_an_error_in_a_policy_is_noticed(scenario: Scenario, nightly: Processor, plant: Plant) -> None:
    with changed(the_statement(scenario, plant.place, plant.about), plant.change):
        missed = tried(EXERCISES[plant.exercise], nightly)
    assert plant.told in missed
    assert tried(EXERCISES[plant.exercise], nightly) == "", "put back, it works"


def test_an_alarm_that_may_not_publish_says_so_in_its_history(scenario: Scenario, nightly: Processor) -> None:
    with the_statement(scenario, TOPIC, "AlarmsPublish").removed():
        assert tried(EXERCISES["alarm is told"], nightly)
    history = nightly.client("cloudwatch").describe_alarm_history(
        AlarmName=nightly.outputs["Alarm"], HistoryItemType="Action"
    )["AlarmHistoryItems"]
    failed = [json.loads(item["HistoryData"]) for item in history if "Failed to execute" in item["HistorySummary"]]
    assert any("is not authorized to perform: SNS:Publish" in data["error"] for data in failed)


def test_a_rule_that_may_not_send_leaves_a_dead_letter_with_the_reason(scenario: Scenario, nightly: Processor) -> None:
    with the_statement(scenario, QUEUE, "TakeFromRules").removed():
        nightly.began = float("inf")  # what is refused here is meant to be
        run, mark = nightly.start("hang")
        nightly.seen(mark)
        nightly.client("stepfunctions").stop_execution(executionArn=run)
        nightly.kept(mark, "ERROR_CODE", SENDING, queue="DeadLetters")
    nightly.settle()


def test_a_task_that_goes_beyond_its_bindings_is_refused(nightly: Processor) -> None:
    assert tried(EXERCISES["program uses what it is bound to"], nightly) == ""
    run, mark = nightly.start("use")
    nightly.succeeded(run)
    told = nightly.seen(mark)["bound"]
    for name, action in (
        ("read neighbour", "s3:GetObject"),
        ("list neighbour", "s3:ListBucket"),
        ("refused write of what is read", "s3:PutObject"),
        ("refused delete of what is read", "s3:DeleteObject"),
        ("refused read of what is appended", "s3:GetObject"),
        ("refused delete of what is appended", "s3:DeleteObject"),
        ("refused list of what is appended", "s3:ListBucket"),
    ):
        assert f"is not authorized to perform: {action}" in told[name]
        assert "because no identity-based policy allows" in told[name]


def test_a_workflow_without_pass_role_fails_with_aws_s_sentence(scenario: Scenario, nightly: Processor) -> None:
    with the_statement(scenario, WORKFLOW, "PassTheTaskItsRoles").removed():
        missed = tried(EXERCISES["run by hand"], nightly)
    assert "is not authorized to perform: iam:PassRole" in missed
    assert any(run.status == "FAILED" and "iam:PassRole" in run.error for run in RunHistory([nightly.stack]).read())
